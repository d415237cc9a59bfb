/** BBR by draft-ietf-ccwg-bbr: the test cases of its appendix over an emulated bottleneck, and its numbers. */
import test from 'ava'
import { Bbr } from '../../../src/tcp/congestion/bbr/bbr.ts'
import type { BbrState } from '../../../src/tcp/congestion/bbr/block.ts'
import type { AckSample, CongestionControl, LostSegment } from '../../../src/tcp/congestion/controller.ts'
import { Bottleneck, type Flow } from './bottleneck.ts'
import { ack, MSS } from './samples.ts'

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

// Over the whole stack

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

// By hand

/** A controller and what it is told: a path of 100 ms that delivers 100 bytes per ms, ACK by ACK. */
class Feed {
  readonly bbr = new Bbr(1)
  now = 0
  delivered = 10 * MSS
  /** A second name for it that shows all of the interface. */
  readonly control: CongestionControl = this.bbr

  constructor(segments = 10) {
    this.control.start(MSS, segments * MSS, 0, 'none')
  }

  ack(over: Partial<AckSample> = {}): void {
    this.now += 10
    this.delivered += MSS
    this.bbr.acknowledged(
      ack({
        now: this.now,
        totalDelivered: this.delivered,
        priorDelivered: this.delivered - 10 * MSS,
        deliveryRate: 100,
        cwndLimited: false,
        ...over,
      }),
    )
  }

  until(state: BbrState, over: Partial<AckSample> = {}): void {
    for (let n = 0; n < 1000 && this.bbr.state !== state; n++) this.ack(over)
  }

  lose(over: Partial<LostSegment> = {}): void {
    this.bbr.lost({
      now: this.now,
      seq: 0,
      size: MSS,
      sentInFlight: 10 * MSS,
      lostSince: MSS,
      totalDelivered: this.delivered,
      appLimited: false,
      ...over,
    })
  }
}

test('the pacing rate is 2.77 times the initial window per round trip at first, then of the bandwidth, less 1 %', t => {
  const f = new Feed()
  t.is(f.bbr.pacingRate, 4 * Math.LN2 * 10 * MSS, 'a round trip of a millisecond, as long as none is known')
  f.ack({ deliveryRate: 0 })
  t.true(Math.abs(f.bbr.pacingRate - 4 * Math.LN2 * 100) < 1e-9)
  f.ack({ deliveryRate: 200 })
  t.true(Math.abs(f.bbr.pacingRate - 4 * Math.LN2 * 200 * 0.99) < 1e-9)
  f.ack({ deliveryRate: 150 })
  t.true(Math.abs(f.bbr.pacingRate - 4 * Math.LN2 * 200 * 0.99) < 1e-9, 'the best of the cycle counts')
})

test('three round trips without a quarter more fill the pipe; those limited by the application do not count', t => {
  const f = new Feed()
  for (let n = 0; n < 100; n++) f.ack({ appLimited: true })
  t.is(f.bbr.state, 'Startup')
  // The first sets the mark, three more do not reach it.
  for (let n = 0; n < 29; n++) f.ack({ inFlight: 30 * MSS })
  t.is(f.bbr.state, 'Startup')
  for (let n = 0; n < 10; n++) f.ack({ inFlight: 30 * MSS })
  t.is(f.bbr.state, 'Drain')
  t.true(Math.abs(f.bbr.pacingRate - 0.5 * 100 * 0.99) < 1e-9)
})

test('Drain ends when no more is in flight than fits, or after three round trips', t => {
  const f = new Feed()
  f.until('Drain', { inFlight: 30 * MSS })
  f.ack({ inFlight: 9 * MSS })
  t.is(f.bbr.state, 'ProbeBW_CRUISE', 'by way of DOWN')
  const slow = new Feed()
  slow.until('Drain', { inFlight: 30 * MSS })
  let acks = 0
  for (; slow.bbr.state === 'Drain'; acks++) slow.ack({ inFlight: 30 * MSS })
  t.true(acks > 30 && acks <= 50, `${acks}`)
})

test('bandwidth is probed after two to three seconds, or as many round trips as segments fit', t => {
  const waits = [1, 2, 3, 4, 5].map(seed => {
    const f = new Feed()
    Object.assign(f, { bbr: new Bbr(seed) })
    f.bbr.start(MSS, 10 * MSS, 0)
    // 1000 bytes per ms and 100 ms: a hundred segments, so that time decides.
    const path = { deliveryRate: 1000, inFlight: 99 * MSS }
    f.until('ProbeBW_CRUISE', path)
    const began = f.now
    f.until('ProbeBW_REFILL', path)
    return f.now - began
  })
  t.true(
    waits.every(wait => wait > 1800 && wait < 3100),
    `${waits}`,
  )
  t.true(new Set(waits).size > 3, 'not in step')
  const small = new Feed()
  small.until('ProbeBW_CRUISE', { inFlight: 9 * MSS })
  const began = small.now
  small.until('ProbeBW_REFILL', { inFlight: 9 * MSS })
  t.true(small.now - began <= 1100, `${small.now - began}: ten segments, ten round trips`)
})

