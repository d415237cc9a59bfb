import type { Transmission } from './transmission.ts'

const SACKED = 1
const LOST = 2
const RETRANSMITTED = 4
const BITS = 3

/**
 * The flight in segments of one size, as TCP_INFO tells it: kept up to date from the first time that somebody asks,
 * so that to ask again takes no time however much is in flight. A transmission notes what it counts as.
 */
export class SegmentCounts {
  readonly mss: number
  /** In flight or lost; of them SACKed, lost, and sent again and under way. */
  unacked = 0
  sacked = 0
  lost = 0
  retransmitted = 0

  constructor(mss: number) {
    this.mss = mss
  }

  /** Counts a transmission as it is now. */
  update(t: Transmission): void {
    this.forget(t)
    const segments = Math.max(1, Math.ceil(t.length / this.mss))
    t.counted =
      (segments << BITS) |
      (t.sacked ? SACKED : t.lost ? LOST : 0) |
      (t.retransmitted && t.underWay ? RETRANSMITTED : 0)
    this.#add(t.counted, segments)
  }

  /** It is in flight no more. */
  forget(t: Transmission): void {
    if (t.counted !== 0) this.#add(t.counted, -(t.counted >> BITS))
    t.counted = 0
  }

  #add(counted: number, segments: number): void {
    this.unacked += segments
    if (counted & SACKED) this.sacked += segments
    if (counted & LOST) this.lost += segments
    if (counted & RETRANSMITTED) this.retransmitted += segments
  }
}
