import { AsyncResource } from 'node:async_hooks'
import type { Alarm, Clock } from '../base/clock.ts'

/**
 * Calls back when nothing has happened for a while. Activity costs one assignment, not a timer. It is itself the context of whoever
 * has asked for it: an http server makes two for each request, and idle ones are many.
 */
export class IdleTimer<Owner> extends AsyncResource {
  readonly #clock: Clock
  readonly #owner: Owner
  readonly #expired: (owner: Owner, timer: IdleTimer<Owner>) => void
  /** 0: it is stopped. */
  #ms: number
  #last = 0
  #alarm: Alarm | null = null

  /** @param expired the same function for all owners; it is not called in the timer's context */
  constructor(
    clock: Clock,
    ms: number,
    owner: Owner,
    expired: (owner: Owner, timer: IdleTimer<Owner>) => void,
  ) {
    super('Timeout')
    this.#clock = clock
    this.#owner = owner
    this.#expired = expired
    this.#ms = ms
    this.touch()
  }

  /** Something has happened. */
  touch(): void {
    if (this.#ms === 0) return
    this.#last = this.#clock.now()
    if (this.#alarm === null) this.schedule()
  }

  stop(): void {
    this.#ms = 0
    if (this.#alarm !== null) this.#clock.cancel(this.#alarm)
    this.#alarm = null
  }

  private schedule(): void {
    this.#alarm = this.#clock.schedule(this.#last + this.#ms, () => {
      this.#alarm = null
      if (this.#clock.now() < this.#last + this.#ms) this.schedule()
      else this.#expired(this.#owner, this)
    })
  }
}
