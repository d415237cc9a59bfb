/** The retransmission timer, RFC 6298. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { Rto } from '../../src/tcp/block/rto.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { timestampsOf } from '../support/sent.ts'

const timer = (c: Connection): number | null => (c.retransmitTimer.armed ? c.retransmitTimer.deadline : null)
const full = Buffer.alloc(1460, 'f')
const TS = { timestamps: true }

/** A connection to a peer with timestamps; its SYN has TSval 100. */
const withTimestamps = (d: Dialogue): Connection => {
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460,nop,nop,TS val 100 ecr 0>')
  const val = timestampsOf(d.sends('S. 0:0(0) ack 1'))!.val
  d.receives(`. 1:1(0) ack 1 win 65535 <nop,nop,TS val 101 ecr ${val}>`)
  return d.accepted.at(-1)!.connection!
}

test('[R6298-1][R6298-11][R8961-1] before any sample RTO is 1 s: SYNs at 0, 1, 3, 7, 15, 31 s, all the same', t => {
  const d = dialogue()
  d.connect()
  const iss = d.next().seq
  for (const at of [1000, 3000, 7000, 15_000, 31_000]) {
    d.after(at - 1 - d.clock.now())
    d.silent()
    d.after(1)
    t.like(d.sends('S 0:0(0)'), { time: at, seq: iss })
  }
})

test('[R6298-2] first sample R = 2 s: SRTT 2, RTTVAR 1, RTO 6', t => {
  const rto = new Rto({ initialRto: 1000, minRto: 1000, maxRto: 120_000, minRttMargin: 0 })
  t.is(rto.value, 1000)
  rto.sample(2000)
  t.like(rto, { srtt: 2000, rttvar: 1000, value: 6000 })
})

test('[R6298-3][R6298-4] then R = 1 s: RTTVAR 1.0 from the old SRTT, SRTT 1.875, RTO 5.875', t => {
  const rto = new Rto({ initialRto: 1000, minRto: 1000, maxRto: 120_000, minRttMargin: 0 })
  rto.sample(2000)
  rto.sample(1000)
  t.like(rto, { srtt: 1875, rttvar: 1000, value: 5875 })
  rto.sample(1875)
  t.like(rto, { srtt: 1875, rttvar: 750, value: 4875 })
})

test('[R6298-2] a handshake of 2 s: the first data is sent again after 6 s', t => {
  const d = dialogue({ tcp: { initialRto: 3000 } })
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  d.after(2000)
  d.receives('. 1:1(0) ack 1')
  send(d.accepted[0]!.connection!, full)
  d.sends('P. 1:1461(1460) ack 1')
  d.after(5999)
  d.silent()
  d.after(1)
  d.sends('P. 1:1461(1460) ack 1')
  t.pass()
})

test('[R6298-5] a path of 10 ms: RTO is not below 1 s, or what is configured', t => {
  for (const [floor, tcp] of [
    [1000, {}],
    [200, { minRto: 200 }],
  ] as const) {
    const d = dialogue({ tcp })
    d.listen()
    d.receives('S 0:0(0) win 65535 <mss 1460>')
    d.sends('S. 0:0(0) ack 1')
    d.after(10)
    d.receives('. 1:1(0) ack 1')
    const c = d.accepted[0]!.connection!
    t.is(c.rto.srtt, 10)
    send(c, full)
    d.sends('P. 1:1461(1460) ack 1')
    d.after(floor - 1)
    d.silent()
    d.after(1)
    d.sends('P. 1:1461(1460) ack 1')
  }
})

test('[R6298-6][R8961-6] the gaps double up to the cap, which is 120 s', t => {
  const d = dialogue({ tcp: { userTimeout: 0 } })
  send(d.established().connection!, full)
  let before = d.next().time
  const gaps = []
  for (let n = 0; n < 10; n++) {
    d.after(120_000 - ((d.clock.now() - before) % 120_000))
    for (const again of d.skip()) {
      gaps.push(again.time - before)
      before = again.time
    }
  }
  t.deepEqual(
    gaps.slice(0, 10),
    [1, 2, 4, 8, 16, 32, 64, 120, 120, 120].map(s => s * 1000),
  )
})

test('[R6298-7][R8961-3][R8961-5] no sample from what was sent twice (Karn), and the backoff stays until there is one', t => {
  const d = dialogue()
  const c = d.established().connection!
  send(c, full)
  d.skip()
  d.after(30)
  d.receives('. 1:1(0) ack 1461')
  const { srtt, rttvar } = c.rto
  send(c, full)
  d.skip()
  d.after(1000)
  d.sends('P. 1461:2921(1460) ack 1')
  d.after(50)
  d.receives('. 1:1(0) ack 2921')
  t.like(c.rto, { srtt, rttvar, backoff: 1, value: 2000 })
  send(c, full)
  t.is(timer(c), null)
  d.skip()
  t.is(timer(c), d.clock.now() + 2000)
  d.after(50)
  d.receives('. 1:1(0) ack 4381')
  t.true(c.rto.srtt > srtt)
  t.is(c.rto.backoff, 0)
})

