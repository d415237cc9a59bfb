/**
 * BBR version 1, as Linux's module 'bbr' is: draft-cardwell-iccrg-bbr-congestion-control-00, Cardwell et al., "BBR:
 * Congestion-Based Congestion Control", 2016. It does not look at losses: what random loss can't slow down, and what is
 * unfair to those that do look. Rates in bytes per ms.
 */

import { AckAggregation } from './ack-aggregation.ts'
import type { AckSample, CongestionControl } from './controller.ts'
import { larger, WindowedFilter } from './windowed-filter.ts'

/** 2 / ln 2: doubles the rate each round trip. */
const HIGH_GAIN = 2.885
const DRAIN_GAIN = 1 / HIGH_GAIN
const CWND_GAIN = 2
/** Each for the time of a smallest round trip: probe, drain what the probe has queued, cruise. */
const CYCLE = [1.25, 0.75, 1, 1, 1, 1, 1, 1]
/** BtlBwFilterLen, round trips. */
const BANDWIDTH_WINDOW = 10
/** RTpropFilterLen and ProbeRTTDuration, ms. */
const MIN_RTT_WINDOW = 10_000
const PROBE_RTT_TIME = 200
/** At the estimated bandwidth the window has room for so many ms of what is acknowledged in one go, at most (as Linux has it). */
const AGGREGATION_TIME = 100
/** BBRMinPipeCwnd, segments. */
const MIN_PIPE = 4
/** Growth without which a round trip counts as one without, and how many of those fill the pipe. */
const FULL_GROWTH = 1.25
const FULL_ROUNDS = 3
/** Paced a little below the estimate, so that queues drain (as Linux does). */
const MARGIN = 0.99

type Mode = 'startup' | 'drain' | 'probe-bw' | 'probe-rtt'

export class Bbr1 implements CongestionControl {
  readonly name = 'bbr1'
  readonly ownsWindow = true
  cwnd = 0
  ssthresh = 2 ** 30
  pacingRate = 0
  mode: Mode = 'startup'
  #mss = 0
  #initialWindow = 0
  #pacingGain = HIGH_GAIN
  #cwndGain = HIGH_GAIN
  readonly #bandwidth = new WindowedFilter({ window: BANDWIDTH_WINDOW, better: larger })
  readonly #aggregation = new AckAggregation()
  #minRtt = -1
  #minRttAt = 0
  // Packet-timed round trips
  #rounds = 0
  #roundEnd = 0
  #roundStart = false
  // Is the pipe full?
  #fullBandwidth = 0
  #fullRounds = 0
  #filled = false
  // The gains of ProbeBW
  #cycle = 0
  #cycleAt = 0
  #lostInCycle = false
  // ProbeRTT
  #probeEnd = -1
  #probeRound = false
  // Recovery
  #priorCwnd = 0
  #conserve = false
  #repairing = false
  readonly #seed: number

  /** @param seed draws the phase that the cycle of gains begins in */
  constructor(seed = 0) {
    this.#seed = seed
  }

  start(mss: number, initialWindow: number, now: number): void {
    this.#mss = mss
    this.#initialWindow = initialWindow
    this.cwnd = initialWindow
    this.#minRttAt = now
    this.#aggregation.restart(now)
  }

