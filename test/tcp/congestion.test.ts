/** Slow start, congestion avoidance, and what a receiver owes them: RFC 5681, RFC 6928. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { DEFAULT_TCP_OPTIONS, type TcpOptions, tcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import { Reno } from '../../src/tcp/congestion/reno.ts'
import { AckReport } from '../../src/tcp/flight/ack-report.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import type { Sent } from '../support/sent.ts'
import { setWindow } from '../support/window.ts'

const MSS = 1460

/** A connection whose peer takes a megabyte. */
const wide = (d: Dialogue, tcp: Partial<TcpOptions> = {}): Connection =>
  d.established(tcp, 'S 0:0(0) win 65535 <mss 1460,nop,wscale 7>', '. 1:1(0) ack 1 win 16384').connection!

const endOf = (c: Connection, s: Sent): number => ((s.seq - c.snd.iss) | 0) + s.text.length

/** One round trip: each segment of the flight is acknowledged by itself, or every second. */
const round = (d: Dialogue, c: Connection, every = 1): number => {
  const flight = d.skip()
  d.after(50)
  flight.forEach((s, n) => {
    if (n % every === every - 1 || n === flight.length - 1)
      d.receives(`. 1:1(0) ack ${endOf(c, s)} win 16384`)
  })
  return flight.length
}

// The initial window

test('[R5681-1][R6928-6] IW of 3: MSS 1460 gives 3 segments, 4000 two, 536 three', t => {
  for (const [mss, mtu, segments] of [
    [1460, 1500, 3],
    [4000, 9000, 2],
    [536, 1500, 3],
  ] as const) {
    const d = dialogue({ mtu })
    const c = d.established({ initialWindow: 3 }, `S 0:0(0) win 65535 <mss ${mss}>`).connection!
    send(c, Buffer.alloc(60_000))
    const flight = d.skip()
    t.is(flight.length, segments, `MSS ${mss}`)
    t.true(flight.every(s => s.text.length === mss))
  }
})

test('[R6928-1] IW of 10: MSS 1460 gives 10 segments, MSS 9000 18000 bytes, MSS 2000 14600', t => {
  for (const [mss, mtu, bytes] of [
    [1460, 1500, 14_600],
    [9000, 9040, 18_000],
    [2000, 9040, 14_000],
    [536, 1500, 5360],
  ] as const) {
    const d = dialogue({ mtu })
    const c = d.established({}, `S 0:0(0) win 65535 <mss ${mss}>`).connection!
    send(c, Buffer.alloc(60_000))
    t.is(
      d.skip().reduce((sum, s) => sum + s.text.length, 0),
      bytes,
      `MSS ${mss}`,
    )
  }
})

test('[R5681-2][R6928-2] SYN,ACK and its ACK do not grow cwnd', t => {
  const d = dialogue()
  t.is(wide(d).congestion.cwnd, 10 * MSS)
  d.localPort = 81
  d.connect()
  d.next()
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  const [c] = [...d.host.connections].filter(e => e.localPort === 81) as Connection[]
  t.is(c!.congestion.cwnd, 10 * MSS)
})

/** The segments sent at first when a handshake has lost so many of our SYNs or SYN,ACKs. */
const firstFlight = (active: boolean, lost: number): number => {
  const d = dialogue()
  if (!active) {
    d.listen()
    d.receives('S 0:0(0) win 65535 <mss 1460>')
  }
  const opening = active ? d.connect() : null
  for (let n = 0; n < lost; n++) {
    d.sends(active ? 'S 0:0(0)' : 'S. 0:0(0) ack 1')
    d.after(1000 * 2 ** n)
  }
  d.sends(active ? 'S 0:0(0)' : 'S. 0:0(0) ack 1')
  d.receives(active ? 'S. 0:0(0) ack 1 win 65535 <mss 1460>' : '. 1:1(0) ack 1')
  const user = opening ?? d.accepted[0]!
  send(user.connection!, Buffer.alloc(20_000))
  d.after(0)
  return d.skip().filter(s => s.text.length > 0).length
}

test('[R5681-2][R6928-3] two SYNs, or SYN,ACKs, were lost: the first flight is one segment', t => {
  t.is(firstFlight(true, 2), 1)
  t.is(firstFlight(false, 2), 1)
})

test('[R6928-3] one SYN, or SYN,ACK, was lost: the first flight is as if it were not', t => {
  t.is(firstFlight(true, 1), 10)
  t.is(firstFlight(false, 1), 10)
})

test('[R6928-7] the first window offered holds ten segments or more', t => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  t.true(d.sends('S. 0:0(0) ack 1').window >= 10 * MSS)
})

// Growth

test('[R5681-3] ssthresh begins above any window, and falls with a loss', t => {
  const d = dialogue()
  const c = wide(d)
  t.true(c.congestion.ssthresh >= 2 ** 30)
  send(c, Buffer.alloc(20_000))
  d.skip()
  d.after(1000)
  t.is(c.congestion.ssthresh, 5 * MSS)
})

