import { type Flow, localPortOf, portsOf } from '../ip/flow.ts'
import { type Address, hashAddress, type Ipv4Address, isIpv6 } from '../wire/address.ts'
import { PortCounts } from './port-counts.ts'
import { SlotsBefore } from './slots-before.ts'

/** The part of a flow that the table goes by. */
export type FlowEnds = Pick<Flow, 'localAddress' | 'remoteAddress' | 'ports'>

/** Slots at first; a power of two, as always. */
const FIRST_SIZE = 256

/** The share of its slots that may be taken; where it is less than the least there are too many, and a quarter will do. */
const FULL = 0.8
const LEAST = 1 / 16
/** Slots that move with each entry that comes or goes, when there are to be more or fewer: all, before that is so again. */
const MOVED = 32

/**
 * Flows by 4-tuple: connections, those that are packed, and TIME-WAIT records. The hash is keyed, so that nobody can choose
 * addresses and ports that all fall into one place. Open addressing, in the order of Knuth's algorithm L: who looks for one
 * entry goes by the hashes, which lie side by side, and touches no other flow's memory. It grows and shrinks by and by: no
 * packet waits until all entries have moved.
 */
export class ConnectionTable<E extends FlowEnds> {
  size = 0
  #flows: (E | null)[] = new Array<E | null>(FIRST_SIZE).fill(null)
  /** The hash of the entry in each slot; 0 where there is none. */
  #hashes = new Int32Array(FIRST_SIZE)
  #mask = FIRST_SIZE - 1
  /** What has yet to move here. */
  #before: SlotsBefore<E> | null = null
  /** The last one found: segments mostly come several in a row for one connection. */
  #last: E | null = null
  readonly #key: number
  readonly #ports = new PortCounts()

  /** @param key a secret, uniform in [0, 2^32) */
  constructor(key: number) {
    this.#key = key | 0
  }