  acknowledged(sample: AckSample): void {
    this.#updateRound(sample)
    this.#updateBandwidth(sample)
    if (this.#bandwidth.value > 0)
      this.#aggregation.update(sample, this.#bandwidth.value, this.cwnd, this.#rounds, false)
    this.#updateCycle(sample)
    this.#checkFull(sample)
    this.#checkDrain(sample)
    this.#updateMinRtt(sample)
    this.#setPacingRate(sample)
    this.#setWindow(sample)
  }

  congestion(_cause: 'loss' | 'ecn', inFlight: number): void {
    if (this.#repairing) return
    // In the first round trip of recovery no more leaves than is delivered.
    this.#saveWindow()
    this.#repairing = true
    this.#conserve = true
    this.#lostInCycle = true
    this.#roundEnd = Number.POSITIVE_INFINITY
    this.cwnd = Math.max(inFlight - this.#mss, this.#mss)
  }

  timedOut(): void {
    this.#saveWindow()
    this.#repairing = true
    this.#conserve = false
    this.#fullBandwidth = 0
    this.cwnd = this.#mss
  }

  recovered(): void {
    if (!this.#repairing) return
    this.#repairing = false
    this.#conserve = false
    this.cwnd = Math.max(this.cwnd, this.#priorCwnd)
  }

  undo(): void {
    this.recovered()
  }

  /** Silence changes nothing: the model of the path does not age, and pacing prevents a burst. */
  restart(): void {}

  segmentSize(mss: number): void {
    this.#mss = mss
  }

  #saveWindow(): void {
    if (!this.#repairing && this.mode !== 'probe-rtt') this.#priorCwnd = this.cwnd
    else this.#priorCwnd = Math.max(this.#priorCwnd, this.cwnd)
  }

  #updateRound(sample: AckSample): void {
    this.#roundStart = false
    if (this.#roundEnd === Number.POSITIVE_INFINITY) this.#roundEnd = sample.totalDelivered
    if (sample.priorDelivered < 0 || sample.priorDelivered < this.#roundEnd) return
    this.#roundEnd = sample.totalDelivered
    this.#rounds++
    this.#roundStart = true
    this.#conserve = false
  }

  #updateBandwidth({ deliveryRate, appLimited }: AckSample): void {
    if (deliveryRate <= 0) return
    if (!appLimited || deliveryRate >= this.#bandwidth.value)
      this.#bandwidth.update(deliveryRate, this.#rounds)
  }

  /** Bytes: the product of bandwidth and round trip, times a gain. */
  #target(gain: number): number {
    if (this.#minRtt < 0 || this.#bandwidth.value < 0) return this.#initialWindow
    // Three super-segments' worth for what senders and receivers put together (as Linux does).
    return gain * this.#bandwidth.value * this.#minRtt + 3 * 2 * this.#mss
  }

  /** Bytes for ACKs that come in one go, once the pipe has been full: less would wait for them (as Linux does). */
  get #aggregated(): number {
    return this.#filled ? Math.min(this.#aggregation.extra, this.#bandwidth.value * AGGREGATION_TIME) : 0
  }

  #updateCycle(sample: AckSample): void {
    if (this.mode !== 'probe-bw') return
    const elapsed = sample.now - this.#cycleAt > this.#minRtt
    const gain = this.#pacingGain
    const over =
      gain === 1
        ? elapsed
        : gain > 1
          ? elapsed && (this.#lostInCycle || sample.priorInFlight >= this.#target(gain))
          : elapsed || sample.priorInFlight <= this.#target(1)
    if (over) this.#enterCycle((this.#cycle + 1) % CYCLE.length, sample.now)
  }

  #enterCycle(cycle: number, now: number): void {
    this.#cycle = cycle
    this.#cycleAt = now
    this.#lostInCycle = false
    this.#pacingGain = CYCLE[cycle]!
  }

  #checkFull(sample: AckSample): void {
    if (this.#filled || !this.#roundStart || sample.appLimited) return
    if (this.#bandwidth.value >= this.#fullBandwidth * FULL_GROWTH) {
      this.#fullBandwidth = this.#bandwidth.value
      this.#fullRounds = 0
      return
    }
    this.#filled = ++this.#fullRounds >= FULL_ROUNDS
  }

  #checkDrain(sample: AckSample): void {
    if (this.mode === 'startup' && this.#filled) {
      this.mode = 'drain'
      this.#pacingGain = DRAIN_GAIN
      this.#cwndGain = HIGH_GAIN
    }
    if (this.mode === 'drain' && sample.inFlight <= this.#target(1)) this.#enterProbeBandwidth(sample.now)
  }

  #enterProbeBandwidth(now: number): void {
    this.mode = 'probe-bw'
    this.#cwndGain = CWND_GAIN
    // Any phase but the one that drains, for nothing is queued yet.
    const phase = (this.#seed >>> 0) % (CYCLE.length - 1)
    this.#enterCycle(phase === 0 ? 0 : phase + 1, now)
  }

  #updateMinRtt(sample: AckSample): void {
    const { now, rtt } = sample
    const expired = now > this.#minRttAt + MIN_RTT_WINDOW
    if (rtt >= 0 && (this.#minRtt < 0 || rtt <= this.#minRtt || expired)) {
      this.#minRtt = rtt
      this.#minRttAt = now
    }
    if (expired && this.mode !== 'probe-rtt' && rtt >= 0) {
      this.#saveWindow()
      this.mode = 'probe-rtt'
      this.#pacingGain = 1
      this.#cwndGain = 1
      this.#probeEnd = -1
    }
    if (this.mode === 'probe-rtt') this.#probeRtt(sample)
  }

  #probeRtt({ now, inFlight, totalDelivered }: AckSample): void {
    if (this.#probeEnd < 0) {
      if (inFlight > MIN_PIPE * this.#mss) return
      this.#probeEnd = now + PROBE_RTT_TIME
      this.#probeRound = false
      this.#roundEnd = totalDelivered
      return
    }
    this.#probeRound ||= this.#roundStart
    if (!this.#probeRound || now < this.#probeEnd) return
    this.#minRttAt = now
    this.cwnd = Math.max(this.cwnd, this.#priorCwnd)
    if (this.#filled) this.#enterProbeBandwidth(now)
    else {
      this.mode = 'startup'
      this.#pacingGain = HIGH_GAIN
      this.#cwndGain = HIGH_GAIN
    }
  }

  #setPacingRate(sample: AckSample): void {
    let rate = this.#pacingGain * this.#bandwidth.value * MARGIN
    // Before there is a sample: the initial window in a round trip.
    if (this.#bandwidth.value < 0) {
      if (sample.srtt <= 0) return
      rate = (HIGH_GAIN * this.#initialWindow) / sample.srtt
    }
    if (this.#filled || rate > this.pacingRate) this.pacingRate = rate
  }

  #setWindow(sample: AckSample): void {
    const { delivered, lost, inFlight, totalDelivered } = sample
    if (this.#repairing && lost > 0) this.cwnd = Math.max(this.cwnd - lost, this.#mss)
    if (this.#conserve) this.cwnd = Math.max(this.cwnd, inFlight + delivered)
    else {
      const target = this.#target(this.#cwndGain) + this.#aggregated
      if (this.#filled) this.cwnd = Math.min(this.cwnd + delivered, target)
      else if (this.cwnd < target || totalDelivered < this.#initialWindow) this.cwnd += delivered
    }
    this.cwnd = Math.max(this.cwnd, MIN_PIPE * this.#mss)
    if (this.mode === 'probe-rtt') this.cwnd = Math.min(this.cwnd, MIN_PIPE * this.#mss)
  }
}