test('[R5681-4][R3465-2][R3465-3] slow start: ten ACKs of one segment grow cwnd by one segment in all; one of nine by two', t => {
  const d = dialogue()
  const c = wide(d)
  send(c, Buffer.alloc(60_000))
  d.skip()
  for (let n = 1; n <= 10; n++) d.receives(`. 1:1(0) ack ${1 + n * 146} win 16384`)
  t.is(c.congestion.cwnd, 11 * MSS)
  // An ACK of nine segments grows it by two: L of RFC 3465.
  d.receives(`. 1:1(0) ack ${1 + 10 * MSS} win 16384`)
  t.is(c.congestion.cwnd, 13 * MSS)
})

test('[R5681-4] slow start doubles each round trip when every segment is acknowledged', t => {
  const d = dialogue()
  const c = wide(d, { initialWindow: 2 })
  send(c, Buffer.alloc(400_000))
  const flights = []
  for (let n = 0; n < 5; n++) flights.push(round(d, c))
  t.deepEqual(flights, [2, 4, 8, 16, 32])
})

test('[R5681-5][R3465-1] above ssthresh cwnd goes from 10 to 11 segments in a round trip, delayed ACKs or not', t => {
  for (const every of [1, 2]) {
    const d = dialogue()
    const c = wide(d)
    t.is(c.congestion.name, 'reno')
    setWindow(c, { ssthresh: 10 * MSS })
    send(c, Buffer.alloc(400_000))
    t.is(round(d, c, every), 10)
    t.is(c.congestion.cwnd, 11 * MSS)
    round(d, c, every)
    t.true(c.congestion.cwnd <= 12 * MSS)
  }
})

test('[R5681-5] the growth never rounds to nothing, however large the window', t => {
  const cc = new Reno()
  cc.start(MSS, 1000 * MSS, 0)
  cc.ssthresh = MSS
  for (let n = 0; n < 1000; n++)
    cc.acknowledged(Object.assign(new AckReport(), { acked: MSS, delivered: MSS, cwndLimited: true }))
  t.is(cc.cwnd, 1001 * MSS)
})

// Timeouts

test('[R5681-6] a timeout halves the flight, not cwnd; a second of the same segment leaves ssthresh alone', t => {
  const d = dialogue()
  const c = wide(d, { initialWindow: 40 })
  send(c, Buffer.alloc(20 * MSS))
  t.is(d.skip().length, 20)
  d.after(1000)
  t.is(c.congestion.ssthresh, 10 * MSS)
  d.after(2000)
  t.is(c.congestion.ssthresh, 10 * MSS)
})

test('[R5681-6] never below two segments', t => {
  const d = dialogue()
  const c = wide(d)
  send(c, Buffer.alloc(MSS))
  d.skip()
  d.after(1000)
  t.is(c.congestion.ssthresh, 2 * MSS)
})

test('[R5681-7][R6928-2][R8961-4] after a timeout one segment, then 2, 4, and from ssthresh on one more a round trip', t => {
  const d = dialogue({ tcp: { frto: false } })
  const c = wide(d)
  send(c, Buffer.alloc(400_000))
  t.is(d.skip().length, 10)
  d.after(1000)
  t.is(c.congestion.cwnd, MSS)
  const flights = []
  for (let n = 0; n < 5; n++) flights.push(round(d, c))
  t.deepEqual(flights, [1, 2, 4, 5, 6])
})

// Idle

/** Sends until cwnd is at 40 segments, and all is acknowledged. */
const grow = (d: Dialogue, c: Connection): void => {
  send(c, Buffer.alloc(70 * MSS))
  do round(d, c)
  while (!c.allAcked)
}

test('[R5681-11] ten seconds of silence after cwnd has reached 40 segments: the next burst is IW', t => {
  const d = dialogue()
  const c = wide(d)
  grow(d, c)
  t.true(c.congestion.cwnd >= 40 * MSS)
  d.after(10_000)
  send(c, Buffer.alloc(100_000))
  t.is(d.skip().length, 10)
})

test("[R5681-11] what counts is silence of our own data: ACKs of the peer's are none", t => {
  const d = dialogue()
  const c = wide(d)
  grow(d, c)
  d.after(9900)
  const at = endOf(c, d.link.sent.at(-1)!)
  d.receives(`P. 1:11(10) ack ${at} win 16384`)
  d.after(100)
  t.is(d.skip().length, 1)
  send(c, Buffer.alloc(100_000))
  t.is(d.skip().length, 10)
})

test('[R5681-11] less than an RTO of silence: the window stays', t => {
  const d = dialogue()
  const c = wide(d)
  grow(d, c)
  d.after(900)
  send(c, Buffer.alloc(100_000))
  t.true(d.skip().length >= 40)
})

// The receiver's part

