import type { Address } from '../wire/address.ts'

/** What the table holds: connections and their TIME-WAIT records, both under their four numbers. */
export interface TupleEntry {
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
  /** The table's own. */
  tupleNext: unknown
}

const FIRST_SIZE = 256

/**
 * Entries by 4-tuple. The hash is keyed, so that nobody can choose addresses and ports that all fall into one
 * chain; entries are chained through themselves, so that nothing is allocated to add or find one.
 */
export class ConnectionTable<E extends TupleEntry> {
  size = 0
  /** What was found last: segments mostly come several in a row for one connection. */
  #last: E | null = null
  #buckets: (E | null)[] = new Array<E | null>(FIRST_SIZE).fill(null)
  #mask = FIRST_SIZE - 1
  readonly #key: number

  /** @param key a secret, uniform in [0, 2^32) */
  constructor(key: number) {
    this.#key = key | 0
  }

  /** MurmurHash3's mixing over the remote end and the local one. */
  #hash(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number): number {
    let h = this.#key
    h = mix(h, remoteAddress)
    h = mix(h, (remotePort << 16) | localPort)
    h = mix(h, localAddress)
    h ^= h >>> 16
    h = Math.imul(h, 0x85ebca6b)
    h ^= h >>> 13
    h = Math.imul(h, 0xc2b2ae35)
    return h ^ (h >>> 16)
  }

  get(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number): E | null {
    const last = this.#last
    if (
      last !== null &&
      last.remotePort === remotePort &&
      last.remoteAddress === remoteAddress &&
      last.localPort === localPort &&
      last.localAddress === localAddress
    )
      return last
    let e = this.#buckets[this.#hash(localAddress, localPort, remoteAddress, remotePort) & this.#mask] ?? null
    while (e !== null) {
      if (
        e.remotePort === remotePort &&
        e.remoteAddress === remoteAddress &&
        e.localPort === localPort &&
        e.localAddress === localAddress
      ) {
        this.#last = e
        return e
      }
      e = e.tupleNext as E | null
    }
    return null
  }

  #bucketOf(e: E): number {
    return this.#hash(e.localAddress, e.localPort, e.remoteAddress, e.remotePort) & this.#mask
  }

  /** Adds an entry whose four numbers no other has. */
  add(e: E): void {
    if (this.size >= this.#buckets.length) this.#grow()
    const i = this.#bucketOf(e)
    e.tupleNext = this.#buckets[i]
    this.#buckets[i] = e
    this.size++
  }

  delete(e: E): void {
    const i = this.#bucketOf(e)
    let at = this.#buckets[i]!
    if (at === e) {
      this.#buckets[i] = e.tupleNext as E | null
    } else {
      while (at !== null && at.tupleNext !== e) at = at.tupleNext as E
      if (at === null) return
      at.tupleNext = e.tupleNext
    }
    e.tupleNext = null
    if (e === this.#last) this.#last = null
    this.size--
  }

  *[Symbol.iterator](): IterableIterator<E> {
    for (let e of this.#buckets)
      while (e !== null) {
        const next = e.tupleNext as E | null
        yield e
        e = next
      }
  }

  #grow(): void {
    const old = this.#buckets
    const buckets = new Array<E | null>(old.length * 2).fill(null)
    this.#mask = buckets.length - 1
    for (let e of old)
      while (e !== null) {
        const next = e.tupleNext as E | null
        const i = this.#bucketOf(e)
        e.tupleNext = buckets[i]
        buckets[i] = e
        e = next
      }
    this.#buckets = buckets
  }
}

const mix = (h: number, value: number): number => {
  let k = Math.imul(value, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  h ^= Math.imul(k, 0x1b873593)
  h = (h << 13) | (h >>> 19)
  return (Math.imul(h, 5) + 0xe6546b64) | 0
}
