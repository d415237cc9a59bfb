/**
 * The clock that ACKs give a sender, and what stands in for it where the path passes few of them: a modem that keeps only
 * the newest of those that wait for its turn to send, a wireless link that saves air time. One ACK then lets a large part
 * of a window go. Sizes in bytes, times in ms.
 */
import type { AckSample } from './controller.ts'

/** L of senders that do not pace (RFC 9406 §4.3): segments of one ACK that may leave in one go. */
export const UNPACED_LIMIT = 8

/**
 * ACKs that are no further apart are a clock still, however much each says: of a fast path, whose receiver joins
 * segments.
 */
const FINE = 2
/** There is nothing to spread over a round trip this short: timers are hardly finer. */
const SHORT_ROUND_TRIP = 4

/**
 * The pacing rate in windows a round trip: in slow start, which sends two for each that is acknowledged, and later (as
 * Linux).
 */
const SLOW_START_GAIN = 2
const AVOIDANCE_GAIN = 1.2

/** Windows that are acknowledged finely before the ACKs are gone by again. */
const WINDOWS = 2

/** Finds stretched ACKs, and says how fast to send as long as they come. */
export class AckClock {
  /** Bytes per ms; 0: the ACKs come often enough. */
  rate = 0
  /** Delivered since the last ACK that was stretched. */
  #fine = 0

  /** Returns whether an ACK, `gap` after the one before, lets so much go at once that it has to be spread. */
  static stretched(sample: AckSample, gap: number, mss: number): boolean {
    return sample.delivered > UNPACED_LIMIT * mss && gap > FINE && sample.srtt > SHORT_ROUND_TRIP
  }

  /** An ACK has come; the window is what it has made of it. */
  update(sample: AckSample, stretched: boolean, cwnd: number, ssthresh: number): void {
    this.#fine = stretched ? 0 : this.#fine + sample.delivered
    if (this.#fine > WINDOWS * cwnd || sample.srtt <= SHORT_ROUND_TRIP) {
      this.rate = 0
      return
    }
    const gain = cwnd < ssthresh ? SLOW_START_GAIN : AVOIDANCE_GAIN
    this.rate = (gain * Math.max(cwnd, sample.inFlight)) / sample.srtt
  }
}
