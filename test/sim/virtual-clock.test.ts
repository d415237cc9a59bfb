import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import fc from 'fast-check'
import type { Alarm } from '../../src/base/clock.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

/** A clock, and what happened on it: names with the time. */
const recorded = (start = 0) => {
  const clock = new VirtualClock({ start })
  const log: string[] = []
  const note = (name: string) => () => void log.push(`${name} at ${clock.now()}`)
  return { clock, log, note }
}

test('time begins at 0, or where it is told to, and stands still by itself', t => {
  t.is(new VirtualClock().now(), 0)
  const { clock } = recorded(5.5)
  t.is(clock.now(), 5.5)
  t.true(clock.idle)
  clock.run()
  t.is(clock.now(), 5.5)
})

test('alarms ring by time, then in the order of scheduling; time stops at the last', t => {
  const { clock, log, note } = recorded()
  clock.schedule(30, note('c'))
  clock.schedule(10.25, note('a'))
  clock.schedule(30, note('d'))
  clock.schedule(20, note('b'))
  t.false(clock.idle)
  clock.run()
  t.deepEqual(log, ['a at 10.25', 'b at 20', 'c at 30', 'd at 30'])
  t.is(clock.now(), 30)
  t.true(clock.idle)
})

test('an alarm in the past, or at no time, rings now; at Infinity never', t => {
  const { clock, log, note } = recorded(100)
  clock.schedule(Number.POSITIVE_INFINITY, note('never'))
  t.is(clock.schedule(1, note('past')).at, 100)
  t.is(clock.schedule(Number.NaN, note('NaN')).at, 100)
  clock.run()
  t.deepEqual(log, ['past at 100', 'NaN at 100'])
  t.true(clock.idle)
})

test('what is deferred runs before time passes, in order, and so does what it defers', t => {
  const { clock, log, note } = recorded()
  clock.schedule(0, note('alarm'))
  clock.defer(() => {
    note('first')()
    clock.defer(note('third'))
  })
  clock.defer(note('second'))
  clock.schedule(5, () => {
    note('alarm')()
    clock.defer(note('deferred'))
  })
  clock.schedule(5, note('other alarm'))
  clock.run()
  t.deepEqual(log, [
    'first at 0',
    'second at 0',
    'third at 0',
    'alarm at 0',
    'alarm at 5',
    'deferred at 5',
    'other alarm at 5',
  ])
})

test('a cancelled alarm does not ring; cancelling what has rung does nothing', t => {
  const { clock, log, note } = recorded()
  const a = clock.schedule(10, note('a'))
  clock.schedule(20, () => clock.cancel(c))
  const c = clock.schedule(20, note('c'))
  clock.cancel(a)
  clock.cancel(a)
  t.is(clock.schedule(5, note('b')).at, 5)
  clock.run()
  clock.cancel(a)
  clock.cancel(c)
  t.deepEqual(log, ['b at 5'])
  t.is(clock.now(), 20)
})

test('run(until) rings what is due by then, and ends at that time', t => {
  const { clock, log, note } = recorded()
  clock.schedule(10, note('a'))
  clock.schedule(10.5, note('b'))
  t.true(clock.pending(10))
  t.false(clock.pending(9.9))
  clock.run(10)
  t.deepEqual(log, ['a at 10'])
  clock.run(10.25)
  t.is(clock.now(), 10.25)
  clock.run(3)
  t.is(clock.now(), 10.25)
  clock.advance(0.25)
  t.deepEqual(log, ['a at 10', 'b at 10.5'])
  clock.advance(1000)
  t.is(clock.now(), 1010.5)
})

test('step() runs what is deferred, else one alarm with what it defers', t => {
  const { clock, log, note } = recorded()
  clock.schedule(10, () => {
    note('a')()
    clock.defer(note('a, deferred'))
  })
  clock.schedule(10, note('b'))
  clock.defer(note('deferred'))
  t.true(clock.step())
  t.deepEqual(log.splice(0), ['deferred at 0'])
  t.false(clock.step(9))
  t.true(clock.step())
  t.deepEqual(log.splice(0), ['a at 10', 'a, deferred at 10'])
  t.true(clock.step())
  t.deepEqual(log.splice(0), ['b at 10'])
  t.false(clock.step())
})

