/** The rule of a filter: how long its window is, and whether `a` is at least as good as `b`. */
export interface FilterRule {
  readonly window: number
  better(a: number, b: number): boolean
}

/** The second and the third best, and when they were taken. */
class NextBest {
  value2: number
  at2: number
  value3: number
  at3: number

  constructor(value: number, at: number) {
    this.value2 = this.value3 = value
    this.at2 = this.at3 = at
  }

  reset(value: number, at: number): void {
    this.value2 = this.value3 = value
    this.at2 = this.at3 = at
  }
}

/**
 * The best value of the last while, in constant memory: Kathleen Nichols' estimator, which keeps the best, the second best
 * and the third best of successive parts of the window. Time is whatever the caller counts in.
 */
export class WindowedFilter {
  readonly #rule: FilterRule
  /** The best value of the window; -1 before the first. (Values are never negative.) */
  value = -1
  /** The time at which it was taken. */
  #at = 0
  /** The second and the third, as soon as they are others than the first. */
  #next: NextBest | null = null

  constructor(rule: FilterRule) {
    this.#rule = rule
  }

  /** Forgets all but this value. */
  reset(value: number, at: number): number {
    this.value = value
    this.#at = at
    this.#next = null
    return value
  }

  /** Takes a value; returns the best. */
  update(value: number, at: number): number {
    const { window, better } = this.#rule
    if (this.value < 0 || better(value, this.value) || at - (this.#next?.at3 ?? this.#at) > window)
      return this.reset(value, at)
    const age = at - this.#at
    // A value that is worse than the first counts only once a quarter of the window is over.
    if (this.#next === null) {
      if (age > window / 4) this.#next = new NextBest(value, at)
      return this.value
    }
    const n = this.#next
    if (better(value, n.value2)) n.reset(value, at)
    else if (better(value, n.value3)) {
      n.value3 = value
      n.at3 = at
    }
    if (age > window) {
      // The best has grown too old: the next best takes its place, and twice if that is too old as well.
      this.shift(value, at)
      if (at - this.#at > window) this.shift(value, at)
    } else if (n.at2 === this.#at && age > window / 4) {
      n.reset(value, at)
    } else if (n.at3 === n.at2 && age > window / 2) {
      n.value3 = value
      n.at3 = at
    }
    return this.value
  }

  private shift(value: number, at: number): void {
    const n = this.#next!
    this.value = n.value2
    this.#at = n.at2
    n.value2 = n.value3
    n.at2 = n.at3
    n.value3 = value
    n.at3 = at
  }
}

/** For a {@link WindowedFilter} of the smallest value. */
export const smaller = (a: number, b: number): boolean => a <= b
/** For one of the largest. */
export const larger = (a: number, b: number): boolean => a >= b
