import { AckClock } from './ack-clock.ts'
import type { AckSample, CongestionControl } from './controller.ts'
import { slowStartGrowth } from './slow-start.ts'

/** Slow start and congestion avoidance of RFC 5681, with the byte counting of RFC 3465. */
export class Reno implements CongestionControl {
  readonly name = 'reno'
  readonly ownsWindow = false
  cwnd = 0
  /** Arbitrarily high at first (RFC 5681 §3.1). */
  ssthresh = 2 ** 30
  #mss = 0
  /** Bytes acknowledged in congestion avoidance since cwnd last grew. */
  #counted = 0
  /** The window and threshold that {@link undo} goes back to. */
  #priorCwnd = 0
  #priorSsthresh = 0
  /** The time of the last ACK. */
  #lastAck = 0
  /** Made by the first ACK that is stretched. */
  #clock: AckClock | null = null

  get pacingRate(): number {
    return this.#clock === null ? 0 : this.#clock.rate
  }

  start(mss: number, initialWindow: number, now: number): void {
    this.#mss = mss
    this.cwnd = initialWindow
    this.#lastAck = now
  }

  acknowledged(sample: AckSample): void {
    const stretched = AckClock.stretched(sample, sample.now - this.#lastAck, this.#mss)
    this.#lastAck = sample.now
    if (stretched) this.#clock ??= new AckClock()
    this.#grow(sample, stretched || this.pacingRate > 0)
    this.#clock?.update(sample, stretched, this.cwnd, this.ssthresh)
  }

  #grow(sample: AckSample, paced: boolean): void {
    // A window that was not used says nothing about the path (RFC 7661's point, in its simplest form).
    if (!sample.cwndLimited || sample.acked === 0) return
    if (sample.recovering && !sample.afterTimeout) return
    if (this.cwnd < this.ssthresh) {
      this.cwnd += slowStartGrowth(sample, this.#mss, paced)
      return
    }
    this.#counted += sample.acked
    if (this.#counted >= this.cwnd) {
      this.#counted -= this.cwnd
      this.cwnd += this.#mss
    }
  }

  congestion(cause: 'loss' | 'ecn', inFlight: number): void {
    this.#remember()
    // RFC 3168 §6.1.2: by ECN down to one segment; from there the timer slows it further.
    this.#reduce(inFlight, cause === 'ecn' ? 1 : 2)
  }

  timedOut(inFlight: number, again: boolean): void {
    if (!again) {
      this.#remember()
      this.#reduce(inFlight, 2)
    }
    this.cwnd = this.#mss
  }

  recovered(): void {}

  undo(): void {
    this.cwnd = Math.max(this.cwnd, this.#priorCwnd)
    this.ssthresh = Math.max(this.ssthresh, this.#priorSsthresh)
  }

  restart(restartWindow: number): void {
    this.cwnd = Math.min(this.cwnd, restartWindow)
  }

  segmentSize(mss: number): void {
    this.#mss = mss
    this.cwnd = Math.max(this.cwnd, mss)
  }

  #remember(): void {
    this.#priorCwnd = this.cwnd
    this.#priorSsthresh = this.ssthresh
  }

  /** RFC 5681 equation (4), with its floor in segments. */
  #reduce(inFlight: number, floor: number): void {
    this.ssthresh = Math.max(inFlight / 2, floor * this.#mss) | 0
    this.#counted = 0
  }
}
