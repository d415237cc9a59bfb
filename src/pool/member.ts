/** One host of a pool: which packets it hands over to which other host, and how it takes theirs. */
import type { Host } from '../host/host.ts'
import { EPHEMERAL_PORTS } from '../host/ports.ts'
import { type HandedOver, type HostPool, NOBODY } from '../ip/pool.ts'
import type { Address } from '../wire/address.ts'
import { FlowOwners } from './flow-owners.ts'
import { ALIVE, COOKIE_SENT, type PoolShared } from './shared.ts'

/** The ephemeral ports of a host that is alone are divided among the workers. */
const [FIRST_PORT, LAST_PORT] = EPHEMERAL_PORTS
const PORTS = LAST_PORT + 1 - FIRST_PORT

/** Sends packets to another worker; false when there is no way to it, or no room there: they are lost. */
export type Post = (to: number, packets: readonly HandedOver[]) => boolean

const SECOND = 1000

/** A worker's part in its pool. */
export class PoolMember implements HostPool {
  readonly secret: Uint8Array
  readonly ephemeralPorts: readonly [number, number]
  seen = 0
  /** Packets that were handed over and taken over, and those for which there was no room. */
  readonly counters = { handedOver: 0, takenOver: 0, lost: 0 }
  readonly #index: number
  readonly #bit: number
  readonly #workers: number
  readonly #post: Post
  readonly #owners: FlowOwners
  readonly #listeners: Int32Array
  readonly #words: Int32Array
  /** For each worker, what leaves with the next flush. */
  readonly #outgoing: HandedOver[][]
  #waiting = false

  /** @param index the number of the worker, from 0 */
  constructor(shared: PoolShared, index: number, post: Post) {
    const { workers } = shared
    this.secret = shared.secret
    const first = (n: number): number => FIRST_PORT + Math.floor((PORTS * n) / workers)
    this.ephemeralPorts = [first(index), first(index + 1) - 1]
    this.#index = index
    this.#bit = 1 << index
    this.#workers = workers
    this.#post = post
    this.#owners = new FlowOwners(shared.owners, shared, index, shared.flowKey)
    this.#listeners = new Int32Array(shared.listeners)
    this.#words = new Int32Array(shared.words)
    this.#outgoing = Array.from({ length: workers }, () => [])
    Atomics.or(this.#words, ALIVE, this.#bit)
  }

  get cookieSentAt(): number {
    const seconds = Atomics.load(this.#words, COOKIE_SENT)
    return seconds === 0 ? Number.NEGATIVE_INFINITY : (seconds - 1) * SECOND
  }

  cookieSent(now: number): void {
    Atomics.store(this.#words, COOKIE_SENT, Math.floor(now / SECOND) + 1)
  }

  claim(local: Address, localPort: number, remote: Address, remotePort: number): number {
    return this.#owners.claim(local, localPort, remote, remotePort)
  }

  release(local: Address, localPort: number, remote: Address, remotePort: number): void {
    this.#owners.release(local, localPort, remote, remotePort)
  }

  ownerOf(local: Address, localPort: number, remote: Address, remotePort: number): number {
    const owner = this.#owners.ownerOf(local, localPort, remote, remotePort)
    // One that has had the packet did not know the flow then: it is over, or just begins.
    return owner === this.#index || (owner !== NOBODY && this.seen & (1 << owner)) ? NOBODY : owner
  }

  listening(port: number, listens: boolean): void {
    if (listens) Atomics.or(this.#listeners, port, this.#bit)
    else Atomics.and(this.#listeners, port, ~this.#bit)
  }

  listenerAt(port: number): number {
    const others = Atomics.load(this.#listeners, port) & ~(this.seen | this.#bit)
    return others === 0 ? NOBODY : lowestBit(others)
  }

  reassembler(identification: number): number {
    // A host that has it by hand-over is the one.
    if (this.seen !== 0) return NOBODY
    // Any number does that all workers come to.
    const alive = Atomics.load(this.#words, ALIVE)
    let n = (Math.imul(identification, 0x9e3779b1) >>> 8) % countBits(alive)
    let rest = alive
    for (; n > 0; n--) rest &= rest - 1
    const worker = lowestBit(rest)
    return worker === this.#index ? NOBODY : worker
  }

  handOver(
    to: number,
    buffer: Uint8Array,
    start: number,
    length: number,
    sum: number,
    segmentSize: number,
    loopback: boolean,
  ): void {
    // A packet goes to nobody twice: whatever the table says meanwhile, it comes to an end.
    if (this.seen & (1 << to)) {
      this.counters.lost++
      return
    }
    const bytes = new Uint8Array(length)
    bytes.set(buffer.subarray(start, start + length))
    this.#outgoing[to]!.push({ bytes, sum, segmentSize, seen: this.seen | this.#bit, loopback })
    this.#waiting = true
  }

  flush(): void {
    if (!this.#waiting) return
    this.#waiting = false
    for (let to = 0; to < this.#workers; to++) {
      const packets = this.#outgoing[to]!
      if (packets.length === 0) continue
      this.#outgoing[to] = []
      this.counters[this.#post(to, packets) ? 'handedOver' : 'lost'] += packets.length
    }
  }

  /** Takes what another worker has handed over, for its host. */
  take(host: Host, packets: readonly HandedOver[]): void {
    this.counters.takenOver += packets.length
    host.receiveHandedOver(packets)
  }
}

/** Forgets a worker that is dead: its flows are nobody's, and it listens nowhere. */
export const bury = (shared: PoolShared, worker: number): void => {
  const words = new Int32Array(shared.words)
  const listeners = new Int32Array(shared.listeners)
  Atomics.and(words, ALIVE, ~(1 << worker))
  for (let port = 0; port < listeners.length; port++) Atomics.and(listeners, port, ~(1 << worker))
  // The caller is no worker: its number is the one after the last.
  new FlowOwners(shared.owners, shared, shared.workers, shared.flowKey).evict(worker)
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits)

const countBits = (bits: number): number => {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}
