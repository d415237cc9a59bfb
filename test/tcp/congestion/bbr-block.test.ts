/** What BBR works out from its model: draft-ietf-ccwg-bbr, number by number. */
import test from 'ava'
import { BbrBlock, GAINS } from '../../../src/tcp/congestion/bbr/block.ts'
import { ack, MSS } from './samples.ts'

/** A path of 100 bytes per ms and 100 ms: ten segments. */
const block = (over: object = {}): BbrBlock => {
  const b = Object.assign(new BbrBlock(1), { mss: MSS, cwnd: 20 * MSS, initialWindow: 10 * MSS, ...over })
  Object.assign(b.model, { bw: 100, minRtt: 100 })
  return b
}

test('the gains of pacing and of the window, state by state', t => {
  t.deepEqual(GAINS, {
    Startup: [4 * Math.LN2, 2],
    Drain: [0.5, 2],
    ProbeBW_DOWN: [0.9, 2],
    ProbeBW_CRUISE: [1, 2],
    ProbeBW_REFILL: [1, 2],
    ProbeBW_UP: [1.25, 2.25],
    ProbeRTT: [1, 0.5],
  })
})

test('three quanta at least are under way, four segments at least, and two segments more in ProbeBW_UP', t => {
  t.is(block().quantized(50 * MSS), 50 * MSS)
  t.is(block().quantized(0), 6 * MSS, 'a quantum is two segments at least')
  t.is(block({ pacingRate: 5 * MSS }).quantized(0), 15 * MSS, 'what leaves in a millisecond')
  t.is(block({ pacingRate: 100_000 }).quantized(0), 3 * 65_536)
  t.is(block({ state: 'ProbeBW_UP' }).quantized(50 * MSS), 52 * MSS)
  t.is(block({ state: 'ProbeBW_DOWN' }).quantized(50 * MSS), 50 * MSS)
  t.is(block().inflight(50 * MSS), 50 * MSS)
  const unknown = block()
  unknown.model.minRtt = Number.POSITIVE_INFINITY
  t.is(unknown.inflight(50 * MSS), 10 * MSS, 'no round trip is known: the initial window')
})

test('ProbeRTT has half the pipe, headroom is 15 % of the long-term bound, and neither leaves less than four segments', t => {
  t.is(block().probeRttCwnd, 5 * MSS)
  t.is(block({ mss: 2 * MSS }).probeRttCwnd, 8 * MSS)
  t.is(block().inflightWithHeadroom, Number.POSITIVE_INFINITY)
  const bounded = (segments: number): number => {
    const b = block()
    b.model.inflightLongterm = segments * MSS
    return b.inflightWithHeadroom
  }
  t.is(bounded(100), 85 * MSS)
  t.is(bounded(6), 5 * MSS, 'a segment at least')
  t.is(bounded(4), 4 * MSS)
  t.is(block().targetInflight, 10 * MSS)
  t.is(block({ cwnd: 7 * MSS }).targetInflight, 7 * MSS)
})

test('more than 2 % lost of what was in flight is too high', t => {
  const high = (lostSince: number, priorDelivered = 0) =>
    block().tooHigh(ack({ lostSince, sentInFlight: 100 * MSS, priorDelivered }))
  t.false(high(2 * MSS))
  t.true(high(2 * MSS + 1))
  t.false(high(2 * MSS + 1, -1), 'there is no sample')
})

test('the states that probe, and those of ProbeBW', t => {
  const states = Object.keys(GAINS) as (keyof typeof GAINS)[]
  t.deepEqual(
    states.filter(state => block({ state }).probing),
    ['Startup', 'ProbeBW_REFILL', 'ProbeBW_UP'],
  )
  t.deepEqual(
    states.filter(state => block({ state }).inProbeBw),
    states.filter(state => state.startsWith('ProbeBW')),
  )
})
