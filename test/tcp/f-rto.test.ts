/** F-RTO, RFC 5682: was the timeout spurious? Ten segments are in flight, the RTO is a second. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { FRTO_FIRST, FRTO_OFF, FRTO_SECOND } from '../../src/tcp/block/recovery-state.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { ack, at, flying, MSS, numbersSent, segment } from '../support/flights.ts'
import { setWindow } from '../support/window.ts'

const NO_SACK = 'mss 1460'
const plain = (): Dialogue => dialogue({ tcp: { initialWindow: 10 } })
const sack = (): Dialogue => dialogue({ tcp: { sack: true, tailLossProbe: false, initialWindow: 10 } })

/** The timer has expired, the first segment is sent again. */
const timedOut = (d: Dialogue, options: { segments?: number; syn?: string } = {}): Connection => {
  const c = flying(d, 10, options)
  d.after(1000)
  d.sends(segment(0))
  d.silent()
  d.after(100)
  return c
}
const sendMore = (c: Connection, segments: number): void => {
  send(c, Buffer.alloc(segments * MSS))
}
const undone = (d: Dialogue): boolean => d.events.some(e => e.type === 'recovery' && e.undone)

test('[R5682-1] the timeout sends the first unacknowledged segment and waits for the answer', t => {
  const d = plain()
  t.is(timedOut(d, { syn: NO_SACK }).recovery.frto, FRTO_FIRST)
})

test('[R5682-1] a timeout while one is repaired does not begin anew', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  d.receives(ack(0))
  d.receives(ack(1))
  t.deepEqual(numbersSent(d), [1, 2])
  d.after(3000)
  t.is(c.recovery.frto, FRTO_OFF)
  t.is((c.recovery.point - c.snd.iss) | 0, at(10))
  d.skip()
  d.receives(ack(4))
  t.true(numbersSent(d).every(n => n < 10))
})

test('[R5682-1] a timeout of the same segment again does not either', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  d.after(2000)
  t.is(c.recovery.frto, FRTO_OFF)
})

test('[R5682-2] (2a) a duplicate first: slow start by retransmission', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  d.receives(ack(0))
  t.is(c.recovery.frto, FRTO_OFF)
  d.silent()
  d.receives(ack(1))
  t.deepEqual(numbersSent(d), [1, 2])
})

test('[R5682-2] (2a) all that was sent is acknowledged: nothing is proven', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  d.receives(ack(10))
  t.false(undone(d))
  t.is(c.congestion.cwnd, 2 * MSS)
  t.deepEqual(numbersSent(d), [10, 11])
})

test('[R5682-2] (2a) less than what was sent again: a peer that splits ACKs gains nothing', t => {
  const d = plain()
  timedOut(d, { syn: NO_SACK })
  d.receives('. 1:1(0) ack 701 win 60000')
  d.skip()
  d.receives('. 1:1(0) ack 1401 win 60000')
  t.false(undone(d))
})

test('[R5682-3] (2b) new data goes instead of retransmissions, two segments, then it waits', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  d.receives(ack(1))
  t.deepEqual(numbersSent(d), [10, 11])
  t.is(c.recovery.frto, FRTO_SECOND)
  d.after(100)
  d.silent()
})

test('[R5682-3] (2b) without new data, or a window for it, the repair goes on', t => {
  for (const [segments, answer] of [
    [10, ack(1)],
    [60, `. 1:1(0) ack ${at(1)} win ${9 * MSS}`],
  ] as const) {
    const d = plain()
    const c = timedOut(d, { syn: NO_SACK, segments })
    d.receives(answer)
    t.is(c.recovery.frto, FRTO_OFF)
    t.deepEqual(numbersSent(d), [1, 2])
  }
})

test('[R5682-4] (3a) the second is a duplicate: the loss is real, cwnd is at most three segments', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  d.receives(ack(1))
  d.skip()
  setWindow(c, { cwnd: 7 * MSS })
  d.receives(ack(1))
  t.is(c.congestion.cwnd, 3 * MSS)
  t.deepEqual(numbersSent(d), [1])
  t.is(c.recovery.phase, 'loss')
  t.false(undone(d))
})

test('[R5682-4] text that acknowledges nothing new decides nothing', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  d.receives(ack(1))
  d.skip()
  d.receives(`P. 1:2(1) ack ${at(1)} win 60000`)
  t.is(c.recovery.frto, FRTO_SECOND)
  d.receives(`. 2:2(0) ack ${at(2)} win 60000`)
  t.true(undone(d))
})

