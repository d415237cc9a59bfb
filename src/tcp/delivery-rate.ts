import type { Transmission } from './flight.ts'

/**
 * How fast data reaches the peer: delivery rate samples of draft-ietf-ccwg-bbr §4.1 (and
 * draft-cheng-iccrg-delivery-rate-estimation). Bytes and milliseconds.
 */
export class DeliveryRate {
  /** Bytes delivered so far: acknowledged or SACKed. */
  delivered = 0
  /** When {@link delivered} last grew. */
  #deliveredAt = 0
  /** When the first transmission of the flight that is being measured was sent. */
  #firstSentAt = 0
  /** The application has left the pipe unfilled: until this much is delivered, samples are limited by it. */
  #appLimitedUntil = 0
  /** Of the newest transmission that the ACK under way has delivered. */
  #sampled = false
  #prior = 0
  #priorAt = 0
  #priorFirstSentAt = 0
  #priorSentAt = 0
  #appLimited = false
  /** Of the same: {@link Transmission.sentInFlight}, {@link Transmission.lostBefore}. */
  sentInFlight = 0
  lostBefore = 0

  /** A transmission leaves; `idle` when nothing was in flight before it. */
  sent(t: Transmission, idle: boolean, now: number): void {
    if (idle) {
      this.#firstSentAt = now
      this.#deliveredAt = now
    }
    t.delivered = this.delivered
    t.deliveredAt = this.#deliveredAt
    t.firstSentAt = this.#firstSentAt
    t.appLimited = this.limited
  }

  /** Nothing is left to send, and the windows would allow more. */
  applicationLimited(inFlight: number): void {
    this.#appLimitedUntil = Math.max(1, this.delivered + inFlight)
  }

  /** An ACK is about to be taken. */
  begin(): void {
    this.#sampled = false
  }

  /** Bytes of a transmission that is only partly acknowledged: they count, but are no sample. */
  part(bytes: number, now: number): void {
    this.delivered += bytes
    this.#deliveredAt = now
  }

  /** A whole transmission was delivered. The one sent last is the sample. */
  whole(t: Transmission, now: number): void {
    this.part(t.length, now)
    if (this.#sampled && t.delivered < this.#prior) return
    if (this.#sampled && t.delivered === this.#prior && t.sentAt < this.#priorSentAt) return
    this.#sampled = true
    this.#prior = t.delivered
    this.#priorAt = t.deliveredAt
    this.#priorFirstSentAt = t.firstSentAt
    this.#priorSentAt = t.sentAt
    this.#appLimited = t.appLimited
    this.sentInFlight = t.sentInFlight
    this.lostBefore = t.lostBefore
    this.#firstSentAt = t.sentAt
  }

  /** Bytes delivered when the sample's transmission was sent; -1 without a sample. */
  get prior(): number {
    return this.#sampled ? this.#prior : -1
  }

  get appLimited(): boolean {
    return this.#sampled && this.#appLimited
  }

  /** Whether what is sent now is limited by the application. */
  get limited(): boolean {
    return this.#appLimitedUntil > 0 && this.delivered <= this.#appLimitedUntil
  }

  /** Bytes per ms, or 0 when there is no sample, or one over less than the smallest round trip: that can't be. */
  rate(minRtt: number, now: number): number {
    if (!this.#sampled) return 0
    const sendElapsed = this.#priorSentAt - this.#priorFirstSentAt
    const ackElapsed = now - this.#priorAt
    const interval = Math.max(sendElapsed, ackElapsed)
    if (interval <= 0 || interval < minRtt) return 0
    return (this.delivered - this.#prior) / interval
  }
}
