import { keep } from '../base/keep.ts'

interface Failure {
  /** ms */
  readonly until: number
  readonly times: number
}

/** The most times that the wait doubles. */
const DOUBLINGS = 6

/** A failure is not tried again for a while, and longer each time. The oldest is forgotten when there is no room. */
export class BackOff {
  readonly #limit: number
  readonly #first: number
  readonly #failures = new Map<string, Failure>()

  /**
   * @param limit of what is remembered
   * @param first the wait after one failure, ms
   */
  constructor(limit: number, first: number) {
    this.#limit = limit
    this.#first = first
  }

  get size(): number {
    return this.#failures.size
  }

  mayTry(key: string, now: number): boolean {
    const failure = this.#failures.get(key)
    return failure === undefined || now >= failure.until
  }

  failed(key: string, now: number): void {
    const times = (this.#failures.get(key)?.times ?? 0) + 1
    const until = now + this.#first * 2 ** Math.min(DOUBLINGS, times - 1)
    keep(this.#failures, key, { until, times }, this.#limit)
  }

  succeeded(key: string): void {
    this.#failures.delete(key)
  }

  clear(): void {
    this.#failures.clear()
  }
}
