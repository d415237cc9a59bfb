/** A set that tells when it has become empty. */
export class Registry<T> {
  readonly #items = new Set<T>()
  #emptied: (() => void) | null = null

  get size(): number {
    return this.#items.size
  }

  add(item: T): void {
    this.#items.add(item)
  }

  delete(item: T): void {
    if (!this.#items.delete(item) || this.#items.size > 0) return
    this.#emptied?.()
    this.#emptied = null
  }

  /** Calls back once, when it is empty next; replaces an earlier callback. */
  onceEmpty(callback: (() => void) | null): void {
    this.#emptied = callback
  }

  /** What is in it at the moment. */
  list(): T[] {
    return [...this.#items]
  }
}
