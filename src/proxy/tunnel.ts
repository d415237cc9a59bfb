/**
 * Two hosts in one process, near the clients and near the targets, joined by emulated paths. Where nothing befalls packets
 * they pass whole, as between a kernel and its device; otherwise each crosses the lane of its connection.
 */
import type { Clock, Random } from '../base/clock.ts'
import type { MemoryOptions } from '../host/memory/options.ts'
import { portsOf } from '../ip/flow.ts'
import type { Link, Offload } from '../ip/link.ts'
import type { Luck } from '../link/path/luck.ts'
import type { PathObserver } from '../link/path/transit.ts'
import { createPipe, type PipeEnd } from '../link/pipe.ts'
import { createStack } from '../net/create-stack.ts'
import { nextTick } from '../net/real-timers.ts'
import type { Server } from '../net/server.ts'
import type { Socket } from '../net/socket.ts'
import type { Stack } from '../net/stack.ts'
import { LINK_ROUTER } from '../sim/benchmark-addresses.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { type Address, parseAddress } from '../wire/address.ts'
import { batchOf, PacketBatch } from '../wire/batch.ts'
import { read16 } from '../wire/bytes.ts'
import { IPV4_HEADER, ipv4HeaderLength } from '../wire/ipv4.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { copyTo, Gate, type Knock } from './gate.ts'
import { Lane, type Stream } from './lane.ts'
import { Lateness } from './lateness.ts'

const MTU = 1500
/** Connections that wait to be accepted: they are accepted at once, however many come in one turn. */
const BACKLOG = 65_535

const BACK: Readonly<Record<Stream, Stream>> = { upstream: 'downstream', downstream: 'upstream' }

/** A link that all packets of several tunnels go through, besides their own. */
export interface SharedLink {
  isClear(stream: Stream): boolean
  /** @param at when the packets do, ms */
  enter(stream: Stream, batch: PacketBatch, at: number): void
  /** Packets for this address are handed to `deliver`, and when they were due, ms. */
  join(address: Address, deliver: (batch: PacketBatch, due: number) => void): void
  leave(address: Address): void
}

export interface TunnelOptions {
  /** Names of the two hosts' links, in captures and logs. */
  readonly names: readonly [string, string]
  /** Their addresses, with the length of the network's prefix. */
  readonly prefixes: readonly [string, string]
  readonly clock: Clock
  /** By which the lanes deliver; default `clock`. */
  readonly pathClock?: Clock | undefined
  /** The random numbers of the hosts; the lanes' luck is their own. */
  readonly random?: Random | undefined
  readonly tcp: Partial<TcpOptions>
  readonly memory: Partial<MemoryOptions>
  readonly trace: TraceSink | null
  readonly observer: PathObserver | null
  /** As a lane's. */
  readonly around?: boolean | undefined
  readonly shared: SharedLink | null
}

/** One connection through a tunnel. */
export interface Crossing {
  /** The port of the far host: the target's, so that whoever reads a capture knows the protocol. */
  readonly port: number
  /** The lane of its packets from now on. */
  readonly lane: () => Lane
  /** The near host's SYN has come to the far one. */
  readonly knock: (knock: Knock) => void
  /** The far host has accepted it. */
  readonly accepted: (socket: Socket) => void
}

/** A listener of the far host, and how many connections lead to it. */
interface PortServer {
  readonly server: Server
  crossings: number
}

/** Ports of the far host that are listened at though no connection leads there. */
const MOST_IDLE = 256

/** A host's end of the tunnel: as of a device that does checksums and cuts super-segments. */
class TunnelEnd implements Link {
  readonly name: string
  readonly mtu = MTU
  readonly offload: Offload = { checksum: true, segmentation: true }
  readonly #send: (batch: PacketBatch) => void
  #receive: ((batch: PacketBatch) => void) | null = null

  constructor(name: string, send: (batch: PacketBatch) => void) {
    this.name = name
    this.#send = send
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }

