import type { AckSample, CongestionControl } from './controller.ts'
import { HyStart } from './hystart.ts'

/** β_cubic (RFC 9438 §4.6): what is left of the window after a congestion event. */
const BETA = 0.7
/** C (§5.1), segments per second cubed. */
const C = 0.4
/** α_cubic (§4.3): growth in segments per round trip that is fair to Reno with this β. */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA)
/** L of RFC 3465 §2.3, for slow starts other than the first: segments by which one ACK may grow the window. */
const SLOW_START_LIMIT = 2
/** Arbitrarily high (RFC 5681 §3.1): no peer can offer more. */
const HIGHEST = 2 ** 30

/** What §4.9.2 saves before a reduction. */
interface Saved {
  cwnd: number
  cwndPrior: number
  ssthresh: number
  wMax: number
  k: number
  epoch: number
  wEst: number
  initial: boolean
}

/**
 * CUBIC, RFC 9438, with HyStart++ (RFC 9406) in its first slow start. The RFC counts in segments and seconds, this in
 * bytes and ms.
 */
export class Cubic implements CongestionControl {
  readonly name = 'cubic'
  readonly pacingRate = 0
  readonly ownsWindow = false
  cwnd = 0
  ssthresh = HIGHEST
  readonly #fastConvergence: boolean
  readonly #hystart = new HyStart()
  #mss = 0
  /** cwnd_prior: the window when ssthresh was last set. */
  #cwndPrior = 0
  #wMax = 0
  /** K in ms. */
  #k = 0
  /** t_epoch, later by what t must not count; -1 when no congestion avoidance stage has begun. */
  #epoch = -1
  #wEst = 0
  /** The next stage starts at the plateau: after a timeout (§4.8) or a slow start without loss (§4.10). */
  #fromPlateau = false
  /** The window is at ssthresh because it was brought there, not because slow start has grown to it. */
  #brought = false
  /** When the last ACK came, or sending began anew. */
  #lastAck = 0
  /** What the window has grown by beyond whole bytes. */
  #fraction = 0
  #saved: Saved | null = null

  /** @param fastConvergence §4.7: to be turned off where there is a single flow and no other traffic */
  constructor(fastConvergence = true) {
    this.#fastConvergence = fastConvergence
  }

  start(mss: number, initialWindow: number, now: number): void {
    this.#mss = mss
    this.cwnd = initialWindow
    this.#lastAck = now
    this.#hystart.start()
  }