test('[R5681-8] segments 1, 3, 4, 2: an ACK at once after 3, 4 and 2', t => {
  const d = dialogue()
  d.established()
  d.receives('. 1:1461(1460) ack 1')
  d.silent()
  d.receives('. 2921:4381(1460) ack 1')
  d.sends('. 1:1(0) ack 1461')
  d.receives('. 4381:5841(1460) ack 1')
  d.sends('. 1:1(0) ack 1461')
  d.receives('. 1461:2921(1460) ack 1')
  d.sends('. 1:1(0) ack 5841')
  d.silent()
  t.is(d.clock.now(), 0)
})

test('[R5681-8] a part of a gap filled: at once too', t => {
  const d = dialogue()
  d.established()
  d.receives('. 2921:4381(1460) ack 1')
  d.sends('. 1:1(0) ack 1')
  d.receives('. 1:1461(1460) ack 1')
  d.sends('. 1:1(0) ack 1461')
  t.is(d.clock.now(), 0)
})

test('[R5681-8] segments above a gap in one batch: a duplicate ACK for each, or the sender counts too few', t => {
  const d = dialogue()
  d.established()
  d.receives('. 1461:2921(1460) ack 1', '. 2921:4381(1460) ack 1', '. 4381:5841(1460) ack 1')
  for (let n = 0; n < 3; n++) d.sends('. 1:1(0) ack 1')
  d.silent()
  d.receives('FP. 5841:5941(100) ack 1')
  d.sends('. 1:1(0) ack 1')
  d.silent()
  d.receives('. 1:1461(1460) ack 1')
  d.sends('. 1:1(0) ack 5942')
  t.pass()
})

test('[R5681-12] 100 segments: 50 to 100 ACKs, never two for one, the last within 500 ms', t => {
  const d = dialogue({ tcp: { delayedAck: 200 } })
  const user = d.established()
  let acks = 0
  for (let n = 0; n < 99; n++) {
    d.receives(`. ${1 + n * MSS}:${1 + (n + 1) * MSS}(1460) ack 1`)
    const now = d.skip().length
    t.true(now <= 1)
    acks += now
    d.after(1)
  }
  d.receives(`P. ${1 + 99 * MSS}:${1 + 99 * MSS + 100}(100) ack 1`)
  const at = d.clock.now()
  d.after(499)
  for (const s of d.skip()) {
    acks++
    t.true(s.time - at < 500)
  }
  t.true(acks >= 50 && acks <= 100, `${acks} ACKs`)
  t.is(d.link.sent.at(-1)!.ack, (d.peerIss + 1 + 99 * MSS + 100) | 0)
  t.is(user.text.length, 99 * MSS + 100)
})

test('[R5681-12] a small segment read at once waits for company, though the window could never be larger', t => {
  const d = dialogue()
  d.established()
  d.receives('P. 1:11(10) ack 1')
  d.after(39)
  d.silent()
  d.after(1)
  d.sends('. 1:1(0) ack 11')
  t.pass()
})

test('[MAY-18] congestion control is chosen by name, for a connection, and CUBIC is the default', t => {
  t.is(DEFAULT_TCP_OPTIONS.congestionControl, 'cubic')
  for (const [name, afterLoss] of [
    ['reno', 0.5],
    ['cubic', 0.7],
  ] as const) {
    const d = dialogue()
    const c = wide(d, { congestionControl: name })
    t.is(c.congestion.name, name)
    send(c, Buffer.alloc(10 * MSS))
    t.is(d.skip().length, 10)
    d.after(3000)
    t.is(c.congestion.ssthresh, afterLoss * 10 * MSS)
  }
  t.throws(() => tcpOptions({ congestionControl: 'none' }), { instanceOf: RangeError })
})

test('[R6928-4] the first flight was too much for the path: after idle time three segments, not ten', t => {
  for (const [lost, restart] of [
    [true, 3],
    [false, 10],
  ] as const) {
    const d = dialogue({ tcp: { frto: false } })
    const c = wide(d)
    d.after(10)
    send(c, Buffer.alloc(20 * MSS))
    t.is(d.skip().length, 10)
    if (lost) d.after(1000)
    else d.receives(`. 1:1(0) ack ${1 + 10 * MSS} win 16384`)
    while (!c.allAcked) round(d, c)
    setWindow(c, { cwnd: 40 * MSS })
    d.after(10_000)
    send(c, Buffer.alloc(60 * MSS))
    t.is(d.skip().length, restart)
  }
})

test('[R6928-4] a later loss does not take the initial window away', t => {
  const d = dialogue({ tcp: { frto: false } })
  const c = wide(d)
  send(c, Buffer.alloc(100 * MSS))
  for (let n = 0; n < 2; n++) round(d, c)
  d.skip()
  d.after(1000)
  t.is(c.recovery.phase, 'loss')
  t.false(c.troubles.initialLoss)
})
