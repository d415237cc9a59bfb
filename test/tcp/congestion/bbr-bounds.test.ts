/** BBR's bounds by losses: they come, grow while a probe goes on, and go when there was no loss (draft-ietf-ccwg-bbr). */
import test, { type ExecutionContext } from 'ava'
import type { AckSample } from '../../../src/tcp/congestion/controller.ts'
import { Feed } from './bbr-feed.ts'
import { MSS } from './samples.ts'

const path = { inFlight: 9 * MSS }
const near = (t: ExecutionContext, value: number, wanted: number, what?: string): void => {
  t.true(Math.abs(value - wanted) < 1e-6, `${value}, not ${wanted}${what === undefined ? '' : `: ${what}`}`)
}

/** A loss between round trips of this rate. */
const loseAndSlow = (f: Feed, over: Partial<AckSample>): void => {
  for (let n = 0; n < 25; n++) f.ack(over)
  f.lose()
  for (let n = 0; n < 11; n++) f.ack(over)
}

/** A path of ten segments whose bound is eight, which a probe has reached; the window is what limits. */
const boundAtEight = (): {
  f: Feed
  full: { inFlight: number; sentInFlight: number; cwndLimited: boolean }
} => {
  const f = new Feed()
  f.until('ProbeBW_UP', path)
  f.lose({ sentInFlight: 9 * MSS, lostSince: 3 * MSS })
  // Below the bound, or the next probe would end as a precaution.
  const full = { inFlight: 7 * MSS, sentInFlight: 7 * MSS, cwndLimited: true }
  f.ack({ ...full, sentInFlight: 8 * MSS })
  f.until('ProbeBW_UP', full)
  return { f, full }
}

test('a loss that was none, found out after the bounds came down: both are gone', t => {
  const f = new Feed()
  f.until('ProbeBW_CRUISE', path)
  const { cwnd } = f.bbr
  loseAndSlow(f, { ...path, deliveryRate: 50 })
  near(t, f.bbr.pacingRate, 70 * 0.99)
  t.true(f.bbr.cwnd < cwnd)
  f.control.undo(f.now)
  t.is(f.bbr.cwnd, cwnd, 'at once')
  f.ack({ ...path, deliveryRate: 50 })
  near(t, f.bbr.pacingRate, 99)
  t.true(f.bbr.cwnd >= cwnd)
})

test('the bounds of the episode before stay when the later one was none', t => {
  const f = new Feed()
  // A hundred segments fit, so that there is time before the next probe.
  const large = { inFlight: 99 * MSS, deliveryRate: 1000 }
  f.until('ProbeBW_CRUISE', large)
  loseAndSlow(f, { ...large, deliveryRate: 500 })
  f.control.recovered(f.now)
  near(t, f.bbr.pacingRate, 700 * 0.99)
  loseAndSlow(f, { ...large, deliveryRate: 400 })
  near(t, f.bbr.pacingRate, 490 * 0.99)
  f.control.undo(f.now)
  f.ack({ ...large, deliveryRate: 400 })
  near(t, f.bbr.pacingRate, 700 * 0.99)
})

test('a loss that was none, found out in its round trip: no bound comes down', t => {
  const f = new Feed()
  f.until('ProbeBW_CRUISE', path)
  for (let n = 0; n < 25; n++) f.ack({ ...path, deliveryRate: 50 })
  f.lose()
  f.control.undo(f.now)
  for (let n = 0; n < 25; n++) f.ack({ ...path, deliveryRate: 50 })
  near(t, f.bbr.pacingRate, 99)
})

test('an episode that begins in the round trip in which another has ended has a window of its own to go back to', t => {
  const f = new Feed()
  for (let n = 0; n < 15; n++) f.ack()
  f.control.congestion('loss', 10 * MSS, f.now)
  f.control.recovered(f.now)
  const before = f.bbr.cwnd
  f.ack({ deliveryRate: 200 })
  f.ack({ deliveryRate: 200 })
  const { cwnd } = f.bbr
  t.true(cwnd > before)
  f.control.congestion('loss', 10 * MSS, f.now)
  f.control.timedOut(10 * MSS, true, f.now)
  t.is(f.bbr.cwnd, MSS)
  f.control.recovered(f.now)
  t.is(f.bbr.cwnd, cwnd)
})

