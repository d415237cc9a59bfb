/** Tail loss probes, RFC 8985 §7. Round trips of 100 ms, so that the RTO is its minimum of a second. */
import test from 'ava'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { close, send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { ack, at, flying, lastSegment, MSS, numbersSent, opened, segment } from '../support/flights.ts'

const probing = (options: Partial<TcpOptions> = {}): Dialogue =>
  dialogue({ tcp: { sack: true, initialWindow: 10, ...options } })

const probes = (d: Dialogue): number =>
  d.events.filter(e => e.type === 'segment-out' && e.reason === 'tail loss probe').length

test('[R8985-9] PTO is twice SRTT', t => {
  const d = probing()
  flying(d, 3, { segments: 3 })
  d.after(199)
  d.silent()
  d.after(1)
  d.sends(lastSegment(2))
  t.pass()
})

test('[R8985-9] with one segment in flight the peer may delay its ACK', t => {
  const d = probing()
  flying(d, 1, { segments: 1 })
  d.after(399)
  d.silent()
  d.after(1)
  d.sends(lastSegment(0))
  t.pass()
})

test('[R8985-9] PTO is a second as long as there is no SRTT', t => {
  const d = probing({ initialRto: 3000, synRetries: 1 })
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>')
  d.next()
  // The SYN,ACK is sent twice: no measurement.
  d.receives('S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>')
  d.skip()
  d.receives('. 1:1(0) ack 1 win 60000')
  const c = d.accepted[0]!.connection!
  t.is(c.rto.srtt, -1)
  send(c, Buffer.alloc(MSS))
  d.skip()
  d.after(999)
  d.silent()
  d.after(1)
  d.sends(lastSegment(0))
})

test('[R8985-9] PTO is never past the RTO', t => {
  const d = probing({ maxRto: 150, minRto: 100 })
  flying(d, 3, { segments: 3 })
  d.after(149)
  d.silent()
  d.after(1)
  t.is(d.skip().length, 1)
})

test('[R8985-9] however often new text leaves, the probe is not put off past the RTO', t => {
  const d = probing({ noDelay: true })
  const c = opened(d)
  for (let n = 0; n < 10; n++) {
    send(c, Buffer.alloc(10))
    d.skip()
    d.after(100)
  }
  t.is(probes(d), 1)
})

test('[R8985-9] new text and cumulative ACKs put it off; in recovery and with SACKs there is none', t => {
  const d = probing()
  const c = flying(d, 3, { segments: 3 })
  const due = () => [c.retransmitTimer.kind, c.retransmitTimer.deadline - d.clock.now()]
  d.after(50)
  send(c, Buffer.alloc(MSS))
  d.skip()
  t.deepEqual(due(), ['tail-loss-probe', 200])
  d.after(50)
  d.receives(ack(1))
  t.deepEqual(due(), ['tail-loss-probe', 200])
  d.receives(ack(1, [2, 3]))
  t.not(c.retransmitTimer.kind, 'tail-loss-probe')
  d.after(1000)
  t.is(probes(d), 0)
})

test('[R8985-9] and none without SACK', t => {
  const d = probing()
  flying(d, 3, { segments: 3, syn: 'mss 1460' })
  d.after(999)
  d.silent()
  t.is(probes(d), 0)
})

test('[R8985-10] three lost at the end: the probe sends the last, its SACK shows the other two', t => {
  const d = probing()
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(7))
  d.after(199)
  d.silent()
  d.after(1)
  d.sends(lastSegment(9))
  t.is(c.retransmitTimer.kind, 'retransmission')
  t.is(c.retransmitTimer.deadline - d.clock.now(), c.rto.value)
  d.after(100)
  d.receives(ack(7, [9, 10]))
  // A quarter of a round trip for what may only be late.
  d.after(25)
  d.sends(segment(7))
  d.after(100)
  d.receives(ack(8, [9, 10]))
  d.sends(segment(8))
  d.after(100)
  d.receives(ack(10))
  t.true(c.allAcked)
  t.false(d.events.some(e => e.type === 'segment-out' && e.reason === 'retransmission timeout'))
})

