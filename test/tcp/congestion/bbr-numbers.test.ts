/** The numbers of BBR, told ACK by ACK: draft-ietf-ccwg-bbr. */
import test from 'ava'
import { Bbr } from '../../../src/tcp/congestion/bbr/bbr.ts'
import type { AckSample } from '../../../src/tcp/congestion/controller.ts'
import { Feed } from './bbr-feed.ts'
import { MSS } from './samples.ts'

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

test('ProbeRTT: half the pipe in flight for 200 ms and a round trip, counted from when no more is; then as before', t => {
  const f = new Feed()
  const path = { inFlight: 9 * MSS, rtt: 101 }
  f.until('ProbeBW_CRUISE', { ...path, rtt: 100 })
  f.until('ProbeRTT', path)
  t.is(f.bbr.state, 'ProbeRTT')
  for (let n = 0; n < 50; n++) f.ack({ inFlight: 5 * MSS + 1 })
  t.is(f.bbr.state, 'ProbeRTT', 'more is in flight than half the pipe')
  t.true(f.bbr.cwnd <= 5 * MSS)
  const began = f.now
  for (let n = 0; n < 100 && f.bbr.state === 'ProbeRTT'; n++) f.ack({ inFlight: 5 * MSS })
  // The first ACK begins it, and 200 ms later it is over with the next.
  t.is(f.now - began, 220)
  t.true(f.bbr.cwnd >= 10 * MSS)
})

test('what was sent while ProbeRTT held sending back does not fill the pipe: Startup goes on', t => {
  const f = new Feed()
  f.ack({ appLimited: true })
  f.until('ProbeRTT', { appLimited: true, rtt: 101 })
  t.is(f.bbr.state, 'ProbeRTT')
  // Five round trips at the same rate.
  for (let n = 0; n < 50; n++) f.ack({ inFlight: 9 * MSS })
  for (let n = 0; n < 100 && f.bbr.state === 'ProbeRTT'; n++) f.ack({ inFlight: 4 * MSS })
  t.is(f.bbr.state, 'Startup')
})

test('a probe that comes to where the last one lost ends there as a precaution; another follows a round trip later', t => {
  const f = new Feed()
  f.until('ProbeBW_UP', { inFlight: 9 * MSS })
  f.lose({ sentInFlight: 9 * MSS, lostSince: 3 * MSS })
  f.ack({ inFlight: 7 * MSS, sentInFlight: 8 * MSS })
  t.is(f.bbr.cwnd, 8 * MSS, 'the bound')
  f.until('ProbeBW_UP', { inFlight: 7 * MSS, sentInFlight: 7 * MSS })
  f.ack({ inFlight: 8 * MSS - 1, sentInFlight: 7 * MSS })
  t.is(f.bbr.state, 'ProbeBW_UP')
  f.ack({ inFlight: 8 * MSS, sentInFlight: 7 * MSS })
  t.is(f.bbr.state, 'ProbeBW_DOWN')
  let acks = 0
  for (; f.bbr.state !== 'ProbeBW_REFILL' && acks < 100; acks++)
    f.ack({ inFlight: 6 * MSS, sentInFlight: 7 * MSS })
  t.true(acks <= 11, `${acks}`)
  // That was no loss: the next one may go further.
  f.until('ProbeBW_UP', { inFlight: 7 * MSS, sentInFlight: 7 * MSS })
  f.ack({ inFlight: 9 * MSS, sentInFlight: 7 * MSS })
  t.is(f.bbr.state, 'ProbeBW_UP')
})
