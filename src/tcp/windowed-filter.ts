/**
 * The best value of the last while, in constant memory: Kathleen Nichols' estimator, which keeps the best, the second best
 * and the third best of successive parts of the window. Time is whatever the caller counts in.
 */
export class WindowedFilter {
  readonly #window: number
  readonly #better: (a: number, b: number) => boolean
  readonly #values: [number, number, number] = [-1, -1, -1]
  readonly #times: [number, number, number] = [0, 0, 0]

  /** `better(a, b)`: whether a is at least as good as b. */
  constructor(window: number, better: (a: number, b: number) => boolean) {
    this.#window = window
    this.#better = better
  }

  /** The best value of the window; -1 before the first. (Values are never negative.) */
  get value(): number {
    return this.#values[0]
  }

  /** Forgets all but this value. */
  reset(value: number, at: number): number {
    this.#values.fill(value)
    this.#times.fill(at)
    return value
  }

  /** Takes a value; returns the best. */
  update(value: number, at: number): number {
    const values = this.#values
    const times = this.#times
    if (values[0] < 0 || this.#better(value, values[0]) || at - times[2] > this.#window)
      return this.reset(value, at)
    if (this.#better(value, values[1])) {
      values[1] = values[2] = value
      times[1] = times[2] = at
    } else if (this.#better(value, values[2])) {
      values[2] = value
      times[2] = at
    }
    const age = at - times[0]
    if (age > this.#window) {
      // The best has grown too old: the next best takes its place, and twice if that is too old as well.
      this.#shift(value, at)
      if (at - times[0] > this.#window) this.#shift(value, at)
    } else if (times[1] === times[0] && age > this.#window / 4) {
      values[1] = values[2] = value
      times[1] = times[2] = at
    } else if (times[2] === times[1] && age > this.#window / 2) {
      values[2] = value
      times[2] = at
    }
    return values[0]
  }

  #shift(value: number, at: number): void {
    this.#values[0] = this.#values[1]
    this.#times[0] = this.#times[1]
    this.#values[1] = this.#values[2]
    this.#times[1] = this.#times[2]
    this.#values[2] = value
    this.#times[2] = at
  }
}
