/**
 * A pool of hosts in one process and in virtual time: the device deals packets out by chance, as no kernel would, and what
 * one host hands to another takes a while. A client, which knows nothing of it, is at the other end of a bad network.
 */
import { Host } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import type { HandedOver } from '../../src/ip/pool.ts'
import { emulate } from '../../src/link/emulated.ts'
import type { PathOptions } from '../../src/link/path/options.ts'
import { createPipe, type PipeEnd } from '../../src/link/pipe.ts'
import { bury, PoolMember } from '../../src/pool/member.ts'
import { createShared, type PoolShared } from '../../src/pool/shared.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { Streamer } from '../support/two-hosts.ts'

export const POOL = parseAddress('192.0.2.2')
export const CLIENT = parseAddress('192.0.2.1')
export const POOL_IPV6 = parseAddress('2001:db8::2')

/** One queue of the device. */
class Queue implements Link {
  readonly name = 'tun'
  readonly mtu = 1500
  readonly offload = { checksum: false, segmentation: false }
  receive: ((batch: PacketBatch) => void) | null = null
  readonly #out: PipeEnd

  constructor(out: PipeEnd) {
    this.#out = out
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.receive = receive
  }

  transmit(batch: PacketBatch): void {
    if (this.receive !== null) this.#out.transmit(batch)
  }

  close(): void {
    this.receive = null
  }
}

export interface PoolOptions {
  readonly seed: number
  readonly workers?: number
  readonly flows?: number
  readonly path?: PathOptions
  readonly tcp?: Partial<TcpOptions>
  readonly clientTcp?: Partial<TcpOptions>
  /** The longest time of a hand-over, ms. */
  readonly delay?: number
}

export class PoolOfHosts {
  readonly clock = new VirtualClock()
  readonly random: SeededRandom
  readonly shared: PoolShared
  readonly members: (PoolMember | null)[] = []
  readonly hosts: Host[] = []
  readonly client: Host
  /** Chooses the queue of a packet; by chance unless a test says otherwise. */
  steer: (packet: Uint8Array) => number
  /** Resets that the client was sent. */
  resets = 0
  readonly #queues: Queue[] = []
  readonly #end: PipeEnd
  readonly #options: PoolOptions

  constructor(options: PoolOptions) {
    const { seed, workers = 3, flows = 64, path = {}, clientTcp = {} } = options
    const random = new SeededRandom(seed)
    const { clock } = this
    this.#options = options
    this.random = random
    this.steer = () => random.uint32() % workers
    this.shared = createShared({ workers, flows }, bytes => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.uint32()
    })
    const [near, far] = createPipe(clock)
    this.#end = far
    this.client = new Host({
      clock,
      random,
      tcp: clientTcp,
      trace: e => {
        if (e.type === 'segment-in' && e.segment.flags & 4) this.resets++
      },
    })
    this.client.attach(emulate(near, { out: path, in: path }, random, clock), [
      '192.0.2.1/24',
      '2001:db8::1/64',
    ])
    for (let i = 0; i < workers; i++) this.start(i)
    far.start(batch => {
      for (let n = 0; n < batch.count; n++) this.#deal(batch, n)
    })
  }

  /** Starts a worker, or its successor. */
  start(index: number): void {
    const { clock, random, shared } = this
    const { tcp = {}, delay = 3 } = this.#options
    const member = new PoolMember(shared, index, (to, packets) => {
      // A copy, as between threads.
      const copy = structuredClone(packets) as readonly HandedOver[]
      clock.schedule(clock.now() + (random.uint32() / 2 ** 32) * delay, () => {
        const host = this.hosts[to]
        if (host !== undefined && !host.closed) this.members[to]?.take(host, copy)
      })
      return true
    })
    const host = new Host({ clock, random, tcp, pool: member })
    const queue = new Queue(this.#end)
    host.attach(queue, ['192.0.2.2/24', '2001:db8::2/64'])
    this.#queues[index] = queue
    this.members[index] = member
    this.hosts[index] = host
  }

  /** A worker is dead, without a word to anybody. Its queue is detached. */
  kill(index: number): void {
    this.#queues[index]!.close()
    this.members[index] = null
    // It tidies nothing up; that it stops in order is for the clock's sake.
    Object.assign(this.hosts[index]!.pool!, { release() {}, listening() {} })
    this.hosts[index]!.close()
    bury(this.shared, index)
  }

  #deal(batch: PacketBatch, n: number): void {
    const packet = new Uint8Array(batch.packetLength(n))
    batch.copy(n, packet)
    let to = this.steer(packet) % this.#queues.length
    while (this.#queues[to]!.receive === null) to = (to + 1) % this.#queues.length
    const one = new PacketBatch(1, false)
    one.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
    this.#queues[to]!.receive!(one)
  }

  /** All workers listen, and say one thing while they hear another. */
  serve(
    port: number,
    says: Buffer,
    hears: Buffer,
    those: readonly number[] = [...this.hosts.keys()],
  ): Streamer[] {
    const streamers: Streamer[] = []
    for (const index of those) {
      const listener = this.hosts[index]!.listen(parseAddress('::'), port, {
        acceptable: () => {
          for (let c = listener.accept(); c !== null; c = listener.accept())
            streamers.push(begin(c, says, hears))
        },
      })
    }
    return streamers
  }

  /** The packets of all workers that were not used for this reason. */
  drops(reason: keyof Host['drops']): number {
    return this.hosts.reduce((sum, host) => sum + host.drops[reason], 0)
  }
}

/** A user for a connection that was accepted. */
export const begin = (c: ConnectionView, says: Buffer, hears: Buffer): Streamer => {
  const s = new Streamer(c, says, hears)
  setUser(c, s)
  s.readable()
  s.writable()
  return s
}