test('[R6298-7] with timestamps the sample is now - TSecr, whichever copy it is of', t => {
  const d = dialogue({ tcp: TS })
  const c = withTimestamps(d)
  const samples: number[] = []
  const sample = c.rto.sample.bind(c.rto)
  c.rto.sample = (rtt: number) => {
    samples.push(rtt)
    sample(rtt)
  }
  d.after(500)
  send(c, full.subarray(0, 1448))
  const first = timestampsOf(d.next())!
  d.after(1000)
  const second = timestampsOf(d.next())!
  t.is(second.val - first.val, 1000)
  d.after(50)
  d.receives(`. 1:1(0) ack 1449 <nop,nop,TS val 102 ecr ${second.val}>`)
  t.deepEqual(samples, [50])
  t.is(c.rto.backoff, 0)
})

test('[R6298-8][R8961-2] a long transfer without loss: at least one sample each round trip', t => {
  const d = dialogue()
  const c = d.established({ sendBuffer: 1 << 20 }).connection!
  let samples = 0
  const sample = c.rto.sample.bind(c.rto)
  c.rto.sample = (rtt: number) => {
    samples++
    sample(rtt)
  }
  send(c, Buffer.alloc(500_000))
  let rounds = 0
  for (let flight = d.skip(); flight.length > 0; flight = d.skip()) {
    d.after(20)
    for (const s of flight) d.receives(`. 1:1(0) ack ${((s.seq - c.snd.iss) | 0) + s.text.length}`)
    rounds++
  }
  t.is(c.sendQueue.length, 0)
  t.true(rounds > 5 && samples >= rounds, `${samples} samples in ${rounds} round trips`)
  // The handshake took no time, the rest 20 ms each.
  t.true(Math.abs(c.rto.srtt - 20) < 12)
})

test('[R6298-9] the same round trip for ever: the variance goes to zero, RTO to SRTT + G', t => {
  const rto = new Rto({ initialRto: 1000, minRto: 1, maxRto: 120_000, minRttMargin: 0 })
  for (let n = 0; n < 200; n++) rto.sample(100)
  t.true(rto.rttvar < 1e-9)
  t.true(Math.abs(rto.value - 101) < 1e-6)
})

test('[R6298-10][R6928-5] the timer runs from the first segment, anew from each ACK, and stops with the last', t => {
  const d = dialogue()
  const c = d.established({ noDelay: true }).connection!
  t.is(timer(c), null)
  send(c, full)
  d.after(0)
  t.is(timer(c), 1000)
  d.after(100)
  send(c, full)
  send(c, full)
  d.after(0)
  t.is(timer(c), 1000)
  d.after(200)
  d.receives('. 1:1(0) ack 1461')
  t.is(timer(c), 300 + c.rto.value)
  d.after(100)
  d.receives('. 1:1(0) ack 1461')
  t.is(timer(c), 300 + c.rto.value, 'an ACK of nothing new')
  d.receives('. 1:1(0) ack 4381')
  t.is(timer(c), null)
})

test('[R6298-11] a silent peer: the earliest segment alone, at RTO, 3 RTO, 7 RTO after the first', t => {
  const d = dialogue()
  const c = d.established({ noDelay: true }).connection!
  for (let n = 0; n < 3; n++) send(c, full)
  d.after(0)
  t.is(d.skip().length, 3)
  for (const at of [1000, 3000, 7000]) {
    d.after(at - d.clock.now())
    t.is(d.sends('. 1:1461(1460) ack 1').time, at)
    d.silent()
  }
  t.is(c.rto.backoff, 3)
})

test('[R6298-12] the SYN was lost: data starts with an RTO of 3 s', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.after(1000)
  d.sends('S 0:0(0)')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.sends('. 1:1(0) ack 1')
  send(user.connection!, full)
  d.sends('P. 1:1461(1460) ack 1')
  d.after(2999)
  d.silent()
  d.after(1)
  d.sends('P. 1:1461(1460) ack 1')
  t.pass()
})

test('[R6298-12] the SYN was lost: 3 s also when a timestamp has measured the handshake', t => {
  const d = dialogue({ tcp: TS })
  const user = d.connect()
  d.next()
  d.after(1000)
  const { val } = timestampsOf(d.next())!
  d.after(20)
  d.receives(`S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 9 ecr ${val}>`)
  d.next()
  t.is(user.connection!.rto.srtt, 20)
  send(user.connection!, full.subarray(0, 1448))
  const sent = d.next()
  d.after(2999)
  d.silent()
  d.after(1)
  t.is(d.next().seq, sent.seq)
})
