import type { Alarm, Clock } from '../base/clock.ts'
import { nodeClock } from '../net/node-clock.ts'
import { monotonicNow } from '../net/real-timers.ts'

/**
 * Node's clock, with an origin that all threads can share: what is made of the time (ISNs, cookies) is the same in each.
 * @param origin a value of {@link monotonicNow}
 */
export const sharedClock = (origin: number): Clock => {
  const ahead = monotonicNow() - nodeClock.now() - origin
  return {
    ...nodeClock,
    now: () => nodeClock.now() + ahead,
    schedule(at, callback): Alarm {
      // The alarm goes back to Node's clock as it is.
      return nodeClock.schedule(at - ahead, callback)
    },
  }
}