test('[R8985-10] new text is the better probe, though the congestion window is full', t => {
  const d = probing()
  const c = flying(d, 10)
  t.is(c.flight.underWay, c.congestion.cwnd)
  d.after(200)
  t.deepEqual(numbersSent(d), [10])
  // At most the window and one probe.
  t.true(c.flight.underWay <= c.congestion.cwnd + MSS)
})

test('[R8985-10] one probe at a time, and another only after a round trip was measured', t => {
  const d = probing({ minRto: 60_000, initialRto: 60_000 })
  const c = flying(d, 3, { segments: 3 })
  d.after(200)
  t.is(probes(d), 1)
  d.after(5000)
  t.is(probes(d), 1)
  // All that the answer acknowledges was sent twice, or is too little: nothing is measured.
  c.ownProbe().measured = false
  d.receives(`. 1:1(0) ack ${at(3)} win 60000 <nop,nop,sack ${at(2)}:${at(3)}>`)
  t.false(c.probe.outstanding)
  c.ownProbe().measured = false
  send(c, Buffer.alloc(MSS))
  d.skip()
  d.after(5000)
  t.is(probes(d), 1)
  d.receives(ack(4))
  send(c, Buffer.alloc(MSS))
  d.skip()
  d.after(5000)
  t.is(probes(d), 2)
})

test('[R8985-10] the probe does not go beyond the peer’s window', t => {
  const d = probing({ noDelay: true })
  d.listen()
  d.receives('S 0:0(0) win 1000 <mss 1460,nop,nop,sackOK>')
  d.next()
  d.after(100)
  d.receives('. 1:1(0) ack 1 win 1000')
  const c = d.accepted[0]!.connection!
  send(c, Buffer.alloc(400))
  d.skip()
  send(c, Buffer.alloc(2000))
  t.is(d.skip().length, 1)
  const edge = (c.snd.iss + 1 + 1000) | 0
  d.after(900)
  t.is(probes(d), 1)
  t.true(((c.snd.nxt - edge) | 0) <= 0)
})

test('[R8985-11] the probe has repaired the loss without a word: the window comes down once', t => {
  const d = probing()
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(9))
  d.after(400)
  d.sends(lastSegment(9))
  d.after(100)
  d.receives(ack(10))
  // It may yet turn out that the peer had it: the next ACK decides.
  t.is(c.congestion.ssthresh, 2 ** 30)
  send(c, Buffer.alloc(5 * MSS))
  const { cwnd } = c.congestion
  d.skip()
  d.after(100)
  d.receives(ack(12))
  t.is(c.congestion.ssthresh, (5 * MSS) / 2)
  t.true(c.congestion.cwnd < cwnd)
  const { ssthresh } = c.congestion
  d.receives(ack(15))
  t.is(c.congestion.ssthresh, ssthresh)
})

test('[R8985-11] a D-SACK says that nothing was lost: the window stays', t => {
  for (const answer of [
    `. 1:1(0) ack ${at(10)} win 60000 <nop,nop,sack ${at(9)}:${at(10)}>`,
    // RFC 8985 §7.4.2, case 2: a duplicate of a peer that has no D-SACK.
    `. 1:1(0) ack ${at(10)} win 60000`,
  ]) {
    const d = probing()
    const c = flying(d, 10, { segments: 10 })
    d.after(100)
    d.receives(ack(9))
    d.after(400)
    d.sends(lastSegment(9))
    d.receives(ack(10))
    d.after(100)
    d.receives(answer)
    t.false(c.probe.outstanding)
    send(c, Buffer.alloc(5 * MSS))
    d.skip()
    d.after(100)
    d.receives(ack(15))
    t.is(c.congestion.ssthresh, 2 ** 30)
  }
})