test('more than 2 % lost while probing: the bound is what was in flight, at least 0.7 of what should be; once a probe', t => {
  const f = new Feed()
  const path = { inFlight: 9 * MSS }
  f.until('ProbeBW_UP', path)
  f.lose({ sentInFlight: 100 * MSS, lostSince: 2 * MSS })
  t.is(f.bbr.state, 'ProbeBW_UP', '2 % are borne')
  f.lose({ sentInFlight: 9 * MSS, lostSince: 3 * MSS })
  t.is(f.bbr.state, 'ProbeBW_DOWN')
  f.ack({ ...path, sentInFlight: 8 * MSS })
  // 8 segments were in flight before the lost one; of the 10 that fit 0.7 would be the least.
  t.is(f.bbr.cwnd, 8 * MSS)
  f.lose({ sentInFlight: 5 * MSS, lostSince: 4 * MSS })
  f.ack({ ...path, sentInFlight: 8 * MSS })
  t.is(f.bbr.cwnd, 8 * MSS)
})

test('a loss while cruising: rate and volume come to what was delivered, by 0.7 a round trip at most, until REFILL', t => {
  const f = new Feed()
  const path = { inFlight: 9 * MSS }
  f.until('ProbeBW_CRUISE', path)
  t.true(Math.abs(f.bbr.pacingRate - 99) < 1e-9)
  for (let n = 0; n < 25; n++) f.ack({ ...path, deliveryRate: 50 })
  t.true(Math.abs(f.bbr.pacingRate - 99) < 1e-9, 'less is no sign without a loss')
  f.lose()
  for (let n = 0; n < 11; n++) f.ack({ ...path, deliveryRate: 50 })
  t.true(Math.abs(f.bbr.pacingRate - 70 * 0.99) < 1e-9, `${f.bbr.pacingRate}`)
  f.until('ProbeBW_REFILL', path)
  f.ack(path)
  t.true(Math.abs(f.bbr.pacingRate - 99) < 1e-9)
})

test('Startup ends by losses in six places in a round trip of recovery; if there were none it goes on', t => {
  for (const ranges of [5, 6]) {
    const f = new Feed()
    // Growth all the time: there is no plateau.
    let rate = 100
    const grow = (over: Partial<AckSample> = {}): void => {
      rate *= 1.05
      f.ack({ deliveryRate: rate, ...over })
    }
    for (let n = 0; n < 25; n++) grow()
    for (let n = 0; n < ranges; n++) f.lose({ seq: 10 * n * MSS })
    f.control.congestion('loss', 10 * MSS, f.now)
    const { cwnd } = f.bbr
    // Neighbours are one place.
    for (let n = 0; n < 20; n++) f.lose({ seq: (10 * ranges - 9 + n) * MSS })
    for (let n = 0; n < 12; n++) grow({ lostSince: 2 * MSS, inFlight: 200 * MSS, recovering: true })
    t.is(f.bbr.state, ranges < 6 ? 'Startup' : 'Drain')
    if (ranges < 6) continue
    f.control.undo(f.now)
    f.control.recovered(f.now)
    t.is(f.bbr.state, 'Startup')
    t.true(f.bbr.cwnd >= cwnd)
  }
})

test('a probe that was broken off for a loss that was none begins again', t => {
  const f = new Feed()
  const path = { inFlight: 9 * MSS }
  f.until('ProbeBW_UP', path)
  f.lose({ lostSince: 3 * MSS })
  f.control.congestion('loss', 10 * MSS, f.now)
  t.is(f.bbr.state, 'ProbeBW_DOWN')
  f.control.undo(f.now)
  f.control.recovered(f.now)
  t.is(f.bbr.state, 'ProbeBW_REFILL')
  f.ack(path)
  t.true(f.bbr.cwnd > 12 * MSS, 'and the bound is gone')
})

test('a timeout: a window of one segment; when it is repaired, the one from before', t => {
  const f = new Feed()
  const path = { inFlight: 9 * MSS }
  f.until('ProbeBW_CRUISE', path)
  const { cwnd } = f.bbr
  f.control.timedOut(10 * MSS, false, f.now)
  t.is(f.bbr.cwnd, MSS)
  f.control.timedOut(10 * MSS, true, f.now)
  f.ack({ ...path, recovering: true })
  t.is(f.bbr.cwnd, 4 * MSS)
  f.control.recovered(f.now)
  t.is(f.bbr.cwnd, cwnd)
})

test('an ECN echo ends Startup, and a probe', t => {
  const f = new Feed()
  for (let n = 0; n < 15; n++) f.ack()
  f.control.congestion('ecn', 10 * MSS, f.now)
  f.ack({ inFlight: 30 * MSS })
  t.is(f.bbr.state, 'Drain')
  f.until('ProbeBW_UP', { inFlight: 8 * MSS })
  f.control.congestion('ecn', 10 * MSS, f.now)
  t.is(f.bbr.state, 'ProbeBW_DOWN')
})

test('ACKs that come in bursts: the window is larger by what came too early', t => {
  const smooth = new Feed()
  const bursty = new Feed()
  const path = { inFlight: 9 * MSS }
  smooth.until('ProbeBW_CRUISE', path)
  bursty.until('ProbeBW_CRUISE', path)
  for (let n = 0; n < 4; n++) smooth.ack(path)
  for (let n = 0; n < 4; n++) {
    bursty.now -= 10
    bursty.ack(path)
  }
  t.true(bursty.bbr.cwnd >= smooth.bbr.cwnd)
  for (let n = 0; n < 4; n++) bursty.ack(path)
  t.true(bursty.bbr.cwnd - smooth.bbr.cwnd >= 2 * MSS, `${bursty.bbr.cwnd} ${smooth.bbr.cwnd}`)
})
