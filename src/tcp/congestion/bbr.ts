import { type Seq, seqAdd } from '../../wire/sequence.ts'
import { BbrModel, BETA } from './bbr-model.ts'
import type { AckSample, CongestionControl, LostSegment } from './controller.ts'

export type BbrState =
  | 'Startup'
  | 'Drain'
  | 'ProbeBW_DOWN'
  | 'ProbeBW_CRUISE'
  | 'ProbeBW_REFILL'
  | 'ProbeBW_UP'
  | 'ProbeRTT'

/** Of each state: gain of the pacing rate on bw, and of the window on the bandwidth-delay product. */
const GAINS: Readonly<Record<BbrState, readonly [pacing: number, cwnd: number]>> = {
  Startup: [4 * Math.LN2, 2],
  Drain: [0.5, 2],
  ProbeBW_DOWN: [0.9, 2],
  ProbeBW_CRUISE: [1, 2],
  ProbeBW_REFILL: [1, 2],
  ProbeBW_UP: [1.25, 2.25],
  ProbeRTT: [1, 0.5],
}

/** BBR.PacingMarginPercent, as what is left. */
const PACING_MARGIN = 0.99
/** BBR.LossThresh, per round trip. */
const LOSS_THRESHOLD = 0.02
/** BBR.Headroom: what of the long-term bound is left to others. */
const HEADROOM = 0.15
/** BBR.MinPipeCwnd, segments. */
const MIN_PIPE = 4
/** BBR.ProbeRTTDuration, ms. */
const PROBE_RTT_DURATION = 200
/** Ranges lost in a round trip that end Startup. */
const STARTUP_LOSSES = 6
/** Round trips after which Drain ends in any case. */
const DRAIN_ROUNDS = 3
/** T_reno_bound: round trips after which bandwidth is probed in any case. */
const RENO_ROUNDS = 63
/** A quantum is at most so much, bytes. */
const LARGEST_QUANTUM = 65_536
/** Arbitrarily high (RFC 5681 §3.1); no peer can offer more. */
const HIGHEST = 2 ** 30

const INFINITE = Number.POSITIVE_INFINITY

/** What the ACKs that come in say about probing for bandwidth. */
type AckPhase = 'INIT' | 'REFILLING' | 'PROBE_STARTING' | 'PROBE_FEEDBACK' | 'PROBE_STOPPING'

/**
 * BBR version 3, draft-ietf-ccwg-bbr: sends at the rate at which the path has been seen to deliver, with little more in
 * flight than it takes. An ECN echo counts as too much loss. Functions and fields bear the draft's names.
 */
export class Bbr implements CongestionControl {
  readonly name = 'bbr'
  readonly ownsWindow = true
  cwnd = 0
  ssthresh = HIGHEST
  pacingRate = 0
  readonly #model = new BbrModel()
  #state: BbrState = 'Startup'
  #random: number
  #mss = 0
  #initialWindow = 0
  /** Whether the pacing rate has been set by a measured round trip. */
  #paced = false
  #recovering = false
  #priorCwnd = 0
  #idleRestart = false
  /** C.is_cwnd_limited: at some time in this round trip or in the one before, the window held sending back. */
  #cwndLimited = false
  #cwndLimitedNow = false
  /** Samples of what was sent up to here are as if limited by the application: ProbeRTT held them back. */
  #ignoredUntil = -1

  // Startup, Drain
  #lossRanges = 0
  #lossEnd: Seq = 0
  #drainStart = 0

  // ProbeBW
  #ackPhase: AckPhase = 'INIT'
  #probeSample = false
  #cycleStamp = 0
  #probeWait = 0
  #roundsSinceProbe = 0
  #probeUpRounds = 0
  #probeUpAcked = 0
  #probeUpAckedPerIncrease = INFINITE
  #prevProbeTooHigh = false
  #prevProbePrecautionary = false

  // ProbeRTT
  #probeRttDone = -1
  #probeRttRoundDone = false

  // Undo
  #episode = false
  #undoState: BbrState | null = null
  #undoBwShortterm = 0
  #undoInflightShortterm = 0
  #undoInflightLongterm = 0

  /** @param seed of the lots that it draws, so that connections do not probe in step */
  constructor(seed = 0) {
    this.#random = seed | 0
  }

  get state(): BbrState {
    return this.#state
  }

