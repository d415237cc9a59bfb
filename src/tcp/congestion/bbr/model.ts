/**
 * BBR's model of the path (draft-ietf-ccwg-bbr, "Updating Network Path Model Parameters"): bandwidth, round trip,
 * aggregation, and how much the path bears. Rates in bytes per ms, volumes in bytes, times in ms; the draft's names.
 */

import { AckAggregation } from '../ack-aggregation.ts'
import type { AckSample } from '../controller.ts'

const INFINITE = Number.POSITIVE_INFINITY

/** BBR.Beta: what is left of the short-term bounds after a round trip with losses. */
export const BETA = 0.7
/** BBR.MinRTTFilterLen. */
const MIN_RTT_WINDOW = 10_000
/** BBR.ProbeRTTInterval. */
const PROBE_RTT_INTERVAL = 5000
/** Growth in a round trip without which it counts as one without, and how many of those fill the pipe. */
const FULL_BW_GROWTH = 1.25
const FULL_BW_ROUNDS = 3

export class BbrModel {
  // Packet-timed round trips
  roundStart = false
  roundCount = 0
  /** next_round_delivered */
  #roundEnd = 0

  // Long-term model
  maxBw = 0
  /** The maxima of the current ProbeBW cycle and of the one before it. */
  #cycleBw = 0
  #priorCycleBw = 0
  inflightLongterm = INFINITE

  // Short-term model
  bwShortterm = INFINITE
  inflightShortterm = INFINITE
  /** BBR.bw: what the whole model allows. */
  bw = 0

  /** The latest round trip's: best rate and volume delivered. */
  bwLatest = 0
  inflightLatest = 0
  lossInRound = false
  lossRoundStart = false
  #lossRoundEnd = 0

  // Aggregation
  readonly #aggregation = new AckAggregation()

  // "Filled the pipe?"
  fullBwReached = false
  fullBwNow = false
  #fullBw = 0
  #fullBwCount = 0

  // Round trip times
  minRtt = INFINITE
  #minRttAt = 0
  #probeRttMin = INFINITE
  #probeRttMinAt = 0
  probeRttExpired = false

  /** Bytes delivered on this connection so far, as last heard. */
  delivered = 0

  start(now: number): void {
    this.#minRttAt = this.#probeRttMinAt = now
  }

  get bdp(): number {
    return this.minRtt === INFINITE ? 0 : this.bw * this.minRtt
  }

  /** A packet-timed round trip begins now. */
  startRound(): void {
    this.#roundEnd = this.delivered
  }

  /** UpdateLatestDeliverySignals, and UpdateRound, UpdateMaxBw: the first steps of an ACK. */
  deliverySignals(sample: AckSample, appLimited: boolean): void {
    this.delivered = sample.totalDelivered
    this.roundStart = false
    this.lossRoundStart = false
    const { priorDelivered, deliveryRate } = sample
    if (priorDelivered < 0) return
    this.bwLatest = Math.max(this.bwLatest, deliveryRate)
    this.inflightLatest = Math.max(this.inflightLatest, this.delivered - priorDelivered)
    if (priorDelivered >= this.#lossRoundEnd) {
      this.#lossRoundEnd = this.delivered
      this.lossRoundStart = true
    }
    if (priorDelivered >= this.#roundEnd) {
      this.startRound()
      this.roundCount++
      this.roundStart = true
    }
    if (deliveryRate > 0 && (deliveryRate >= this.maxBw || !appLimited)) {
      this.#cycleBw = Math.max(this.#cycleBw, deliveryRate)
      this.maxBw = Math.max(this.#cycleBw, this.#priorCycleBw)
    }
  }

  /** AdvanceLatestDeliverySignals: the last but one step of an ACK. */
  advanceDeliverySignals(sample: AckSample): void {
    if (!this.lossRoundStart) return
    this.bwLatest = sample.deliveryRate
    this.inflightLatest = sample.totalDelivered - sample.priorDelivered
  }

  /** AdvanceMaxBwFilter: a ProbeBW cycle has seen the bandwidth that it could. */
  advanceMaxBw(): void {
    this.#priorCycleBw = this.#cycleBw
    this.#cycleBw = 0
    this.maxBw = this.#priorCycleBw
  }

  /** How much more than expected has been delivered in one go. */
  get extraAcked(): number {
    return this.#aggregation.extra
  }

  /** UpdateACKAggregation. In Startup only the current round trip is remembered. */
  aggregation(sample: AckSample, cwnd: number): void {
    const forget = !this.fullBwReached && this.roundStart
    this.#aggregation.update(sample, this.bw, cwnd, this.roundCount, forget)
  }

  /** Time in which nothing was to be sent is not time in which nothing was acknowledged. */
  resumed(now: number): void {
    this.#aggregation.restart(now)
  }

  resetFullBw(baseline: number): void {
    this.#fullBw = baseline
    this.#fullBwCount = 0
    this.fullBwNow = false
  }

  /** CheckFullBWReached: three round trips of trying without a quarter more mean that there is no more. */
  checkFullBw(sample: AckSample, appLimited: boolean): void {
    if (this.fullBwNow || !this.roundStart || appLimited) return
    if (sample.deliveryRate >= this.#fullBw * FULL_BW_GROWTH) {
      this.resetFullBw(sample.deliveryRate)
      return
    }
    this.fullBwNow = ++this.#fullBwCount >= FULL_BW_ROUNDS
    if (this.fullBwNow) this.fullBwReached = true
  }

  /** UpdateMinRTT. */
  updateMinRtt(rtt: number, now: number): void {
    this.probeRttExpired = now > this.#probeRttMinAt + PROBE_RTT_INTERVAL
    if (rtt >= 0 && (rtt < this.#probeRttMin || this.probeRttExpired)) {
      this.#probeRttMin = rtt
      this.#probeRttMinAt = now
    }
    if (this.#probeRttMin < this.minRtt || now > this.#minRttAt + MIN_RTT_WINDOW) {
      this.minRtt = this.#probeRttMin
      this.#minRttAt = this.#probeRttMinAt
    }
  }

  /** ProbeRTT is done: the next is due an interval from now. */
  probedRtt(now: number): void {
    this.#probeRttMinAt = now
  }

  /** Something was lost. Says whether it is the first in this round trip. */
  noteLoss(): boolean {
    if (this.lossInRound) return false
    this.#lossRoundEnd = this.delivered
    this.lossInRound = true
    return true
  }

  /** AdaptLowerBoundsFromCongestion, once a round trip: towards what is being delivered, but not below β of it. */
  lowerBounds(cwnd: number): void {
    if (this.bwShortterm === INFINITE) this.bwShortterm = this.maxBw
    if (this.inflightShortterm === INFINITE) this.inflightShortterm = cwnd
    this.bwShortterm = Math.max(this.bwLatest, BETA * this.bwShortterm)
    this.inflightShortterm = Math.max(this.inflightLatest, BETA * this.inflightShortterm)
  }

  resetShortTerm(): void {
    this.bwShortterm = this.inflightShortterm = INFINITE
  }

  resetCongestionSignals(): void {
    this.lossInRound = false
    this.bwLatest = this.inflightLatest = 0
  }

  boundBw(): void {
    this.bw = Math.min(this.maxBw, this.bwShortterm)
  }
}
