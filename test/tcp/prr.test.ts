/** Proportional rate reduction, RFC 9937. */
import test from 'ava'
import { ProportionalRateReduction } from '../../src/tcp/recovery/prr.ts'
import { dialogue } from '../support/dialogue.ts'
import { ack, at, flying, MSS, numbersSent } from '../support/flights.ts'

const SACK = { sack: true, tailLossProbe: false } as const

/** Begun with 20 segments in flight; ssthresh is 10. In segments for ease of reading. */
const begun = (flight = 20): ProportionalRateReduction => {
  const prr = new ProportionalRateReduction()
  prr.delivered = prr.out = 99
  prr.start(flight)
  return prr
}

test('[R9937-1] it begins with counters at 0', t => {
  t.like(begun(), { delivered: 0, out: 0 })
})

test('[R9937-1] RecoverFS is what was in flight before the ACK, without what was SACKed by then', t => {
  const d = dialogue({ tcp: { ...SACK, lossDetection: 'sack', initialWindow: 20 } })
  const c = flying(d, 20, { segments: 20 })
  d.after(100)
  // Two are SACKed; then one ACK acknowledges five, SACKs two more, and begins recovery.
  d.receives(ack(0, [6, 8]))
  t.is(c.recovery.phase, 'open')
  d.receives(ack(5, [6, 10]))
  t.is(c.recovery.phase, 'recovery')
  const { prr } = c.recovery
  t.is(prr.delivered, 7 * MSS)
  // RecoverFS = 20 - 2: with 11 in flight above ssthresh 10, what is sent is 7 x ssthresh / 18.
  const { ssthresh } = c.congestion
  prr.out = MSS
  t.is(
    prr.window(0, 30 * MSS, ssthresh, MSS, false) - 30 * MSS,
    Math.ceil((7 * MSS * ssthresh) / (18 * MSS)) - MSS,
  )
})

test('[R9937-1] ssthresh is the controller’s, set once for the episode', t => {
  for (const [congestionControl, share] of [
    ['reno', 0.5],
    ['cubic', 0.7],
  ] as const) {
    const d = dialogue({ tcp: { ...SACK, congestionControl, initialWindow: 20 } })
    const c = flying(d, 20)
    d.after(100)
    for (let n = 2; n < 10; n++) d.receives(ack(0, [1, n]))
    t.is(c.congestion.ssthresh, Math.floor(20 * MSS * share))
  }
})

test('[R9937-2] delivered: SND.UNA’s move, and what is newly SACKed; duplicates of known SACKs count nothing', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 20 } })
  const c = flying(d, 20)
  d.after(100)
  d.receives(ack(0, [1, 5]))
  t.is(c.recovery.prr.delivered, 4 * MSS)
  d.skip()
  for (let n = 0; n < 50; n++) d.receives(ack(0, [1, 5]))
  t.is(c.recovery.prr.delivered, 4 * MSS)
  d.silent()
  // Four of the five acknowledged had been SACKed; two more are SACKed.
  d.receives(ack(5, [6, 8]))
  t.is(c.recovery.prr.delivered, 7 * MSS)
})

test('[R9937-2] without SACK made-up duplicates do not raise what is sent above what was in flight', t => {
  const d = dialogue({ tcp: { initialWindow: 10 } })
  flying(d, 10, { syn: 'mss 1460', segments: 60 })
  d.after(100)
  for (let n = 0; n < 500; n++) d.receives(ack(0))
  // Limited transmit 2, the retransmission, and no more than the flight of new ones.
  t.true(numbersSent(d).length <= 10)
})

test('[R9937-3] in flight is what is neither SACKed nor lost, and what of the lost was sent again', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 20 } })
  const c = flying(d, 20, { segments: 20 })
  d.after(100)
  d.receives(ack(0, [5, 10]))
  // 0 … 4 are lost, one of them is sent again; 5 … 9 have left the network.
  const again = numbersSent(d).length
  t.true(again >= 1)
  t.is(c.flight.underWay, (10 + again) * MSS)
  t.is(c.flight.lost, (5 - again) * MSS)
})

test('[R9937-4] more in flight than ssthresh: one is sent for two that are delivered', t => {
  const prr = begun()
  prr.out = 1
  const counts: number[] = []
  for (let n = 0; n < 8; n++) {
    const count = prr.window(1, 15, 10, 1, true) - 15
    prr.out += count
    counts.push(count)
  }
  t.deepEqual(counts, [0, 0, 1, 0, 1, 0, 1, 0])
})

