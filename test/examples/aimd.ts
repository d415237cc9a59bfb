import { type AckSample, type CongestionControl, registerCongestionControl } from '../../src/index.ts'

/** Additive increase by one segment a round trip, multiplicative decrease to three quarters. */
export class Aimd implements CongestionControl {
  readonly name = 'aimd'
  readonly pacingRate = 0 // no pacing
  readonly ownsWindow = false // in recovery, PRR takes the window down to ssthresh
  cwnd = 0
  ssthresh = 2 ** 30
  #mss = 0
  #before = 0

  start(mss: number, initialWindow: number): void {
    this.#mss = mss
    this.cwnd = initialWindow
  }

  acknowledged({ acked, cwndLimited, recovering, afterTimeout }: AckSample): void {
    if (!cwndLimited || (recovering && !afterTimeout)) return
    if (this.cwnd < this.ssthresh) this.cwnd += Math.min(acked, this.#mss)
    else this.cwnd += (this.#mss * acked) / this.cwnd
  }

  congestion(_cause: 'loss' | 'ecn', inFlight: number): void {
    this.#before = this.cwnd
    this.ssthresh = Math.max(0.75 * inFlight, 2 * this.#mss)
  }

  timedOut(inFlight: number, again: boolean): void {
    if (!again) this.congestion('loss', inFlight)
    this.cwnd = this.#mss
  }

  undo(): void {
    this.cwnd = Math.max(this.cwnd, this.#before)
  }

  recovered(): void {}

  restart(restartWindow: number): void {
    this.cwnd = Math.min(this.cwnd, restartWindow)
  }

  segmentSize(mss: number): void {
    this.#mss = mss
    this.cwnd = Math.max(this.cwnd, mss)
  }
}

registerCongestionControl('aimd', () => new Aimd())
