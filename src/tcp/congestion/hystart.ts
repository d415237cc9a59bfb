/**
 * HyStart++, RFC 9406: leaves the first slow start when round trips grow longer, before anything is lost. Times in ms,
 * sizes in bytes.
 */
import { type Seq, seqGeq } from '../../wire/sequence.ts'
import { UNPACED_LIMIT } from './ack-clock.ts'
import type { AckSample } from './controller.ts'

/** RFC 9406 §4.3. */
const MIN_RTT_THRESH = 4
const MAX_RTT_THRESH = 16
const MIN_RTT_DIVISOR = 8
const N_RTT_SAMPLE = 8
const CSS_GROWTH_DIVISOR = 4
const CSS_ROUNDS = 5

/** Standard slow start; conservative slow start, which verifies that the delay has come to stay; left for good. */
export type HyStartPhase = 'slow start' | 'conservative' | 'done'

/** HyStart++ of one first slow start. A loss, an ECN echo or a timeout ends it, and it does not come again (§4.3). */
export class HyStart {
  phase: HyStartPhase = 'slow start'
  /** windowEnd: acknowledged, the round is over. */
  #windowEnd: Seq = 0
  #started = false
  /** Null before the second round: unlike a number that need not be whole, that takes no memory of its own. */
  #lastRoundMinRtt: number | null = null
  #currentRoundMinRtt = Number.POSITIVE_INFINITY
  #samples = 0
  /** In conservative slow start. */
  #baseline: number | null = null
  /** Rounds of conservative slow start that are over, the partial first one included. */
  #rounds = 0

  /** Takes the delay that an ACK shows (§4.2). Afterwards {@link phase} is 'done' when slow start is over. */
  observe(sample: AckSample): void {
    if (this.phase === 'done' || this.countRound(sample) || sample.rtt < 0) return
    this.#currentRoundMinRtt = Math.min(this.#currentRoundMinRtt, sample.rtt)
    this.#samples++
    if (this.#samples < N_RTT_SAMPLE) return
    if (this.phase === 'slow start') {
      const last = this.#lastRoundMinRtt
      if (last === null) return
      const threshold = Math.max(MIN_RTT_THRESH, Math.min(last / MIN_RTT_DIVISOR, MAX_RTT_THRESH))
      if (this.#currentRoundMinRtt < last + threshold) return
      this.#baseline = this.#currentRoundMinRtt
      this.#rounds = 0
      this.phase = 'conservative'
    } else if (this.#currentRoundMinRtt < this.#baseline!) {
      this.#baseline = null
      this.phase = 'slow start'
    }
  }

  /** By how much an ACK of `acked` bytes lets the window grow; may be fractional. */
  growth(acked: number, mss: number, paced: boolean): number {
    const bytes = paced ? acked : Math.min(acked, UNPACED_LIMIT * mss)
    return this.phase === 'conservative' ? bytes / CSS_GROWTH_DIVISOR : bytes
  }

  /** Says whether it was the last. */
  private countRound(sample: AckSample): boolean {
    if (!this.#started) {
      this.#started = true
      this.#windowEnd = sample.nxt
      return false
    }
    if (!seqGeq(sample.una, this.#windowEnd)) return false
    this.#windowEnd = sample.nxt
    this.#lastRoundMinRtt = this.#currentRoundMinRtt
    this.#currentRoundMinRtt = Number.POSITIVE_INFINITY
    this.#samples = 0
    if (this.phase === 'conservative' && ++this.#rounds >= CSS_ROUNDS) this.phase = 'done'
    return this.phase === 'done'
  }
}
