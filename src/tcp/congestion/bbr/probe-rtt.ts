/** ProbeRTT: BBR lets its queue drain from time to time, to see the round trip without it. */
import type { AckSample } from '../controller.ts'
import { type BbrBlock, INFINITE } from './block.ts'

/** BBR.ProbeRTTDuration, ms. */
const DURATION = 200

export class ProbeRtt {
  readonly #bbr: BbrBlock
  /** The end of the time that the low window is held, ms; infinite while the low window is not yet reached. */
  #doneAt = INFINITE
  #roundDone = false
  /** Samples of what was sent up to here count as limited by the application: ProbeRTT held them back. */
  #ignoredUntil = -1

  constructor(bbr: BbrBlock) {
    this.#bbr = bbr
  }

  /** Returns whether a sample is of the time when ProbeRTT held sending back. */
  heldBack(sample: AckSample): boolean {
    return sample.priorDelivered <= this.#ignoredUntil
  }

  start(): void {
    this.#bbr.state = 'ProbeRTT'
    this.#doneAt = INFINITE
    this.#bbr.model.startRound()
  }

  /** HandleProbeRTT. @returns whether it is over */
  update(sample: AckSample): boolean {
    const { model, probeRttCwnd } = this.#bbr
    this.#ignoredUntil = sample.totalDelivered + sample.inFlight
    if (this.#doneAt === INFINITE) {
      if (sample.inFlight > probeRttCwnd) return false
      this.#doneAt = sample.now + DURATION
      this.#roundDone = false
      model.startRound()
      return false
    }
    if (model.roundStart) this.#roundDone = true
    return this.#roundDone && this.isOver(sample.now)
  }

  /** Returns whether the low window was held for long enough. */
  isOver(now: number): boolean {
    return now > this.#doneAt
  }
}
