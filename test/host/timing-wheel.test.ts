import test from 'ava'
import { Timer, TimingWheel } from '../../src/base/timing-wheel.ts'
import { EDGES, type Named, timer } from '../support/timers.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

test('a timer fires at its tick, once, disarmed before its callback', t => {
  const wheel = new TimingWheel<Named>(0)
  const a = timer('a')
  t.false(a.armed)
  wheel.arm(a, 100)
  t.true(a.armed)
  t.is(a.deadline, 100)
  t.is(wheel.size, 1)
  const fired: [string, boolean, number][] = []
  const expire = (x: Named) => fired.push([x.owner, x.armed, wheel.size])
  wheel.advance(99.9, expire)
  t.deepEqual(fired, [])
  wheel.advance(100, expire)
  wheel.advance(1000, expire)
  t.deepEqual(fired, [['a', false, 0]])
})

test('fractions count up to the next tick, what is due already fires with the next one', t => {
  const wheel = new TimingWheel<Named>(10.7)
  const a = timer('a')
  for (const [at, deadline] of [
    [12.000001, 13],
    [12, 12],
    [11, 11],
    [10.2, 11],
    [10, 11],
    [-5, 11],
    [Number.NEGATIVE_INFINITY, 11],
    [Number.NaN, 11],
  ] as const) {
    wheel.arm(a, at)
    t.is(a.deadline, deadline, `armed for ${at}`)
    t.is(wheel.nextExpiry(), deadline)
  }
  t.is(wheel.size, 1)
})

test('timers of a tick fire in the order of arming, from whatever level they came', t => {
  const wheel = new TimingWheel<Named>(0)
  const D = 2 ** 24 + 300
  const fired: string[] = []
  const expire = (x: Named) => fired.push(x.owner)
  // Each is armed when the deadline is near enough for the next lower level.
  for (const [at, names] of [
    [0, ['level 3', 'level 3, second']],
    [D - 70_000, ['level 2', 'level 2, second']],
    [D - 300, ['level 1', 'level 1, second']],
    [D - 10, ['level 0', 'level 0, second']],
  ] as const) {
    wheel.advance(at, expire)
    for (const name of names) wheel.arm(timer(name), D)
  }
  wheel.advance(D, expire)
  t.deepEqual(fired, [
    'level 3',
    'level 3, second',
    'level 2',
    'level 2, second',
    'level 1',
    'level 1, second',
    'level 0',
    'level 0, second',
  ])
})

test('re-arming moves a timer behind those of its new tick', t => {
  const wheel = new TimingWheel<Named>(0)
  const [a, b, c] = [timer('a'), timer('b'), timer('c')]
  for (const x of [a, b, c]) wheel.arm(x, 50)
  wheel.arm(a, 50)
  t.is(wheel.size, 3)
  const fired: string[] = []
  wheel.advance(50, x => fired.push(x.owner))
  t.deepEqual(fired, ['b', 'c', 'a'])
})

test('a callback may disarm what is due now, re-arm itself, and arm what becomes due on the way', t => {
  const wheel = new TimingWheel<Named>(0)
  const [killer, victim, again, chained] = ['killer', 'victim', 'again', 'chained'].map(timer) as [
    Named,
    Named,
    Named,
    Named,
  ]
  wheel.arm(killer, 10)
  wheel.arm(victim, 10)
  wheel.arm(again, 10)
  const fired: [string, number][] = []
  wheel.advance(5000, x => {
    fired.push([x.owner, x.deadline])
    if (x === killer) {
      wheel.disarm(victim)
      wheel.arm(chained, 700)
    }
    if (x === again && fired.length < 5) wheel.arm(again, 0)
  })
  t.deepEqual(fired, [
    ['killer', 10],
    ['again', 10],
    ['again', 11],
    ['again', 12],
    ['again', 13],
    ['chained', 700],
  ])
  t.is(wheel.size, 0)
})

