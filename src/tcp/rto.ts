/** The retransmission timeout, RFC 6298. All times in milliseconds. */
export class Rto {
  /** Smoothed round-trip time; negative before the first sample. */
  srtt = -1
  rttvar = 0
  /** The timeout without backoff. */
  #base: number
  /** How often the timer has doubled since data was last acknowledged without retransmission (5.5). */
  backoff = 0
  readonly #min: number
  readonly #max: number
  readonly #margin: number

  /** @param margin least of what is added to the smoothed round trip */
  constructor(initial: number, min: number, max: number, margin = 0) {
    this.#margin = margin
    this.#base = initial
    this.#min = min
    this.#max = Math.max(min, max)
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
    this.#base = Math.min(
      this.#max,
      Math.max(this.#min, this.srtt + Math.max(granularity, this.#margin, 4 * this.rttvar)),
    )
    this.backoff = 0
  }

  /** Starts data transmission with 3 s after a handshake whose SYN had to be sent again (5.7). */
  afterLostSyn(): void {
    this.#base = Math.min(this.#max, Math.max(this.#base, 3000))
    this.backoff = 0
  }
}
