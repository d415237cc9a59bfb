import { ReusedList } from './reused-list.ts'

/** Calls to be made in a row, each once, and those that they add meanwhile. */
export class CallList {
  readonly #calls = new ReusedList<() => void>()
  /** So many have been made. */
  #made = 0
  /** One of them is being made. */
  underWay = false

  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  add(call: () => void): void {
    this.#calls.push(call)
  }

  /** Makes all of them. After an exception of one, the others wait for the next time. */
  run(): void {
    this.underWay = true
    try {
      while (this.#made < this.#calls.length) this.#calls.at(this.#made++)()
    } finally {
      this.underWay = false
      if (this.#made === this.#calls.length) {
        this.#calls.clear()
        this.#made = 0
      }
    }
  }
}
