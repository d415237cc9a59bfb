/** α of RFC 8257 §3.3: the share of bytes that routers mark, round trip by round trip, as a moving average. */
import { type Seq, seqGeq } from '../../wire/sequence.ts'
import type { AckSample } from './controller.ts'

/** g (RFC 8257 §4.2): what one round trip counts in the average. */
const GAIN = 1 / 16

export class MarkedShare {
  /** 0 to 1. The first mark of a path finds the highest (§3.3: "initialized to a value of 1"). */
  value = 1
  #seen = false
  #delivered = 0
  #marked = 0
  #roundEnd: Seq | null = null
  #updatedAt = 0

  /** Returns whether a round trip is over. The average moves then, unless the last time is less than `apart` ms ago. */
  update(sample: AckSample, apart: number): boolean {
    this.#delivered += sample.delivered
    this.#marked += Math.min(sample.marked, sample.delivered)
    if (sample.markedPackets > 0) this.#seen = true
    if (this.#roundEnd === null) {
      this.#roundEnd = sample.nxt
      this.#updatedAt = sample.now
    }
    if (!seqGeq(sample.una, this.#roundEnd)) return false
    this.#roundEnd = sample.nxt
    if (sample.now - this.#updatedAt < apart) return true
    this.#updatedAt = sample.now
    // Without a mark so far there may be no router that marks: the first one is to be taken for congestion.
    if (this.#seen && this.#delivered > 0) this.value += GAIN * (this.#marked / this.#delivered - this.value)
    this.#delivered = 0
    this.#marked = 0
    return true
  }
}
