/** Pacing: text leaves no faster than the congestion controller asks for, in small bursts. Bytes and milliseconds. */

/** A burst lasts as long as this at the rate, ms: timers are no finer … */
const BURST = 1
/** … but is at least so many segments, and at most so much. */
const SEGMENTS = 2
const LARGEST_BURST = 65_536

/** The most that is saved up while nothing is sent or a timer is late: segments, and ms at the rate. */
const SAVED_SEGMENTS = 10
const SAVED = 4

/** Says when text may leave at a rate. */
export interface Pacing {
  /** Bytes that may leave now, 0 for none. `rate` is above 0. */
  allowed(rate: number, mss: number, now: number): number
  /** `bytes` have left. */
  sent(bytes: number): void
  /** The time to wait until something may leave, ms. */
  wait(rate: number, mss: number): number
}

export class Pacer implements Pacing {
  readonly #burstTime: number
  readonly #segments: number
  readonly #savedSegments: number
  readonly #saved: number
  #budget = 0
  #at = Number.NEGATIVE_INFINITY
  /** The time of the last burst: the rest of it may follow in small pieces. */
  #letGoAt = Number.NEGATIVE_INFINITY

  /**
   * @param burstTime a burst lasts as long as this at the rate, ms …
   * @param segments … but is of so many at least
   * @param savedSegments that may be saved up, or so many ms at the rate, whichever is more
   */
  constructor(burstTime = BURST, segments = SEGMENTS, savedSegments = SAVED_SEGMENTS, saved = SAVED) {
    this.#burstTime = burstTime
    this.#segments = segments
    this.#savedSegments = savedSegments
    this.#saved = saved
  }

  /** Bytes that may leave now: none, or a burst at least, in pieces of a segment at least. `rate` is above 0. */
  allowed(rate: number, mss: number, now: number): number {
    const most = Math.max(this.#savedSegments * mss, this.#saved * rate)
    this.#budget = Math.min(most, this.#budget + rate * (now - this.#at))
    this.#at = now
    // A hair's breadth less than a burst is one: timers and fractions round.
    if (this.#budget + 1 < (now === this.#letGoAt ? mss : this.#burst(rate, mss))) return 0
    this.#letGoAt = now
    return this.#budget + 1
  }

  /** `bytes` have left. */
  sent(bytes: number): void {
    this.#budget -= bytes
  }

  /** The time to wait until a burst may leave, ms. */
  wait(rate: number, mss: number): number {
    return Math.max(0, (this.#burst(rate, mss) - this.#budget) / rate)
  }

  #burst(rate: number, mss: number): number {
    return Math.min(LARGEST_BURST, Math.max(this.#segments * mss, this.#burstTime * rate))
  }
}
