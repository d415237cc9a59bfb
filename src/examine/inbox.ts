/** Segments of one connection that have come, in order, until the check looks at them. */
import type { Clock } from '../base/clock.ts'
import type { Heard } from './heard.ts'

/** After a time is over, what has come by then is still heard, ms. */
const LATE = 5

export class Inbox {
  readonly #clock: Clock
  readonly #waiting: Heard[] = []
  #wake: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  push(heard: Heard): void {
    this.#waiting.push(heard)
  }

  /** Something has come, be it for nobody's eyes: whoever waits looks again. */
  stir(): void {
    this.#wake?.()
  }

  clear(): void {
    this.#waiting.length = 0
  }

  /** The next segment, or null at `until`; with `any`, null also after text that was taken aside. */
  async take(until: number, any = false): Promise<Heard | null> {
    while (this.#waiting.length === 0 && this.#clock.now() < until) {
      const woken = await this.#arrival(until)
      if (any && woken) break
    }
    return this.#waiting.shift() ?? null
  }

  /** Until something arrives, or until then; says which. */
  #arrival(until: number): Promise<boolean> {
    const clock = this.#clock
    return new Promise(resolve => {
      const end = (arrived: boolean): void => {
        this.#wake = null
        clock.cancel(alarm)
        resolve(arrived)
      }
      // A process that was held up hears its clock first: packets that wait are read before the time is over.
      let alarm = clock.schedule(until, () => {
        alarm = clock.schedule(clock.now() + LATE, () => end(false))
      })
      this.#wake = () => end(true)
    })
  }
}
