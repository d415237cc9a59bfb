/**
 * For each local port the number of flows that have it. The port asked for last is counted here, not in the map: those who
 * come to a server come to the same port, and cost no look-up.
 */
export class PortCounts {
  /** All but the present one that have flows. */
  readonly #others = new Map<number, number>()
  #present = -1
  #flows = 0

  add(port: number): void {
    if (port !== this.#present) this.#turnTo(port)
    this.#flows++
  }

  /** One flow less has the port; there was one. */
  remove(port: number): void {
    if (port !== this.#present) this.#turnTo(port)
    this.#flows--
  }

  has(port: number): boolean {
    return port === this.#present ? this.#flows > 0 : this.#others.has(port)
  }

  #turnTo(port: number): void {
    if (this.#flows > 0) this.#others.set(this.#present, this.#flows)
    this.#present = port
    this.#flows = this.#others.get(port) ?? 0
    if (this.#flows > 0) this.#others.delete(port)
  }
}
