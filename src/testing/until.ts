import { setTimeout } from '../net/real-timers.ts'
import type { NetworkTime } from './time.ts'

/** The time (ms of real time, in steps) that {@link until} waits for files, look-ups and the like. */
const PATIENCE = 1000
const PATIENCE_STEP = 5

/**
 * The value of a promise, with virtual time passing for as long as it takes.
 * @param within ms of virtual time at most
 * @param failure makes the error for when that is over, or when nothing is left to happen that could settle it
 */
export const until = async <T>(
  promise: PromiseLike<T>,
  time: NetworkTime,
  within: number,
  failure: (what: string) => Error,
): Promise<T> => {
  const deadline = time.clock.now() + within
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  for (let idle = 0; ; ) {
    await time.settle()
    if (settled) return await promise
    if (time.clock.now() >= deadline) throw failure(`still waiting after ${within} ms of virtual time`)
    if (await time.step(deadline)) idle = 0
    else if (idle++ * PATIENCE_STEP >= PATIENCE) throw failure('still waiting, and nothing is left to happen')
    else await new Promise(resolve => setTimeout(resolve, PATIENCE_STEP))
  }
}
