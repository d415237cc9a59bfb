import test from 'ava'
import { script } from './scripts.ts'

const { compareRuns, verdict } = script('micro/compare.js')
const { REFERENCE } = script('micro/reference.js')
const { sampleAll } = script('micro/sampler.js')

const result = (median: number, around = 0.02) => ({
  median,
  low: median * (1 - around),
  high: median * (1 + around),
})

test('slower is what is slower by more than a tenth and beyond the quartiles', t => {
  t.is(verdict(result(120), result(100)), 'slower')
  t.is(verdict(result(100), result(120)), 'faster')
  t.is(verdict(result(108), result(100)), '')
  t.is(verdict(result(120, 0.2), result(100, 0.2)), '')
})

test('a slower machine makes no operation slower', t => {
  const before = { results: { [REFERENCE]: result(50), parse: result(100), look: result(10) } }
  const now = {
    results: { [REFERENCE]: result(100), parse: result(200), look: result(30), fresh: result(1) },
  }
  const rows = compareRuns(now, before)
  t.like(rows, {
    0: { name: REFERENCE, ratio: 2, verdict: '' },
    1: { name: 'parse', ratio: 1, verdict: '' },
    2: { name: 'look', ratio: 1.5, verdict: 'slower' },
    3: { name: 'fresh', before: undefined, verdict: '' },
  })
})

test('without an earlier run there is nothing to compare', t => {
  t.like(compareRuns({ results: { parse: result(100) } }, null), [{ name: 'parse', verdict: '' }])
})

test('an operation is timed by the operations that it says it has done', t => {
  const loop = (operations: number) => (rounds: number) => {
    let sum = 0
    for (let i = 0; i < rounds * 1000; i++) sum += Math.sqrt(i)
    return sum < 0 ? 0 : rounds * operations
  }
  const { one, million } = sampleAll({ one: loop(1), million: loop(1e6) }, 9)
  t.true(one.low <= one.median && one.median <= one.high)
  t.true(million.median > 0 && million.median < one.median / 1000)
})

test('what takes no time at all ends, too', t => {
  const results = sampleAll({ nothing: (rounds: number) => rounds }, 5)
  t.true(results.nothing.median < 1)
})
