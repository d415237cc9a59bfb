import type { AckSample, CongestionControl } from './controller.ts'

/** L of RFC 3465 §2.3: segments by which one ACK may grow the window in slow start. */
const SLOW_START_LIMIT = 2

/** Slow start and congestion avoidance of RFC 5681, with the byte counting of RFC 3465. */
export class Reno implements CongestionControl {
  readonly name = 'reno'
  readonly pacingRate = 0
  readonly ownsWindow = false
  cwnd = 0
  /** Arbitrarily high at first (RFC 5681 §3.1). */
  ssthresh = 2 ** 30
  #mss = 0
  /** Bytes acknowledged in congestion avoidance since cwnd last grew. */
  #counted = 0
  /** What {@link undo} goes back to. */
  #priorCwnd = 0
  #priorSsthresh = 0

  start(mss: number, initialWindow: number): void {
    this.#mss = mss
    this.cwnd = initialWindow
  }

  acknowledged(sample: AckSample): void {
    // A window that was not used says nothing about the path (RFC 7661's point, in its simplest form).
    if (!sample.cwndLimited || sample.acked === 0) return
    if (sample.recovering && !sample.afterTimeout) return
    if (this.cwnd < this.ssthresh) {
      // No more than was acknowledged, against ACK division; nor by a burst after a timeout (RFC 3465 §2.3).
      const limit = (sample.afterTimeout ? 1 : SLOW_START_LIMIT) * this.#mss
      this.cwnd += Math.min(sample.acked, limit)
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
