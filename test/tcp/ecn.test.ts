/** Explicit congestion notification, RFC 3168 §6.1. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { close, send } from '../../src/tcp/calls.ts'
import { CWR, ECE, SYN } from '../../src/wire/tcp.ts'
import { capable, open } from '../support/classic-ecn.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { ack, at, MSS, numbersSent, segment } from '../support/flights.ts'

const flying = (d: Dialogue, inFlight = 10, options?: string, segments = 40): Connection => {
  const c = open(d, options)
  send(c, Buffer.alloc(segments * MSS))
  for (let n = 0; n < inFlight; n++) d.sends(`[ect0] ${segment(n)}`)
  d.silent()
  return c
}
/** An ACK with ECE. */
const echo = (n: number): string => ack(n).replace('. ', 'E. ')
const reductions = (d: Dialogue): number =>
  d.events.filter(e => e.type === 'recovery' && e.cause === 'ECN echo').length

test('[R3168-5] one mark: one reduction, though every ACK of a round trip says so', t => {
  for (const [sack, options] of [
    [false, 'mss 1460'],
    [true, 'mss 1460,nop,nop,sackOK'],
  ] as const) {
    const d = capable({ sack })
    const c = flying(d, 10, options)
    d.after(100)
    d.receives(echo(1))
    t.is(c.recovery.phase, 'reduction')
    t.is(c.congestion.ssthresh, 5 * MSS)
    for (let n = 2; n <= 10; n++) {
      d.receives(echo(n))
      t.true(c.congestion.cwnd <= 10 * MSS)
    }
    // The last one left before the peer could hear of the reduction.
    t.is(reductions(d), 1)
    t.is(c.congestion.ssthresh, 5 * MSS)
    t.is(c.congestion.cwnd, 5 * MSS)
    // The segment that tells of it has arrived, and still there are marks: that is another.
    d.after(100)
    d.receives(echo(11))
    t.is(reductions(d), 2)
  }
})

test('[R3168-5] nor does a loss in the same window bring it down again', t => {
  const d = capable({ sack: true })
  const c = flying(d, 10, 'mss 1460,nop,nop,sackOK')
  d.after(100)
  d.receives(echo(1))
  const { ssthresh } = c.congestion
  d.receives(ack(5, [6, 10]))
  d.after(50)
  t.is(c.recovery.phase, 'recovery')
  t.is(c.congestion.ssthresh, ssthresh)
})

test('[R3168-5] an echo stops growth at once, in slow start after a timeout too', t => {
  const d = capable({ frto: false })
  const c = flying(d)
  d.after(1000)
  d.sends(`[noecn] ${segment(0)}`)
  const { cwnd } = c.congestion
  d.receives(echo(1))
  t.is(c.congestion.cwnd, cwnd)
  // And when the loss is repaired but the slow start lasts.
  d.receives(ack(10))
  d.skip()
  t.true(c.recovery.afterTimeout)
  d.receives(ack(11))
  d.skip()
  const before = c.congestion.cwnd
  d.receives(echo(12))
  t.true(c.congestion.cwnd <= before)
  t.false(c.recovery.afterTimeout)
})

test('[R3168-5] without agreement ECE says nothing', t => {
  const d = dialogue({ tcp: { initialWindow: 10 } })
  const c = d.established({}, 'S 0:0(0) win 65535 <mss 1460>', '. 1:1(0) ack 1 win 60000').connection!
  send(c, Buffer.alloc(20 * MSS))
  d.skip()
  d.receives(echo(1))
  t.is(reductions(d), 0)
})

test('[R3168-5] all is acknowledged by the echo itself: the window is down when sending goes on', t => {
  const d = capable()
  const c = open(d)
  send(c, Buffer.alloc(10 * MSS))
  d.skip()
  d.after(100)
  d.receives(echo(10))
  t.is(c.congestion.cwnd, 5 * MSS)
  t.is(c.recovery.phase, 'open')
  send(c, Buffer.alloc(20 * MSS))
  t.deepEqual(numbersSent(d), [10, 11, 12, 13, 14])
})

