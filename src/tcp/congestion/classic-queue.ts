/**
 * Finds out by the round trip whether the queue that marks is one for classic traffic: RFC 9331 §4.3 asks a scalable sender to
 * watch for it, and to leave room for Reno-friendly flows there. The score is that of Briscoe and Ahmed ("TCP Prague Fall-back on
 * Detection of a Classic ECN AQM"): a classic queue is deep and its depth varies, an L4S one is marked before it is either.
 */
import { type Seq, seqGeq } from '../../wire/sequence.ts'
import type { AckSample } from './controller.ts'

/** The depth and the variation that speak for neither kind, ms: an L4S queue stays below, a classic one above. */
const DEPTH = 2
const VARIATION = 0.75
/** The weight of a doubling of each, for one round trip. */
const WEIGHT = 0.5
/** The least that either may say: of a queue that is as good as empty, or as steady as a clock. */
const LEAST = -2
/** The score is kept within these bounds, so that a path that changes is seen to. */
const LOWEST = -16
const HIGHEST = 16
/** The weight of one sample in the mean deviation. */
const GAIN = 1 / 8

export class ClassicQueue {
  #score = LOWEST / 4
  #rtt = -1
  #variation = 0
  #marked = false
  #limited = false
  #roundEnd: Seq | null = null

  /** The part of the queue that is classic: 0 for an L4S one, 1 for a classic one, between them while it is not certain. */
  get share(): number {
    return Math.min(1, Math.max(0, this.#score))
  }

  /** Takes an ACK. Round trips without a mark, or of a sender that had little to send, say nothing. */
  update(sample: AckSample): void {
    if (sample.rtt >= 0) {
      if (this.#rtt >= 0) this.#variation += GAIN * (Math.abs(sample.rtt - this.#rtt) - this.#variation)
      this.#rtt = sample.rtt
    }
    if (sample.markedPackets > 0) this.#marked = true
    if (sample.cwndLimited) this.#limited = true
    this.#roundEnd ??= sample.nxt
    if (!seqGeq(sample.una, this.#roundEnd)) return
    this.#roundEnd = sample.nxt
    // A path that has become longer shows it in the smoothed round trip later than in the smallest one.
    if (this.#marked && this.#limited && sample.minRtt >= 0)
      this.#judge(Math.max(0, sample.srtt - sample.minRtt))
    this.#marked = false
    this.#limited = false
  }

  #judge(depth: number): void {
    const says = (value: number, neither: number): number =>
      WEIGHT * Math.max(LEAST, Math.log2(value / neither))
    this.#score += says(depth, DEPTH) + says(this.#variation, VARIATION)
    this.#score = Math.min(HIGHEST, Math.max(LOWEST, this.#score))
  }
}
