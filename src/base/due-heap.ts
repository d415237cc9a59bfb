/** Entries by the time at which they are due; those of the same time in a fixed order. */
export interface Due {
  readonly at: number
  readonly order: number
}

/** The order of a {@link Due} heap, as a sort wants it. What is sorted by it is a heap, too. */
export const dueBefore = (a: Due, b: Due): number => a.at - b.at || a.order - b.order

/** Adds to a binary heap whose first is due first. */
export const pushDue = <T extends Due>(heap: T[], item: T): void => {
  let i = heap.push(item) - 1
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (dueBefore(item, heap[parent]!) >= 0) break
    heap[i] = heap[parent]!
    i = parent
  }
  heap[i] = item
}

/** Takes what is due first from a heap that is not empty. */
export const popDue = <T extends Due>(heap: T[]): T => {
  const first = heap[0]!
  const last = heap.pop()!
  const size = heap.length
  if (size === 0) return first
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= size) break
    if (child + 1 < size && dueBefore(heap[child + 1]!, heap[child]!) < 0) child++
    if (dueBefore(heap[child]!, last) >= 0) break
    heap[i] = heap[child]!
    i = child
  }
  heap[i] = last
  return first
}
