/** Sees for how long the process does not get to run: the path between two real ends stands still then too. */

/** The time between two looks, ms. */
const EVERY = 10

export class StallWatch {
  readonly #timer: NodeJS.Timeout
  #last = performance.now()
  #longest = 0

  constructor() {
    this.#timer = setInterval(() => this.#look(), EVERY)
  }

  #look(): void {
    const now = performance.now()
    this.#longest = Math.max(this.#longest, now - this.#last - EVERY)
    this.#last = now
  }

  /** Ends it. @returns the longest time, ms */
  stop(): number {
    clearInterval(this.#timer)
    this.#look()
    return this.#longest
  }
}
