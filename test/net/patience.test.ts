/** Patience with somebody who has yet to answer. */
import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { patiently } from '../../src/net/patience.ts'

test('it ends by itself, once', async t => {
  let times = 0
  await new Promise<void>(resolve =>
    patiently(20, () => {
      times++
      resolve()
    }),
  )
  t.is(times, 1)
  await new Promise<void>(resolve => patiently(0, resolve))
  t.is(times, 1)
})

test('where the process stood still, an answer that waits is read first; called off, it does not end', async t => {
  // Among immediates: timers come next.
  await setImmediate()
  const callOff = patiently(100, () => t.fail())
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
  await setImmediate()
  callOff()
  await new Promise<void>(resolve => patiently(110, resolve))
  t.pass()
})