test('what goes on for ever is found out: alarms, deferring, both', async t => {
  for (const [again, delay] of [
    ['schedule', 1],
    ['schedule', 0],
    ['defer', 0],
  ] as const) {
    const endless = () => {
      const clock = new VirtualClock()
      const next = () =>
        again === 'defer' ? clock.defer(next) : void clock.schedule(clock.now() + delay, next)
      next()
      return clock
    }
    const message = /still busy after 1000 callbacks/
    t.throws(() => endless().run(Number.POSITIVE_INFINITY, 1000), { message }, again)
    await t.throwsAsync(() => endless().runAsync(Number.POSITIVE_INFINITY, 1000), { message }, again)
    if (again === 'defer') t.throws(() => endless().settle(1000), { message })
  }
})

test('the limit counts what ran: as many as allowed are no error', t => {
  const { clock, log, note } = recorded()
  for (let i = 0; i < 5; i++) clock.schedule(i, () => clock.defer(note('x')))
  clock.run(Number.POSITIVE_INFINITY, 10)
  t.is(log.length, 5)
  for (let i = 0; i < 5; i++) clock.schedule(10 + i, () => clock.defer(note('x')))
  t.throws(() => clock.run(Number.POSITIVE_INFINITY, 9))
})

test('a callback that throws costs no other', t => {
  const { clock, log, note } = recorded()
  const bad = () => {
    throw new Error('bad')
  }
  clock.defer(bad)
  clock.defer(note('deferred'))
  clock.schedule(5, bad)
  clock.schedule(5, note('alarm'))
  t.throws(() => clock.run(), { message: 'bad' })
  t.throws(() => clock.run(), { message: 'bad' })
  clock.run()
  t.deepEqual(log, ['deferred at 0', 'alarm at 5'])
})

test('a callback may itself let time pass', t => {
  const { clock, log, note } = recorded()
  clock.schedule(5, () => {
    clock.defer(note('deferred'))
    clock.advance(10)
    note('back')()
  })
  clock.schedule(7, note('meanwhile'))
  clock.schedule(20, note('later'))
  clock.run()
  t.deepEqual(log, ['deferred at 5', 'meanwhile at 7', 'back at 15', 'later at 20'])
})

test('alarms that are set and cancelled again and again take no memory', t => {
  const { clock, log, note } = recorded()
  clock.schedule(2e6, note('last'))
  let alarm: Alarm | null = null
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 1e6; i++) {
    if (alarm !== null) clock.cancel(alarm)
    alarm = clock.schedule(1e6 + i, note('next'))
  }
  t.true(process.memoryUsage().heapUsed - before < 64 << 20)
  clock.run()
  t.deepEqual(log, ['next at 1999999', 'last at 2000000'])
})

test('when most alarms are cancelled, the others ring in order all the same', t => {
  const { clock, log, note } = recorded()
  const alarms = Array.from({ length: 5000 }, (_, i) => clock.schedule((i * 7919) % 1000, note(String(i))))
  const kept = alarms.flatMap((alarm, i) => (i % 5 === 0 ? [{ at: alarm.at, i }] : []))
  for (let i = 0; i < 5000; i++) if (i % 5 !== 0) clock.cancel(alarms[i]!)
  clock.run()
  kept.sort((a, b) => a.at - b.at || a.i - b.i)
  t.deepEqual(
    log,
    kept.map(({ at, i }) => `${i} at ${at}`),
  )
})

test('each of many deferred callbacks runs once, in order, while more come', t => {
  const clock = new VirtualClock()
  const ran: number[] = []
  let made = 0
  const make = () => {
    const id = made++
    clock.defer(() => {
      ran.push(id)
      if (made < 20_000) make()
    })
  }
  for (let i = 0; i < 3000; i++) make()
  clock.settle()
  t.deepEqual(
    ran,
    Array.from({ length: 20_000 }, (_, i) => i),
  )
})

