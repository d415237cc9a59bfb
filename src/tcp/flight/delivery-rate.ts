import type { Transmission } from './transmission.ts'

/** Of the newest transmission that the ACK under way has delivered. One ACK is taken at a time: one for all. */
const sample = {
  taken: false,
  delivered: 0,
  deliveredAt: 0,
  firstSentAt: 0,
  sentAt: 0,
  appLimited: false,
  sentInFlight: 0,
  lostBefore: 0,
}

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
  #appLimitedUntil: number

  constructor(appLimitedUntil = 0) {
    this.#appLimitedUntil = appLimitedUntil
  }

  /** This, or, if it is shared by all that have sent nothing, one that can be changed. */
  own(): DeliveryRate {
    return this === NO_RATE || this === NO_SUPPLY ? new DeliveryRate(this.#appLimitedUntil) : this
  }

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

  /** Nothing is left to send, and the windows would allow more. Returns what to go on with. */
  applicationLimited(inFlight: number): DeliveryRate {
    if (this === NO_RATE || this === NO_SUPPLY) return NO_SUPPLY
    const until = Math.max(1, this.delivered + inFlight)
    if (until !== this.#appLimitedUntil) this.#appLimitedUntil = until
    return this
  }

  /** An ACK is about to be taken. */
  begin(): void {
    sample.taken = false
    sample.sentInFlight = 0
    sample.lostBefore = 0
  }

  /** Bytes of a transmission that is only partly acknowledged: they count, but are no sample. */
  part(bytes: number, now: number): void {
    this.delivered += bytes
    this.#deliveredAt = now
  }

  /** A whole transmission was delivered. The one sent last is the sample. */
  whole(t: Transmission, now: number): void {
    this.part(t.length, now)
    const s = sample
    if (s.taken && t.delivered < s.delivered) return
    if (s.taken && t.delivered === s.delivered && t.sentAt < s.sentAt) return
    s.taken = true
    s.delivered = t.delivered
    s.deliveredAt = t.deliveredAt
    s.firstSentAt = t.firstSentAt
    s.sentAt = t.sentAt
    s.appLimited = t.appLimited
    s.sentInFlight = t.sentInFlight
    s.lostBefore = t.lostBefore
    this.#firstSentAt = t.sentAt
  }

  /** Bytes delivered when the sample's transmission was sent; -1 without a sample. */
  get prior(): number {
    return sample.taken ? sample.delivered : -1
  }

  get appLimited(): boolean {
    return sample.taken && sample.appLimited
  }

  /** Of the sample's transmission: {@link Transmission.sentInFlight}, {@link Transmission.lostBefore}. */
  get sentInFlight(): number {
    return sample.sentInFlight
  }

  get lostBefore(): number {
    return sample.lostBefore
  }

  /** Whether what is sent now is limited by the application. */
  get limited(): boolean {
    return this.#appLimitedUntil > 0 && this.delivered <= this.#appLimitedUntil
  }

  /** Bytes per ms, or 0 when there is no sample, or one over less than the smallest round trip: that can't be. */
  rate(minRtt: number, now: number): number {
    if (!sample.taken) return 0
    const sendElapsed = sample.sentAt - sample.firstSentAt
    const ackElapsed = now - sample.deliveredAt
    const interval = Math.max(sendElapsed, ackElapsed)
    if (interval <= 0 || interval < minRtt) return 0
    return (this.delivered - sample.delivered) / interval
  }
}

/** Of a connection that has sent nothing: one for all, which nothing changes … */
export const NO_RATE = new DeliveryRate()
/** … and one for those whose users were found to have nothing to send. */
export const NO_SUPPLY = new DeliveryRate(1)