test('a callback that throws costs no other timer', t => {
  const wheel = new TimingWheel<Named>(0)
  for (const name of ['bad', 'b', 'c']) wheel.arm(timer(name), 10)
  wheel.arm(timer('later'), 20)
  t.throws(() =>
    wheel.advance(30, () => {
      throw new Error('listener')
    }),
  )
  t.is(wheel.size, 3)
  t.is(wheel.nextExpiry(), 10)
  t.true(wheel.nextWake() <= 10)
  const fired: string[] = []
  wheel.advance(30, x => fired.push(x.owner))
  t.deepEqual(fired, ['b', 'c', 'later'])
})

test('no more fire at once than asked for: the rest with the next call, and time waits for them', t => {
  const wheel = new TimingWheel<Named>(0)
  for (const name of ['a', 'b', 'c']) wheel.arm(timer(name), 10)
  wheel.arm(timer('later'), 20)
  const fired: string[] = []
  const expire = (x: Named) => fired.push(x.owner)
  wheel.advance(30, expire, 2)
  t.deepEqual(fired, ['a', 'b'])
  t.is(wheel.nextWake(), 10)
  t.is(wheel.nextExpiry(), 10)
  // What is armed meanwhile comes after what is due already.
  wheel.arm(timer('new'), 11)
  wheel.advance(30, expire, 2)
  wheel.advance(30, expire, 2)
  t.deepEqual(fired, ['a', 'b', 'c', 'new', 'later'])
  t.is(wheel.size, 0)
})

test('disarming twice, or what was never armed, does nothing', t => {
  const wheel = new TimingWheel<Named>(0)
  const a = timer('a')
  wheel.disarm(a)
  wheel.arm(a, 5)
  wheel.disarm(a)
  wheel.disarm(a)
  t.is(wheel.size, 0)
  t.is(wheel.nextWake(), Number.POSITIVE_INFINITY)
  t.is(wheel.nextExpiry(), Number.POSITIVE_INFINITY)
  wheel.advance(1000, () => t.fail())
})

test('time that stands still or goes back fires nothing', t => {
  const wheel = new TimingWheel<Named>(1000)
  const a = timer('a')
  wheel.arm(a, 1010)
  wheel.advance(1000, () => t.fail())
  wheel.advance(0, () => t.fail())
  wheel.advance(500, () => t.fail())
  t.is(wheel.nextExpiry(), 1010)
  let fired = 0
  wheel.advance(1010, () => fired++)
  t.is(fired, 1)
})

test('at every edge between levels a timer fires at its tick, neither before nor after', t => {
  for (const start of [0, 1, 200, 255, 256, 65_535, 2 ** 24 - 1, 2 ** 31 - 10, 2 ** 32 - 10]) {
    for (const edge of EDGES) {
      const wheel = new TimingWheel<Named>(start)
      wheel.arm(timer('a'), start + edge)
      t.is(wheel.nextExpiry(), start + edge)
      let fired = 0
      wheel.advance(start + edge - 1, () => fired++)
      t.is(fired, 0)
      t.is(wheel.nextExpiry(), start + edge)
      wheel.advance(start + edge, () => fired++)
      t.is(fired, 1)
    }
  }
})

test('what is disarmed wakes nobody once nothing is armed', t => {
  const wheel = new TimingWheel<Named>(0)
  const a = timer('a')
  wheel.arm(a, 10)
  wheel.disarm(a)
  wheel.arm(a, 1000)
  t.true(wheel.nextWake() > 10)
})

test('timers beyond 2^32 ms keep the order of arming too', t => {
  const wheel = new TimingWheel<Named>(0)
  const D = 2.5 * 2 ** 32 + 7
  const fired: string[] = []
  for (const [i, at] of [0, 2 ** 31, 2 ** 32 + 5, 2 * 2 ** 32, D - 2 ** 25, D - 100_000, D - 5].entries()) {
    wheel.advance(at, () => t.fail())
    wheel.arm(timer(String(i)), D)
  }
  wheel.advance(D - 1, () => t.fail())
  wheel.advance(D, x => fired.push(x.owner))
  t.deepEqual(fired, ['0', '1', '2', '3', '4', '5', '6'])
})