test('ProbeRTT in the middle of a repair: afterwards the window is the one from before the repair', t => {
  const twin = new Feed()
  const slow = { ...path, rtt: 101 }
  twin.until('ProbeBW_CRUISE', path)
  twin.until('ProbeRTT', slow)
  const f = new Feed()
  f.until('ProbeBW_CRUISE', path)
  while (f.now < twin.now - 10) f.ack(slow)
  const { cwnd } = f.bbr
  f.control.timedOut(10 * MSS, false, f.now)
  f.ack(slow)
  t.is(f.bbr.state, 'ProbeRTT')
  for (let n = 0; n < 100 && f.bbr.state === 'ProbeRTT'; n++) f.ack({ inFlight: 4 * MSS })
  t.true(f.bbr.cwnd >= cwnd, `${f.bbr.cwnd}, ${cwnd} before`)
})

test('while a probe goes on the bound grows: by a segment in the first round trip, twice as much in each other', t => {
  const { f, full } = boundAtEight()
  t.is(f.bbr.state, 'ProbeBW_UP')
  const bounds: number[] = []
  for (let n = 0; n < 50; n++) {
    f.ack(full)
    bounds.push(f.bbr.cwnd / MSS)
  }
  t.is(f.bbr.state, 'ProbeBW_UP', 'at the bound a plateau says nothing')
  // Round trips of ten ACKs, with a window of eight: one segment more each eight, four, two ACKs …
  const first = bounds.indexOf(9)
  t.is(bounds[0], 8)
  t.true(first >= 6 && first <= 8, `${bounds}`)
  t.is(bounds[9], 9)
  t.true(bounds[19]! >= 11 && bounds[19]! <= 12, `${bounds}`)
  t.true(bounds[29]! >= 14, `${bounds}`)
})

test('a probe that the window does not hold back leaves the bound where it is, and ends at the plateau', t => {
  const { f, full } = boundAtEight()
  const idle = { ...full, cwndLimited: false }
  let acks = 0
  for (; f.bbr.state === 'ProbeBW_UP' && acks < 200; acks++) f.ack(idle)
  t.is(f.bbr.state, 'ProbeBW_DOWN')
  t.true(acks >= 30 && acks <= 60, `${acks}`)
  // The round trip, and the one after it, count as held back: one more in the first, two in the second.
  t.true(f.bbr.cwnd <= 11 * MSS, `${f.bbr.cwnd}`)
})

test('what was counted in one probe does not count in the next', t => {
  const { f, full } = boundAtEight()
  for (let n = 0; n < 6; n++) f.ack(full)
  t.is(f.bbr.cwnd, 8 * MSS, 'not yet')
  // It ends: so much is in flight as the last probe lost with.
  f.ack({ ...full, inFlight: 8 * MSS })
  t.is(f.bbr.state, 'ProbeBW_DOWN')
  f.until('ProbeBW_UP', full)
  for (let n = 0; n < 4; n++) f.ack(full)
  t.is(f.bbr.cwnd, 8 * MSS)
})

test('more than the bound in flight without a loss raises it; an ACK that delivers nothing does not', t => {
  const { f, full } = boundAtEight()
  f.ack({ ...full, priorDelivered: -1, sentInFlight: 12 * MSS })
  f.ack(full)
  t.is(f.bbr.cwnd, 8 * MSS)
  f.ack({ ...full, sentInFlight: 12 * MSS, lostSince: 2 * MSS })
  f.ack(full)
  t.is(f.bbr.cwnd, 8 * MSS, 'too much was lost')
  f.ack({ ...full, sentInFlight: 12 * MSS })
  for (let n = 0; n < 3; n++) f.ack(full)
  t.true(f.bbr.cwnd > 8 * MSS)
})

test('a loss of a sender with little to send ends a probe without a bound; else 0.7 of what fits is the least', t => {
  const f = new Feed()
  f.until('ProbeBW_UP', path)
  f.lose({ sentInFlight: 4 * MSS, lostSince: 3 * MSS, appLimited: true })
  t.is(f.bbr.state, 'ProbeBW_DOWN')
  f.ack(path)
  t.true(f.bbr.cwnd > 12 * MSS)
  const g = new Feed()
  g.until('ProbeBW_UP', path)
  g.lose({ sentInFlight: 4 * MSS, lostSince: 3 * MSS })
  g.ack({ ...path, sentInFlight: 4 * MSS })
  t.is(g.bbr.cwnd, 7 * MSS)
})

