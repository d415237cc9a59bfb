/** As much of vitest and of jest as the examples use: their fake timers are those of sinon here as there. */
import assert from 'node:assert/strict'
import FakeTimers, { type FakeMethod } from '@sinonjs/fake-timers'

type InstalledClock = ReturnType<typeof FakeTimers.install>

export { afterEach, beforeEach, test } from 'node:test'

export const expect = (actual: unknown) => ({
  toEqual: (expected: unknown) => assert.deepEqual(actual, expected),
})

/** @param real what they leave alone unless they are told otherwise */
const timersOf = (real: FakeMethod[]) => {
  let clock: InstalledClock | null = null
  const faked = (): InstalledClock => clock ?? assert.fail('timers are not faked')
  return {
    useFakeTimers() {
      clock = FakeTimers.install({ toNotFake: real })
    },
    useRealTimers() {
      faked().uninstall()
      clock = null
    },
    advanceTimersByTime: (ms: number) => faked().tick(ms),
    advanceTimersByTimeAsync: (ms: number) => faked().tickAsync(ms),
    advanceTimersToNextTimerAsync: () => faked().nextAsync(),
    getTimerCount: () => faked().countTimers(),
  }
}

export const vi = timersOf(['nextTick', 'queueMicrotask'])
// jest fakes those of its sandbox, which Node's own streams know nothing of.
export const jest = timersOf(['nextTick', 'queueMicrotask'])
