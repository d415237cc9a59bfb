import type { Alarm, Clock } from '../host/clock.ts'

interface NodeAlarm extends Alarm {
  readonly timer: NodeJS.Timeout
}

/** setTimeout's largest delay; a later alarm rings early, which the host's wheel does not mind. */
const LONGEST = 2 ** 31 - 1

/** Real time. Its alarms do not keep the process alive: open sockets and servers do. */
export const nodeClock: Clock = {
  now: () => performance.now(),
  schedule(at, callback): NodeAlarm {
    const delay = Math.min(LONGEST, Math.max(0, Math.ceil(at - performance.now())))
    return { at, timer: setTimeout(callback, delay).unref() }
  },
  cancel(alarm) {
    clearTimeout((alarm as NodeAlarm).timer)
  },
  defer: queueMicrotask,
}
