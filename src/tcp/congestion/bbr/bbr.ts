import { type Seq, seqAdd } from '../../../wire/sequence.ts'
import type { AckSample, CongestionControl, LostSegment } from '../controller.ts'
import { BbrBlock, GAINS, HIGHEST, INFINITE, LOSS_THRESHOLD } from './block.ts'
import { LossEpisode } from './loss-episode.ts'
import { ProbeBw } from './probe-bw.ts'
import { ProbeRtt } from './probe-rtt.ts'

/** BBR.PacingMarginPercent, as the share that is left. */
const PACING_MARGIN = 0.99
/** Ranges lost in a round trip that end Startup. */
const STARTUP_LOSSES = 6
/** Round trips after which Drain ends in any case. */
const DRAIN_ROUNDS = 3

/**
 * BBR version 3, draft-ietf-ccwg-bbr: sends at the rate at which the path has been seen to deliver, with little more in
 * flight than it takes. An ECN echo counts as too much loss. Functions and fields bear the draft's names.
 */
export class Bbr extends BbrBlock implements CongestionControl {
  readonly name = 'bbr'
  readonly ownsWindow = true
  ssthresh = HIGHEST
  readonly #probeBw = new ProbeBw(this)
  readonly #probeRtt = new ProbeRtt(this)
  readonly #episode = new LossEpisode(this)
  /** True when the pacing rate has been set by a measured round trip. */
  #paced = false
  #idleRestart = false
  #cwndLimitedNow = false

  // Startup, Drain
  #lossRanges = 0
  #lossEnd: Seq = 0
  #drainStart = 0

  /** @param seed of the lots that it draws, so that connections do not probe in step */
  constructor(seed = 0) {
    super(seed)
  }

  start(mss: number, initialWindow: number, now: number): void {
    this.mss = mss
    this.initialWindow = initialWindow
    this.cwnd = initialWindow
    this.model.start(now)
    // InitPacingRate without a round trip: a millisecond.
    this.pacingRate = GAINS.Startup[0] * initialWindow
  }

  acknowledged(sample: AckSample): void {
    const { model } = this
    const appLimited = sample.appLimited || this.#probeRtt.heldBack(sample)
    if (!this.#paced && sample.srtt > 0) {
      this.#paced = true
      this.pacingRate = Math.min(HIGHEST, (GAINS.Startup[0] * this.initialWindow) / sample.srtt)
    }
    model.deliverySignals(sample, appLimited)
    if (model.roundStart) {
      this.#probeBw.roundStarted()
      this.cwndLimited = this.#cwndLimitedNow
      this.#cwndLimitedNow = false
    }
    if (sample.cwndLimited) this.cwndLimited = this.#cwndLimitedNow = true
    if (model.lossRoundStart) {
      if (model.lossInRound && !this.probing) model.lowerBounds(this.cwnd)
      model.lossInRound = false
    }
    model.aggregation(sample, this.cwnd)
    model.checkFullBw(sample, appLimited)
    this.#checkStartupDone(sample)
    this.#checkDrainDone(sample)
    this.#probeBw.update(sample, appLimited)
    model.updateMinRtt(sample.rtt, sample.now)
    this.#checkProbeRtt(sample)
    model.advanceDeliverySignals(sample)
    model.boundBw()
    this.#setPacingRate(GAINS[this.state][0])
    this.#setCwnd(sample)
  }

