import test from 'ava'
import { Scheduler } from '../../src/host/scheduler.ts'
import type { Internet } from '../../src/ip/internet.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

test('timers that fall due together fire in several beats, in order and at their time', t => {
  const clock = new VirtualClock()
  const beats: number[][] = [[]]
  const scheduler = new Scheduler(clock, {
    expire: timer => beats.at(-1)!.push(timer.deadline),
    flush: () => void beats.push([]),
    flushText: () => {},
    allocate: bytes => new Uint8Array(bytes),
    telling: () => {},
    told: () => {},
    report: t.fail,
  })
  const owner = {} as Internet
  for (let i = 0; i < 3000; i++) scheduler.arm(scheduler.newTimer(owner, 'reassembly'), i % 3 === 0 ? 49 : 50)
  // A packet that arrives in between is a beat of its own, which fires none.
  let between = 0
  clock.schedule(50, () =>
    scheduler.beat(() => {
      between = beats.flat().length
    }),
  )
  clock.run()
  t.is(clock.now(), 50)
  t.is(scheduler.timers, 0)
  t.true(Math.max(...beats.map(fired => fired.length)) <= 128)
  t.true(between < 3000, `${between} had fired`)
  const fired = beats.flat()
  t.is(fired.length, 3000)
  t.deepEqual(
    fired,
    [...fired].sort((a, b) => a - b),
  )
})
