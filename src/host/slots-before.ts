/** The slots that a hash table had before it was made larger or smaller, while entries are in them. */
export class SlotsBefore<E> {
  readonly #hashes: Int32Array
  readonly #entries: (E | null)[]
  readonly #mask: number
  /** Slots below it are empty, and remembered as taken: whoever looks for an entry goes past them. */
  #from = 0

  /** @param hashes those of the entries; 0 for an empty slot. The tables are no longer anybody else's. */
  constructor(hashes: Int32Array, entries: (E | null)[]) {
    this.#hashes = hashes
    this.#entries = entries
    this.#mask = hashes.length - 1
  }

  /** The first entry with this hash that `is` accepts, or null. */
  find(hash: number, is: (entry: E) => boolean): E | null {
    for (let i = hash & this.#mask; this.#hashes[i] !== 0; i = (i + 1) & this.#mask) {
      const entry = this.#entries[i]!
      if (this.#hashes[i] === hash && entry !== null && is(entry)) return entry
    }
    return null
  }

  /** `by`, which may be null, takes the place of an entry. Returns whether that is here. */
  replace(hash: number, entry: E, by: E | null): boolean {
    for (let i = hash & this.#mask; this.#hashes[i] !== 0; i = (i + 1) & this.#mask) {
      if (this.#entries[i] !== entry) continue
      this.#entries[i] = by
      return true
    }
    return false
  }

  /** Hands the entries of so many more slots to `put`. Returns whether there are none left. */
  move(slots: number, put: (entry: E, hash: number) => void): boolean {
    const end = Math.min(this.#from + slots, this.#entries.length)
    for (; this.#from < end; this.#from++) {
      const entry = this.#entries[this.#from]!
      if (entry === null) continue
      put(entry, this.#hashes[this.#from]!)
      this.#entries[this.#from] = null
    }
    return end === this.#entries.length
  }

  /** All of its slots, some of them empty. */
  slots(): readonly (E | null)[] {
    return this.#entries
  }
}
