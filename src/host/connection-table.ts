import { type Address, hashAddress } from '../wire/address.ts'

/** What the table holds: connections and their TIME-WAIT records, both under their four numbers. */
export interface TupleEntry {
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
}

/** Slots at first; a power of two, as always. */
const FIRST_SIZE = 256

/** How many of its slots may be taken. */
const FULL = 0.8

/**
 * Entries by 4-tuple. The hash is keyed, so that nobody can choose addresses and ports that all fall into one place. Open
 * addressing, in the order of Knuth's algorithm L: who looks for one entry goes by the hashes, which lie side by side, and
 * touches no other entry's memory.
 */
export class ConnectionTable<E extends TupleEntry> {
  size = 0
  #entries: (E | null)[] = new Array<E | null>(FIRST_SIZE).fill(null)
  /** Of the entry in each slot; 0 where there is none. */
  #hashes = new Int32Array(FIRST_SIZE)
  #mask = FIRST_SIZE - 1
  /** What was found last: segments mostly come several in a row for one connection. */
  #last: E | null = null
  readonly #key: number

  /** @param key a secret, uniform in [0, 2^32) */
  constructor(key: number) {
    this.#key = key | 0
  }

  /** MurmurHash3's mixing over the remote end and the local one. Never 0. */
  #hash(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number): number {
    let h = this.#key
    h = mix(h, hashAddress(remoteAddress, h))
    h = mix(h, (remotePort << 16) | localPort)
    h = mix(h, hashAddress(localAddress, h))
    h ^= h >>> 16
    h = Math.imul(h, 0x85ebca6b)
    h ^= h >>> 13
    h = Math.imul(h, 0xc2b2ae35)
    return h ^ (h >>> 16) || 1
  }

  get(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number): E | null {
    const last = this.#last
    if (last !== null && isUnder(last, localAddress, localPort, remoteAddress, remotePort)) return last
    const hashes = this.#hashes
    const mask = this.#mask
    const hash = this.#hash(localAddress, localPort, remoteAddress, remotePort)
    for (let i = hash & mask; hashes[i] !== 0; i = (i + 1) & mask) {
      if (hashes[i] !== hash) continue
      const e = this.#entries[i]!
      if (!isUnder(e, localAddress, localPort, remoteAddress, remotePort)) continue
      this.#last = e
      return e
    }
    return null
  }

  /** Adds an entry whose four numbers no other has. */
  add(e: E): void {
    if (this.size >= FULL * this.#hashes.length) this.#grow()
    this.#put(e, this.#hash(e.localAddress, e.localPort, e.remoteAddress, e.remotePort))
    this.size++
  }

  /** Takes an entry out, if it is there. */
  delete(e: E): void {
    const hashes = this.#hashes
    const entries = this.#entries
    const mask = this.#mask
    let free = this.#hash(e.localAddress, e.localPort, e.remoteAddress, e.remotePort) & mask
    for (; entries[free] !== e; free = (free + 1) & mask) if (hashes[free] === 0) return
    if (e === this.#last) this.#last = null
    this.size--
    // Those that had to go past its slot move up (Knuth's algorithm R): no gap is left on anybody's way.
    for (let i = (free + 1) & mask; hashes[i] !== 0; i = (i + 1) & mask) {
      const wayTo = (i - hashes[i]!) & mask
      if (wayTo < ((i - free) & mask)) continue
      hashes[free] = hashes[i]!
      entries[free] = entries[i]!
      free = i
    }
    hashes[free] = 0
    entries[free] = null
  }

  /** All there are. They are not to become more or fewer meanwhile. */
  *[Symbol.iterator](): IterableIterator<E> {
    for (const e of this.#entries) if (e !== null) yield e
  }

  #put(e: E, hash: number): void {
    let i = hash & this.#mask
    while (this.#hashes[i] !== 0) i = (i + 1) & this.#mask
    this.#hashes[i] = hash
    this.#entries[i] = e
  }

  #grow(): void {
    const entries = this.#entries
    const hashes = this.#hashes
    this.#entries = new Array<E | null>(2 * entries.length).fill(null)
    this.#hashes = new Int32Array(2 * entries.length)
    this.#mask = 2 * entries.length - 1
    for (let i = 0; i < entries.length; i++) if (hashes[i] !== 0) this.#put(entries[i]!, hashes[i]!)
  }
}

const isUnder = (
  e: TupleEntry,
  localAddress: Address,
  localPort: number,
  remoteAddress: Address,
  remotePort: number,
): boolean =>
  e.remotePort === remotePort &&
  e.remoteAddress === remoteAddress &&
  e.localPort === localPort &&
  e.localAddress === localAddress

const mix = (h: number, value: number): number => {
  let k = Math.imul(value, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  h ^= Math.imul(k, 0x1b873593)
  h = (h << 13) | (h >>> 19)
  return (Math.imul(h, 5) + 0xe6546b64) | 0
}