test('an ECN echo brings the bounds down as a loss does, and losses with every ACK do so once a round trip', t => {
  const slow = { ...path, deliveryRate: 50 }
  const marked = new Feed()
  marked.until('ProbeBW_CRUISE', path)
  for (let n = 0; n < 25; n++) marked.ack(slow)
  marked.control.congestion('ecn', 10 * MSS, marked.now)
  for (let n = 0; n < 11; n++) marked.ack(slow)
  near(t, marked.bbr.pacingRate, 70 * 0.99)
  const lossy = new Feed()
  lossy.until('ProbeBW_CRUISE', path)
  for (let n = 0; n < 25; n++) lossy.ack(slow)
  for (let n = 0; n < 11; n++) {
    lossy.lose()
    lossy.ack(slow)
  }
  near(t, lossy.bbr.pacingRate, 70 * 0.99)
})

test('the window comes down by 0.7 a round trip with losses, to what a round trip delivers', t => {
  const f = new Feed()
  f.until('ProbeBW_CRUISE', path)
  f.ack({ ...path, deliveryRate: 0, priorDelivered: -1 })
  const { cwnd } = f.bbr
  for (let round = 1; round <= 4; round++) {
    f.lose()
    for (let n = 0; n < 11; n++) f.ack(path)
    const wanted = Math.max(10 * MSS, 0.7 ** round * cwnd)
    t.true(Math.abs(f.bbr.cwnd - wanted) <= 1, `${f.bbr.cwnd}, not ${wanted}`)
    f.ack({ ...path, deliveryRate: 0, priorDelivered: -1 })
  }
})

test('cruising leaves 0.15 of the bound to others, a segment at least; probing does not', t => {
  const { f, full } = boundAtEight()
  f.ack(full)
  t.is(f.bbr.cwnd, 8 * MSS)
  f.lose({ sentInFlight: 9 * MSS, lostSince: 3 * MSS })
  const low = { ...full, inFlight: 5 * MSS, sentInFlight: 5 * MSS }
  f.until('ProbeBW_CRUISE', low)
  for (let n = 0; n < 3; n++) f.ack(low)
  t.is(f.bbr.cwnd, 0.85 * 8 * MSS)
})

test('after a probe that ended as a precaution another follows at once, unless its segments turn out lost after all', t => {
  for (const lost of [false, true]) {
    const { f, full } = boundAtEight()
    f.ack({ ...full, inFlight: 8 * MSS })
    t.is(f.bbr.state, 'ProbeBW_DOWN')
    if (lost) f.lose({ sentInFlight: 8 * MSS, lostSince: 3 * MSS })
    const states = new Set<string>()
    for (let n = 0; n < 11; n++) {
      f.ack({ ...full, inFlight: 6 * MSS })
      states.add(f.bbr.state)
    }
    t.is(states.has('ProbeBW_REFILL'), !lost)
  }
})

test('what a probe has sent is told from what came later by a whole round trip from its end on', t => {
  const { f, full } = boundAtEight()
  // In the middle of a round trip.
  for (let n = 0; n < 5; n++) f.ack(full)
  f.ack({ ...full, inFlight: 8 * MSS })
  t.is(f.bbr.state, 'ProbeBW_DOWN')
  let acks = 0
  for (; f.bbr.state !== 'ProbeBW_REFILL' && acks < 100; acks++) f.ack({ ...full, inFlight: 6 * MSS })
  t.is(acks, 10)
})

test('after a loss that was none the plateau of Startup begins anew, whatever the rate: the first is its mark', t => {
  const f = new Feed()
  const slow = { deliveryRate: 1, inFlight: 30 * MSS }
  for (let n = 0; n < 20; n++) f.ack(slow)
  f.control.congestion('loss', 10 * MSS, f.now)
  f.control.undo(f.now)
  for (let n = 0; n < 30; n++) f.ack(slow)
  t.is(f.bbr.state, 'Startup', 'a mark and two more')
  for (let n = 0; n < 10; n++) f.ack(slow)
  t.is(f.bbr.state, 'Drain')
})
