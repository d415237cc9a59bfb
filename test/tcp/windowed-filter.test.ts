import test from 'ava'
import fc from 'fast-check'
import { WindowedFilter } from '../../src/tcp/congestion/windowed-filter.ts'

const WINDOW = 100
const minimum = (a: number, b: number): boolean => a <= b
const maximum = (a: number, b: number): boolean => a >= b

test('the value is one of the window, and none that came since is better', t => {
  fc.assert(
    fc.property(
      fc.constantFrom(minimum, maximum),
      fc.array(fc.tuple(fc.nat({ max: 50 }), fc.nat({ max: 60 })), { minLength: 1, maxLength: 60 }),
      (better, samples) => {
        const filter = new WindowedFilter({ window: WINDOW, better })
        const seen: { value: number; at: number }[] = []
        let at = 0
        for (const [value, wait] of samples) {
          at += wait
          seen.push({ value, at })
          const best = filter.update(value, at)
          if (best !== filter.value) return false
          const held = seen.findLastIndex(s => s.value === best && at - s.at <= WINDOW)
          if (held < 0) return false
          // Something better would have taken its place when it came.
          if (seen.slice(held).some(s => !better(best, s.value))) return false
        }
        return true
      },
    ),
    { numRuns: 2000, seed: 7 },
  )
  t.pass()
})

test('when the best has grown too old the second best of the window follows, not the newest', t => {
  const filter = new WindowedFilter({ window: WINDOW, better: minimum })
  t.is(filter.value, -1)
  t.is(filter.update(5, 0), 5)
  t.is(filter.update(9, 30), 5)
  t.is(filter.update(7, 40), 5)
  t.is(filter.update(20, 90), 5)
  t.is(filter.update(20, 101), 7)
  t.is(filter.update(20, 141), 20)
})

test('after a long silence only the newest counts; a reset forgets all else', t => {
  const filter = new WindowedFilter({ window: WINDOW, better: minimum })
  filter.update(5, 0)
  t.is(filter.update(50, 1000), 50)
  t.is(filter.reset(70, 1001), 70)
  t.is(filter.value, 70)
  t.is(filter.update(80, 1100), 70)
})
