/**
 * A list that is filled and emptied again and again, and keeps its memory. An array that is emptied loses its memory bit by bit and
 * is given more when it is filled: of all that it had before, what the collector thinks old keeps alive what was in it then, and
 * all that this leads to, until it looks at everything. With thousands of connections a second that was as much as a full
 * collection each second.
 */
export class ReusedList<T> {
  /** Items in it. */
  length = 0
  readonly #places: (T | null)[] = []

  push(item: T): void {
    if (this.length < this.#places.length) this.#places[this.length] = item
    else this.#places.push(item)
    this.length++
  }

  /** The item at a place below {@link length}. */
  at(place: number): T {
    return this.#places[place]!
  }

  /** Hands what it has from a place on to the end of another list, and is empty. */
  moveTo(to: ReusedList<T>, from = 0): void {
    for (let i = from; i < this.length; i++) to.push(this.#places[i]!)
    this.clear()
  }

  clear(): void {
    const places = this.#places
    for (let i = 0; i < this.length; i++) places[i] = null
    this.length = 0
  }
}
