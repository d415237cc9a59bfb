/** The passing of time in a test network. */
import type { Alarm, Clock } from '../base/clock.ts'
import { Turns } from '../base/turns.ts'
import { alone } from '../link/alone.ts'
import { whenClosing } from '../link/closing.ts'
import { invalidState } from '../net/errors.ts'
import { fineClock } from '../net/fine-clock.ts'
import { nodeClock } from '../net/node-clock.ts'
import {
  nextTick,
  queueMicrotask,
  setImmediate as realImmediate,
  setTimeout as realTimeout,
} from '../net/real-timers.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { type AsyncTimers, asyncTimers, type FakeTimers, syncTick } from './fake-timers.ts'

export interface NetworkTime {
  readonly clock: Clock
  /** The same time, by which packets arrive; default {@link clock}. */
  readonly linkClock?: Clock
  /** Lets `ms` pass. @throws Error ERR_INVALID_STATE in real time */
  advance(ms: number): Promise<void>
  /** Lets everything settle that is ready to; no time passes. */
  settle(): Promise<void>
  /** Lets the next thing happen, at `until` (ms on the clock) at the latest; false when nothing is left to happen. */
  step(until: number): Promise<boolean>
}

const oneTurn = (): Promise<void> => new Promise(resolve => realImmediate(resolve))

/** Until what is ready to run has run, and what that has made ready: streams and sockets take two turns at most. */
const turn = (): Promise<void> => oneTurn().then(oneTurn)

export const realTime = (): NetworkTime => ({
  clock: nodeClock,
  linkClock: fineClock,
  advance() {
    throw invalidState("time is real in this network; createNetwork({ time: 'virtual' }) has one to advance")
  },
  settle: turn,
  step: () => new Promise(resolve => realTimeout(() => resolve(true), 1)),
})

/** Time that passes when it is told to, and in no other way. */
export const virtualTime = (): NetworkTime => {
  const clock = new VirtualClock({ alone, closing: whenClosing })
  return {
    clock,
    advance: ms => clock.runAsync(clock.now() + ms, undefined, turn),
    settle: turn,
    async step(until) {
      if (clock.nextAt === Number.POSITIVE_INFINITY) return false
      if (!(await clock.stepAsync(until))) clock.pass(until)
      return true
    },
  }
}

/**
 * Virtual time, and fake timers that pass with it. They cannot be asked when the next one is due, and run all that
 * is due without a pause in between; so they go ahead by `grain` ms at most before the network follows.
 */
export const steppedTime = (timers: FakeTimers, grain: number): NetworkTime => {
  const clock = new VirtualClock({ alone, closing: whenClosing })
  const tick = syncTick(timers)
  /** Whole milliseconds that the timers have been told of. */
  let told = 0
  const advanceTo = async (target: number): Promise<void> => {
    await turn()
    while (clock.now() < target || clock.nextAt <= target) {
      // A fake timer fires at the network's time: neither may be behind.
      clock.pass(Math.min(target, clock.now() + grain))
      const whole = Math.floor(clock.now()) - told
      told += whole
      if (whole > 0) tick(whole)
      if (clock.nextAt <= clock.now()) await clock.runAsync(clock.now(), undefined, turn)
      else await oneTurn()
    }
  }
  return {
    clock,
    advance: ms => advanceTo(clock.now() + ms),
    settle: turn,
    async step(until) {
      await advanceTo(Math.min(until, clock.now() + grain))
      // Nobody can tell whether a fake timer is waiting.
      return true
    },
  }
}

/**
 * A network that lives by the fake timers themselves: whoever moves them along moves it. For those that let promises
 * settle in between.
 */
export const followingTime = (timers: AsyncTimers): NetworkTime => {
  const now = () => globalThis.Date.now()
  const turns = new Turns({
    task: whenSettled,
    wakeUp: () => null,
    immediate: whenSettled,
    closing: whenSettled,
    microtask: queueMicrotask,
    now: () => clock.now(),
  })
  let latest = now()
  const clock: Clock = {
    // A test that sets the date back does not turn back time.
    now: () => (latest = Math.max(latest, now())),
    schedule(at, callback) {
      const delay = Math.max(0, Math.ceil(at - clock.now()))
      return { at, timer: globalThis.setTimeout(callback, delay) } as Alarm
    },
    cancel: alarm => globalThis.clearTimeout((alarm as Alarm & { timer: NodeJS.Timeout }).timer),
    defer: turns.defer,
    turn: turns.turn,
    takesRests: true,
  }
  return {
    clock,
    async advance(ms) {
      await turn()
      await timers.advance(ms)
      await turn()
    },
    settle: turn,
    async step() {
      if (timers.count() === 0) return false
      await timers.next()
      return true
    },
  }
}

/** Ticks that ask for promises that ask for ticks, and so on: deeper than this nobody does. */
const SETTLED = 8

/**
 * Calls back when ticks and promises have settled. Fake timers wait for nothing else between two of them: what comes a turn
 * of the event loop later may come after the next one.
 */
const whenSettled = (callback: () => void, cycles = SETTLED): void => {
  if (cycles === 0) callback()
  else queueMicrotask(() => nextTick(whenSettled, callback, cycles - 1))
}

/** @throws TypeError ERR_INVALID_ARG_TYPE for what are no fake timers */
export const timeWith = (timers: FakeTimers, grain: number): NetworkTime => {
  const follow = timers === null || timers === undefined ? null : asyncTimers(timers)
  return follow === null ? steppedTime(timers, grain) : followingTime(follow)
}
