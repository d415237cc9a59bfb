/** A list that grows at its end and is taken away at its beginning. */
export class Deque<T> {
  #items: T[] = []
  #gone = 0

  get length(): number {
    return this.#items.length - this.#gone
  }

  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[this.#gone + index]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const first = this.#items[this.#gone]
    this.#items[this.#gone++] = undefined as T
    // As many moves as there were removals: each costs as much as one.
    if (this.#gone * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#gone)
      this.#gone = 0
    }
    return first
  }

  /** The items from one place up to another, a copy. */
  slice(from: number, to = this.length): T[] {
    return this.#items.slice(this.#gone + Math.max(0, from), this.#gone + Math.max(0, to))
  }
}
