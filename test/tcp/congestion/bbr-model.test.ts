/** BBR's model of the path over time: the best rate of two cycles, the least round trip of ten seconds, pauses (draft-ietf-ccwg-bbr). */
import test, { type ExecutionContext } from 'ava'
import type { BbrState } from '../../../src/tcp/congestion/bbr/block.ts'
import { Feed } from './bbr-feed.ts'
import { MSS } from './samples.ts'

const path = { inFlight: 9 * MSS }
const near = (t: ExecutionContext, value: number, wanted: number, what?: string): void => {
  t.true(Math.abs(value - wanted) < 1e-6, `${value}, not ${wanted}${what === undefined ? '' : `: ${what}`}`)
}

/** Through one cycle of probing, to where it cruises again. */
const cycle = (f: Feed, over: object): void => {
  for (const state of ['ProbeBW_UP', 'ProbeBW_DOWN', 'ProbeBW_CRUISE'] as BbrState[]) f.until(state, over)
}

test('as long as there is no round trip the first pacing rate stays', t => {
  const f = new Feed()
  const { pacingRate } = f.bbr
  f.ack({ deliveryRate: 0, srtt: -1, rtt: -1 })
  t.is(f.bbr.pacingRate, pacingRate)
  f.ack({ deliveryRate: 0, srtt: 0, rtt: -1 })
  t.is(f.bbr.pacingRate, pacingRate)
})

test('the bandwidth is the best of this cycle of probing and the last one', t => {
  const f = new Feed()
  f.until('ProbeBW_CRUISE', path)
  near(t, f.bbr.pacingRate, 99)
  const slow = { inFlight: 4 * MSS, deliveryRate: 50 }
  f.until('ProbeBW_UP', slow)
  f.until('ProbeBW_DOWN', slow)
  f.ack(slow)
  near(t, f.bbr.pacingRate, 99, 'the cycle before has seen more')
  f.until('ProbeBW_CRUISE', slow)
  cycle(f, slow)
  for (let n = 0; n < 11; n++) f.ack(slow)
  near(t, f.bbr.pacingRate, 49.5)
})

test('cycles of a sender with little to send teach nothing: the bandwidth stays', t => {
  const f = new Feed()
  f.until('ProbeBW_CRUISE', path)
  const little = { inFlight: 4 * MSS, deliveryRate: 50, appLimited: true }
  for (let n = 0; n < 800; n++) f.ack(little)
  f.until('ProbeBW_CRUISE', little)
  near(t, f.bbr.pacingRate, 99)
})

test('the least round trip of ten seconds counts, and is measured every five', t => {
  const f = new Feed()
  f.until('ProbeBW_CRUISE', path)
  const first = 10
  const longer = { inFlight: 4 * MSS, rtt: 150 }
  f.until('ProbeRTT', longer)
  t.is(f.now, first + 5010, 'the first ACK after five seconds')
  t.true(f.bbr.cwnd <= 5 * MSS, 'half of a hundred bytes a ms by 100 ms')
  f.until('ProbeBW_CRUISE', longer)
  while (f.now < first + 9500) f.ack(longer)
  f.until('ProbeRTT', longer)
  t.true(f.now > first + 10_000)
  for (let n = 0; n < 100 && f.bbr.state === 'ProbeRTT'; n++) f.ack({ ...longer, inFlight: 7 * MSS })
  t.true(f.bbr.cwnd > 24 * MSS, `${f.bbr.cwnd}: two of 15 segments, and what comes in one go`)
})

test('ProbeRTT takes its 200 ms and a round trip the second time as well', t => {
  const f = new Feed()
  const longer = { inFlight: 4 * MSS, rtt: 101 }
  f.until('ProbeBW_CRUISE', { ...longer, rtt: 100 })
  for (const time of ['first', 'second']) {
    f.until('ProbeRTT', longer)
    const began = f.now
    for (let n = 0; n < 100 && f.bbr.state === 'ProbeRTT'; n++) f.ack(longer)
    t.is(f.now - began, 210, `the ${time} time`)
    t.is(f.bbr.state, 'ProbeBW_CRUISE')
  }
})

test('a pause makes ProbeRTT needless: the first ACK after it tells of the round trip', t => {
  for (const paused of [false, true]) {
    const f = new Feed()
    f.until('ProbeBW_CRUISE', path)
    f.now += 6000
    if (paused) f.control.resumed!(f.now)
    f.ack(path)
    t.is(f.bbr.state === 'ProbeRTT', !paused)
  }
})

test('sending begins anew at the bandwidth, not above it; ProbeRTT ends if its time is over', t => {
  const f = new Feed()
  f.until('ProbeBW_UP', path)
  f.ack(path)
  near(t, f.bbr.pacingRate, 1.25 * 99)
  f.control.resumed!(f.now)
  near(t, f.bbr.pacingRate, 99)
  const low = { inFlight: 4 * MSS, rtt: 101 }
  const g = new Feed()
  g.until('ProbeBW_CRUISE', path)
  g.until('ProbeRTT', { ...low, inFlight: 9 * MSS })
  g.control.resumed!(g.now + 1000)
  t.is(g.bbr.state, 'ProbeRTT', 'more is in flight than half the pipe: its time has not begun')
  g.ack(low)
  g.control.resumed!(g.now + 200)
  t.is(g.bbr.state, 'ProbeRTT')
  g.control.resumed!(g.now + 201)
  t.is(g.bbr.state, 'ProbeBW_CRUISE')
})

test('a hundred segments in a round trip of 10 ms: after 63 of them bandwidth is probed, Reno would want as long', t => {
  const f = new Feed()
  // 10 ms and 10 kB a ms: a hundred segments fit.
  const fast = { deliveryRate: 10_000, rtt: 10, srtt: 10, inFlight: 99 * MSS }
  const ack = () => {
    f.now -= 9
    f.ack(fast)
  }
  const until = (state: BbrState) => {
    for (let n = 0; n < 10_000 && f.bbr.state !== state; n++) ack()
  }
  until('ProbeBW_CRUISE')
  const began = f.now
  until('ProbeBW_REFILL')
  t.true(f.now - began >= 600 && f.now - began <= 640, `${f.now - began}`)
})

test('a segment size that is larger than the window is a window', t => {
  const f = new Feed()
  f.control.timedOut(10 * MSS, false, 0)
  f.control.segmentSize(MSS + 400)
  t.is(f.bbr.cwnd, MSS + 400)
})

test('a quarter more in a round trip is growth, and three round trips without begin anew; a hair less is none', t => {
  for (const rate of [80, 79.9]) {
    const f = new Feed()
    for (let n = 0; n < 40; n++) f.ack({ deliveryRate: n < 10 ? 64 : rate, inFlight: 30 * MSS })
    t.is(f.bbr.state, rate === 80 ? 'Startup' : 'Drain')
  }
})

test('ProbeRTT lasts a round trip from when the window is low, where that is longer than 200 ms', t => {
  const f = new Feed()
  f.until('ProbeBW_CRUISE', path)
  // Ten ACKs 50 ms apart are a round trip; the one in which it begins is half over.
  const ack = (inFlight: number) => {
    f.now += 40
    f.ack({ inFlight, rtt: 101 })
  }
  for (const time of ['first', 'second']) {
    f.until('ProbeRTT', { ...path, rtt: 101 })
    for (let n = 0; n < 5; n++) ack(9 * MSS)
    let acks = 0
    for (; f.bbr.state === 'ProbeRTT' && acks < 100; acks++) ack(4 * MSS)
    t.is(acks, 11, `the ${time} time`)
  }
})