test('timers beyond the reach of 2^32 ms are placed anew until they are near', t => {
  const wheel = new TimingWheel<Named>(0)
  const deadlines = [100 * DAY, 50 * DAY, 2 ** 32, 1000 * DAY, 2 ** 40]
  for (const d of deadlines) wheel.arm(timer(String(d)), d)
  wheel.arm(timer('never'), Number.POSITIVE_INFINITY)
  const fired: number[] = []
  for (const d of [...deadlines].sort((a, b) => a - b)) {
    t.is(wheel.nextExpiry(), d)
    wheel.advance(d - 1, x => fired.push(x.deadline))
    t.false(fired.includes(d))
    wheel.advance(d, x => fired.push(x.deadline))
    t.is(fired.at(-1), d)
  }
  t.is(wheel.size, 1)
  t.is(fired.length, deadlines.length)
})

test('woken only when nextWake() says so, every timer fires on time, after at most three wakes too many', t => {
  const wheel = new TimingWheel<Named>(0.5)
  const deadlines = [...EDGES, 7 * DAY, 100 * HOUR, 2 ** 32 - 1].sort((a, b) => a - b)
  for (const d of deadlines) wheel.arm(timer(''), d)
  const fired: number[] = []
  let wakes = 0
  for (let now = wheel.nextWake(); now !== Number.POSITIVE_INFINITY; now = wheel.nextWake()) {
    t.true(now <= wheel.nextExpiry())
    wheel.advance(now, x => {
      t.is(x.deadline, now)
      fired.push(now)
    })
    wakes++
  }
  t.deepEqual(fired, deadlines)
  t.true(wakes <= 4 * deadlines.length, `${wakes} wakes`)
})

test('a jump over days costs what fires, not a step for each tick', t => {
  const wheel = new TimingWheel<Named>(0)
  const a = timer('a')
  let fired = 0
  // A year in jumps of an hour with a timer each: 3 × 10^10 single ticks would take minutes.
  for (let now = 0; now < 365 * DAY; now += HOUR) {
    wheel.arm(a, now + HOUR / 2)
    wheel.advance(now + HOUR, () => fired++)
  }
  t.is(fired, 365 * 24)
})

test('a tick costs the same however many timers wait', t => {
  // 65,500 ms ahead lie in the slot of level 1 that the present is in, one turn later: they must not be touched
  // before it is theirs.
  let reads = 0
  class Watched extends Timer<string, 'test'> {}
  Object.defineProperty(Watched.prototype, 'deadline', {
    get(this: { at: number }) {
      reads++
      return this.at
    },
    set(this: { at: number }, at: number) {
      this.at = at
    },
  })
  const wheel = new TimingWheel<Named>(100)
  for (let i = 0; i < 1000; i++) {
    const watched = new Watched('', 'test')
    // The class field hides the accessor.
    delete (watched as { deadline?: number }).deadline
    wheel.arm(watched, 100 + 65_500)
  }
  reads = 0
  const hot = timer('hot')
  for (let now = 101; now <= 200; now++) {
    wheel.arm(hot, now)
    wheel.advance(now, () => {})
  }
  t.is(reads, 0)
})

test('the next tick to wake at is found wherever timers lie in the turn, and not where they have lain', t => {
  for (let start = 0; start < 256; start += 5) {
    const wheel = new TimingWheel<Named>(start)
    const here = timer('here')
    const gone = timer('gone')
    const far = timer('far')
    wheel.arm(far, start + 100_000)
    for (let ahead = 2; ahead < 256; ahead++) {
      wheel.arm(gone, start + ahead - 1)
      wheel.disarm(gone)
      wheel.arm(here, start + ahead)
      wheel.advance(start, () => {})
      t.is(wheel.nextWake(), start + ahead)
      wheel.disarm(here)
    }
    // Nothing is left but the far one: awake when its slot of 65,536 ticks begins.
    wheel.advance(start, () => {})
    t.is(wheel.nextWake(), 65_536)
  }
})
