/** Reno by numbers: RFC 5681 §3.1 with the byte counting of RFC 3465. */
import test from 'ava'
import type { CongestionControl } from '../../../src/tcp/congestion/controller.ts'
import { Reno } from '../../../src/tcp/congestion/reno.ts'
import { ack, loseOne, MSS } from './samples.ts'

const begun = (segments: number): CongestionControl => {
  const c: CongestionControl = new Reno()
  c.start(MSS, segments * MSS, 0)
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

test('[R3465-3][R3465-4] slow start: two segments at most for an ACK, one after a timeout', t => {
  const c = begun(10)
  c.acknowledged(ack({ acked: 10 * MSS }))
  t.is(c.cwnd, 12 * MSS)
  c.timedOut(12 * MSS, false, 0)
  t.is(c.cwnd, MSS)
  t.is(c.ssthresh, 6 * MSS)
  c.acknowledged(ack({ acked: 5 * MSS, afterTimeout: true, recovering: true }))
  t.is(c.cwnd, 2 * MSS)
})
