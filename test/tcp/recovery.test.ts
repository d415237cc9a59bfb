/** Fast retransmit and fast recovery: RFC 5681 §3.2, RFC 6582. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'

const MSS = 1460
/** The sequence number of segment n, from 0. */
const at = (n: number): number => 1 + n * MSS
const segment = (n: number): string => `. ${at(n)}:${at(n + 1)}(1460) ack 1`
const ack = (n: number): string => `. 1:1(0) ack ${at(n)} win 60000`

/** Ten segments are out, with plenty more behind them. */
const flying = (d: Dialogue, segments = 60): Connection => {
  const c = d.established({}, 'S 0:0(0) win 65535 <mss 1460>', '. 1:1(0) ack 1 win 60000').connection!
  send(c, Buffer.alloc(segments * MSS))
  for (let n = 0; n < 10; n++) d.sends(segments === 10 && n === 9 ? `P${segment(n)}` : segment(n))
  d.silent()
  return c
}

test('[R5681-9][R3042-1][R3042-2] two duplicates let new segments go, the third sends SND.UNA again', t => {
  const d = dialogue()
  const c = flying(d)
  d.after(100)
  for (const n of [10, 11]) {
    d.receives(ack(0))
    d.sends(segment(n))
    d.silent()
    t.is(c.congestion.cwnd, 10 * MSS)
  }
  d.receives(ack(0))
  d.sends(segment(0))
  d.silent()
  t.true(c.recovery.phase === 'recovery')
  t.is(d.clock.now(), 100)
})

test('[R5681-9] what the rest of a batch acknowledges is not sent again', t => {
  const d = dialogue()
  const c = flying(d, 10)
  d.receives(ack(0), ack(0), ack(0), ack(5))
  d.sends(segment(5))
  d.silent()
  t.is(c.recovery.phase, 'recovery')
  t.is(c.troubles.retransmissions, 1)
})

test('[R5681-9] window updates, data, FINs and older ACKs are no duplicates', t => {
  const d = dialogue()
  const c = flying(d)
  for (let n = 1; n <= 5; n++) d.receives(`. 1:1(0) ack 1 win ${60_000 - n}`)
  for (let n = 0; n < 5; n++) d.receives(`P. ${1 + n}:${2 + n}(1) ack 1 win 59995`)
  t.true(d.skip().every(s => s.text.length === 0))
  t.is(c.recovery.duplicateAcks, 0)
  d.receives('. 6:6(0) ack 1 win 59995')
  d.sends(`. ${at(10)}:${at(11)}(1460) ack 6`)
  t.is(c.recovery.duplicateAcks, 1)
  for (let n = 0; n < 3; n++) d.receives('F. 6:6(0) ack 1 win 59995')
  t.true(d.skip().every(s => s.text.length === 0))
  t.false(c.recovery.phase === 'recovery')
})

test('[R5681-9] of duplicates no more count than there are segments behind the first', t => {
  for (const [segments, small, again] of [
    [1, false, false],
    [3, false, false],
    [4, false, true],
    [1, true, false],
    [3, true, false],
    [4, true, true],
  ] as const) {
    const d = dialogue({ tcp: { noDelay: true } })
    const c = d.established().connection!
    for (let n = 0; n < segments; n++) {
      send(c, Buffer.alloc(small ? 10 : MSS))
      d.skip()
    }
    for (let n = 0; n < 6; n++) d.receives('. 1:1(0) ack 1')
    t.is(d.skip().length, again ? 1 : 0, `${segments}, small ${small}`)
    t.is(c.recovery.phase === 'recovery', again)
  }
})

test('[R6582-2] the recovery point comes along: 2 GiB without a loss later duplicates still count', t => {
  const d = dialogue()
  const c = flying(d)
  for (let n = 0; n < 3; n++) d.receives(ack(0))
  const { point } = c.recovery
  d.receives(ack(12))
  t.is(c.recovery.phase, 'open')
  d.receives(ack(14))
  t.true(((c.recovery.point - point) | 0) > 0)
  t.is((c.snd.una - c.recovery.point) | 0, 1)
  // Not before all of it is acknowledged: after a timeout duplicates below it tell of nothing.
  d.after(1000)
  const { point: timedOut } = c.recovery
  d.receives(ack(15))
  t.is(c.recovery.point, timedOut)
})

test('[R5681-9] with nothing outstanding an ACK of what is known is no duplicate', t => {
  const d = dialogue()
  const c = d.established().connection!
  for (let n = 0; n < 5; n++) d.receives('. 1:1(0) ack 1')
  t.is(c.recovery.duplicateAcks, 0)
  d.silent()
})

test('[R5681-10][R6582-3] ten in flight, the first lost: cwnd 5 + 3, then 9 … 14, then no burst', t => {
  const d = dialogue()
  const c = flying(d)
  const trace: number[] = []
  for (let n = 0; n < 9; n++) {
    d.receives(ack(0))
    if (n >= 2) trace.push(c.congestion.cwnd / MSS)
  }
  t.deepEqual(trace, [8, 9, 10, 11, 12, 13, 14])
  t.is(c.congestion.ssthresh, 5 * MSS)
  // Limited transmit, then the fast retransmit, then what the window of 14 lets go.
  for (const n of [10, 11, 0, 12, 13]) d.sends(segment(n))
  d.silent()
  d.receives(ack(12))
  t.is(c.congestion.cwnd, 3 * MSS)
  t.false(c.recovery.phase === 'recovery')
  d.sends(segment(14))
  d.silent()
})