test('[R8985-11] a D-SACK of something else proves nothing', t => {
  const d = probing()
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(9))
  d.after(400)
  d.sends(lastSegment(9))
  d.receives(`. 1:1(0) ack ${at(10)} win 60000 <nop,nop,sack ${at(3)}:${at(4)}>`)
  t.true(c.probe.outstanding)
  // It ends before the probe does. (An octet less may be a FIN’s.)
  d.receives(`. 1:1(0) ack ${at(10)} win 60000 <nop,nop,sack ${at(9)}:${at(10) - 2}>`)
  t.true(c.probe.outstanding)
})

test('[R8985-11] a probe of new text repairs nothing', t => {
  const d = probing()
  const c = flying(d, 10)
  d.after(200)
  t.deepEqual(numbersSent(d), [10])
  d.receives(ack(11))
  d.skip()
  d.after(100)
  d.receives(ack(13))
  t.is(c.congestion.ssthresh, 2 ** 30)
})

test('[R8985-11] the loss that a probe has brought to light is recovery’s, not the probe’s as well', t => {
  const d = probing()
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(7))
  d.after(200)
  d.skip()
  d.after(100)
  d.receives(ack(7, [9, 10]))
  d.after(25)
  d.skip()
  const { ssthresh } = c.congestion
  d.after(100)
  d.receives(ack(10))
  send(c, Buffer.alloc(5 * MSS))
  d.skip()
  d.after(100)
  d.receives(ack(11))
  t.is(c.congestion.ssthresh, ssthresh)
  t.false(d.events.some(e => e.type === 'recovery' && e.cause === 'tail loss probe'))
})

test('[R8985-11] nor does an ACK of more that bears the D-SACK', t => {
  const d = probing()
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(9))
  d.after(400)
  d.sends(lastSegment(9))
  send(c, Buffer.alloc(MSS))
  d.skip()
  d.receives(`. 1:1(0) ack ${at(11)} win 60000 <nop,nop,sack ${at(9)}:${at(10)}>`)
  t.false(c.probe.outstanding)
  t.is(c.congestion.ssthresh, 2 ** 30)
})

test('[R8985-9][R8985-10] no probe in recovery, nor while one is out', t => {
  const d = probing()
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(0, [1, 5]))
  d.after(100)
  d.receives(ack(5))
  t.is(c.recovery.phase, 'recovery')
  t.is(c.retransmitTimer.kind, 'retransmission')
  d.receives(ack(10))
  send(c, Buffer.alloc(MSS))
  d.skip()
  d.after(450)
  t.is(probes(d), 1)
  send(c, Buffer.alloc(MSS))
  d.skip()
  t.is(c.retransmitTimer.kind, 'retransmission')
})

test('[R8985-10] a FIN goes with the probe of the last segment', t => {
  const d = probing()
  const c = flying(d, 2, { segments: 2 })
  close(c)
  d.sends(`F. ${at(2)}:${at(2)}(0) ack 1`)
  d.after(200)
  const sent = d.skip()
  t.is(sent.length, 1)
  t.true((sent[0]!.flags & 1) === 1)
})

test('[R8985-10] after a probe that was a retransmission none follows until a round trip was measured', t => {
  const d = probing()
  const c = flying(d, 1, { segments: 1 })
  d.after(400)
  t.is(probes(d), 1)
  d.skip()
  // The D-SACK shows that the peer had it already; of which of the two the round trip was nobody can tell.
  d.receives(`. 1:1(0) ack ${at(1)} win 60000 <nop,nop,sack ${at(0)}:${at(1)}>`)
  t.false(c.probe.outstanding)
  send(c, Buffer.alloc(MSS))
  d.skip()
  t.is(c.retransmitTimer.kind, 'retransmission')
  d.after(100)
  d.receives(ack(2))
  send(c, Buffer.alloc(MSS))
  d.skip()
  t.is(c.retransmitTimer.kind, 'tail-loss-probe')
})
