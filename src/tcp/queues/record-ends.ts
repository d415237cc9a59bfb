/**
 * The ends of records in what is queued to be sent (as Linux's MSG_EOR): text before such an end and text after it never
 * share a segment. They are positions, ascending.
 */
export class RecordEnds {
  readonly #ends: number[] = []
  #first = 0

  /** Bytes of memory. */
  get weight(): number {
    return 8 * this.#ends.length
  }

  get size(): number {
    return this.#ends.length - this.#first
  }

  /** A record ends at `position`, behind all others. */
  add(position: number): void {
    if (this.#ends.at(-1) !== position) this.#ends.push(position)
  }

  /** The first end behind `position`; Infinity if there is none. */
  after(position: number): number {
    const ends = this.#ends
    let low = this.#first
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ends[middle]! > position) high = middle
      else low = middle + 1
    }
    return low < ends.length ? ends[low]! : Number.POSITIVE_INFINITY
  }

  /** Returns whether a record ends at `position`. */
  has(position: number): boolean {
    return this.after(position - 1) === position
  }

  /** All before `position` is acknowledged. */
  forget(position: number): void {
    while (this.#first < this.#ends.length && this.#ends[this.#first]! <= position) this.#first++
    if (this.#first * 2 < this.#ends.length) return
    this.#ends.splice(0, this.#first)
    this.#first = 0
  }

  /** Nothing behind `position` is held any more. */
  cut(position: number): void {
    while (this.#ends.length > this.#first && this.#ends.at(-1)! > position) this.#ends.pop()
  }
}
