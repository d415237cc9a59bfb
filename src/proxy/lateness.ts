/**
 * The times of answers to packets that came late. Alarms of real time ring some tenths of a millisecond after their time, and a
 * host has a turn before it answers: counted from the answer, each round trip would be so much longer, and a transfer that
 * losses slow down so much slower. An answer is therefore sent when the packet was due that it answers.
 */
import type { Clock } from '../base/clock.ts'

/** The lateness that is made up for at most, ms: a process that stood still does not run after its time. */
const MOST = 2

export class Lateness {
  readonly #clock: Clock
  /** The hosts'. */
  readonly #turns: Clock
  #due: number | null = null
  #last = Number.NEGATIVE_INFINITY

  /**
   * @param clock by which packets are due
   * @param turns by which hosts answer
   */
  constructor(clock: Clock, turns: Clock) {
    this.#clock = clock
    this.#turns = turns
  }

  /** Delivers packets, the last of which was due then (ms): what their host says in this turn, and in the one that it defers, is the answer. */
  deliver(due: number, deliver: () => void): void {
    this.#due = due
    try {
      deliver()
    } finally {
      this.#turns.defer(() => {
        if (this.#due === due) this.#due = null
      })
    }
  }

  /** The time at which a packet that is sent now is sent, ms: not before the one that was sent last. */
  get sentAt(): number {
    const now = this.#clock.now()
    const at = this.#due === null ? now : Math.max(Math.min(now, this.#due), now - MOST)
    this.#last = Math.max(this.#last, at)
    return this.#last
  }
}
