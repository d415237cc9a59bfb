/** Losses that RACK finds, RFC 8985 §6.2 step 5, §6.3: by time, by its timer, at a timeout. Round trips of 100 ms. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { ack, at, flying, MSS, numbersSent, opened, rack } from '../support/flights.ts'

test('[R8985-6] sent before the latest delivered and overdue: lost; sent at once with it, the sequence decides', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  // All left at once: of those below 6 all but the SACKed are lost, of those above none.
  d.receives(ack(0, [1, 4], [5, 6]))
  t.is(c.flight.lostInAll, 2 * MSS)
  t.false(c.flight.last!.lost)
})

test('[R8985-6] a retransmission that is lost is found by what was sent after it, without a timeout', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 4]))
  t.deepEqual(numbersSent(d), [0])
  for (let n = 5; n <= 10; n++) d.receives(ack(0, [1, n]))
  t.true(numbersSent(d).length >= 3)
  d.after(100)
  // New segments, sent after the retransmission, are delivered; it is not.
  const { ssthresh } = c.congestion
  d.receives(ack(0, [1, 12]))
  t.deepEqual(
    numbersSent(d).filter(n => n < 10),
    [0],
  )
  t.is(c.troubles.retransmissions, 2)
  // PRR takes care of it: no second reduction.
  t.is(c.congestion.ssthresh, ssthresh)
})

test('[R8985-7] with reordering seen and one hole: sent again a quarter of a round trip later, by the timer', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 2]))
  d.receives(ack(2))
  t.true(c.rack.reorderingSeen)
  d.skip()
  d.receives(ack(2, [3, 10]))
  d.skip()
  t.is(c.recovery.phase, 'open')
  d.after(25)
  t.is(c.recovery.phase, 'recovery')
  t.is(numbersSent(d)[0], 2)
})

test('[R8985-7] when the hole is filled in time the timer is again that of the retransmission', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 2]))
  t.is(c.retransmitTimer.kind, 'reordering')
  d.receives(ack(2))
  t.is(c.retransmitTimer.kind, 'retransmission')
  t.is(c.retransmitTimer.deadline - d.clock.now(), 1000)
})

test('[R8985-8] at a timeout the first is lost and what is older than a round trip, not what has just left', t => {
  const d = rack(10, { frto: false })
  const c = opened(d)
  send(c, Buffer.alloc(3 * MSS))
  d.skip()
  d.after(100)
  d.receives(ack(1))
  d.after(950)
  send(c, Buffer.alloc(2 * MSS))
  d.skip()
  d.after(50)
  t.deepEqual(numbersSent(d), [1])
  t.is(c.recovery.phase, 'loss')
  const marks: boolean[] = []
  for (let x = c.flight.first; x !== null; x = x.next) marks.push(x.lost)
  t.deepEqual(marks, [true, true, false, false])
})

test('[R8985-8] before anything was delivered all is lost', t => {
  const d = rack(10, { frto: false })
  const c = flying(d, 10)
  d.after(1000)
  t.is(c.flight.lost, 9 * MSS)
})

test('[R8985-12] losses found while a timeout is repaired cut nothing again', t => {
  const d = rack(10, { frto: false })
  const c = flying(d, 10)
  d.after(1000)
  d.skip()
  const { ssthresh } = c.congestion
  d.after(100)
  d.receives(ack(1))
  d.after(100)
  d.receives(ack(1, [2, 3]))
  d.after(100)
  d.skip()
  t.is(c.recovery.phase, 'loss')
  t.is(c.congestion.ssthresh, ssthresh)
})

test('[R8985-12] what is lost waits for the congestion window', t => {
  const d = rack(20)
  const c = flying(d, 20)
  d.after(100)
  // 0 … 9 are lost, 10 … 19 arrive.
  let most = 0
  for (let n = 11; n <= 20; n++) {
    d.receives(ack(0, [10, n]))
    most = Math.max(most, numbersSent(d).length)
    t.true(c.flight.underWay <= c.congestion.cwnd)
  }
  t.true(most <= 2)
  t.true(c.flight.lost > 0)
})

test('[R8985-12] one timer at a time: for a probe, a segment overdue, the retransmission, the shut window', t => {
  const d = dialogue({ tcp: { sack: true } })
  const c = flying(d, 10)
  const kinds: string[] = []
  const look = () => {
    kinds.push(c.retransmitTimer.kind)
    // The connection has no other that is armed.
    t.is(d.host.timers, 1)
  }
  look()
  d.after(100)
  d.receives(ack(0, [1, 2]))
  look()
  d.after(25)
  look()
  d.after(100)
  d.receives(ack(0, [1, 10]))
  look()
  d.receives(`. 1:1(0) ack ${at(12)} win 0`)
  look()
  t.deepEqual(kinds, ['tail-loss-probe', 'reordering', 'retransmission', 'retransmission', 'persist'])
})

test('[R6298-7] the front of a segment that was sent twice tells of no round trip either', t => {
  const d = rack()
  const c = flying(d, 1, { segments: 1 })
  d.after(1000)
  d.skip()
  t.is(c.troubles.retransmissions, 1)
  d.after(10)
  d.receives('. 1:1(0) ack 701 win 60000')
  t.is(c.minRtt.value, 100)
  t.is(c.rto.srtt, 100)
})