test('[R3168-6] at a window of one segment an echo makes sending wait for the timer', t => {
  const d = capable({ initialWindow: 1 })
  const c = flying(d, 1)
  d.after(100)
  d.receives(echo(1))
  t.is(c.congestion.cwnd, MSS)
  const rto = c.rto.value
  d.after(rto - 1)
  d.silent()
  d.after(1)
  d.sends(`[ect0] W${segment(1)}`)
  // And longer each time.
  d.after(100)
  d.receives(echo(2))
  d.after(2 * c.rto.value - 1)
  d.silent()
  d.after(1)
  t.deepEqual(numbersSent(d), [2])
  // Without a mark it is over.
  d.after(100)
  d.receives(ack(3))
  t.true(numbersSent(d).length >= 1)
})

/** A connection whose window is one segment, of which each is marked: it is held for three timeouts, ever longer ones. */
const marked = (ecnFallback: boolean): Dialogue => {
  const d = capable({ initialWindow: 1, ecnFallback })
  const c = flying(d, 1)
  for (let n = 1; n <= 4; n++) {
    d.after(100)
    d.receives(echo(n))
    d.silent()
    d.after(c.rto.value * 2 ** (n - 1))
    if (n < 4) d.sends(`[ect0] W${segment(n)}`)
  }
  return d
}

test('each single segment is marked, seconds apart: ECN is not believed any more, and CWR tells the peer', t => {
  const d = marked(true)
  d.sends(`[noecn] W${segment(4)}`)
  // Nothing changes by the marks that the peer has yet to tell of.
  d.after(100)
  d.receives(echo(5))
  t.deepEqual(numbersSent(d), [5, 6])
})

test('without ecnFallback it is believed for ever', t => {
  const d = marked(false)
  d.sends(`[ect0] W${segment(4)}`)
  d.after(100)
  d.receives(echo(5))
  d.silent()
  t.pass()
})

test('[R3168-7] CWR is on the first new segment after a reduction, once, and not on what is sent again', t => {
  const d = capable({ sack: true })
  const c = flying(d, 10, 'mss 1460,nop,nop,sackOK')
  d.after(100)
  // A loss is a reduction as well: first the retransmission leaves, then new data.
  d.receives(ack(0, [1, 5]))
  for (let n = 6; n <= 10; n++) d.receives(ack(0, [1, n]))
  const sent = d.skip()
  const again = sent.filter(s => ((s.seq - c.snd.iss) | 0) < at(10))
  const fresh = sent.filter(s => ((s.seq - c.snd.iss) | 0) >= at(10))
  t.true(again.length > 0 && fresh.length > 1)
  t.true(again.every(s => !(s.flags & CWR)))
  t.deepEqual(
    fresh.map(s => (s.flags & CWR) !== 0),
    fresh.map((_, n) => n === 0),
  )
})

test('[R3168-8] ECE is on every ACK from a mark until CWR comes', t => {
  const d = capable()
  open(d)
  const text = (n: number, flags = '.') => `${flags} ${1 + 100 * n}:${101 + 100 * n}(100) ack 1`
  const answer = (n: number, flags: string) => {
    d.after(40)
    d.sends(`${flags} 1:1(0) ack ${101 + 100 * n}`)
  }
  d.receives(`[ect0] ${text(0)}`)
  answer(0, '.')
  d.receives(`[ce] ${text(1)}`)
  answer(1, 'E.')
  d.receives(`[ect0] ${text(2)}`)
  answer(2, 'E.')
  d.receives('W. 301:301(0) ack 1')
  d.receives(`[ect0] ${text(4)}`)
  d.sends('E. 1:1(0) ack 301')
  d.receives(`[ect0] ${text(3, 'W.')}`)
  d.sends('. 1:1(0) ack 501')
  // CWR that is marked itself begins anew.
  d.receives(`[ce] ${text(5, 'W.')}`)
  answer(5, 'E.')
  d.receives(`[ect0] ${text(6)}`)
  answer(6, 'E.')
  t.pass()
})

