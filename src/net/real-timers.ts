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

const { performance } = globalThis

/** Milliseconds of real time, never going back. */
export const realNow: () => number = performance.now.bind(performance)
