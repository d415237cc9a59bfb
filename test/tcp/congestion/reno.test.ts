/** Reno by numbers: RFC 5681 §3.1 with the byte counting of RFC 3465. */
import test from 'ava'
import type { CongestionControl } from '../../../src/tcp/congestion/controller.ts'
import { Reno } from '../../../src/tcp/congestion/reno.ts'
import { ack, loseOne, MSS } from './samples.ts'

const begun = (segments: number): CongestionControl => {
  const c: CongestionControl = new Reno()
  c.start(MSS, segments * MSS, 0, 'none')
  return c
}

test('[R3465-1] congestion avoidance counts bytes: a segment a window, however they are acknowledged', t => {
  for (const acked of [100, 250, MSS, 2 * MSS, 5 * MSS]) {
    const c = begun(20)
    loseOne(c, 0)
    t.is(c.cwnd, 10 * MSS)
    for (let bytes = acked; bytes < 10 * MSS; bytes += acked) c.acknowledged(ack({ acked }))
    t.is(c.cwnd, 10 * MSS, `${acked} an ACK: a window but for one`)
    c.acknowledged(ack({ acked }))
    t.is(c.cwnd, 11 * MSS)
  }
})

test('[R3465-3][R3465-4] slow start without pacing: two segments at most for an ACK, one after a timeout', t => {
  const c = begun(10)
  c.acknowledged(ack({ acked: 10 * MSS }))
  t.is(c.cwnd, 12 * MSS)
  c.timedOut(12 * MSS, false, 0)
  t.is(c.cwnd, MSS)
  t.is(c.ssthresh, 6 * MSS)
  c.acknowledged(ack({ acked: 5 * MSS, afterTimeout: true, recovering: true }))
  t.is(c.cwnd, 2 * MSS)
})

test('[R3465-3][R9406-6] an ACK that stands for many lets the window grow by all it delivers, and the sender paces', t => {
  const c = begun(20)
  c.acknowledged(ack({ now: 50, acked: 9 * MSS }))
  t.is(c.cwnd, 29 * MSS)
  t.is(c.pacingRate, (2 * 29 * MSS) / 100, 'two windows a round trip in slow start')
  c.congestion('loss', 29 * MSS, 60)
  c.cwnd = c.ssthresh
  c.acknowledged(ack({ now: 100, acked: 9 * MSS, inFlight: 0 }))
  t.is(c.pacingRate, (1.2 * c.cwnd) / 100, 'a fifth more than the window later on')
})

test('[R3465-4] after a timeout what SACKs have told before does not count, and without SACK an ACK counts one', t => {
  const c = begun(40)
  c.acknowledged(ack({ now: 50, acked: 20 * MSS }))
  c.timedOut(60 * MSS, false, 300)
  const after = { acked: 20 * MSS, afterTimeout: true, recovering: true }
  c.acknowledged(ack({ ...after, now: 350, delivered: 12 * MSS, sack: true }))
  t.is(c.cwnd, 13 * MSS)
  c.acknowledged(ack({ ...after, now: 400 }))
  t.is(c.cwnd, 14 * MSS)
})

test('ACKs close together, of a short path, or of few segments are a clock: nothing is paced', t => {
  for (const [now, acked, srtt] of [
    [1, 40, 100],
    [50, 40, 3],
    [50, 8, 100],
  ] as const) {
    const c = begun(100)
    c.acknowledged(ack({ now, acked: acked * MSS, srtt }))
    t.is(c.pacingRate, 0)
    t.is(c.cwnd, 102 * MSS)
  }
})

test('two windows of ACKs that come often end the pacing', t => {
  const c = begun(20)
  loseOne(c, 0)
  c.acknowledged(ack({ now: 50, acked: 9 * MSS }))
  let acks = 0
  for (; c.pacingRate > 0; acks++) c.acknowledged(ack({ now: 50 + acks }))
  t.is(acks, 27, 'the window has grown to 13 segments meanwhile')
})
