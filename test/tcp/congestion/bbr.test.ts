/** BBR over an emulated bottleneck: the test cases in the appendix of draft-ietf-ccwg-bbr. */
import test from 'ava'
import type { Bbr } from '../../../src/tcp/congestion/bbr/bbr.ts'
import type { BbrState } from '../../../src/tcp/congestion/bbr/block.ts'
import { Bottleneck, type Flow } from './bottleneck.ts'

const stateOf = (flow: Flow): BbrState => (flow.connection.congestion as Bbr).state

/** The states that a flow goes through, looked at every 10 ms. */
const states = (b: Bottleneck, flow: Flow, ms: number): BbrState[] => {
  const seen: BbrState[] = []
  for (let passed = 0; passed < ms; passed += 10) {
    if (stateOf(flow) !== seen.at(-1)) seen.push(stateOf(flow))
    b.run(10, flow)
  }
  return seen
}

/** 20 Mbit/s, 40 ms, a queue of one bandwidth-delay product: what text can get of it is 1448/1500. */
const PATH = { delay: 20, rate: 20e6, queue: 100_000 }
const CAPACITY = (20e6 * 1448) / 1500

test('Startup ends on a plateau, within 2 % of the bandwidth; Drain empties the queue; then CRUISE, REFILL, UP, DOWN', t => {
  const b = new Bottleneck(1, { ...PATH, queue: 1_000_000 })
  const flow = b.flow('bbr')
  const seen = states(b, flow, 4000)
  // The first DOWN has nothing left to do: it is over with the ACK that it began with.
  t.deepEqual(seen.slice(0, 7), [
    'Startup',
    'Drain',
    'ProbeBW_CRUISE',
    'ProbeBW_REFILL',
    'ProbeBW_UP',
    'ProbeBW_DOWN',
    'ProbeBW_CRUISE',
  ])
  t.is(flow.connection.troubles.retransmissions, 0)
  b.run(1000, flow)
  // In CRUISE the pacing rate is 99 % of the estimate.
  t.is(stateOf(flow), 'ProbeBW_CRUISE')
  const estimate = (flow.connection.congestion.pacingRate * 8000) / 0.99
  t.true(Math.abs(estimate / CAPACITY - 1) < 0.02, `${estimate}`)
})

test('a flow alone gets 98 % of the link, and round trips stay near the smallest', t => {
  const b = new Bottleneck(2, PATH)
  const flow = b.flow('bbr')
  b.run(3000, flow)
  const [s] = b.run(15_000, flow)
  t.true(s!.rate > 0.96 * CAPACITY, `${s!.rate}`)
  t.true(s!.rtt < 46, `${s!.rtt}`)
})

test('1 % of random loss: more than 0.8 of the link, where Cubic gets less than a tenth', t => {
  const share = (control: string, seed: number): number => {
    const b = new Bottleneck(seed, { delay: 20, rate: 100e6, queue: 500_000, loss: 0.01 })
    const flow = b.flow(control)
    b.run(2000, flow)
    return b.run(10_000, flow)[0]!.rate / (5 * CAPACITY)
  }
  const bbr = [1, 3].map(seed => share('bbr', seed))
  t.true(Math.min(...bbr) > 0.8, `${bbr}`)
  const cubic = share('cubic', 1)
  t.true(cubic < 0.1, `${cubic}`)
})

test('a queue of a quarter of a bandwidth-delay product: what is lost is little, the rate is held', t => {
  const b = new Bottleneck(4, { ...PATH, queue: 25_000 })
  const flow = b.flow('bbr')
  b.run(3000, flow)
  const before = flow.connection.troubles.bytesRetransmitted
  const [s] = b.run(20_000, flow)
  t.true(s!.rate > 0.93 * CAPACITY, `${s!.rate / CAPACITY}`)
  t.true(((flow.connection.troubles.bytesRetransmitted - before) * 8) / 20 < 0.01 * CAPACITY)
})

test('ProbeRTT: 5 s without a smaller round trip, 200 ms with half a bandwidth-delay product, then on', t => {
  // The estimate of the round trip is too large by what the other flow has put into the queue.
  const b = new Bottleneck(5, PATH)
  const flow = b.flow('bbr')
  while (stateOf(flow) !== 'ProbeRTT' && b.clock.now() < 20_000) b.run(10, flow)
  const began = b.clock.now()
  t.true(began > 5000 && began < 12_000, `${began}`)
  b.run(100, flow)
  t.true(flow.connection.flight.underWay <= 55_000, 'half of 100 kB, but for quanta')
  while (stateOf(flow) === 'ProbeRTT') b.run(10, flow)
  t.true(b.clock.now() - began >= 200 && b.clock.now() - began < 400, `${b.clock.now() - began}`)
  t.is(stateOf(flow), 'ProbeBW_CRUISE')
  t.true(flow.connection.congestion.cwnd > 150_000, 'the window is what it was')
})

