import { TurnTime } from './turn-time.ts'
import type { Turn } from './turns.ts'

/** The part of an event loop that {@link ClosingTurns} need. */
export interface ClosingLoop {
  /** Calls back in the closing phase of the event loop, after its immediates. */
  closing(callback: () => void): void
  /** Has ticks and promises settle at once, without a return to the event loop; absent where that is not possible. */
  readonly settle?: (() => void) | undefined
  /** Milliseconds. */
  now(): number
}

/**
 * Turns in which a program hears that something of its own is closed. An event loop tells all that was closed before its closing
 * phase, from whichever phase that was: the last first. What is closed meanwhile it tells in the next one.
 */
export class ClosingTurns {
  readonly #loop: ClosingLoop
  readonly #time: TurnTime
  #waiting: Turn[] = []
  /** Those of the phase that is under way, the next one last. */
  #taken: Turn[] = []
  /** The event loop will call {@link #run}. */
  #asked = false
  readonly #run = () => this.#takeTurns()

  constructor(loop: ClosingLoop) {
    this.#loop = loop
    this.#time = new TurnTime(() => loop.now())
  }

  add(turn: Turn): void {
    this.#waiting.push(turn)
    this.#ask()
  }

  #ask(): void {
    if (this.#asked) return
    this.#asked = true
    this.#loop.closing(this.#run)
  }

  #takeTurns(): void {
    const { settle } = this.#loop
    this.#asked = false
    if (this.#taken.length === 0) {
      this.#taken = this.#waiting
      this.#waiting = []
    }
    this.#time.beginRound()
    let late = false
    try {
      do {
        const turn = this.#taken.pop()!
        this.#time.begin(turn)
        if (turn() === true) this.#taken.push(turn)
        settle?.()
        late = this.#time.end(turn)
      } while (settle !== undefined && this.#taken.length > 0 && !late)
    } finally {
      if (this.#taken.length + this.#waiting.length > 0) this.#ask()
    }
  }
}