  acknowledged(sample: AckSample): void {
    const gap = sample.now - this.#lastAck
    this.#lastAck = sample.now
    if (this.#initial) {
      this.#hystart.observe(sample)
      if (!this.#initial) this.#leaveSlowStart()
    }
    if (sample.acked === 0 || (sample.recovering && !sample.afterTimeout)) return
    if (!sample.cwndLimited) {
      // §4.2, §5.8: no growth while the application holds back, nor time that would make up for it.
      this.#exclude(gap)
      return
    }
    // ACKs of a flow that uses its window are never further apart than a round trip: anything longer was a pause.
    if (sample.srtt >= 0 && gap > sample.srtt) this.#exclude(gap - sample.srtt)
    if (this.cwnd < this.ssthresh || (this.cwnd === this.ssthresh && !this.#brought)) this.#slowStart(sample)
    else this.#avoid(sample)
  }

  congestion(cause: 'loss' | 'ecn', inFlight: number): void {
    this.#save()
    // §4.7: a window that has not reached the last plateau leaves room to whoever has come since.
    this.#wMax = this.#fastConvergence && this.cwnd < this.#wMax ? (this.cwnd * (1 + BETA)) / 2 : this.cwnd
    this.#reduce(inFlight, cause === 'ecn' ? 1 : 2)
    this.#fromPlateau = false
    this.#brought = true
  }

  timedOut(inFlight: number, again: boolean): void {
    if (!again) {
      this.#save()
      this.#reduce(inFlight, 2)
    }
    this.cwnd = this.#mss
    this.#epoch = -1
    this.#fromPlateau = true
    this.#brought = false
  }

  recovered(): void {
    // §4.6: an ECN echo may have brought the window down to one segment, but ssthresh stays at two.
    this.ssthresh = Math.max(this.ssthresh, 2 * this.#mss)
  }

  undo(): void {
    const saved = this.#saved
    this.#saved = null
    // §4.9.2: long after, a window that has grown beyond it stays.
    if (saved === null || this.cwnd >= this.#cwndPrior) return
    this.cwnd = saved.cwnd
    this.#cwndPrior = saved.cwndPrior
    this.ssthresh = saved.ssthresh
    this.#wMax = saved.wMax
    this.#k = saved.k
    this.#epoch = saved.epoch
    this.#wEst = saved.wEst
    this.#fromPlateau = false
    this.#brought = saved.cwnd >= saved.ssthresh
    this.#fraction = 0
    if (saved.initial) this.#hystart.start()
  }

  restart(restartWindow: number, now: number): void {
    this.cwnd = Math.min(this.cwnd, restartWindow)
    this.#lastAck = now
    this.#epoch = -1
    this.#brought = false
    this.#fraction = 0
  }

  segmentSize(mss: number): void {
    this.#mss = mss
    this.cwnd = Math.max(this.cwnd, mss)
  }

  /** The first slow start lasts, HyStart++ with it. */
  get #initial(): boolean {
    return this.#hystart.phase !== 'done'
  }

  #slowStart(sample: AckSample): void {
    const limit = (sample.afterTimeout ? 1 : SLOW_START_LIMIT) * this.#mss
    this.#grow(this.#initial ? this.#hystart.growth(sample.acked, this.#mss) : Math.min(sample.acked, limit))
  }

  /** RFC 9406 §4.2, RFC 9438 §4.10: the delay says that the path is full; nothing was lost. */
  #leaveSlowStart(): void {
    this.ssthresh = this.#cwndPrior = this.cwnd
    this.#fromPlateau = true
    this.#brought = true
  }

  /** §4.2–4.5. */
  #avoid(sample: AckSample): void {
    if (this.#epoch < 0) this.#beginStage(sample.now)
    const t = sample.now - this.#epoch
    const alpha = this.#wEst >= this.#cwndPrior ? 1 : ALPHA
    this.#wEst += (alpha * this.#mss * sample.acked) / this.cwnd
    if (this.#wCubic(t) < this.#wEst) {
      // §4.3, the Reno-friendly region.
      this.#grow(Math.min(this.#wEst - this.cwnd - this.#fraction, sample.acked))
      return
    }
    const target = Math.min(Math.max(this.#wCubic(t + Math.max(0, sample.srtt)), this.cwnd), 1.5 * this.cwnd)
    this.#grow(((target - this.cwnd) * sample.acked) / this.cwnd)
  }

  #beginStage(now: number): void {
    this.#epoch = now
    this.#wEst = this.cwnd
    this.#fraction = 0
    if (this.#fromPlateau || this.#wMax < this.cwnd) this.#wMax = this.cwnd
    this.#fromPlateau = false
    this.#k = 1000 * Math.cbrt((this.#wMax - this.cwnd) / (C * this.#mss))
  }

  /** W_cubic in bytes, of a time in ms. */
  #wCubic(t: number): number {
    return C * this.#mss * ((t - this.#k) / 1000) ** 3 + this.#wMax
  }

  /** Figure 5. The window itself follows by PRR, whose target ssthresh is. */
  #reduce(inFlight: number, floor: number): void {
    this.#hystart.stop()
    this.#cwndPrior = this.cwnd
    this.ssthresh = Math.max(inFlight * BETA, floor * this.#mss) | 0
    this.#epoch = -1
    this.#fraction = 0
  }

  #grow(bytes: number): void {
    const sum = Math.max(0, bytes) + this.#fraction
    const whole = Math.floor(sum)
    this.#fraction = sum - whole
    this.cwnd = Math.min(this.cwnd + whole, HIGHEST)
  }

  #exclude(time: number): void {
    if (this.#epoch >= 0) this.#epoch += time
  }

  #save(): void {
    this.#saved = {
      cwnd: this.cwnd,
      cwndPrior: this.#cwndPrior,
      ssthresh: this.ssthresh,
      wMax: this.#wMax,
      k: this.#k,
      epoch: this.#epoch,
      wEst: this.#wEst,
      initial: this.#initial,
    }
  }
}
