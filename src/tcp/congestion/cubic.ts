import { AckClock } from './ack-clock.ts'
import type { AckSample, CongestionControl } from './controller.ts'
import { HyStart } from './hystart.ts'
import { slowStartGrowth } from './slow-start.ts'

/** β_cubic (RFC 9438 §4.6): what is left of the window after a congestion event. */
const BETA = 0.7
/** C (§5.1), segments per second cubed. */
const C = 0.4
/** α_cubic (§4.3): growth in segments per round trip that is fair to Reno with this β. */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA)
/** Arbitrarily high (RFC 5681 §3.1): no peer can offer more. */
const HIGHEST = 2 ** 30

/** The state of congestion avoidance, from the end of the first slow start on. */
class Course {
  fastConvergence = true
  /** cwnd_prior: the window when ssthresh was last set. */
  cwndPrior = 0
  wMax = 0
  /** K in ms. */
  k = 0
  /** t_epoch, later by what t must not count; -1 when no congestion avoidance stage has begun. */
  epoch = -1
  wEst = 0
  /** The next stage starts at the plateau: after a timeout (§4.8) or a slow start without loss (§4.10). */
  fromPlateau = false
  /** The window is at ssthresh because it was brought there, not because slow start has grown to it. */
  brought = false
  /** The state before a reduction, saved by §4.9.2. */
  saved: Saved | null = null
}

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
  cwnd = 0
  ssthresh = HIGHEST
  #mss = 0
  /** The first slow start lasts, HyStart++ with it (made by the first ACK). */
  #initial = true
  #hystart: HyStart | null = null
  /** Made when the first slow start ends. */
  #course: Course | null = null
  /** The time of the last ACK, or at which sending began anew. */
  #lastAck = 0
  /** The fraction of a byte by which the window has grown beyond {@link cwnd}. */
  #fraction = 0
  /** Made by the first ACK that is stretched. */
  #clock: AckClock | null = null

  /** @param fastConvergence §4.7: to be turned off where there is a single flow and no other traffic */
  constructor(fastConvergence = true) {
    if (!fastConvergence) this.ownCourse().fastConvergence = false
  }

  get name(): string {
    return 'cubic'
  }

  get pacingRate(): number {
    return this.#clock === null ? 0 : this.#clock.rate
  }

  get ownsWindow(): boolean {
    return false
  }

  start(mss: number, initialWindow: number, now: number): void {
    this.#mss = mss
    this.cwnd = initialWindow
    this.#lastAck = now
    this.begin()
  }

  acknowledged(sample: AckSample): void {
    const gap = sample.now - this.#lastAck
    this.#lastAck = sample.now
    const stretched = AckClock.stretched(sample, gap, this.#mss)
    if (stretched) this.#clock ??= new AckClock()
    this.take(sample, gap, stretched || this.pacingRate > 0)
    this.#clock?.update(sample, stretched, this.cwnd, this.ssthresh)
  }

  private take(sample: AckSample, gap: number, paced: boolean): void {
    if (this.#initial) {
      this.#hystart ??= new HyStart()
      this.#hystart.observe(sample)
      if (this.#hystart.phase === 'done') this.leaveSlowStart()
    }
    if (sample.acked === 0 || (sample.recovering && !sample.afterTimeout)) return
    if (!sample.cwndLimited) {
      // §4.2, §5.8: no growth while the application holds back, nor time that would make up for it.
      this.exclude(gap)
      return
    }
    // ACKs of a flow that uses its window are never further apart than a round trip: anything longer was a pause.
    if (sample.srtt >= 0 && gap > sample.srtt) this.exclude(gap - sample.srtt)
    if (this.cwnd < this.ssthresh || (this.cwnd === this.ssthresh && !this.#course?.brought))
      this.slowStart(sample, paced)
    else this.avoid(sample)
  }

  congestion(cause: 'loss' | 'ecn', inFlight: number): void {
    const c = this.save()
    // §4.7: a window that has not reached the last plateau leaves room to whoever has come since.
    c.wMax = c.fastConvergence && this.cwnd < c.wMax ? (this.cwnd * (1 + BETA)) / 2 : this.cwnd
    this.reduce(inFlight, cause === 'ecn' ? 1 : 2)
    c.fromPlateau = false
    c.brought = true
  }

  timedOut(inFlight: number, again: boolean): void {
    if (!again) {
      this.save()
      this.reduce(inFlight, 2)
    }
    this.cwnd = this.#mss
    const c = this.ownCourse()
    c.epoch = -1
    c.fromPlateau = true
    c.brought = false
  }

  recovered(): void {
    // §4.6: an ECN echo may have brought the window down to one segment, but ssthresh stays at two.
    this.ssthresh = Math.max(this.ssthresh, 2 * this.#mss)
  }

  undo(): void {
    const c = this.ownCourse()
    const { saved } = c
    c.saved = null
    // §4.9.2: long after, a window that has grown beyond it stays.
    if (saved === null || this.cwnd >= c.cwndPrior) return
    this.cwnd = saved.cwnd
    c.cwndPrior = saved.cwndPrior
    this.ssthresh = saved.ssthresh
    c.wMax = saved.wMax
    c.k = saved.k
    c.epoch = saved.epoch
    c.wEst = saved.wEst
    c.fromPlateau = false
    c.brought = saved.cwnd >= saved.ssthresh
    this.#fraction = 0
    if (saved.initial) this.begin()
  }

  restart(restartWindow: number, now: number): void {
    this.cwnd = Math.min(this.cwnd, restartWindow)
    this.#lastAck = now
    this.#fraction = 0
    if (this.#course === null) return
    this.#course.epoch = -1
    this.#course.brought = false
  }

  segmentSize(mss: number): void {
    this.#mss = mss
    this.cwnd = Math.max(this.cwnd, mss)
  }

  /** As at the first segment. */
  private begin(): void {
    this.#initial = true
    this.#hystart = null
  }

  /** The first slow start is over, for good. */
  private endInitial(): void {
    this.#initial = false
    this.#hystart = null
  }

  private ownCourse(): Course {
    this.#course ??= new Course()
    return this.#course
  }

  private slowStart(sample: AckSample, paced: boolean): void {
    this.grow(
      this.#hystart === null
        ? slowStartGrowth(sample, this.#mss, paced)
        : this.#hystart.growth(sample.acked, this.#mss, paced),
    )
  }

  /** RFC 9406 §4.2, RFC 9438 §4.10: the delay says that the path is full; nothing was lost. */
  private leaveSlowStart(): void {
    this.endInitial()
    const c = this.ownCourse()
    this.ssthresh = c.cwndPrior = this.cwnd
    c.fromPlateau = true
    c.brought = true
  }

  /** §4.2–4.5. */
  private avoid(sample: AckSample): void {
    const c = this.ownCourse()
    if (c.epoch < 0) this.beginStage(c, sample.now)
    const t = sample.now - c.epoch
    const alpha = c.wEst >= c.cwndPrior ? 1 : ALPHA
    c.wEst += (alpha * this.#mss * sample.acked) / this.cwnd
    if (this.wCubic(c, t) < c.wEst) {
      // §4.3, the Reno-friendly region.
      this.grow(Math.min(c.wEst - this.cwnd - this.#fraction, sample.acked))
      return
    }
    const later = this.wCubic(c, t + Math.max(0, sample.srtt))
    const target = Math.min(Math.max(later, this.cwnd), 1.5 * this.cwnd)
    this.grow(((target - this.cwnd) * sample.acked) / this.cwnd)
  }

  private beginStage(c: Course, now: number): void {
    c.epoch = now
    c.wEst = this.cwnd
    this.#fraction = 0
    if (c.fromPlateau || c.wMax < this.cwnd) c.wMax = this.cwnd
    c.fromPlateau = false
    c.k = 1000 * Math.cbrt((c.wMax - this.cwnd) / (C * this.#mss))
  }

  /** W_cubic in bytes, of a time in ms. */
  private wCubic(c: Course, t: number): number {
    return C * this.#mss * ((t - c.k) / 1000) ** 3 + c.wMax
  }

  /** Figure 5. The window itself follows by PRR, whose target ssthresh is. */
  private reduce(inFlight: number, floor: number): void {
    this.endInitial()
    const c = this.ownCourse()
    c.cwndPrior = this.cwnd
    this.ssthresh = Math.max(inFlight * BETA, floor * this.#mss) | 0
    c.epoch = -1
    this.#fraction = 0
  }

  private grow(bytes: number): void {
    const sum = Math.max(0, bytes) + this.#fraction
    const whole = Math.floor(sum)
    this.#fraction = sum - whole
    this.cwnd = Math.min(this.cwnd + whole, HIGHEST)
  }

  private exclude(time: number): void {
    if (this.#course !== null && this.#course.epoch >= 0) this.#course.epoch += time
  }

  private save(): Course {
    const c = this.ownCourse()
    c.saved = {
      cwnd: this.cwnd,
      cwndPrior: c.cwndPrior,
      ssthresh: this.ssthresh,
      wMax: c.wMax,
      k: c.k,
      epoch: c.epoch,
      wEst: c.wEst,
      initial: this.#initial,
    }
    return c
  }
}
