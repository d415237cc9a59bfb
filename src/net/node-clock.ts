import type { Alarm, Clock } from '../base/clock.ts'
import { Turns } from '../base/turns.ts'
import { alone, beforePoll } from '../link/alone.ts'
import { whenClosing } from '../link/closing.ts'
import { soon, wakeUp } from '../link/wake-up.ts'
import {
  clearImmediate,
  clearTimeout,
  LONGEST_DELAY,
  queueMicrotask,
  realNow,
  setImmediate,
  setTimeout,
  settle,
} from './real-timers.ts'

interface NodeAlarm extends Alarm {
  readonly timer: NodeJS.Timeout | NodeJS.Immediate
}

/** Turns on Node's event loop, which take as long as `now` (ms) says. */
const turnsBy = (now: () => number): Turns =>
  new Turns({
    task: soon,
    wakeUp,
    immediate: setImmediate,
    closing: whenClosing,
    microtask: queueMicrotask,
    settle,
    alone,
    beforePoll,
    now,
  })

/** The turns of all stacks in real time. */
const turns = turnsBy(realNow)

/** Real time, whatever a test fakes. Its alarms do not keep the process alive: open sockets and servers do. */
export const nodeClock: Clock = {
  now: realNow,
  schedule(at, callback): NodeAlarm {
    // A later alarm rings early, which the host's wheel does not mind.
    const delay = Math.min(LONGEST_DELAY, Math.ceil(at - realNow()))
    // Timers that are due fire with the next turn of the event loop, not a millisecond later as with setTimeout.
    // (An immediate without a ref would wait for something else to wake the loop.)
    return { at, timer: delay <= 0 ? setImmediate(callback) : setTimeout(callback, delay).unref() }
  },
  cancel(alarm) {
    const { timer } = alarm as NodeAlarm
    if ('refresh' in timer) clearTimeout(timer)
    else clearImmediate(timer)
  },
  defer: turns.defer,
  turn: turns.turn,
  meanwhile: turns.meanwhile,
  takesRests: true,
  timesTurns: true,
}

/** Real time, but for turns: those take as long as `now` (ms) says. For tests, which no load may interrupt. */
export const clockWithTurns = (now: () => number): Clock => {
  const { turn, defer, meanwhile } = turnsBy(now)
  return { ...nodeClock, turn, defer, meanwhile }
}