test('[R6582-1] recover begins at ISS, so that the first loss of all is found', t => {
  const d = dialogue()
  const c = flying(d)
  d.receives(ack(0))
  t.is(c.recovery.point, c.snd.iss)
  t.is(c.recovery.duplicateAcks, 1)
})

test('[R6582-1] or below SND.UNA, where there was no duplicate ACK before', t => {
  const d = dialogue()
  const c = flying(d)
  d.receives(ack(2))
  d.receives(ack(2))
  t.is(c.recovery.point, (c.snd.una - 1) | 0)
})

test('[R6582-2] recovery begins with recover at the highest sequence number sent', t => {
  const d = dialogue()
  const c = flying(d)
  for (let n = 0; n < 3; n++) d.receives(ack(0))
  t.is((c.recovery.point - c.snd.iss) | 0, at(12))
})

test('[R6582-2][R6582-6] after a timeout, duplicates at or below recover send nothing and cut nothing', t => {
  const d = dialogue({ tcp: { frto: false } })
  const c = flying(d)
  d.after(1000)
  d.sends(segment(0))
  t.is((c.recovery.point - c.snd.iss) | 0, at(10))
  t.false(c.recovery.phase === 'recovery')
  d.receives(ack(1))
  d.sends(segment(1))
  d.sends(segment(2))
  const { ssthresh, cwnd } = c.congestion
  for (let n = 0; n < 4; n++) d.receives(ack(1))
  t.like(c.congestion, { ssthresh, cwnd })
  t.false(c.recovery.phase === 'recovery')
  d.silent()
})

test('[R6582-6] a timeout during recovery ends it, with recover at the highest sent', t => {
  const d = dialogue()
  const c = flying(d)
  for (let n = 0; n < 9; n++) d.receives(ack(0))
  d.skip()
  t.true(c.recovery.phase === 'recovery')
  d.after(1000)
  d.sends(segment(0))
  t.false(c.recovery.phase === 'recovery')
  t.is((c.recovery.point - c.snd.iss) | 0, at(14))
  t.is(c.congestion.cwnd, MSS)
})

test('[R6582-3] the way out of recovery is no burst', t => {
  const d = dialogue()
  const c = flying(d, 10)
  for (let n = 0; n < 9; n++) d.receives(ack(0))
  d.sends(segment(0))
  d.silent()
  d.receives(ack(10))
  // Nothing is in flight: one segment and one more, though ssthresh is 5.
  t.is(c.congestion.cwnd, 2 * MSS)
  send(c, Buffer.alloc(20 * MSS))
  t.is(d.skip().length, 2)
})

test('[R6582-4] segments 1 and 5 of 10 are lost: each partial ACK sends the next hole, without an RTO', t => {
  const d = dialogue()
  const c = flying(d)
  d.after(10)
  for (let n = 0; n < 8; n++) d.receives(ack(0))
  t.is(c.congestion.cwnd, 13 * MSS)
  for (const n of [10, 11, 0, 12]) d.sends(segment(n))
  d.after(10)
  d.receives(ack(4))
  // Deflated by the four acknowledged, one added: 13 - 4 + 1.
  t.is(c.congestion.cwnd, 10 * MSS)
  t.true(c.recovery.phase === 'recovery')
  d.sends(segment(4))
  d.sends(segment(13))
  d.after(10)
  d.receives(ack(12))
  t.false(c.recovery.phase === 'recovery')
  t.false(d.events.some(e => e.type === 'segment-out' && e.reason === 'retransmission timeout'))
})

test('[R6582-4] a partial ACK of less than a segment adds nothing to cwnd, and brings nothing that has just gone again', t => {
  const d = dialogue()
  const c = flying(d)
  for (let n = 0; n < 3; n++) d.receives(ack(0))
  d.skip()
  d.receives('. 1:1(0) ack 101 win 60000')
  t.is(c.congestion.cwnd, 8 * MSS - 100)
  d.silent()
  d.receives('. 1:1(0) ack 1561 win 60000')
  d.sends('. 1561:2921(1360) ack 1')
  t.true(c.recovery.phase === 'recovery')
})

test('[R6582-5] the first partial ACK restarts the timer, later ones do not', t => {
  const d = dialogue()
  const c = flying(d)
  d.after(100)
  for (let n = 0; n < 5; n++) d.receives(ack(0))
  const due = () => c.retransmitTimer.deadline - d.clock.now()
  t.is(due(), 1000)
  d.after(100)
  d.receives(ack(2))
  t.is(due(), 1000)
  d.after(100)
  d.receives(ack(4))
  t.is(due(), 900)
  d.after(100)
  d.receives(ack(6))
  t.is(due(), 800)
  d.skip()
  d.after(800)
  t.is(c.congestion.cwnd, MSS)
  d.sends(segment(6))
})
