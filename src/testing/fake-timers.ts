/** Fake timers of others, as this library moves them along. */
import { badType } from '../net/errors.ts'

/**
 * The faker of a test's timers: `mock.timers` of node:test, `vi` of vitest, `jest`, or a clock of
 *  `@sinonjs/fake-timers` (sinon's `useFakeTimers()`). They have to be enabled, setTimeout and Date among them, before
 * the network is made.
 */
export interface FakeTimers {
  /** node:test, sinon */
  tick?(ms: number): unknown
  /** sinon */
  tickAsync?(ms: number): Promise<unknown>
  nextAsync?(): Promise<unknown>
  countTimers?(): number
  /** vitest, jest */
  advanceTimersByTime?(ms: number): unknown
  advanceTimersByTimeAsync?(ms: number): Promise<unknown>
  advanceTimersToNextTimerAsync?(): Promise<unknown>
  getTimerCount?(): number
}

/** Fake timers that let promises settle between two of them. */
export interface AsyncTimers {
  advance(ms: number): Promise<unknown>
  /** Jumps to the next timer. */
  next(): Promise<unknown>
  /** Timers that are waiting. */
  count(): number
}

/** Those of them that do so, or null. */
export const asyncTimers = (t: FakeTimers): AsyncTimers | null => {
  if (t.tickAsync && t.nextAsync && t.countTimers)
    return {
      advance: ms => t.tickAsync!(ms),
      next: () => t.nextAsync!(),
      count: () => t.countTimers!(),
    }
  if (t.advanceTimersByTimeAsync && t.advanceTimersToNextTimerAsync && t.getTimerCount)
    return {
      advance: ms => t.advanceTimersByTimeAsync!(ms),
      next: () => t.advanceTimersToNextTimerAsync!(),
      count: () => t.getTimerCount!(),
    }
  return null
}

/** The one that moves fake timers along all at once. @throws TypeError ERR_INVALID_ARG_TYPE when nothing does */
export const syncTick = (t: FakeTimers): ((ms: number) => unknown) => {
  if (typeof t?.tick === 'function') return ms => t.tick!(ms)
  if (typeof t?.advanceTimersByTime === 'function') return ms => t.advanceTimersByTime!(ms)
  throw badType('options.timers', "node:test's mock.timers, vi, jest or a clock of @sinonjs/fake-timers", t)
}
