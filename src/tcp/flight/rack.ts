/** RACK: losses found by time, RFC 8985 §6. Times in ms. */
import { type Seq, seqDiff, seqGeq, seqGt, seqLt } from '../../wire/sequence.ts'
import type { Flight } from './flight.ts'
import type { Transmission } from './transmission.ts'

/** Recoveries for which a widened reordering window is kept (§6.2 step 4). */
const PERSISTENCE = 16

/** Transmissions that one look finds lost, at most: one ACK must not be much work. The next look goes on, ms later. */
const MOST_AT_ONCE = 256
const NEXT_LOOK = 1

/** By how much the reordering window has grown. */
class Widening {
  /** RACK.reo_wnd_mult: quarters of min_RTT; grows with each round in which a D-SACK tells of needless resending. */
  multiplier = 1
  persists = PERSISTENCE
  /** RACK.dsack_round: SND.NXT when the multiplier grew last. */
  round: Seq = 0
  inRound = false
}

export class Rack {
  /** True when anything was delivered yet: the state below means something. */
  valid = false
  /** RACK.xmit_ts, RACK.end_seq, RACK.rtt: of what was sent last among all that is known delivered. */
  sentAt = 0
  end: Seq = 0
  rtt = 0
  /** RACK.fack: the end of the highest range known delivered. */
  highest: Seq
  reorderingSeen = false
  /** The largest distance by which one was overtaken, segments; for status, as Linux reports it. */
  reordering = 3
  /** Made by the first D-SACK. */
  #widening: Widening | null = null

  /** @param highest where what is known delivered ends */
  constructor(highest: Seq) {
    this.highest = highest
  }

  /**
   * §6.2 steps 2 and 3: a transmission is delivered. `echo` is the timestamp that the ACK echoes less the one of the
   * transmission's time, or NaN without timestamps; `minRtt` is -1 before the first sample.
   */
  delivered(t: Transmission, now: number, minRtt: number, echo: number, mss: number): void {
    if (seqGt(t.end, this.highest)) this.highest = t.end
    else if (seqLt(t.end, this.highest) && !t.retransmitted) {
      this.reorderingSeen = true
      this.reordering = Math.max(this.reordering, Math.ceil(seqDiff(this.highest, t.seq) / mss))
    }
    const rtt = now - t.sentAt
    // Two transmissions, one delivered: not this one, if the echo is older or no packet could be so fast.
    if (t.retransmitted && (echo < 0 || (minRtt >= 0 && rtt < minRtt))) return
    this.rtt = rtt
    if (this.valid && (t.sentAt < this.sentAt || (t.sentAt === this.sentAt && !seqGt(t.end, this.end))))
      return
    this.valid = true
    this.sentAt = t.sentAt
    this.end = t.end
  }

  /** §6.2 step 4: a D-SACK has come, at SND.NXT; once in a round trip it widens the window. */
  duplicate(nxt: Seq): void {
    this.#widening ??= new Widening()
    const w = this.#widening
    if (w.inRound) return
    w.inRound = true
    w.round = nxt
    w.persists = PERSISTENCE
    w.multiplier++
  }

  /** SND.UNA has moved: the round of the last D-SACK may be over. */
  acknowledged(una: Seq): void {
    const w = this.#widening
    if (w?.inRound && seqGeq(una, w.round)) w.inRound = false
  }

  /** A recovery has ended: after sixteen without a D-SACK the window is the small one again. */
  recovered(): void {
    const w = this.#widening
    if (w !== null && --w.persists <= 0) w.multiplier = 1
  }

  /**
   * RACK.reo_wnd: how long a transmission may be overtaken before it is lost. `impatient`: in recovery, or three
   * segments are SACKed.
   */
  reorderingWindow(minRtt: number, srtt: number, impatient: boolean): number {
    if (!this.reorderingSeen && impatient) return 0
    const multiplier = this.#widening?.multiplier ?? 1
    return Math.min((multiplier * Math.max(0, minRtt)) / 4, Math.max(0, srtt))
  }

  /**
   * §6.2 step 5: marks as lost what was sent before the newest delivered transmission and is overdue. Returns how
   * long to wait for the last that may yet become so; 0 when there is none.
   */
  detect(flight: Readonly<Flight>, now: number, window: number): number {
    if (!this.valid) return 0
    const { departures } = flight
    let found = 0
    for (let t = departures.oldest; t !== null && this.sentBefore(t); t = departures.oldest) {
      if (t.sentAt + this.rtt + window - now > 0) break
      if (found++ === MOST_AT_ONCE) return NEXT_LOOK
      flight.markLost(t)
    }
    const last = departures.lastBefore(this.sentAt, this.end)
    return last === null ? 0 : Math.max(0, last.sentAt + this.rtt + window - now)
  }

  /** §6.3: after a timeout the first is lost, and what has been under way for longer than a round trip. */
  timedOut(flight: Readonly<Flight>, now: number, window: number): void {
    flight.timedOut(now - this.rtt - window)
  }

  /** RACK_sent_after(RACK.xmit_ts, RACK.end_seq, …). */
  private sentBefore(t: Transmission): boolean {
    return t.sentAt < this.sentAt || (t.sentAt === this.sentAt && !seqGeq(t.end, this.end))
  }
}

/** Shared by all connections that have had nothing delivered yet. Nothing ever changes it. */
export const NO_RACK: Readonly<Rack> = new Rack(0)
