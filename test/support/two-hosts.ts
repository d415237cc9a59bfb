/**
 * Two hosts joined by a bad network in virtual time. Everything follows from the seed: the hosts' secrets, the
 * network's luck, and so every packet.
 */
import type { Host } from '../../src/host/host.ts'
import type { PathOptions } from '../../src/link/path/options.ts'
import type { Path } from '../../src/link/path/path.ts'
import { createNetwork, type Network } from '../../src/sim/network.ts'
import type { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { close, receive, send, sendRoom } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'

export const A = parseAddress('192.0.2.1')
export const B = parseAddress('192.0.2.2')
/** The same two in IPv6. */
export const A6 = parseAddress('2001:db8::1')
export const B6 = parseAddress('2001:db8::2')

/** Lines that a failure prints. */
const LADDER = 200

export interface Pair {
  readonly network: Network
  readonly clock: VirtualClock
  readonly a: Host
  readonly b: Host
  /** The path that each host sends through; their options may be changed at any time. */
  readonly paths: readonly [Path, Path]
}

export const twoHosts = (
  seed: number,
  path: PathOptions,
  tcp: Partial<TcpOptions> = {},
  trace: ((host: 'a' | 'b', event: TraceEvent) => void) | null = null,
): Pair => {
  const network = createNetwork({ seed, tcp, ladder: LADDER })
  const host = (name: 'a' | 'b', ...address: string[]) =>
    network.host(name, { address, trace: trace && (event => trace(name, event)) })
  const [a, b] = [host('a', '192.0.2.1/24', '2001:db8::1/64'), host('b', '192.0.2.2/24', '2001:db8::2/64')]
  const { aToB, bToA } = network.link(a, b, path)
  return { network, clock: network.clock, a, b, paths: [aToB, bToA] }
}

/** A stream whose bytes tell their position: no two places within 16 MB look alike for long. */
export const pattern = (bytes: number, salt: number): Buffer => {
  const buffer = Buffer.alloc((bytes + 3) & ~3)
  const words = new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4)
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + salt, 0x9e3779b1)
  return buffer.subarray(0, bytes)
}

/** Sends one stream while it checks that it hears the other; closes when it has said all. */
export class Streamer implements ConnectionUser {
  readonly connection: Connection
  /** The first fault, if any. */
  fault = ''
  received = 0
  ended = false
  over: string | null | undefined
  readonly #says: Buffer
  readonly #hears: Buffer
  #sent = 0

  /** @param sent bytes of `says` that were given to the connection before */
  constructor(connection: Connection, says: Buffer, hears: Buffer, sent = 0) {
    this.connection = connection
    this.#says = says
    this.#hears = hears
    this.#sent = sent
  }

  established(): void {
    this.writable()
  }
  writable(): void {
    const c = this.connection
    while (this.#sent < this.#says.length && sendRoom(c) > 0) {
      const end = Math.min(this.#sent + 65_536, this.#says.length)
      send(c, this.#says.subarray(this.#sent, end))
      this.#sent = end
    }
    if (this.#sent === this.#says.length) close(c)
  }
  readable(): void {
    const c = this.connection
    for (let chunk = receive(c); chunk !== null; chunk = receive(c)) {
      const end = this.received + chunk.length
      if (this.#hears.compare(chunk, 0, chunk.length, this.received, end) !== 0 || end > this.#hears.length)
        this.fault ||= `wrong bytes in ${this.received}:${end}`
      this.received = end
    }
    if (c.finReceived) this.ended = true
  }
  closed(error: string | null): void {
    this.over = error
  }
}