  start(mss: number, initialWindow: number, now: number): void {
    this.#mss = mss
    this.#initialWindow = initialWindow
    this.cwnd = initialWindow
    this.#model.start(now)
    // InitPacingRate without a round trip: a millisecond.
    this.pacingRate = GAINS.Startup[0] * initialWindow
  }

  acknowledged(sample: AckSample): void {
    const model = this.#model
    const appLimited = sample.appLimited || sample.priorDelivered <= this.#ignoredUntil
    if (!this.#paced && sample.srtt > 0) {
      this.#paced = true
      this.pacingRate = Math.min(HIGHEST, (GAINS.Startup[0] * this.#initialWindow) / sample.srtt)
    }
    model.deliverySignals(sample, appLimited)
    if (model.roundStart) {
      this.#roundsSinceProbe++
      this.#cwndLimited = this.#cwndLimitedNow
      this.#cwndLimitedNow = false
    }
    if (sample.cwndLimited) this.#cwndLimited = this.#cwndLimitedNow = true
    if (model.lossRoundStart) {
      if (model.lossInRound && !this.#probing) model.lowerBounds(this.cwnd)
      model.lossInRound = false
    }
    model.aggregation(sample, this.cwnd)
    model.checkFullBw(sample, appLimited)
    this.#checkStartupDone(sample)
    this.#checkDrainDone(sample)
    this.#updateProbeBw(sample, appLimited)
    model.updateMinRtt(sample.rtt, sample.now)
    this.#checkProbeRtt(sample)
    model.advanceDeliverySignals(sample)
    model.boundBw()
    this.#setPacingRate(GAINS[this.#state][0])
    this.#setCwnd(sample)
  }

  lost(segment: LostSegment): void {
    const model = this.#model
    model.delivered = segment.totalDelivered
    if (segment.seq !== this.#lossEnd || this.#lossRanges === 0) this.#lossRanges++
    this.#lossEnd = seqAdd(segment.seq, segment.size)
    this.#noteLoss()
    this.#recovering = true
    if (!this.#probeSample || segment.lostSince <= segment.sentInFlight * LOSS_THRESHOLD) return
    // InflightAtLoss: up to where within a burst losses were below the threshold.
    const inflightBefore = Math.max(0, segment.sentInFlight - segment.size)
    const lostBefore = segment.lostSince - segment.size
    const prefix = Math.max(0, (LOSS_THRESHOLD * inflightBefore - lostBefore) / (1 - LOSS_THRESHOLD))
    this.#inflightTooHigh(inflightBefore + prefix, segment.appLimited, segment.now)
  }

  congestion(cause: 'loss' | 'ecn', inFlight: number, now: number): void {
    this.#noteLoss()
    if (cause === 'loss') {
      this.#saveUponLoss()
      this.#recovering = true
    } else if (this.#state === 'Startup') this.#queueTooHigh()
    else if (this.#probeSample) this.#inflightTooHigh(inFlight, false, now)
  }

  timedOut(_inFlight: number, again: boolean): void {
    if (!again) this.#saveUponLoss()
    this.#recovering = true
    this.cwnd = this.#mss
  }

  recovered(): void {
    if (this.#recovering) this.#restoreCwnd()
    this.#recovering = false
    this.#episode = false
  }

  /** HandleSpuriousLossDetection. */
  undo(): void {
    const model = this.#model
    this.#restoreCwnd()
    this.#recovering = false
    this.#episode = false
    model.lossInRound = false
    model.resetFullBw(0)
    model.bwShortterm = Math.max(model.bwShortterm, this.#undoBwShortterm)
    model.inflightShortterm = Math.max(model.inflightShortterm, this.#undoInflightShortterm)
    model.inflightLongterm = Math.max(model.inflightLongterm, this.#undoInflightLongterm)
    const state = this.#undoState
    this.#undoState = null
    if (state === 'Startup' && this.#state !== 'Startup') {
      model.fullBwReached = false
      if (this.#state !== 'ProbeRTT') this.#enter('Startup')
    } else if (state === 'ProbeBW_UP' && this.#state !== 'ProbeBW_UP' && this.#state !== 'ProbeRTT') {
      this.#startRefill()
    }
  }

  /** Nothing happens to the window: what is sent is paced. */
  restart(): void {}

  /** HandleRestartFromIdle. */
  resumed(now: number): void {
    this.#idleRestart = true
    this.#model.resumed(now)
    if (this.#inProbeBw) this.#setPacingRate(1)
    else if (this.#state === 'ProbeRTT') this.#checkProbeRttDone(now)
  }

  segmentSize(mss: number): void {
    this.#mss = mss
    this.cwnd = Math.max(this.cwnd, mss)
  }

  #enter(state: BbrState): void {
    this.#state = state
  }

  get #inProbeBw(): boolean {
    const state = this.#state
    return (
      state === 'ProbeBW_DOWN' ||
      state === 'ProbeBW_CRUISE' ||
      state === 'ProbeBW_REFILL' ||
      state === 'ProbeBW_UP'
    )
  }

  /** IsProbingBW: losses are to be expected. */
  get #probing(): boolean {
    const state = this.#state
    return state === 'Startup' || state === 'ProbeBW_REFILL' || state === 'ProbeBW_UP'
  }

  // Startup and Drain

  #checkStartupDone(sample: AckSample): void {
    const model = this.#model
    if (model.lossRoundStart) {
      // CheckStartupHighLoss: a round trip of recovery with too many losses, in too many places.
      if (
        this.#state === 'Startup' &&
        !model.fullBwReached &&
        this.#recovering &&
        this.#lossRanges >= STARTUP_LOSSES &&
        this.#tooHigh(sample)
      ) {
        this.#undoState = 'Startup'
        this.#queueTooHigh()
      }
      this.#lossRanges = 0
    }
    if (this.#state === 'Startup' && model.fullBwReached) {
      this.#enter('Drain')
      this.#drainStart = model.roundCount
    }
  }

  #queueTooHigh(): void {
    const model = this.#model
    model.fullBwReached = true
    model.inflightLongterm = Math.max(model.bdp, model.inflightLatest, MIN_PIPE * this.#mss)
  }

  #checkDrainDone(sample: AckSample): void {
    if (this.#state !== 'Drain') return
    const late = this.#model.roundCount > this.#drainStart + DRAIN_ROUNDS
    if (late || sample.inFlight <= this.#inflight(this.#model.bdp)) this.#startDown(sample.now)
  }

  // ProbeBW

  #startDown(now: number): void {
    const model = this.#model
    model.resetCongestionSignals()
    this.#probeUpAckedPerIncrease = INFINITE
    // PickProbeWait: two to three seconds, and a round trip more or less.
    this.#roundsSinceProbe = this.#draw() < 0.5 ? 0 : 1
    this.#probeWait = 2000 + 1000 * this.#draw()
    this.#cycleStamp = now
    this.#ackPhase = 'PROBE_STOPPING'
    model.startRound()
    this.#enter('ProbeBW_DOWN')
  }

  #startRefill(): void {
    this.#model.resetShortTerm()
    this.#probeUpRounds = 0
    this.#probeUpAcked = 0
    this.#prevProbePrecautionary = false
    this.#ackPhase = 'REFILLING'
    this.#model.startRound()
    this.#enter('ProbeBW_REFILL')
  }

  #startUp(sample: AckSample): void {
    this.#ackPhase = 'PROBE_STARTING'
    this.#model.startRound()
    this.#model.resetFullBw(sample.deliveryRate)
    this.#enter('ProbeBW_UP')
    this.#raiseLongtermSlope()
  }

  /** UpdateProbeBWCyclePhase. */
  #updateProbeBw(sample: AckSample, appLimited: boolean): void {
    const model = this.#model
    if (!model.fullBwReached || this.#adaptLongTerm(sample, appLimited)) return
    switch (this.#state) {
      case 'ProbeBW_DOWN':
        if (this.#timeToProbe(sample.now)) this.#startRefill()
        else if (
          sample.inFlight <= this.#inflightWithHeadroom() &&
          sample.inFlight <= this.#inflight(model.minRtt === INFINITE ? 0 : model.maxBw * model.minRtt)
        )
          this.#enter('ProbeBW_CRUISE')
        break
      case 'ProbeBW_CRUISE':
        if (this.#timeToProbe(sample.now)) this.#startRefill()
        break
      case 'ProbeBW_REFILL':
        if (!model.roundStart) break
        this.#probeSample = true
        this.#startUp(sample)
        break
      case 'ProbeBW_UP':
        if (!this.#timeToGoDown(sample)) break
        this.#prevProbeTooHigh = false
        this.#startDown(sample.now)
    }
  }

  #timeToProbe(now: number): boolean {
    if (now > this.#cycleStamp + this.#probeWait) return true
    // IsRenoCoexistenceProbeTime: as often as Reno would, but for large windows.
    const renoRounds = this.#targetInflight() / this.#mss
    return this.#roundsSinceProbe >= Math.min(renoRounds, RENO_ROUNDS)
  }

  #timeToGoDown(sample: AckSample): boolean {
    const model = this.#model
    if (this.#prevProbeTooHigh && sample.inFlight >= model.inflightLongterm) {
      this.#prevProbePrecautionary = true
      return true
    }
    if (this.#cwndLimited && this.cwnd >= Math.floor(model.inflightLongterm)) {
      // The bound holds the bandwidth back, so that a plateau says nothing.
      model.resetFullBw(sample.deliveryRate)
      return false
    }
    return model.fullBwNow
  }

  /** AdaptLongTermModel: says whether it has decided on the next state. */
  #adaptLongTerm(sample: AckSample, appLimited: boolean): boolean {
    const model = this.#model
    if (model.roundStart && this.#ackPhase === 'PROBE_STARTING') this.#ackPhase = 'PROBE_FEEDBACK'
    else if (model.roundStart && this.#ackPhase === 'PROBE_STOPPING') {
      this.#probeSample = false
      this.#ackPhase = 'INIT'
      if (this.#inProbeBw && !appLimited) model.advanceMaxBw()
      if (this.#inProbeBw && this.#prevProbePrecautionary && !this.#prevProbeTooHigh) {
        this.#startRefill()
        return true
      }
    }
    if (this.#tooHigh(sample) || model.inflightLongterm === INFINITE) return false
    if (sample.priorDelivered >= 0 && sample.sentInFlight > model.inflightLongterm)
      model.inflightLongterm = sample.sentInFlight
    if (this.#state === 'ProbeBW_UP') this.#probeLongtermUpward(sample)
    return false
  }

  /** Growth of the long-term bound doubles each round trip, beginning with a segment. */
  #raiseLongtermSlope(): void {
    const growth = 2 ** this.#probeUpRounds
    this.#probeUpRounds = Math.min(this.#probeUpRounds + 1, 30)
    this.#probeUpAckedPerIncrease = Math.max(this.cwnd / growth, this.#mss)
  }

  #probeLongtermUpward(sample: AckSample): void {
    const model = this.#model
    if (!this.#cwndLimited || this.cwnd < Math.floor(model.inflightLongterm)) return
    this.#probeUpAcked += sample.delivered
    const increases = Math.floor(this.#probeUpAcked / this.#probeUpAckedPerIncrease)
    if (increases > 0) {
      this.#probeUpAcked -= increases * this.#probeUpAckedPerIncrease
      model.inflightLongterm = Math.min(HIGHEST, model.inflightLongterm + increases * this.#mss)
    }
    if (model.roundStart) this.#raiseLongtermSlope()
  }

  // Losses

  /** IsInflightTooHigh, by the newest segment that was delivered. */
  #tooHigh(sample: AckSample): boolean {
    return sample.priorDelivered >= 0 && sample.lostSince > sample.sentInFlight * LOSS_THRESHOLD
  }

  /** HandleInflightTooHigh: once a probe, the long-term bound comes down to what was still borne. */
  #inflightTooHigh(inFlight: number, appLimited: boolean, now: number): void {
    this.#prevProbeTooHigh = true
    this.#probeSample = false
    if (!appLimited) this.#model.inflightLongterm = Math.max(inFlight, this.#targetInflight() * BETA)
    if (this.#state !== 'ProbeBW_UP') return
    this.#undoState = 'ProbeBW_UP'
    this.#startDown(now)
  }

  #noteLoss(): void {
    if (this.#model.noteLoss()) this.#saveUponLoss()
  }

  /** SaveStateUponLoss: what was before the first loss of an episode. */
  #saveUponLoss(): void {
    if (this.#episode) return
    this.#episode = true
    this.#saveCwnd()
    this.#undoState = null
    this.#undoBwShortterm = this.#model.bwShortterm
    this.#undoInflightShortterm = this.#model.inflightShortterm
    this.#undoInflightLongterm = this.#model.inflightLongterm
  }

  #saveCwnd(): void {
    const modulated = this.#recovering || this.#state === 'ProbeRTT'
    this.#priorCwnd = modulated ? Math.max(this.#priorCwnd, this.cwnd) : this.cwnd
  }

  #restoreCwnd(): void {
    this.cwnd = Math.max(this.cwnd, this.#priorCwnd)
  }

  // ProbeRTT

  #checkProbeRtt(sample: AckSample): void {
    const model = this.#model
    if (this.#state !== 'ProbeRTT' && model.probeRttExpired && !this.#idleRestart) {
      this.#saveCwnd()
      this.#enter('ProbeRTT')
      this.#probeRttDone = -1
      this.#ackPhase = 'PROBE_STOPPING'
      model.startRound()
    }
    if (this.#state === 'ProbeRTT') this.#handleProbeRtt(sample)
    if (sample.delivered > 0) this.#idleRestart = false
  }

  #handleProbeRtt(sample: AckSample): void {
    const model = this.#model
    this.#ignoredUntil = sample.totalDelivered + sample.inFlight
    if (this.#probeRttDone < 0) {
      if (sample.inFlight > this.#probeRttCwnd()) return
      this.#probeRttDone = sample.now + PROBE_RTT_DURATION
      this.#probeRttRoundDone = false
      model.startRound()
      return
    }
    if (model.roundStart) this.#probeRttRoundDone = true
    if (this.#probeRttRoundDone) this.#checkProbeRttDone(sample.now)
  }

  #checkProbeRttDone(now: number): void {
    if (this.#probeRttDone < 0 || now <= this.#probeRttDone) return
    this.#model.probedRtt(now)
    this.#restoreCwnd()
    this.#model.resetShortTerm()
    if (this.#model.fullBwReached) {
      this.#startDown(now)
      this.#enter('ProbeBW_CRUISE')
    } else {
      this.#enter('Startup')
    }
  }

  // Control parameters

  #setPacingRate(gain: number): void {
    const rate = Math.min(HIGHEST, gain * this.#model.bw * PACING_MARGIN)
    if (rate > 0 && (this.#model.fullBwReached || rate > this.pacingRate)) this.pacingRate = rate
  }

  #setCwnd(sample: AckSample): void {
    const model = this.#model
    const wanted =
      model.minRtt === INFINITE ? this.#initialWindow : GAINS[this.#state][1] * model.bdp + model.extraAcked
    const most = this.#quantized(wanted)
    let cwnd = this.cwnd
    if (model.fullBwReached) cwnd = Math.min(cwnd + sample.delivered, most)
    else if (cwnd < most || model.delivered < this.#initialWindow) cwnd += sample.delivered
    const least = MIN_PIPE * this.#mss
    cwnd = Math.max(cwnd, least)
    if (this.#state === 'ProbeRTT') cwnd = Math.min(cwnd, this.#probeRttCwnd())
    this.cwnd = Math.floor(Math.min(cwnd, Math.max(this.#bound(), least), HIGHEST))
  }

  /** BoundCwndForModel. */
  #bound(): number {
    const { inflightLongterm, inflightShortterm } = this.#model
    const state = this.#state
    let bound = INFINITE
    if (state === 'ProbeRTT' || state === 'ProbeBW_CRUISE') bound = this.#inflightWithHeadroom()
    else if (this.#inProbeBw) bound = inflightLongterm
    return Math.min(bound, inflightShortterm)
  }

  #probeRttCwnd(): number {
    return Math.max(GAINS.ProbeRTT[1] * this.#model.bdp, MIN_PIPE * this.#mss)
  }

  #inflightWithHeadroom(): number {
    const { inflightLongterm } = this.#model
    if (inflightLongterm === INFINITE) return INFINITE
    const headroom = Math.max(this.#mss, HEADROOM * inflightLongterm)
    return Math.max(inflightLongterm - headroom, MIN_PIPE * this.#mss)
  }

  #targetInflight(): number {
    return Math.min(this.#model.bdp, this.cwnd)
  }

  /** Inflight: enough to keep `volume` under way with what offloading holds back. */
  #inflight(volume: number): number {
    return this.#quantized(this.#model.minRtt === INFINITE ? this.#initialWindow : volume)
  }

  /** QuantizationBudget. */
  #quantized(volume: number): number {
    const quantum = Math.max(Math.min(this.pacingRate, LARGEST_QUANTUM), 2 * this.#mss)
    const most = Math.max(volume, 3 * quantum, MIN_PIPE * this.#mss)
    return this.#state === 'ProbeBW_UP' ? most + 2 * this.#mss : most
  }

  /** From 0 to 1, by a linear congruence: it need not be unpredictable, but different. */
  #draw(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) | 0
    return (this.#random >>> 0) / 2 ** 32
  }
}