  transmit(batch: PacketBatch): void {
    if (this.#receive !== null) this.#send(batch)
  }

  deliver(batch: PacketBatch): void {
    this.#receive?.(batch)
  }

  close(): void {
    this.#receive = null
  }
}

export class Tunnel {
  readonly near: Stack
  readonly far: Stack
  readonly #options: TunnelOptions
  /** The near host's and the far one's. */
  readonly #addresses: readonly string[]
  readonly #ends: Record<Stream, TunnelEnd>
  /** The way of packets of a direction that nothing befalls. */
  readonly #bare: Record<Stream, PipeEnd>
  readonly #gate: Gate
  readonly #lanes = new Set<Lane>()
  #first: Lane | null = null
  readonly #lateness: Record<Stream, Lateness>
  /** Open connections by their ports; packets of others take the first lane. */
  readonly #open = new Map<number, Crossing>()
  /** Those that the far host has yet to accept. */
  readonly #expected = new Map<number, Crossing>()
  readonly #servers = new Map<number, PortServer>()
  /** Ports that no connection leads to; the first has been left alone for longest. */
  readonly #idle = new Set<number>()
  /** Lists packets of a batch one at a time. */
  readonly #one = new PacketBatch(1, false)

  constructor(options: TunnelOptions) {
    this.#options = options
    const { names, prefixes, clock, pathClock = clock, random, tcp, memory, trace, shared } = options
    this.#lateness = {
      upstream: new Lateness(pathClock, clock),
      downstream: new Lateness(pathClock, clock),
    }
    this.#addresses = prefixes.map(prefix => prefix.slice(0, prefix.indexOf('/')))
    const [nearAddress, farAddress] = this.#addresses.map(parseAddress)
    const [near, far] = createPipe(clock, { mtu: MTU, offload: true })
    // Batches from the near end come out of the far one.
    this.#bare = { upstream: near, downstream: far }
    far.start(batch => this.#arrive('upstream', batch))
    near.start(batch => this.#arrive('downstream', batch))
    this.#ends = {
      upstream: new TunnelEnd(names[0], batch => this.#carry('upstream', batch)),
      downstream: new TunnelEnd(names[1], batch => this.#carry('downstream', batch)),
    }
    this.#gate = new Gate({
      deliver: batch => this.#ends.downstream.deliver(batch),
      answer: (packet, ports) => this.#laneOf(ports).downstream.enter(batchOf(packet)),
    })
    const stack = (link: Link, address: string): Stack =>
      createStack({ link, address, clock, random, tcp, memory, trace })
    this.near = stack(this.#ends.upstream, prefixes[0])
    this.far = stack(this.#ends.downstream, prefixes[1])
    shared?.join(farAddress!, (batch, due) => this.#arriveAt('upstream', batch, due))
    shared?.join(nearAddress!, (batch, due) => this.#arriveAt('downstream', batch, due))
  }

  /** Another pair of paths; the first is that of all packets without one. */
  lane(luck: (stream: Stream) => Luck): Lane {
    const { clock, pathClock = clock, observer, around, shared } = this.#options
    const lane = new Lane({
      clock: pathClock,
      luck,
      observer,
      around,
      router: LINK_ROUTER[0]!,
      arrived: (stream, batch, due) => {
        if (shared === null || shared.isClear(stream)) this.#arriveAt(stream, batch, due)
        else shared.enter(stream, batch, due)
      },
    })
    this.#lanes.add(lane)
    this.#first ??= lane
    return lane
  }

  /** The lane is nobody's any more. */
  drop(lane: Lane): void {
    this.#lanes.delete(lane)
    lane.close()
  }

  /**
   * Opens a connection; the caller hears of its end by the socket that is returned.
   * @throws as Stack.connect
   */
  open(crossing: Crossing): Socket {
    const { port } = crossing
    this.#listen(port)
    const socket = this.near.connect({ port, host: this.#addresses[1]!, allowHalfOpen: true, noDelay: true })
    // The connection is opened in the tick after this one, and its SYN is delivered in a later turn.
    nextTick(() => this.#expect(socket, crossing))
    socket.once('close', () => this.#leave(port))
    return socket
  }

  #expect(socket: Socket, crossing: Crossing): void {
    const nearPort = socket.localPort
    if (socket.destroyed || nearPort === undefined) return
    const { port } = crossing
    const ports = portsOf(nearPort, port)
    this.#open.set(ports, crossing)
    this.#expected.set(ports, crossing)
    this.#gate.expect(nearPort, port, crossing.knock)
    socket.once('close', () => {
      // A later connection may have the same ports by now.
      if (this.#open.get(ports) !== crossing) return
      this.#open.delete(ports)
      this.#expected.delete(ports)
      this.#gate.forget(nearPort, port)
    })
  }

  /** Somebody leads to a port of the far host. */
  #listen(port: number): void {
    this.#idle.delete(port)
    const known = this.#servers.get(port)
    if (known !== undefined) {
      known.crossings++
      return
    }
    const server = this.far
      .createServer({ allowHalfOpen: true, noDelay: true }, socket => {
        const nearPort = socket.remotePort!
        const ports = portsOf(nearPort, port)
        const crossing = this.#expected.get(ports)
        this.#expected.delete(ports)
        this.#gate.forget(nearPort, port)
        if (crossing === undefined) socket.resetAndDestroy()
        else crossing.accepted(socket)
      })
      .listen({ port, backlog: BACKLOG })
    this.#servers.set(port, { server, crossings: 1 })
  }

  /** Packets on their way may yet come to a listener that is idle: only those that have been so for long go. */
  #leave(port: number): void {
    if (--this.#servers.get(port)!.crossings > 0) return
    this.#idle.add(port)
    if (this.#idle.size <= MOST_IDLE) return
    const [oldest] = this.#idle
    this.#idle.delete(oldest!)
    this.#servers.get(oldest!)!.server.close()
    this.#servers.delete(oldest!)
  }

  #laneOf(ports: number): Lane {
    return this.#open.get(ports)?.lane() ?? this.#first!
  }

  #carry(stream: Stream, batch: PacketBatch): void {
    const { shared } = this.#options
    const sharedClear = shared === null || shared.isClear(stream)
    if (sharedClear && this.#allClear(batch, stream)) {
      for (let i = 0; i < batch.count; i++) this.#laneOfPacket(batch, i, stream)[stream].passed(batch, i)
      this.#bare[stream].transmit(batch)
      return
    }
    const at = this.#lateness[stream].sentAt
    for (let i = 0; i < batch.count; i++) {
      const lane = this.#laneOfPacket(batch, i, stream)
      if (!lane.isClear(stream)) {
        lane[stream].enterPacket(batch, i, at)
        continue
      }
      lane[stream].passed(batch, i)
      this.#one.clear()
      copyTo(this.#one, batch, i)
      if (sharedClear) this.#bare[stream].transmit(this.#one)
      else shared.enter(stream, this.#one, at)
    }
  }

  #laneOfPacket(batch: PacketBatch, i: number, stream: Stream): Lane {
    return this.#lanes.size === 1 ? this.#first! : this.#laneOf(portsOfPacket(batch, i, stream))
  }

  #allClear(batch: PacketBatch, stream: Stream): boolean {
    for (let i = 0; i < batch.count; i++)
      if (!this.#laneOfPacket(batch, i, stream).isClear(stream)) return false
    return true
  }

  /** Packets arrive that were due then, ms. */
  #arriveAt(stream: Stream, batch: PacketBatch, due: number): void {
    this.#lateness[BACK[stream]].deliver(due, () => this.#arrive(stream, batch))
  }

  #arrive(stream: Stream, batch: PacketBatch): void {
    if (stream === 'upstream') this.#gate.enter(batch)
    else this.#ends.upstream.deliver(batch)
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    for (const address of this.#addresses) this.#options.shared?.leave(parseAddress(address))
    for (const lane of this.#lanes) lane.close()
    await Promise.all([this.near.close({ grace: 0 }), this.far.close({ grace: 0 })])
  }
}

/** The ports of a packet's connection; 0 where there are none. */
const portsOfPacket = (batch: PacketBatch, i: number, stream: Stream): number => {
  const b = batch.buffers[i]!
  const start = batch.starts[i]!
  if (batch.lengths[i]! < IPV4_HEADER + 4 || b[start + 9] !== PROTOCOL_TCP) return 0
  const tcp = start + ipv4HeaderLength(b, start)
  const source = read16(b, tcp)
  const destination = read16(b, tcp + 2)
  return stream === 'upstream' ? portsOf(source, destination) : portsOf(destination, source)
}
