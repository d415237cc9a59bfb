import type { Turn } from './turns.ts'

/** A turn that takes longer than this keeps others from theirs, ms. */
export const LONG = 1

/** A turn of which its round counts the time, as peers may make it long, and that cannot be made shorter. */
export const timed = (turn: Turn): Turn => Object.assign(() => turn(), { tookLong() {} })

/** After so many ms of what peers have sent, a round lets the event loop look for packets, and goes on in the next one. */
const LONGEST_ROUND = 10

/** The time that turns take which peers may make long: those that have {@link Turn.tookLong}. */
export class TurnTime {
  readonly #now: () => number
  #spent = 0
  #began = 0

  /** @param now the time, ms */
  constructor(now: () => number) {
    this.#now = now
  }

  beginRound(): void {
    this.#spent = 0
  }

  begin(turn: Turn | undefined): void {
    if (turn?.tookLong !== undefined) this.#began = this.#now()
  }

  /** Tells a turn that it took long. Returns true when the round has, too. */
  end(turn: Turn | undefined): boolean {
    if (turn?.tookLong === undefined) return false
    const took = this.#now() - this.#began
    if (took > LONG) turn.tookLong(took)
    this.#spent += took
    return this.#spent > LONGEST_ROUND
  }
}
