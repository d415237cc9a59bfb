import { type Holding, QUANTUM } from '../../tcp/block/memory.ts'

/** Sizes up to 2 GiB, each list twice the one before. */
const LISTS = 20

const listOf = (charged: number): number => Math.min(LISTS - 1, 31 - Math.clz32(charged / QUANTUM))

/**
 * Holdings in lists by size: the largest is found at once, however many there are. Within a list they stand in the order in
 * which they came, or were looked at last.
 */
export class Holders {
  size = 0
  readonly #first: (Holding | null)[] = new Array(LISTS).fill(null)
  readonly #last: (Holding | null)[] = new Array(LISTS).fill(null)

  /** Takes one on, charged for something. */
  add(h: Holding): void {
    this.#append(h, listOf(h.charged))
    this.size++
  }

  delete(h: Holding): void {
    this.#unlink(h, listOf(h.charged))
    this.size--
  }

  /** It is charged for `charged` bytes from now on, not 0. */
  resize(h: Holding, charged: number): void {
    const from = listOf(h.charged)
    const to = listOf(charged)
    h.charged = charged
    if (from === to) return
    this.#unlink(h, from)
    this.#append(h, to)
  }

  /**
   * Those that were not looked at since `before` (ms), the largest first, each looked at now, at `now`: no more than
   * `limit`, and while `visit` says so. It may take out the one it is given, and change its size.
   * @returns whether there may be more of them
   */
  review(before: number, now: number, limit: number, visit: (h: Holding) => boolean): boolean {
    for (let list = LISTS - 1; list >= 0; list--) {
      for (;;) {
        const h = this.#first[list]!
        if (h === null || h.reviewedAt > before) break
        if (limit-- === 0) return true
        this.#unlink(h, list)
        this.#append(h, list)
        const more = visit(h)
        h.reviewedAt = now
        if (!more) return false
      }
    }
    return false
  }

  #append(h: Holding, list: number): void {
    const last = this.#last[list]!
    h.previous = last
    h.next = null
    if (last === null) this.#first[list] = h
    else last.next = h
    this.#last[list] = h
  }

  #unlink(h: Holding, list: number): void {
    const { previous, next } = h
    if (previous === null) this.#first[list] = next
    else previous.next = next
    if (next === null) this.#last[list] = previous
    else next.previous = previous
    h.previous = h.next = null
  }
}