test('[R9937-4] 20 in flight, one lost: the window comes down evenly within a round trip', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 20 } })
  const c = flying(d, 20)
  d.after(100)
  const sent: number[] = []
  const windows: number[] = []
  for (let n = 2; n <= 20; n++) {
    d.receives(ack(0, [1, n]))
    sent.push(numbersSent(d).length)
    windows.push(c.congestion.cwnd / MSS)
  }
  // Two by limited transmit and the fast retransmit, then every second ACK.
  t.deepEqual(sent.slice(0, 17), [1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0])
  for (let n = 4; n < windows.length; n++) t.true(windows[n]! <= windows[n - 1]!)
  t.is(c.flight.underWay, 10 * MSS)
})

test('[R9937-5] less in flight than ssthresh: as much as is delivered, one more only when SND.UNA moves without loss', t => {
  const prr = begun()
  prr.out = 1
  t.is(prr.window(1, 5, 10, 1, false), 6)
  t.is(prr.window(1, 5, 10, 1, true), 7)
  // It may catch up what it has fallen behind …
  t.is(prr.window(2, 5, 10, 1, false), 5 + 3)
  // … but never above ssthresh.
  t.is(prr.window(2, 9, 10, 1, true), 10)
  prr.out = 50
  t.is(prr.window(2, 5, 10, 1, false), 7)
})

test('[R9937-5] 15 of 20 are lost: one for each delivered, until SND.UNA moves: then one more', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 20 } })
  const c = flying(d, 20)
  d.after(100)
  d.receives(ack(0, [15, 18]))
  t.is(c.recovery.phase, 'recovery')
  t.is(numbersSent(d).length, 3)
  d.receives(ack(0, [15, 19]))
  t.is(numbersSent(d).length, 1)
  d.receives(ack(0, [15, 20]))
  t.is(numbersSent(d).length, 1)
  d.after(100)
  d.receives(ack(1, [15, 20]))
  t.is(numbersSent(d).length, 2)
})

test('[R9937-5] an ACK that moves SND.UNA but shows another loss is no safe one', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 30 } })
  const c = flying(d, 30)
  d.after(100)
  d.receives(ack(0, [15, 18]))
  t.is(c.flight.lostInAll, 15 * MSS)
  const first = numbersSent(d)
  t.deepEqual(first, [0, 1, 2])
  d.after(50)
  // 0 arrives, and 28, sent with all others; 18 … 27 are lost too. As much is lost as was sent again.
  d.receives(ack(0, [15, 18], [28, 29]))
  d.skip()
  const before = c.flight.lostInAll
  t.is(before, 25 * MSS)
  d.after(50)
  const { out } = c.recovery.prr
  // The next to be found lost: the retransmissions of 0 … 2, sent before that of 3.
  const beyond = numbersSent(d)
  t.deepEqual(beyond, [])
  d.receives(ack(1, [2, 3], [15, 18], [28, 29]))
  t.true(c.flight.lostInAll > before)
  t.is(c.recovery.prr.out - out, 2 * MSS)
})

test('[R9937-6] the fast retransmit leaves with the first ACK of recovery, whatever the sum', t => {
  const prr = begun()
  t.is(prr.window(0, 15, 10, 1, false), 16)
  t.is(begun(20_000).window(100, 15_000, 10_000, 1000, false), 16_000)
  // Later there may be nothing to send.
  prr.out = 5
  t.is(prr.window(0, 15, 10, 1, false), 15)
})

test('[R9937-6] also when the reordering timer has begun it, without an ACK', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 20 } })
  const c = flying(d, 20)
  d.after(100)
  d.receives(ack(0, [1, 2]))
  d.skip()
  d.after(25)
  t.is(c.recovery.phase, 'recovery')
  t.is(numbersSent(d)[0], 0)
})

test('[R9937-6] also when it begins with the ACK that ends another', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 20 } })
  const c = flying(d, 20)
  d.after(100)
  d.receives(ack(0, [1, 4]))
  for (let n = 5; n <= 20; n++) d.receives(ack(0, [1, n]))
  const point = Math.round((((c.recovery.point - c.snd.iss) | 0) - 1) / MSS)
  const next = Math.round((((c.snd.nxt - c.snd.iss) | 0) - 1) / MSS)
  t.true(next > point + 4)
  d.skip()
  d.after(100)
  // All up to the point has come, and of what was sent since the first is lost.
  d.receives(ack(point, [point + 1, next]))
  t.is(c.recovery.phase, 'recovery')
  t.is(numbersSent(d)[0], point)
})

test('[R9937-7] when the episode ends cwnd is ssthresh', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 20 } })
  const c = flying(d, 20)
  d.after(100)
  // Nearly all is lost: the window is far below ssthresh.
  d.receives(ack(0, [17, 20]))
  d.skip()
  t.true(c.congestion.cwnd < c.congestion.ssthresh)
  const { ssthresh } = c.congestion
  d.receives(`. 1:1(0) ack ${at(20)} win 60000`)
  t.is(c.recovery.phase, 'open')
  t.is(c.congestion.cwnd, ssthresh)
})