test('bandwidth grows tenfold: found in a few probes', t => {
  const b = new Bottleneck(6, { delay: 20, rate: 10e6, queue: 500_000 })
  const flow = b.flow('bbr')
  b.run(5000, flow)
  b.link.aToB.change({ rate: 100e6 })
  b.run(20_000, flow)
  const [s] = b.run(5000, flow)
  t.true(s!.rate > 0.88 * 5 * CAPACITY, `${s!.rate}`)
})

test('bandwidth falls to a tenth: after two cycles the estimate has followed, and the queue is drained', t => {
  const b = new Bottleneck(7, { delay: 20, rate: 100e6, queue: 500_000 })
  const flow = b.flow('bbr')
  b.run(3000, flow)
  b.link.aToB.change({ rate: 10e6 })
  b.run(20_000, flow)
  const [s] = b.run(5000, flow)
  t.true(s!.rate > 0.9 * 0.5 * CAPACITY, `${s!.rate}`)
  t.true(s!.rtt < 60, `${s!.rtt}`)
})

test('less than a packet fits into the path: a window of 4 segments, sent at the rate', t => {
  const b = new Bottleneck(8, { delay: 1, rate: 1e6, queue: 20_000 })
  const flow = b.flow('bbr')
  b.run(3000, flow)
  const [s] = b.run(5000, flow)
  t.true(s!.rate > 0.97 * 0.05 * CAPACITY, `${s!.rate}`)
  t.true(flow.connection.congestion.cwnd >= 4 * 1448)
})

test('an application that sends little is never out of Startup; what it gets is no measure of the path', t => {
  const b = new Bottleneck(9, PATH)
  const flow = b.flow('bbr', 5000)
  b.run(500, flow)
  for (let n = 0; n < 200; n++) {
    b.run(20, flow)
    flow.say(3000)
  }
  t.is(stateOf(flow), 'Startup')
  // Two seconds later it uses the whole of it.
  flow.say(1e8)
  b.run(2000, flow)
  const [s] = b.run(1000, flow)
  t.true(s!.rate > 0.94 * CAPACITY, `${s!.rate}`)
})

test('after a pause there is no need of ProbeRTT: the queue was empty; nor a window to open anew', t => {
  const b = new Bottleneck(10, PATH)
  const flow = b.flow('bbr', 1e7)
  b.run(5000, flow)
  t.is(flow.received, 1e7)
  b.run(7000, flow)
  const { cwnd } = flow.connection.congestion
  flow.say(1e7)
  const seen = states(b, flow, 300)
  t.false(seen.includes('ProbeRTT'), `${seen}`)
  t.true(flow.connection.congestion.cwnd >= 0.8 * cwnd)
})

test('two flows share a link, with a queue of half a bandwidth-delay product as of three', t => {
  for (const queue of [50_000, 300_000]) {
    const b = new Bottleneck(11, { ...PATH, queue })
    const first = b.flow('bbr')
    b.run(5000, first)
    const second = b.flow('bbr')
    b.run(15_000, first, second)
    const [x, y] = b.run(30_000, first, second)
    t.true(x!.rate + y!.rate > 0.93 * CAPACITY)
    t.true(Math.min(x!.rate, y!.rate) > 0.4 * CAPACITY, `${x!.rate} ${y!.rate}`)
  }
})

test('beside Cubic neither starves', t => {
  const b = new Bottleneck(12, PATH)
  const cubic = b.flow('cubic')
  b.run(5000, cubic)
  const bbr = b.flow('bbr')
  b.run(15_000, cubic, bbr)
  const [x, y] = b.run(30_000, cubic, bbr)
  t.true(Math.min(x!.rate, y!.rate) > 0.35 * CAPACITY, `${x!.rate} ${y!.rate}`)
})

test('ECN marks are congestion: the queue is held at the mark instead of being filled', t => {
  const queueing = (['off', 'on'] as const).map(ecn => {
    const b = new Bottleneck(13, { ...PATH, ecnThreshold: 10_000 }, { ecn })
    const flow = b.flow('bbr')
    b.run(3000, flow)
    const [s] = b.run(15_000, flow)
    t.true(s!.rate > 0.85 * CAPACITY, `${s!.rate / CAPACITY}`)
    return s!.rtt - 40
  })
  t.true(queueing[1]! < 0.8 * queueing[0]!, `${queueing}`)
})
