import type { TcpOptions } from './options.ts'

/** The limits of the timeout; `minRttMargin` is the least that is added to the smoothed round trip. */
export type RtoOptions = Pick<TcpOptions, 'initialRto' | 'minRto' | 'maxRto' | 'minRttMargin'>

/** The retransmission timeout, RFC 6298. All times in milliseconds. */
export class Rto {
  /** Smoothed round-trip time; negative before the first sample. */
  srtt = -1
  rttvar = 0
  /** The timeout without backoff. */
  #base: number
  /** How often the timer has doubled since data was last acknowledged without retransmission (5.5). */
  backoff = 0
  readonly #options: RtoOptions

  constructor(options: RtoOptions) {
    this.#options = options
    this.#base = options.initialRto
  }

  get #max(): number {
    return Math.max(this.#options.minRto, this.#options.maxRto)
  }

  /** The timeout to arm the timer with. */
  get value(): number {
    return Math.min(this.#max, this.#base * 2 ** Math.min(this.backoff, 30))
  }

  /** Takes a sample (2.2, 2.3) and ends the backoff. `granularity` is G. */
  sample(rtt: number, granularity = 1): void {
    // A clock that did not tick measures nothing smaller than its grain.
    const r = Math.max(rtt, 0.001)
    if (this.srtt < 0) {
      this.srtt = r
      this.rttvar = r / 2
    } else {
      this.rttvar = 0.75 * this.rttvar + 0.25 * Math.abs(this.srtt - r)
      this.srtt = 0.875 * this.srtt + 0.125 * r
    }
    const { minRto, minRttMargin } = this.#options
    this.#base = Math.min(
      this.#max,
      Math.max(minRto, this.srtt + Math.max(granularity, minRttMargin, 4 * this.rttvar)),
    )
    this.backoff = 0
  }

  /** Starts data transmission with 3 s after a handshake whose SYN had to be sent again (5.7). */
  afterLostSyn(): void {
    this.#base = Math.min(this.#max, Math.max(this.#base, 3000))
    this.backoff = 0
  }
}
