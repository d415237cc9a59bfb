/** The place of an item in a {@link LinkedList}. */
export class ListEntry<T> {
  item: T | null
  previous: ListEntry<T> | null
  next: ListEntry<T> | null = null

  constructor(item: T, previous: ListEntry<T> | null) {
    this.item = item
    this.previous = previous
  }
}

/**
 * Things that come and go, in the order in which they came. A list, not a Set: a Set
 * that things come to and go from copies its table again and again, and each old table, once the collector thinks it old,
 * keeps alive all that was in it. With thousands of connections a second that was half of all memory they had used.
 */
export class LinkedList<T> {
  size = 0
  #first: ListEntry<T> | null = null
  #last: ListEntry<T> | null = null

  /** The entry that has been in it longest. */
  get first(): T | null {
    return this.#first?.item ?? null
  }

  /** Returns what {@link delete} wants to know. */
  add(item: T): ListEntry<T> {
    const place = new ListEntry(item, this.#last)
    if (this.#last === null) this.#first = place
    else this.#last.next = place
    this.#last = place
    this.size++
    return place
  }

  /** A second time it does nothing. */
  delete(place: ListEntry<T>): void {
    if (place.item === null) return
    const { previous, next } = place
    if (previous === null) this.#first = next
    else previous.next = next
    if (next === null) this.#last = previous
    else next.previous = previous
    // One that is old already must keep nothing younger alive.
    place.item = place.previous = place.next = null
    this.size--
  }

  /** Takes out what has been in it longest, or returns null. */
  shift(): T | null {
    const place = this.#first
    if (place === null) return null
    const { item } = place
    this.delete(place)
    return item
  }

  clear(): void {
    for (const place of this.places()) place.item = place.previous = place.next = null
    this.#first = this.#last = null
    this.size = 0
  }

  /** The items that are in it at the moment. */
  list(): T[] {
    return this.places().map(({ item }) => item!)
  }

  places(): ListEntry<T>[] {
    const places: ListEntry<T>[] = []
    for (let place = this.#first; place !== null; place = place.next) places.push(place)
    return places
  }
}
