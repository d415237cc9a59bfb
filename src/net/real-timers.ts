import { throwUncaught } from '../link/uncaught.ts'

/**
 * The timers of the process as they were when this was loaded. A stack in real time lives by these: a test that fakes
 * the global ones (node:test, sinon, vitest, jest) no more stops a stack than it stops a kernel.
 */
export const {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate,
  queueMicrotask,
} = globalThis

export const { nextTick } = process

/** The largest delay that setTimeout and setInterval take, ms. */
export const LONGEST_DELAY = 2 ** 31 - 1

const runTicks = (process as { _tickCallback?: () => void })._tickCallback

const settleOnce = (): void => {
  try {
    runTicks!()
  } catch (error) {
    // Node cleans up after a tick that throws when its exception is reported, and aborts when the call ends before. The ticks that
    // are left come after the next call, as after one of libuv's.
    throwUncaught(error)
  }
}

/**
 * Has ticks and promises settle as Node does between two immediates, and reports their exceptions; undefined where Node has not this
 * old name (it is not documented): then each turn is a callback of the event loop's, which costs more and comes to the same.
 */
export const settle: (() => void) | undefined = runTicks === undefined ? undefined : settleOnce

const { performance } = globalThis

/** Milliseconds of real time, never going back. */
export const realNow: () => number = performance.now.bind(performance)

const nanoseconds = process.hrtime.bigint

/** Milliseconds of the machine's monotonic clock, the same in all threads: {@link realNow} has an origin for each. */
export const monotonicNow = (): number => Number(nanoseconds()) / 1e6
