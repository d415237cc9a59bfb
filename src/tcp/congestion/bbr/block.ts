/** The data that the phases of BBR share, and the sizes that follow from it (draft-ietf-ccwg-bbr; the draft's names). */
import type { AckSample } from '../controller.ts'
import { BbrModel } from './model.ts'

export type BbrState =
  | 'Startup'
  | 'Drain'
  | 'ProbeBW_DOWN'
  | 'ProbeBW_CRUISE'
  | 'ProbeBW_REFILL'
  | 'ProbeBW_UP'
  | 'ProbeRTT'

/** The gains of each state: of the pacing rate on bw, and of the window on the bandwidth-delay product. */
export const GAINS: Readonly<Record<BbrState, readonly [pacing: number, cwnd: number]>> = {
  Startup: [4 * Math.LN2, 2],
  Drain: [0.5, 2],
  ProbeBW_DOWN: [0.9, 2],
  ProbeBW_CRUISE: [1, 2],
  ProbeBW_REFILL: [1, 2],
  ProbeBW_UP: [1.25, 2.25],
  ProbeRTT: [1, 0.5],
}

/** BBR.LossThresh, per round trip. */
export const LOSS_THRESHOLD = 0.02
/** BBR.MinPipeCwnd, segments. */
const MIN_PIPE = 4
/** BBR.Headroom: the share of the long-term bound that is left to others. */
const HEADROOM = 0.15
/** The largest quantum, bytes. */
const LARGEST_QUANTUM = 65_536
/** Arbitrarily high (RFC 5681 §3.1), bytes: no peer can offer more. */
export const HIGHEST = 2 ** 30
export const INFINITE = Number.POSITIVE_INFINITY

export class BbrBlock {
  readonly model = new BbrModel()
  state: BbrState = 'Startup'
  cwnd = 0
  pacingRate = 0
  mss = 0
  initialWindow = 0
  /** C.is_cwnd_limited: the window held sending back in this round trip or in the one before. */
  cwndLimited = false
  #random: number

  constructor(seed: number) {
    this.#random = seed | 0
  }

  get inProbeBw(): boolean {
    const { state } = this
    return (
      state === 'ProbeBW_DOWN' ||
      state === 'ProbeBW_CRUISE' ||
      state === 'ProbeBW_REFILL' ||
      state === 'ProbeBW_UP'
    )
  }

  /** IsProbingBW: losses are to be expected. */
  get probing(): boolean {
    const { state } = this
    return state === 'Startup' || state === 'ProbeBW_REFILL' || state === 'ProbeBW_UP'
  }

  /** The window that BBR never goes below, bytes. */
  get leastWindow(): number {
    return MIN_PIPE * this.mss
  }

  /** BBRProbeRTTCwnd. */
  get probeRttCwnd(): number {
    return Math.max(GAINS.ProbeRTT[1] * this.model.bdp, this.leastWindow)
  }

  get inflightWithHeadroom(): number {
    const { inflightLongterm } = this.model
    if (inflightLongterm === INFINITE) return INFINITE
    const headroom = Math.max(this.mss, HEADROOM * inflightLongterm)
    return Math.max(inflightLongterm - headroom, this.leastWindow)
  }

  get targetInflight(): number {
    return Math.min(this.model.bdp, this.cwnd)
  }

  /** Inflight: enough to keep `volume` bytes under way together with the bytes that offloading holds back. */
  inflight(volume: number): number {
    return this.quantized(this.model.minRtt === INFINITE ? this.initialWindow : volume)
  }

  /** QuantizationBudget. */
  quantized(volume: number): number {
    const quantum = Math.max(Math.min(this.pacingRate, LARGEST_QUANTUM), 2 * this.mss)
    const most = Math.max(volume, 3 * quantum, this.leastWindow)
    return this.state === 'ProbeBW_UP' ? most + 2 * this.mss : most
  }

  /** IsInflightTooHigh, judged by the newest segment that was delivered. */
  tooHigh(sample: AckSample): boolean {
    return sample.priorDelivered >= 0 && sample.lostSince > sample.sentInFlight * LOSS_THRESHOLD
  }

  /** A number from 0 to 1 by a linear congruence: it need not be unpredictable, but different for each connection. */
  draw(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) | 0
    return (this.#random >>> 0) / 2 ** 32
  }
}
