import test from 'ava'
import { script } from './scripts.ts'

const { median, quantile, spread, pairedRatio } = script('statistics.js')

test('the median is the value in the middle, whatever the order, and the mean of two', t => {
  t.is(median([5]), 5)
  t.is(median([9, 1, 5]), 5)
  t.is(median([100, 20, 3, 10]), 15)
  t.is(median([]), Number.NaN)
})

test('median and quantile leave their argument as it is', t => {
  const values = [3, 1, 2]
  median(values)
  quantile(values, 0.5)
  t.deepEqual(values, [3, 1, 2])
})

test('a quantile lies between its neighbours in proportion', t => {
  const values = [40, 10, 30, 20, 50]
  t.is(quantile(values, 0), 10)
  t.is(quantile(values, 0.25), 20)
  t.is(quantile(values, 0.9), 46)
  t.is(quantile(values, 1), 50)
  t.is(quantile([7], 0.99), 7)
  t.is(quantile([], 0.5), Number.NaN)
})

test('the spread is half of what lies between the extremes, in relation to the median', t => {
  t.is(spread([90, 100, 120]), 0.15)
  t.is(spread([100]), 0)
  t.is(spread([0, 0, 4]), 0)
})

test('ratios are taken within a repetition, and only where both were measured', t => {
  // A slow minute in repetition 1 hits both: the ratio stays.
  const values = new Map([
    [0, 200],
    [1, 20],
    [2, 220],
    [3, 1000],
  ])
  const baseline = new Map([
    [0, 100],
    [1, 10],
    [2, 100],
    [4, 1],
  ])
  t.is(pairedRatio(values, baseline), 2)
  t.is(pairedRatio(values, new Map([[0, 0]])), Number.NaN)
  t.is(pairedRatio(new Map(), baseline), Number.NaN)
})
