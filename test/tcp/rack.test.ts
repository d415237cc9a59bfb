/** RACK's measures, RFC 8985 §6.2: round trips, the latest delivery, reordering and its window. Round trips of 100 ms. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { Rack } from '../../src/tcp/flight/rack.ts'
import { Transmission } from '../../src/tcp/flight/transmission.ts'
import { ack, flying, MSS, numbersSent, opened, rack, segment } from '../support/flights.ts'
import { type Sent, timestampsOf } from '../support/sent.ts'

const sent = (seq: number, end: number, sentAt: number, retransmitted = false): Transmission =>
  Object.assign(new Transmission(), { seq, end, sentAt, retransmitted })

test('[R8985-1] without SACK there is no RACK', t => {
  const d = rack()
  const c = flying(d, 10, { syn: 'mss 1460' })
  d.after(100)
  d.receives(ack(1))
  t.false(c.rack.valid)
})

test('[R8985-1] each segment has the time of its last transmission, to the ms', t => {
  const d = rack()
  const c = flying(d, 10)
  const times = () => {
    const times: number[] = []
    for (let x = c.flight.first; x !== null; x = x.next) times.push(x.sentAt)
    return times
  }
  t.deepEqual([...new Set(times())], [100])
  d.after(103)
  d.receives(ack(0, [1, 5]))
  d.sends(segment(0))
  t.is(times()[0], 203)
  t.is(c.rack.rtt, 103)
  t.is(c.flight.first!.retransmitted, true)
})

test('[R8985-2] the smallest round trip is of a window: when the path grows longer it follows', t => {
  const d = rack(10, { userTimeout: 0 })
  const c = opened(d, { rtt: 10 })
  t.is(c.minRtt.value, 10)
  let n = 0
  const roundTrip = (rtt: number) => {
    send(c, Buffer.alloc(MSS))
    d.skip()
    d.after(rtt)
    d.receives(ack(++n))
  }
  roundTrip(10)
  while (d.clock.now() < 290_000) roundTrip(100)
  t.is(c.minRtt.value, 10)
  while (d.clock.now() < 310_000) roundTrip(100)
  t.is(c.minRtt.value, 100)
})

test('[R8985-3] the latest sent of what is delivered counts: by time, then by end', t => {
  const r = new Rack(0)
  r.delivered(sent(0, 10, 5), 100, 10, Number.NaN, 10)
  t.like(r, { sentAt: 5, end: 10, rtt: 95 })
  r.delivered(sent(20, 30, 5), 100, 10, Number.NaN, 10)
  t.like(r, { sentAt: 5, end: 30 })
  r.delivered(sent(10, 20, 5), 100, 10, Number.NaN, 10)
  t.like(r, { sentAt: 5, end: 30 })
  r.delivered(sent(30, 40, 4), 101, 10, Number.NaN, 10)
  t.like(r, { sentAt: 5, end: 30 })
  r.delivered(sent(0, 10, 6), 110, 10, Number.NaN, 10)
  t.like(r, { sentAt: 6, end: 10, rtt: 104 })
})

test('[R8985-3] what was sent again and comes too soon, or echoes an older timestamp, was delivered before', t => {
  const r = new Rack(0)
  r.delivered(sent(0, 10, 5), 105, 100, Number.NaN, 10)
  r.delivered(sent(10, 20, 200, true), 299, 100, Number.NaN, 10)
  t.is(r.rtt, 100)
  r.delivered(sent(10, 20, 200, true), 310, 100, -1, 10)
  t.is(r.rtt, 100)
  r.delivered(sent(10, 20, 200, true), 310, 100, 0, 10)
  t.like(r, { rtt: 110, sentAt: 200 })
})

test('[R8985-3] an original that answers for its needless copy leaves RACK.rtt alone', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 4]))
  t.is(numbersSent(d)[0], 0)
  d.after(1)
  d.receives(ack(1, [1, 4]))
  t.is(c.rack.rtt, 100)
})

test('[R8985-4] delivery below what was delivered, never sent again, is reordering; nothing is sent again', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(1))
  d.receives(ack(1, [2, 3]))
  t.false(c.rack.reorderingSeen)
  d.receives(ack(3))
  t.true(c.rack.reorderingSeen)
  d.after(100)
  t.true(numbersSent(d).every(n => n >= 10))
  t.is(c.troubles.retransmissions, 0)
})

test('[R8985-4] what was sent again and fills its hole is no reordering', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 5]))
  d.after(100)
  d.receives(ack(5))
  t.false(c.rack.reorderingSeen)
})

test('[R8985-4] nor is what was SACKed before a timeout and is delivered again', t => {
  const d = rack(10, { frto: false })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 10]))
  d.skip()
  d.after(1000)
  const { rtt } = c.rack
  d.receives(ack(1, [5, 6]))
  d.receives(ack(3, [5, 6]))
  t.false(c.rack.reorderingSeen)
  t.true(c.rack.rtt <= Math.max(rtt, 100))
})

test('[R8985-5] RACK.reo_wnd: none, a quarter of min_RTT, more for each round with a D-SACK, at most SRTT', t => {
  const r = new Rack(0)
  t.is(r.reorderingWindow(100, 120, true), 0)
  t.is(r.reorderingWindow(100, 120, false), 25)
  t.is(r.reorderingWindow(-1, -1, false), 0)
  r.reorderingSeen = true
  t.is(r.reorderingWindow(100, 120, true), 25)
  r.duplicate(1000)
  t.is(r.reorderingWindow(100, 120, true), 50)
  r.duplicate(1200)
  r.acknowledged(999)
  r.duplicate(1200)
  t.is(r.reorderingWindow(100, 120, true), 50)
  r.acknowledged(1000)
  r.duplicate(1400)
  t.is(r.reorderingWindow(100, 120, true), 75)
  r.acknowledged(1400)
  r.duplicate(2000)
  r.acknowledged(2000)
  r.duplicate(3000)
  t.is(r.reorderingWindow(100, 120, true), 120)
  for (let n = 1; n < 16; n++) r.recovered()
  t.is(r.reorderingWindow(100, 1200, true), 125)
  r.recovered()
  t.is(r.reorderingWindow(100, 1200, true), 25)
})

test('[R8985-5] each D-SACK has the wider window kept for sixteen recoveries from then on', t => {
  const r = new Rack(0)
  r.reorderingSeen = true
  r.duplicate(1000)
  for (let n = 1; n < 16; n++) r.recovered()
  r.acknowledged(1000)
  r.duplicate(2000)
  for (let n = 1; n < 16; n++) r.recovered()
  t.is(r.reorderingWindow(100, 1200, true), 75)
  r.recovered()
  t.is(r.reorderingWindow(100, 1200, true), 25)
})

test('how far one was overtaken at most, in segments: from three, as Linux reports it', t => {
  const r = new Rack(0)
  t.is(r.reordering, 3)
  r.delivered(sent(9000, 10_000, 5), 100, 10, Number.NaN, 1000)
  t.is(r.reordering, 3)
  r.delivered(sent(8000, 9000, 5), 100, 10, Number.NaN, 1000)
  t.is(r.reordering, 3)
  r.delivered(sent(4500, 5500, 5), 100, 10, Number.NaN, 1000)
  t.is(r.reordering, 6)
  r.delivered(sent(7000, 8000, 5), 100, 10, Number.NaN, 1000)
  t.is(r.reordering, 6)
  // A copy may have taken as long as it likes.
  r.delivered(sent(0, 1000, 50, true), 100, 10, Number.NaN, 1000)
  t.is(r.reordering, 6)
  // The same end again is not below it.
  const again = new Rack(0)
  again.delivered(sent(0, 1000, 5), 100, 10, Number.NaN, 1000)
  again.delivered(sent(0, 1000, 6), 100, 10, Number.NaN, 1000)
  t.false(again.reorderingSeen)
})

test('[R8985-5] recoveries that end count', t => {
  const d = rack()
  const c = flying(d, 10)
  c.ownRack(c.snd.una).reorderingSeen = true
  c.rack.duplicate(c.snd.nxt)
  for (let n = 1; n < 16; n++) c.rack.recovered()
  d.after(100)
  d.receives(ack(0, [1, 10]))
  d.after(60)
  t.is(c.recovery.phase, 'recovery')
  d.skip()
  d.receives(`. 1:1(0) ack ${(c.snd.nxt - c.snd.iss) | 0} win 60000`)
  t.is(c.recovery.phase, 'open')
  t.is(c.rack.reorderingWindow(4, 1000, false), 1)
})

test('[R8985-5] a round that ended 2 GB ago does not hide a D-SACK', t => {
  const r = new Rack(0)
  r.duplicate(1000)
  r.acknowledged(1000)
  r.duplicate((1000 + 2 ** 31 + 5) | 0)
  t.is(r.reorderingWindow(100, 1000, false), 75)
})

test('[R8985-5] two SACKed wait for a quarter of a round trip, the third SACKed waits no more', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 3]))
  t.is(c.retransmitTimer.kind, 'reordering')
  t.is(c.retransmitTimer.deadline - d.clock.now(), 25)
  t.deepEqual(numbersSent(d), [10, 11])
  d.receives(ack(0, [1, 4]))
  t.deepEqual(numbersSent(d), [0])
})

test('[R8985-5] once reordering was seen, three SACKed are no haste', t => {
  const d = rack()
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 2]))
  d.receives(ack(2))
  t.true(c.rack.reorderingSeen)
  d.skip()
  d.receives(ack(2, [3, 8]))
  t.true(numbersSent(d).every(n => n >= 10))
  d.after(24)
  d.silent()
  d.after(1)
  t.deepEqual(numbersSent(d), [2])
})

test('[R8985-5] the end of a reduction by ECN counts for nothing, only recoveries do', t => {
  const d = rack(10, { ecn: 'passive' })
  d.listen()
  d.receives('SEW 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>')
  d.next()
  d.after(100)
  d.receives('. 1:1(0) ack 1 win 60000')
  const c = d.accepted[0]!.connection!
  send(c, Buffer.alloc(60 * MSS))
  d.skip()
  c.ownRack(c.snd.una).duplicate(c.snd.nxt)
  c.ownRack(c.snd.una).reorderingSeen = true
  let n = 0
  for (let events = 0; events < 16; events++) {
    d.after(100)
    send(c, Buffer.alloc(2 * MSS))
    const next = () => ((c.snd.nxt - c.snd.iss - 1) | 0) / MSS
    n = Math.floor(next())
    d.receives(ack(n).replace('. ', 'E. '))
    d.skip()
    d.after(100)
    d.receives(ack(Math.floor(next())))
    d.skip()
    t.is(c.recovery.phase, 'open')
  }
  t.is(c.rack.reorderingWindow(4, 1000, false), 2)
})

test('[R8985-3] a retransmission counts as delivered when the echo is of it, not when it is of what was sent before', t => {
  const full = MSS - 12
  for (const answered of ['first', 'again'] as const) {
    const d = rack(10, { timestamps: true })
    d.listen()
    d.receives('S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,nop,TS val 1 ecr 0>')
    const ecr = (s: Sent) => `ecr ${timestampsOf(s)!.val >>> 0}`
    const synAck = d.next()
    d.after(100)
    d.receives(`. 1:1(0) ack 1 win 60000 <nop,nop,TS val 101 ${ecr(synAck)}>`)
    const c = d.accepted[0]!.connection!
    send(c, Buffer.alloc(10 * full))
    const first = d.skip()[0]!
    d.after(100)
    const sack = `sack ${1 + full}:${1 + 4 * full}`
    d.receives(`. 1:1(0) ack 1 win 60000 <nop,nop,TS val 200 ${ecr(first)},nop,nop,${sack}>`)
    const again = d.skip()[0]!
    t.is(again.seq, first.seq)
    d.after(100)
    const stamp = ecr(answered === 'first' ? first : again)
    d.receives(`. 1:1(0) ack ${1 + 4 * full} win 60000 <nop,nop,TS val 300 ${stamp}>`)
    t.is(c.rack.sentAt, answered === 'first' ? 100 : 200)
  }
})