  /**
   * MurmurHash3's mixing over the remote end and the local one; of IPv6, over 32 bits of each address. Never 0. V8 inlines
   * it into the look-up as long as there is one call of each part, for both families; its finish is written out here, as a
   * call of a function that others share can make look-ups a third slower.
   */
  #hash(local: Address, remote: Address, ports: number): number {
    const key = this.#key
    if (isIpv6(remote)) {
      remote = hashAddress(remote, key)
      local = hashAddress(local, key)
    }
    let h = mix(mix(mix(key, remote), ports), local as Ipv4Address)
    h ^= h >>> 16
    h = Math.imul(h, 0x85ebca6b)
    h ^= h >>> 13
    h = Math.imul(h, 0xc2b2ae35)
    return h ^ (h >>> 16) || 1
  }

  get(local: Address, localPort: number, remote: Address, remotePort: number): E | null {
    return this.#find(local, remote, portsOf(localPort, remotePort))
  }

  /** The connection between a flow's endpoints, whether it is this flow or another object. */
  of({ localAddress, remoteAddress, ports }: FlowEnds): E | null {
    return this.#find(localAddress, remoteAddress, ports)
  }

  #find(local: Address, remote: Address, ports: number): E | null {
    const last = this.#last
    if (last !== null && isBetween(last, local, remote, ports)) return last
    const hashes = this.#hashes
    const mask = this.#mask
    const hash = this.#hash(local, remote, ports)
    for (let i = hash & mask; hashes[i] !== 0; i = (i + 1) & mask) {
      if (hashes[i] !== hash) continue
      const flow = this.#flows[i]!
      if (!isBetween(flow, local, remote, ports)) continue
      this.#last = flow
      return flow
    }
    if (this.#before === null) return null
    return this.#before.find(hash, flow => isBetween(flow, local, remote, ports))
  }

  /** Adds a flow whose endpoints no other in the table has. */
  add(flow: E): void {
    this.#move()
    if (this.size >= FULL * this.#hashes.length) this.#resize(2 * this.#hashes.length)
    this.#put(flow, this.#hash(flow.localAddress, flow.remoteAddress, flow.ports))
    this.size++
    this.#ports.add(localPortOf(flow.ports))
  }

  /** Returns whether any of them has this local port, at whatever address. */
  hasPort(localPort: number): boolean {
    return this.#ports.has(localPort)
  }

  /** The slot of a flow, or -1 where it is in none. */
  #slotOf(flow: E, hash: number): number {
    const hashes = this.#hashes
    const flows = this.#flows
    const mask = this.#mask
    let slot = hash & mask
    for (; flows[slot] !== flow; slot = (slot + 1) & mask) if (hashes[slot] === 0) return -1
    return slot
  }

  /** `by` takes the place of a flow with the same endpoints. */
  replace(flow: E, by: E): void {
    const hash = this.#hash(flow.localAddress, flow.remoteAddress, flow.ports)
    const slot = this.#slotOf(flow, hash)
    if (slot >= 0) this.#flows[slot] = by
    else if (this.#before?.replace(hash, flow, by) !== true) return
    if (flow === this.#last) this.#last = by
  }

  /** Takes a flow out, if it is there. */
  delete(flow: E): void {
    const hash = this.#hash(flow.localAddress, flow.remoteAddress, flow.ports)
    const slot = this.#slotOf(flow, hash)
    if (slot >= 0) this.#clear(slot)
    else if (this.#before?.replace(hash, flow, null) !== true) return
    if (flow === this.#last) this.#last = null
    this.size--
    this.#ports.remove(localPortOf(flow.ports))
    this.#move()
    const { length } = this.#hashes
    if (length > FIRST_SIZE && this.size < LEAST * length && this.#before === null) this.#resize(length / 4)
  }

  #clear(slot: number): void {
    const hashes = this.#hashes
    const flows = this.#flows
    const mask = this.#mask
    let free = slot
    // Those that had to go past its slot move up (Knuth's algorithm R): no gap is left on anybody's way.
    for (let i = (free + 1) & mask; hashes[i] !== 0; i = (i + 1) & mask) {
      const wayTo = (i - hashes[i]!) & mask
      if (wayTo < ((i - free) & mask)) continue
      hashes[free] = hashes[i]!
      flows[free] = flows[i]!
      free = i
    }
    hashes[free] = 0
    flows[free] = null
  }

  /** All there are. They are not to become more or fewer meanwhile. */
  *[Symbol.iterator](): IterableIterator<E> {
    yield* entriesOf(this.#flows)
    if (this.#before !== null) yield* entriesOf(this.#before.slots())
  }

  /** All that there are now, whatever becomes of them until somebody asks for the next. */
  now(): IterableIterator<E> {
    return entriesOf(this.#before === null ? this.#flows.slice() : this.#flows.concat(this.#before.slots()))
  }

  #put(flow: E, hash: number): void {
    let i = hash & this.#mask
    while (this.#hashes[i] !== 0) i = (i + 1) & this.#mask
    this.#hashes[i] = hash
    this.#flows[i] = flow
  }

  #resize(length: number): void {
    this.#before?.move(Number.POSITIVE_INFINITY, (flow, hash) => this.#put(flow, hash))
    this.#before = new SlotsBefore(this.#hashes, this.#flows)
    this.#flows = new Array<E | null>(length).fill(null)
    this.#hashes = new Int32Array(length)
    this.#mask = length - 1
  }

  #move(): void {
    if (this.#before?.move(MOVED, (flow, hash) => this.#put(flow, hash))) this.#before = null
  }
}

function* entriesOf<E>(slots: readonly (E | null)[]): IterableIterator<E> {
  for (const entry of slots) if (entry !== null) yield entry
}

const isBetween = (flow: FlowEnds, local: Address, remote: Address, ports: number): boolean =>
  flow.ports === ports && flow.remoteAddress === remote && flow.localAddress === local

const mix = (h: number, value: number): number => {
  let k = Math.imul(value, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  h ^= Math.imul(k, 0x1b873593)
  h = (h << 13) | (h >>> 19)
  return (Math.imul(h, 5) + 0xe6546b64) | 0
}