  lost(segment: LostSegment): void {
    this.model.delivered = segment.totalDelivered
    if (segment.seq !== this.#lossEnd || this.#lossRanges === 0) this.#lossRanges++
    this.#lossEnd = seqAdd(segment.seq, segment.size)
    this.#noteLoss()
    this.#episode.recovering = true
    if (!this.#probeBw.probeSample || segment.lostSince <= segment.sentInFlight * LOSS_THRESHOLD) return
    // InflightAtLoss: up to the place within a burst where losses were still below the threshold.
    const inflightBefore = Math.max(0, segment.sentInFlight - segment.size)
    const lostBefore = segment.lostSince - segment.size
    const prefix = Math.max(0, (LOSS_THRESHOLD * inflightBefore - lostBefore) / (1 - LOSS_THRESHOLD))
    this.#inflightTooHigh(inflightBefore + prefix, segment.appLimited, segment.now)
  }

  congestion(cause: 'loss' | 'ecn', inFlight: number, now: number): void {
    this.#noteLoss()
    if (cause === 'loss') {
      this.#episode.begin()
      this.#episode.recovering = true
    } else if (this.state === 'Startup') this.#queueTooHigh()
    else if (this.#probeBw.probeSample) this.#inflightTooHigh(inFlight, false, now)
  }

  timedOut(_inFlight: number, again: boolean): void {
    if (!again) this.#episode.begin()
    this.#episode.recovering = true
    this.cwnd = this.mss
  }

  recovered(): void {
    if (this.#episode.recovering) this.#episode.restoreCwnd()
    this.#episode.end()
  }

  /** HandleSpuriousLossDetection. */
  undo(): void {
    const left = this.#episode.undo()
    if (left === 'Startup' && this.state !== 'Startup') {
      this.model.fullBwReached = false
      if (this.state !== 'ProbeRTT') this.state = 'Startup'
    } else if (left === 'ProbeBW_UP' && this.state !== 'ProbeBW_UP' && this.state !== 'ProbeRTT') {
      this.#probeBw.startRefill()
    }
  }

  /** Nothing happens to the window: sending is paced. */
  restart(): void {}

  /** HandleRestartFromIdle. */
  resumed(now: number): void {
    this.#idleRestart = true
    this.model.resumed(now)
    if (this.inProbeBw) this.#setPacingRate(1)
    else if (this.state === 'ProbeRTT' && this.#probeRtt.isOver(now)) this.#leaveProbeRtt(now)
  }

  segmentSize(mss: number): void {
    this.mss = mss
    this.cwnd = Math.max(this.cwnd, mss)
  }

  // Startup and Drain

  #checkStartupDone(sample: AckSample): void {
    const { model } = this
    if (model.lossRoundStart) {
      // CheckStartupHighLoss: a round trip of recovery with too many losses, in too many places.
      if (
        this.state === 'Startup' &&
        !model.fullBwReached &&
        this.#episode.recovering &&
        this.#lossRanges >= STARTUP_LOSSES &&
        this.tooHigh(sample)
      ) {
        this.#episode.leftState = 'Startup'
        this.#queueTooHigh()
      }
      this.#lossRanges = 0
    }
    if (this.state === 'Startup' && model.fullBwReached) {
      this.state = 'Drain'
      this.#drainStart = model.roundCount
    }
  }

  #queueTooHigh(): void {
    const { model } = this
    model.fullBwReached = true
    model.inflightLongterm = Math.max(model.bdp, model.inflightLatest, this.leastWindow)
  }

  #checkDrainDone(sample: AckSample): void {
    if (this.state !== 'Drain') return
    const late = this.model.roundCount > this.#drainStart + DRAIN_ROUNDS
    if (late || sample.inFlight <= this.inflight(this.model.bdp)) this.#probeBw.startDown(sample.now)
  }

  // Losses

  #inflightTooHigh(inFlight: number, appLimited: boolean, now: number): void {
    this.#probeBw.tooHigh(inFlight, appLimited)
    if (this.state !== 'ProbeBW_UP') return
    this.#episode.leftState = 'ProbeBW_UP'
    this.#probeBw.startDown(now)
  }

  #noteLoss(): void {
    if (this.model.noteLoss()) this.#episode.begin()
  }

  // ProbeRTT

  #checkProbeRtt(sample: AckSample): void {
    if (this.state !== 'ProbeRTT' && this.model.probeRttExpired && !this.#idleRestart) {
      this.#episode.saveCwnd()
      this.#probeBw.stop()
      this.#probeRtt.start()
    }
    if (this.state === 'ProbeRTT' && this.#probeRtt.update(sample)) this.#leaveProbeRtt(sample.now)
    if (sample.delivered > 0) this.#idleRestart = false
  }

  #leaveProbeRtt(now: number): void {
    this.model.probedRtt(now)
    this.#episode.restoreCwnd()
    this.model.resetShortTerm()
    if (this.model.fullBwReached) {
      this.#probeBw.startDown(now)
      this.state = 'ProbeBW_CRUISE'
    } else {
      this.state = 'Startup'
    }
  }

  // Control parameters

  #setPacingRate(gain: number): void {
    const rate = Math.min(HIGHEST, gain * this.model.bw * PACING_MARGIN)
    if (rate > 0 && (this.model.fullBwReached || rate > this.pacingRate)) this.pacingRate = rate
  }

  #setCwnd(sample: AckSample): void {
    const { model } = this
    const wanted =
      model.minRtt === INFINITE ? this.initialWindow : GAINS[this.state][1] * model.bdp + model.extraAcked
    const most = this.quantized(wanted)
    let { cwnd } = this
    if (model.fullBwReached) cwnd = Math.min(cwnd + sample.delivered, most)
    else if (cwnd < most || model.delivered < this.initialWindow) cwnd += sample.delivered
    cwnd = Math.max(cwnd, this.leastWindow)
    if (this.state === 'ProbeRTT') cwnd = Math.min(cwnd, this.probeRttCwnd)
    this.cwnd = Math.floor(Math.min(cwnd, Math.max(this.#bound(), this.leastWindow), HIGHEST))
  }

  /** BoundCwndForModel. */
  #bound(): number {
    const { inflightLongterm, inflightShortterm } = this.model
    let bound = INFINITE
    if (this.state === 'ProbeRTT' || this.state === 'ProbeBW_CRUISE') bound = this.inflightWithHeadroom
    else if (this.inProbeBw) bound = inflightLongterm
    return Math.min(bound, inflightShortterm)
  }
}
