import { quantile } from './statistics.js'

/** Times of many small things, µs; memory for the last of them only. */
const ROOM = 1 << 20

export class Latencies {
  #values = new Float64Array(ROOM)
  #count = 0

  add(microseconds) {
    this.#values[this.#count++ % ROOM] = microseconds
  }

  /** { count, p50, p99 } */
  report() {
    const values = this.#values.subarray(0, Math.min(this.#count, ROOM)).sort()
    return { count: this.#count, p50: quantile(values, 0.5), p99: quantile(values, 0.99) }
  }
}
