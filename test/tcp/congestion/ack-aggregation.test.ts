import test from 'ava'
import { AckAggregation } from '../../../src/tcp/congestion/ack-aggregation.ts'
import { ack, MSS } from './samples.ts'

/** A path of 100 bytes per ms. */
const RATE = 100
const WIDE = 1000 * MSS

const told = () => {
  const a = new AckAggregation()
  a.restart(0)
  return (now: number, delivered: number, over: { cwnd?: number; round?: number; forget?: boolean } = {}) => {
    a.update(ack({ now, delivered }), RATE, over.cwnd ?? WIDE, over.round ?? 0, over.forget ?? false)
    return a.extra
  }
}

test('what comes in one go counts, less what the rate explains since; the most of the last round trips is kept', t => {
  const extra = told()
  t.is(extra(50, 5000), 5000, 'no more than the rate until now: counting begins with it')
  t.is(extra(60, 500), 5000)
  t.is(extra(70, 6000), 5000 + 500 + 6000 - 2000)
  t.is(extra(70, 100), 9600, 'at the same time it adds up')
})

test('more than a window is never delivered in one go', t => {
  t.is(told()(50, 5000, { cwnd: 3000 }), 3000)
})

test('as soon as no more than the rate has come the count begins anew', t => {
  const extra = told()
  extra(50, 5000, { forget: true })
  // 5000 in 50 ms are just the rate.
  t.is(extra(100, 700, { forget: true }), 700)
  t.is(extra(101, 700, { forget: true }), 1300)
})

test('ten round trips later it is forgotten, or at once where only the latest counts', t => {
  const extra = told()
  extra(50, 5000, { round: 1 })
  t.is(extra(200, 700, { round: 11 }), 5000)
  t.is(extra(300, 700, { round: 13 }), 700)
  t.is(extra(400, 600, { round: 13, forget: true }), 600)
})

test('time in which there was nothing to send explains nothing', t => {
  const a = new AckAggregation()
  a.restart(0)
  a.update(ack({ now: 10, delivered: 2000 }), RATE, WIDE, 0, true)
  a.restart(5000)
  a.update(ack({ now: 5010, delivered: 2000 }), RATE, WIDE, 0, true)
  t.is(a.extra, 2000 + 2000 - 1000)
})

test('just the rate is no burst: the count begins anew then, and what the rate becomes later does not count for before', t => {
  const a = new AckAggregation()
  a.restart(0)
  const extra = (now: number, delivered: number, rate: number) => {
    a.update(ack({ now, delivered }), rate, WIDE, 0, true)
    return a.extra
  }
  extra(50, 5000, RATE)
  t.is(extra(100, 700, RATE), 700)
  t.is(extra(110, 700, RATE / 2), 700 + 700 - 500)
})

test('the eleventh round trip after it is without it', t => {
  const extra = told()
  extra(50, 5000, { round: 1 })
  t.is(extra(200, 700, { round: 12 }), 700)
})