test('any scheduling, cancelling and passing of time goes as with a sorted list', t => {
  const op = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('schedule' as const), after: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(200) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(8) }) },
  )
  fc.assert(
    fc.property(fc.array(op, { maxLength: 200 }), fc.integer({ min: 1, max: 10 }), (ops, scale) => {
      const clock = new VirtualClock()
      const alarms: Alarm[] = []
      const rung: string[] = []
      let model: { at: number; id: number }[] = []
      let now = 0
      for (const o of ops) {
        // Many at once, so that the heap is deep and the cancelled are cleared out.
        for (let n = 0; n < scale * 10; n++) {
          if (o.do === 'schedule') {
            const id = alarms.length
            const at = now + ((o.after * (n + 1)) % 17)
            alarms.push(clock.schedule(at, () => rung.push(`${id} at ${clock.now()}`)))
            model.push({ at, id })
          } else if (o.do === 'cancel' && alarms.length > 0) {
            const id = (o.which + n * 7) % alarms.length
            clock.cancel(alarms[id]!)
            model = model.filter(e => e.id !== id)
          }
        }
        if (o.do === 'advance') {
          now += o.ms
          clock.advance(o.ms)
          const due = model.filter(e => e.at <= now).sort((a, b) => a.at - b.at || a.id - b.id)
          model = model.filter(e => e.at > now)
          t.deepEqual(
            rung.splice(0),
            due.map(e => `${e.id} at ${e.at}`),
          )
        }
        t.is(clock.idle, model.length === 0)
      }
    }),
    { seed: 1, numRuns: 100 },
  )
})

test('runAsync() lets promises and streams settle before time passes', async t => {
  const { clock, log, note } = recorded()
  const sleep = (ms: number) =>
    new Promise<void>(resolve => clock.schedule(clock.now() + ms, () => resolve()))
  const program = async () => {
    for (let i = 1; i <= 3; i++) {
      await sleep(100)
      note(`slept ${i} times`)()
    }
    const through = new PassThrough({ highWaterMark: 4 })
    const done = pipeline(
      async function* () {
        for (const word of ['some', 'words', 'in', 'a', 'stream']) {
          await sleep(10)
          yield word
        }
      },
      through,
      new PassThrough({ highWaterMark: 1 }),
      async words => {
        for await (const word of words) note(String(word))()
      },
    )
    await done
    note('done')()
  }
  const finished = program()
  clock.schedule(305, note('meanwhile'))
  await clock.runAsync()
  await finished
  t.deepEqual(log, [
    'slept 1 times at 100',
    'slept 2 times at 200',
    'slept 3 times at 300',
    'meanwhile at 305',
    'some at 310',
    'words at 320',
    'in at 330',
    'a at 340',
    'stream at 350',
    'done at 350',
  ])
})

test('runAsync() waits with the next alarm until nothing more is deferred', async t => {
  const { clock, log, note } = recorded()
  clock.schedule(10, note('alarm'))
  // Each hop takes a turn of the event loop and then defers.
  const hop = (left: number) => {
    note(`hop ${left}`)()
    if (left > 0) setImmediate(() => clock.defer(() => hop(left - 1)))
  }
  clock.defer(() => hop(3))
  await clock.runAsync(50)
  t.deepEqual(log, ['hop 3 at 0', 'hop 2 at 0', 'hop 1 at 0', 'hop 0 at 0', 'alarm at 10'])
  t.is(clock.now(), 50)
})

test('runAsync() ends at `until`, and takes another idea of a turn', async t => {
  const { clock, log, note } = recorded()
  clock.schedule(10, note('a'))
  clock.schedule(60, note('b'))
  let turns = 0
  await clock.runAsync(50, 100, async () => {
    turns++
  })
  t.deepEqual(log, ['a at 10'])
  t.is(clock.now(), 50)
  t.is(turns, 2)
})

test('it tells when something happens next, and passes up to then without it happening', t => {
  const clock = new VirtualClock({ start: 5 })
  t.is(clock.nextAt, Number.POSITIVE_INFINITY)
  clock.pass(10)
  t.is(clock.now(), 10)
  let called = 0
  const alarm = clock.schedule(30, () => called++)
  clock.schedule(40, () => called++)
  t.is(clock.nextAt, 30)
  clock.pass(20)
  t.is(clock.now(), 20)
  clock.pass(100)
  t.is(clock.now(), 30)
  t.is(called, 0)
  clock.cancel(alarm)
  t.is(clock.nextAt, 40)
  clock.defer(() => called++)
  t.is(clock.nextAt, 30)
  clock.pass(100)
  t.is(clock.now(), 30)
  clock.run()
  t.is(called, 2)
})
