import type { Transmission } from './transmission.ts'

/** The newest transmission that one ACK has delivered, as it was when it left. */
export class RateSample {
  taken = false
  /** {@link DeliveryRate.delivered} when it left. */
  delivered = 0
  deliveredAt = 0
  firstSentAt = 0
  sentAt = 0
  appLimited = false
  /** {@link Transmission.sentInFlight}, {@link Transmission.lostBefore} */
  sentInFlight = 0
  lostBefore = 0

  /** Nothing is delivered yet. */
  clear(): void {
    this.taken = false
    this.delivered = -1
    this.appLimited = false
    this.sentInFlight = 0
    this.lostBefore = 0
  }

  /** `t` is delivered. Returns whether it is newer than all before it. */
  take(t: Transmission): boolean {
    if (this.taken && t.delivered < this.delivered) return false
    if (this.taken && t.delivered === this.delivered && t.sentAt < this.sentAt) return false
    this.taken = true
    this.delivered = t.delivered
    this.deliveredAt = t.deliveredAt
    this.firstSentAt = t.firstSentAt
    this.sentAt = t.sentAt
    this.appLimited = t.appLimited
    this.sentInFlight = t.sentInFlight
    this.lostBefore = t.lostBefore
    return true
  }
}

/**
 * The rate at which data reaches the peer: delivery rate samples of draft-ietf-ccwg-bbr §4.1 (and
 * draft-cheng-iccrg-delivery-rate-estimation). Bytes and milliseconds.
 */
export class DeliveryRate {
  /** Bytes delivered so far: acknowledged or SACKed. */
  delivered = 0
  /** The time at which {@link delivered} last grew. */
  #deliveredAt = 0
  /** The time at which the first transmission of the flight that is being measured was sent. */
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
  applicationLimited(inFlight: number): Readonly<DeliveryRate> {
    if (this === NO_RATE || this === NO_SUPPLY) return NO_SUPPLY
    const until = Math.max(1, this.delivered + inFlight)
    if (until !== this.#appLimitedUntil) this.#appLimitedUntil = until
    return this
  }

  /** Bytes of a transmission that is only partly acknowledged: they count, but are no sample. */
  part(bytes: number, now: number): void {
    this.delivered += bytes
    this.#deliveredAt = now
  }

  /** A whole transmission was delivered. The one sent last is the sample of its ACK. */
  whole(t: Transmission, now: number, sample: RateSample): void {
    this.part(t.length, now)
    if (sample.take(t)) this.#firstSentAt = t.sentAt
  }

  /** True when what is sent now is limited by the application. */
  get limited(): boolean {
    return this.#appLimitedUntil > 0 && this.delivered <= this.#appLimitedUntil
  }

  /** Bytes per ms, or 0 when there is no sample, or one over less than the smallest round trip: that can't be. */
  rate(sample: RateSample, minRtt: number, now: number): number {
    if (!sample.taken) return 0
    const sendElapsed = sample.sentAt - sample.firstSentAt
    const ackElapsed = now - sample.deliveredAt
    const interval = Math.max(sendElapsed, ackElapsed)
    if (interval <= 0 || interval < minRtt) return 0
    return (this.delivered - sample.delivered) / interval
  }
}

/** Shared by all connections that have sent nothing. Nothing ever changes it … */
export const NO_RATE: Readonly<DeliveryRate> = new DeliveryRate()
/** … and one for those whose users were found to have nothing to send. */
export const NO_SUPPLY: Readonly<DeliveryRate> = new DeliveryRate(1)