test('[R5682-5][R5682-7] (3b) a delay of 3 s: one segment is sent again, and the windows are what they were', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  const before = 10 * MSS
  t.is(c.congestion.cwnd, MSS)
  d.after(1800)
  d.receives(ack(1))
  t.deepEqual(numbersSent(d), [10, 11])
  d.receives(ack(2))
  t.true(undone(d))
  t.is(c.recovery.phase, 'open')
  t.is(c.congestion.cwnd, before)
  t.is(c.congestion.ssthresh, 2 ** 30)
  for (let n = 3; n <= 10; n++) d.receives(ack(n))
  t.true(numbersSent(d).every(n => n > 11))
  t.is(c.troubles.retransmissions, 1)
})

test('[R5682-5] recover is SND.UNA then: three duplicates are of a loss', t => {
  const d = plain()
  const c = timedOut(d, { syn: NO_SACK })
  d.receives(ack(1))
  d.receives(ack(2))
  t.true(undone(d))
  d.skip()
  for (let n = 0; n < 3; n++) d.receives(ack(2))
  t.is(c.recovery.phase, 'recovery')
  t.true(numbersSent(d).includes(2))
})

test('[R5682-6] with SACK, duplicates before the answer only fill the scoreboard', t => {
  const d = sack()
  const c = timedOut(d)
  d.receives(ack(0, [1, 2]))
  t.is(c.recovery.frto, FRTO_FIRST)
  t.is(c.flight.sacked, MSS)
  t.false(undone(d))
  d.receives(ack(2))
  t.is(c.recovery.frto, FRTO_SECOND)
})

test('[R5682-6] the SACK of what was sent once, before the timeout, shows that it was spurious', t => {
  const d = sack()
  const c = timedOut(d)
  d.receives(ack(1))
  t.deepEqual(numbersSent(d), [10, 11])
  d.receives(ack(1, [2, 3]))
  t.true(undone(d))
  t.is(c.recovery.phase, 'open')
  t.is(c.congestion.cwnd, 10 * MSS)
})

test('[R5682-6] a SACK of new data does not: cwnd is at most three segments, the repair goes on', t => {
  const d = sack()
  const c = timedOut(d)
  d.receives(ack(1))
  d.skip()
  d.receives(ack(1, [10, 11]))
  t.false(undone(d))
  t.is(c.recovery.phase, 'loss')
  t.true(c.congestion.cwnd <= 3 * MSS)
  t.is(numbersSent(d)[0], 1)
})

test('[R5682-6] nor does a SACK of both', t => {
  const d = sack()
  timedOut(d)
  d.receives(ack(1))
  d.skip()
  d.receives(ack(1, [10, 11], [2, 3]))
  t.false(undone(d))
})

test('[R5682-6] nor does what had been SACKed before the timeout', t => {
  const d = sack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [5, 6]))
  // The timer of the segment overdue is stopped by hand: else recovery would be under way already.
  c.ownRecovery().phase = 'open'
  d.skip()
  Object.assign(c.retransmitTimer, { kind: 'retransmission' })
  c.flight.timedOut(Number.POSITIVE_INFINITY)
  d.skip()
  let forgotten = 0
  for (let x = c.flight.first; x !== null; x = x.next) if (x.forgotten) forgotten++
  t.is(forgotten, 1)
  Object.assign(c.ownRecovery(), { phase: 'loss', undoable: true, frto: FRTO_SECOND, point: c.snd.nxt })
  d.receives(ack(0, [5, 6]))
  t.false(undone(d))
})

test('[R5682-6] nor what left just before the timeout: it could not have been answered yet', t => {
  const d = sack()
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(9))
  d.after(950)
  sendMore(c, 4)
  t.is(numbersSent(d).length, 4)
  d.after(50)
  d.sends(`P${segment(9)}`)
  sendMore(c, 4)
  d.after(50)
  d.receives(ack(9, [10, 12]))
  d.receives(ack(9, [10, 14]))
  d.after(50)
  d.receives(ack(14))
  d.after(100)
  d.receives(ack(15))
  t.false(undone(d))
})

test('[R5682-6] in fast recovery it is not used', t => {
  const d = sack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 4]))
  t.is(c.recovery.phase, 'recovery')
  d.skip()
  d.after(1000)
  t.is(c.recovery.phase, 'loss')
  t.is(c.recovery.frto, FRTO_OFF)
})

test('[R5682-7] with frto off the response to every timeout is that of RFC 5681', t => {
  const d = dialogue({ tcp: { frto: false, initialWindow: 10 } })
  const c = timedOut(d, { syn: NO_SACK })
  d.receives(ack(1))
  d.receives(ack(2))
  t.false(undone(d))
  t.true(numbersSent(d).every(n => n < 10))
  t.is(c.congestion.ssthresh, 5 * MSS)
})
