import type { Alarm, Clock } from '../base/clock.ts'

/** Calls back when nothing has happened for a while. Activity costs one assignment, not a timer. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #callback: () => void
  #ms = 0
  #last = 0
  #alarm: Alarm | null = null

  constructor(clock: Clock, callback: () => void) {
    this.#clock = clock
    this.#callback = callback
  }

  /** Begins anew with this many milliseconds; 0 stops it. */
  set(ms: number): void {
    this.stop()
    this.#ms = ms
    this.touch()
  }

  /** Something has happened. */
  touch(): void {
    if (this.#ms === 0) return
    this.#last = this.#clock.now()
    if (this.#alarm === null) this.#schedule()
  }

  stop(): void {
    this.#ms = 0
    if (this.#alarm !== null) this.#clock.cancel(this.#alarm)
    this.#alarm = null
  }

  #schedule(): void {
    this.#alarm = this.#clock.schedule(this.#last + this.#ms, () => {
      this.#alarm = null
      if (this.#clock.now() < this.#last + this.#ms) this.#schedule()
      else this.#callback()
    })
  }
}
