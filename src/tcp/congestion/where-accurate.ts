/** A controller for connections whose peer tells how much was marked, with another for those whose peer does not. */
import type { AckSample, CongestionControl, EcnFeedback } from './controller.ts'
import type { Pacing } from './pacing.ts'

/**
 * DCTCP and Prague know nothing where the feedback is of the classic kind, or none (RFC 9331 §4.2): there the connection is
 * one of a classic controller's, and its packets are not marked as anything else.
 */
export class WhereAccurate implements CongestionControl {
  readonly name: string
  readonly #accurate: () => CongestionControl
  readonly #classic: () => CongestionControl
  #feedback: EcnFeedback | null = null
  #control: CongestionControl

  constructor(name: string, accurate: () => CongestionControl, classic: () => CongestionControl) {
    this.name = name
    this.#accurate = accurate
    this.#classic = classic
    this.#control = classic()
  }

  get cwnd(): number {
    return this.#control.cwnd
  }
  set cwnd(bytes: number) {
    this.#control.cwnd = bytes
  }
  get ssthresh(): number {
    return this.#control.ssthresh
  }
  set ssthresh(bytes: number) {
    this.#control.ssthresh = bytes
  }
  get pacingRate(): number {
    return this.#control.pacingRate
  }
  get ownsWindow(): boolean {
    return this.#control.ownsWindow
  }
  get gradual(): boolean {
    return this.#control.gradual === true
  }
  get l4s(): boolean {
    return this.#control.l4s === true
  }

  pacer(): Pacing | undefined {
    return this.#control.pacer?.()
  }

  start(mss: number, initialWindow: number, now: number, feedback: EcnFeedback): void {
    if (feedback !== this.#feedback)
      this.#control = feedback === 'accurate' ? this.#accurate() : this.#classic()
    this.#feedback = feedback
    this.#control.start(mss, initialWindow, now, feedback)
  }

  acknowledged(sample: AckSample): void {
    this.#control.acknowledged(sample)
  }
  congestion(cause: 'loss' | 'ecn', inFlight: number, now: number): void {
    this.#control.congestion(cause, inFlight, now)
  }
  timedOut(inFlight: number, again: boolean, now: number): void {
    this.#control.timedOut(inFlight, again, now)
  }
  recovered(now: number): void {
    this.#control.recovered(now)
  }
  undo(now: number): void {
    this.#control.undo(now)
  }
  restart(restartWindow: number, now: number): void {
    this.#control.restart(restartWindow, now)
  }
  segmentSize(mss: number): void {
    this.#control.segmentSize(mss)
  }
}
