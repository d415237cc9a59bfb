import { type Seq, seqGeq } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'

/**
 * The part of the congestion window that the last flight used: a window that is not used may not grow (RFC 7661). As
 * Linux's tcp_cwnd_validate() does; it speaks of a flight, not of the last moment alone.
 */
export class WindowUsage {
  #limited = false
  /** Most bytes in flight. */
  #most = 0
  /** An acknowledgment of this says that another flight has begun. */
  #until: Seq = 0

  /** Nothing has left that is not acknowledged. */
  begin(una: Seq): void {
    this.#limited = false
    this.#most = 0
    this.#until = una
  }

  /** Text has left. */
  sent(c: Connection): void {
    const limited = c.windowLimited || c.flight.underWay + c.snd.mss > c.congestion.cwnd
    const { inFlight } = c
    if (!seqGeq(c.snd.una, this.#until) && !limited && (this.#limited || inFlight <= this.#most)) return
    this.#limited = limited
    this.#most = inFlight
    this.#until = c.snd.nxt
  }

  /** Returns whether the window was what held sending back, or, in slow start, more than half of it was used. */
  limited(c: Connection): boolean {
    const { cwnd, ssthresh } = c.congestion
    return this.#limited || (cwnd < ssthresh && cwnd < 2 * this.#most)
  }
}
