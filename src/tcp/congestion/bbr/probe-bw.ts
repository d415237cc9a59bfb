/** ProbeBW: BBR's cycle of probing for more bandwidth, and the long-term bound that it finds. */
import type { AckSample } from '../controller.ts'
import { type BbrBlock, HIGHEST, INFINITE } from './block.ts'
import { BETA } from './model.ts'

/** T_reno_bound: round trips after which bandwidth is probed in any case. */
const RENO_ROUNDS = 63

export class ProbeBw {
  readonly #bbr: BbrBlock
  /** ACKs_PROBE_STOPPING, the one phase of ACKs that matters: those of the last probe still come in. */
  #stopping = false
  /** Losses of the segments that are being delivered say whether the probe went too far. */
  probeSample = false
  #cycleStamp = 0
  #probeWait = 0
  #roundsSinceProbe = 0
  #upRounds = 0
  #upAcked = 0
  #upAckedPerIncrease = INFINITE
  #prevProbeTooHigh = false
  #prevProbePrecautionary = false

  constructor(bbr: BbrBlock) {
    this.#bbr = bbr
  }

  /** A packet-timed round trip has begun. */
  roundStarted(): void {
    this.#roundsSinceProbe++
  }

  /** ProbeRTT interrupts the probing. */
  stop(): void {
    this.#stopping = true
  }

  startDown(now: number): void {
    const { model } = this.#bbr
    model.resetCongestionSignals()
    this.#upAckedPerIncrease = INFINITE
    // PickProbeWait: two to three seconds, and a round trip more or less.
    this.#roundsSinceProbe = this.#bbr.draw() < 0.5 ? 0 : 1
    this.#probeWait = 2000 + 1000 * this.#bbr.draw()
    this.#cycleStamp = now
    this.#stopping = true
    model.startRound()
    this.#bbr.state = 'ProbeBW_DOWN'
  }

  startRefill(): void {
    const { model } = this.#bbr
    model.resetShortTerm()
    this.#upRounds = 0
    this.#upAcked = 0
    this.#prevProbePrecautionary = false
    this.#stopping = false
    model.startRound()
    this.#bbr.state = 'ProbeBW_REFILL'
  }

  #startUp(sample: AckSample): void {
    const { model } = this.#bbr
    model.startRound()
    model.resetFullBw(sample.deliveryRate)
    this.#bbr.state = 'ProbeBW_UP'
    this.#raiseLongtermSlope()
  }

  /** UpdateProbeBWCyclePhase. */
  update(sample: AckSample, appLimited: boolean): void {
    const bbr = this.#bbr
    const { model } = bbr
    if (!model.fullBwReached || this.#adaptLongTerm(sample, appLimited)) return
    switch (bbr.state) {
      case 'ProbeBW_DOWN':
        if (this.#timeToProbe(sample.now)) this.startRefill()
        else if (
          sample.inFlight <= bbr.inflightWithHeadroom &&
          sample.inFlight <= bbr.inflight(model.minRtt === INFINITE ? 0 : model.maxBw * model.minRtt)
        )
          bbr.state = 'ProbeBW_CRUISE'
        break
      case 'ProbeBW_CRUISE':
        if (this.#timeToProbe(sample.now)) this.startRefill()
        break
      case 'ProbeBW_REFILL':
        if (!model.roundStart) break
        this.probeSample = true
        this.#startUp(sample)
        break
      case 'ProbeBW_UP':
        if (!this.#timeToGoDown(sample)) break
        this.#prevProbeTooHigh = false
        this.startDown(sample.now)
    }
  }

  #timeToProbe(now: number): boolean {
    if (now > this.#cycleStamp + this.#probeWait) return true
    // IsRenoCoexistenceProbeTime: as often as Reno would, but for large windows.
    const renoRounds = this.#bbr.targetInflight / this.#bbr.mss
    return this.#roundsSinceProbe >= Math.min(renoRounds, RENO_ROUNDS)
  }

  #timeToGoDown(sample: AckSample): boolean {
    const { model, cwnd, cwndLimited } = this.#bbr
    if (this.#prevProbeTooHigh && sample.inFlight >= model.inflightLongterm) {
      this.#prevProbePrecautionary = true
      return true
    }
    if (cwndLimited && cwnd >= Math.floor(model.inflightLongterm)) {
      // The bound holds the bandwidth back, so that a plateau says nothing.
      model.resetFullBw(sample.deliveryRate)
      return false
    }
    return model.fullBwNow
  }

  /** AdaptLongTermModel. @returns whether it has decided on the next state */
  #adaptLongTerm(sample: AckSample, appLimited: boolean): boolean {
    const bbr = this.#bbr
    const { model } = bbr
    if (model.roundStart && this.#stopping) {
      this.probeSample = false
      this.#stopping = false
      if (bbr.inProbeBw && !appLimited) model.advanceMaxBw()
      if (bbr.inProbeBw && this.#prevProbePrecautionary && !this.#prevProbeTooHigh) {
        this.startRefill()
        return true
      }
    }
    // An infinite bound is neither exceeded nor reached.
    if (bbr.tooHigh(sample)) return false
    if (sample.priorDelivered >= 0 && sample.sentInFlight > model.inflightLongterm)
      model.inflightLongterm = sample.sentInFlight
    if (bbr.state === 'ProbeBW_UP') this.#probeLongtermUpward(sample)
    return false
  }

  /** Growth of the long-term bound doubles each round trip, beginning with a segment. */
  #raiseLongtermSlope(): void {
    const growth = 2 ** this.#upRounds
    this.#upRounds = Math.min(this.#upRounds + 1, 30)
    this.#upAckedPerIncrease = Math.max(this.#bbr.cwnd / growth, this.#bbr.mss)
  }

  #probeLongtermUpward(sample: AckSample): void {
    const { model, cwnd, cwndLimited, mss } = this.#bbr
    if (!cwndLimited || cwnd < Math.floor(model.inflightLongterm)) return
    this.#upAcked += sample.delivered
    const increases = Math.floor(this.#upAcked / this.#upAckedPerIncrease)
    if (increases > 0) {
      this.#upAcked -= increases * this.#upAckedPerIncrease
      model.inflightLongterm = Math.min(HIGHEST, model.inflightLongterm + increases * mss)
    }
    if (model.roundStart) this.#raiseLongtermSlope()
  }

  /** HandleInflightTooHigh: once a probe, the long-term bound comes down to the volume that was still borne. */
  tooHigh(inFlight: number, appLimited: boolean): void {
    const { model, targetInflight } = this.#bbr
    this.#prevProbeTooHigh = true
    this.probeSample = false
    if (!appLimited) model.inflightLongterm = Math.max(inFlight, targetInflight * BETA)
  }
}
