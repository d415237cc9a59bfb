import type { CongestionControl } from './controller.ts'

/** Slow start and congestion avoidance of RFC 5681, with byte counting. */
export class NewReno implements CongestionControl {
  readonly name = 'newreno'
  cwnd = 0
  /** Arbitrarily high at first (RFC 5681 §3.1). */
  ssthresh = 2 ** 30
  #mss = 0
  /** Bytes acknowledged in congestion avoidance since cwnd last grew. */
  #counted = 0

  start(mss: number, initialWindow: number): void {
    this.#mss = mss
    this.cwnd = initialWindow
  }

  acknowledged(bytes: number, limited: boolean): void {
    // A window that was not used says nothing about the path (RFC 7661's point, in its simplest form).
    if (!limited) return
    if (this.cwnd < this.ssthresh) {
      // Equation (2): at most one SMSS an ACK, and no more than it acknowledges (against ACK division).
      this.cwnd += Math.min(bytes, this.#mss)
      return
    }
    this.#counted += bytes
    if (this.#counted >= this.cwnd) {
      this.#counted -= this.cwnd
      this.cwnd += this.#mss
    }
  }

  lost(inFlight: number): void {
    this.ssthresh = Math.max(inFlight / 2, 2 * this.#mss) | 0
    this.#counted = 0
  }

  timedOut(inFlight: number, again: boolean): void {
    if (!again) this.lost(inFlight)
    this.cwnd = this.#mss
    this.#counted = 0
  }

  idle(initialWindow: number): void {
    this.cwnd = Math.min(this.cwnd, initialWindow)
  }

  segmentSize(mss: number): void {
    this.#mss = mss
  }
}
