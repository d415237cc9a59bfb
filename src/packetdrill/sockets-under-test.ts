/** The sockets of a script: which of them the next packet is about. */
import { parseAddress } from '../wire/address.ts'
import { ACK, SYN } from '../wire/tcp.ts'
import type { TcpPacket } from './ast.ts'
import type { Config } from './config.ts'
import type { LivePacket } from './live-packet.ts'
import { UnderTest } from './under-test.ts'

/** The first port of peers that connect. */
const PEER_PORT = 53_055

export class SocketsUnderTest {
  /** The socket under test: the last socket(2), or the child that an inbound packet made of a listening one. */
  current: UnderTest | null = null
  readonly #all: UnderTest[] = []
  readonly #config: Config
  #peers = 0

  constructor(config: Config) {
    this.#config = config
  }

  /** Until it listens, a new socket may be one that connects. */
  opened(fd: number): void {
    const { localAddress, remoteAddress, connectPort } = this.#config
    this.#add(new UnderTest(fd, parseAddress(localAddress), 0, parseAddress(remoteAddress), connectPort))
  }

  /** The socket of a descriptor. */
  of(fd: number): UnderTest | undefined {
    return this.#all.findLast(s => s.fd === fd)
  }

  /** The socket of a pair of ports. */
  between(localPort: number, remotePort: number): UnderTest | undefined {
    return this.#all.findLast(s => s.remotePort === remotePort && s.localPort === localPort)
  }

  /** The socket that an inbound packet is for. A packet to a listener makes the socket under test its child. */
  receiving(packet: TcpPacket): UnderTest {
    if (this.current !== null && !this.current.listening) return this.current
    const { localAddress, remoteAddress, bindPort } = this.#config
    return this.#add(
      new UnderTest(
        null,
        parseAddress(localAddress),
        packet.ports?.destination ?? bindPort,
        parseAddress(remoteAddress),
        packet.ports?.source ?? PEER_PORT + this.#peers++,
      ),
    )
  }

  /** The socket that sent a packet, or else the one under test. */
  sending(live: LivePacket): UnderTest | null {
    return this.#all.findLast(s => belongs(live, s)) ?? this.current
  }

  #add(socket: UnderTest): UnderTest {
    this.#all.push(socket)
    this.current = socket
    return socket
  }
}

/** Returns whether a packet was sent by this socket. */
export const belongs = (p: LivePacket, s: UnderTest): boolean =>
  p.sourcePort === s.localPort &&
  p.destinationPort === s.remotePort &&
  p.destination === s.remoteAddress &&
  p.source === s.localAddress

/** Returns whether it is the SYN of a socket whose ephemeral port is not known yet. */
export const isOpening = (p: LivePacket, s: UnderTest): boolean =>
  s.localPort === 0 &&
  (p.flags & (SYN | ACK)) === SYN &&
  p.destinationPort === s.remotePort &&
  p.destination === s.remoteAddress
