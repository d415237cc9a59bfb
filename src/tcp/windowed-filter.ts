/**
 * The best value of the last while, in constant memory: Kathleen Nichols' estimator, which keeps the best, the second best
 * and the third best of successive parts of the window. Time is whatever the caller counts in.
 */
export class WindowedFilter {
  readonly #window: number
  readonly #better: (a: number, b: number) => boolean
  /** The three values, and the time of each behind it: one array, as every connection has it. */
  readonly #entries: [number, number, number, number, number, number] = [-1, 0, -1, 0, -1, 0]

  /** `better(a, b)`: whether a is at least as good as b. */
  constructor(window: number, better: (a: number, b: number) => boolean) {
    this.#window = window
    this.#better = better
  }

  /** The best value of the window; -1 before the first. (Values are never negative.) */
  get value(): number {
    return this.#entries[0]
  }

  /** Forgets all but this value. */
  reset(value: number, at: number): number {
    const e = this.#entries
    e[0] = e[2] = e[4] = value
    e[1] = e[3] = e[5] = at
    return value
  }

  /** Takes a value; returns the best. */
  update(value: number, at: number): number {
    const e = this.#entries
    if (e[0] < 0 || this.#better(value, e[0]) || at - e[5] > this.#window) return this.reset(value, at)
    if (this.#better(value, e[2])) {
      e[2] = e[4] = value
      e[3] = e[5] = at
    } else if (this.#better(value, e[4])) {
      e[4] = value
      e[5] = at
    }
    const age = at - e[1]
    if (age > this.#window) {
      // The best has grown too old: the next best takes its place, and twice if that is too old as well.
      this.#shift(value, at)
      if (at - e[1] > this.#window) this.#shift(value, at)
    } else if (e[3] === e[1] && age > this.#window / 4) {
      e[2] = e[4] = value
      e[3] = e[5] = at
    } else if (e[5] === e[3] && age > this.#window / 2) {
      e[4] = value
      e[5] = at
    }
    return e[0]
  }

  #shift(value: number, at: number): void {
    const e = this.#entries
    e[0] = e[2]
    e[1] = e[3]
    e[2] = e[4]
    e[3] = e[5]
    e[4] = value
    e[5] = at
  }
}

/** For a {@link WindowedFilter} of the smallest value. */
export const smaller = (a: number, b: number): boolean => a <= b
/** For one of the largest. */
export const larger = (a: number, b: number): boolean => a >= b
