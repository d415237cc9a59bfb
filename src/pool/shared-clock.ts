import type { Alarm, Clock } from '../base/clock.ts'
import { monotonicNow } from '../net/real-timers.ts'

/**
 * A clock of real time, with an origin that all threads can share: what is made of the time (ISNs, cookies) is the same in each.
 * @param origin a value of {@link monotonicNow}
 */
export const sharedClock = (clock: Clock, origin: number): Clock => {
  const ahead = monotonicNow() - clock.now() - origin
  return {
    ...clock,
    now: () => clock.now() + ahead,
    schedule(at, callback): Alarm {
      // The alarm goes back to that clock as it is.
      return clock.schedule(at - ahead, callback)
    },
  }
}