test('[R3168-8] a delayed ACK says so if any segment that it covers was marked', t => {
  const d = capable({ delayedAck: 100 })
  open(d)
  d.receives('[ce] . 1:101(100) ack 1')
  d.receives('[ect0] . 101:201(100) ack 1')
  d.after(100)
  d.sends('E. 1:1(0) ack 201')
  // Even if the next one brings CWR, for another reason.
  d.receives('[ect0] W. 201:301(100) ack 1')
  d.after(100)
  d.sends('. 1:1(0) ack 301')
  d.receives('[ce] . 301:401(100) ack 1')
  d.silent()
  d.receives('[ect0] W. 401:501(100) ack 1')
  d.sends('E. 1:1(0) ack 401')
  d.after(100)
  d.sends('. 1:1(0) ack 501')
  t.pass()
})

test('[R3168-8] CWR without text ends no echo, and brings no ACK before its time', t => {
  const d = capable({ delayedAck: 100 })
  open(d)
  d.receives('[ce] . 1:101(100) ack 1')
  d.receives('W. 101:101(0) ack 1')
  d.after(99)
  d.silent()
  d.after(1)
  d.sends('E. 1:1(0) ack 101')
  t.pass()
})

test('[R3168-8] our data bears the echo too', t => {
  const d = capable()
  const c = open(d)
  d.receives('[ce] . 1:101(100) ack 1')
  send(c, Buffer.alloc(10))
  d.sends('[ect0] PE. 1:11(10) ack 101')
  t.pass()
})

test('[R3168-9] pure ACKs are not ECN-capable', t => {
  const d = capable()
  open(d)
  d.receives('[ect0] . 1:1461(1460) ack 1')
  d.receives('[ce] . 1461:2921(1460) ack 1')
  for (const sent of d.skip()) t.is(sent.trafficClass & 3, 0)
  d.receives('[ce] . 4381:5841(1460) ack 1')
  d.sends('[noecn] E. 1:1(0) ack 2921')
})

test('[R3168-9] nor is a FIN without text', t => {
  const d = capable()
  close(open(d))
  d.sends('[noecn] F. 1:1(0) ack 1')
  t.pass()
})

test('[R3168-10] what is sent again is not ECN-capable: by timeout, fast retransmit, or probe', t => {
  const d = capable({ sack: true })
  flying(d, 10, 'mss 1460,nop,nop,sackOK', 11)
  d.after(100)
  d.receives(ack(0, [1, 5]))
  d.sends(`[noecn] ${segment(0)}`)
  d.skip()
  d.after(1000)
  d.sends(`[noecn] ${segment(0)}`)
  const tail = capable({ sack: true })
  const c = open(tail, 'mss 1460,nop,nop,sackOK')
  send(c, Buffer.alloc(MSS))
  tail.sends(`[ect0] P${segment(0)}`)
  tail.after(400)
  tail.sends(`[noecn] P${segment(0)}`)
  t.pass()
})

test('[R3168-10] a mark on what is not acceptable is ignored', t => {
  const d = capable()
  const c = open(d)
  d.receives('[ce] . 2000001:2000101(100) ack 1')
  d.sends('. 1:1(0) ack 1')
  d.receives('[ect0] . 1:101(100) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 101')
  // Old duplicates as well.
  d.receives('[ce] . 1:101(100) ack 1')
  d.sends('. 1:1(0) ack 101')
  t.false(c.ecn.echoing)
})

test('[R3168-11] probes of a shut window are neither ECN-capable nor tell of a reduction', t => {
  const d = capable()
  const c = open(d)
  send(c, Buffer.alloc(10 * MSS))
  d.skip()
  d.receives(echo(10).replace('60000', '0'))
  send(c, Buffer.alloc(MSS))
  d.silent()
  d.after(c.rto.value)
  const probe = d.sends(`[noecn] . ${at(10)}:${at(10) + 1}(1) ack 1`)
  t.is(probe.flags & (CWR | ECE), 0)
  d.receives(`. 1:1(0) ack ${at(10)} win 60000`)
  t.true(d.skip().every(s => !(s.flags & SYN)))
})

test('[R3168-12] new data leaves with ECT(0)', t => {
  const d = capable()
  const c = open(d)
  send(c, Buffer.alloc(3 * MSS + 7))
  for (const s of d.skip()) t.is(s.trafficClass & 3, 2)
})
