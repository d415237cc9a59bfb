import type { TcpOptions } from './options.ts'

/** The limits of the timeout; `minRttMargin` is the least that is added to the smoothed round trip. */
export type RtoOptions = Pick<TcpOptions, 'initialRto' | 'minRto' | 'maxRto' | 'minRttMargin'>

/** The retransmission timeout, RFC 6298. All times in milliseconds. */
export class Rto {
  /** Smoothed round-trip time; negative before the first sample. */
  srtt = -1
  rttvar = 0
  /** Lower bound of the timeout until the next sample. */
  #least = 0
  #backoff = 0
  readonly #options: RtoOptions

  constructor(options: RtoOptions) {
    this.#options = options
  }

  /** The timeout to arm the timer with. */
  get value(): number {
    const { minRto, maxRto } = this.#options
    const base = Math.max(this.#least, baseTimeout(this.srtt, this.rttvar, this.#options))
    return Math.min(Math.max(minRto, maxRto), base * 2 ** Math.min(this.#backoff, 30))
  }

  /** The number of times that the timeout has doubled since the last sample. */
  get backoff(): number {
    return this.#backoff
  }

  /** The timer has expired: the next timeout is twice as long (5.5). */
  backOff(): void {
    this.#backoff++
  }

  /** The path is not to blame for what went unanswered: it was a shut window, which is open again. */
  endBackoff(): void {
    this.#backoff = 0
  }

  /** Takes a sample (2.2, 2.3) and ends the backoff. */
  sample(rtt: number): void {
    // A clock that did not tick measures nothing smaller than its grain.
    const r = Math.max(rtt, 0.001)
    if (this.srtt < 0) {
      this.srtt = r
      this.rttvar = r / 2
    } else {
      this.rttvar = 0.75 * this.rttvar + 0.25 * Math.abs(this.srtt - r)
      this.srtt = 0.875 * this.srtt + 0.125 * r
    }
    this.#least = 0
    this.#backoff = 0
  }

  /** Starts data transmission with 3 s after a handshake whose SYN had to be sent again (5.7). */
  afterLostSyn(): void {
    this.#least = 3000
    this.#backoff = 0
  }
}

/** G, the granularity of the clock, ms. */
const GRANULARITY = 1

/** (2.1) to (2.4): the timeout without backoff. */
const baseTimeout = (srtt: number, rttvar: number, options: RtoOptions): number =>
  srtt < 0
    ? options.initialRto
    : Math.max(options.minRto, srtt + Math.max(GRANULARITY, options.minRttMargin, 4 * rttvar))
