/**
 * Pacing as Linux's fq does it, by the departure time of each packet (tcp_update_skb_after_send()). Bytes and milliseconds.
 */
import type { Pacing } from '../tcp/congestion/pacing.ts'

export class LinuxPacer implements Pacing {
  /** The time at which the next packet may leave. */
  #next = Number.NEGATIVE_INFINITY
  #rate = 1
  #now = 0

  allowed(rate: number, _mss: number, now: number): number {
    this.#rate = rate
    this.#now = now
    return now >= this.#next ? Number.POSITIVE_INFINITY : 0
  }

  sent(bytes: number): void {
    const left = Math.max(this.#next, this.#now)
    const length = bytes / this.#rate
    // A packet that comes late, because the application or the window was late, makes up for half of it.
    this.#next = left + length - Math.min(length / 2, left - this.#next)
  }

  wait(): number {
    return Math.max(0, this.#next - this.#now)
  }
}
