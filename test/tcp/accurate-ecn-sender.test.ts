/** Accurate ECN of a sender: which of its packets were marked, and what it does about it (RFC 9768 §3.2.2, §3.2.3). */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import type { AckSample } from '../../src/tcp/congestion/controller.ts'
import { registerCongestionControl } from '../../src/tcp/congestion/registry.ts'
import { Reno } from '../../src/tcp/congestion/reno.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import { accurateDialogue, openAccurate } from '../support/accurate-ecn.ts'
import type { Dialogue } from '../support/dialogue.ts'

const MSS = 1460

/** A server that has sent so many segments. */
const flying = (d: Dialogue, segments: number, syn = '', ack = ''): Connection => {
  const c = openAccurate(d, syn, ack).connection as Connection
  send(c, Buffer.alloc(segments * MSS))
  d.skip()
  return c
}
const flight = (segments = 10, tcp: Partial<TcpOptions> = {}, ack = ''): { d: Dialogue; c: Connection } => {
  const d = accurateDialogue(tcp)
  return { d, c: flying(d, segments, '', ack) }
}
const at = (segments: number): number => 1 + segments * MSS
const OPTION = 'ECN e0b 1 ceb 0 e1b 1,nop'
const deliveredCe = (c: Connection): number => tcpInfo(c).tcpi_delivered_ce

test('[R9768-24] the ACE field tells how many more were marked, beyond its end too', t => {
  const { d, c } = flight()
  let marked = 0
  for (const [n, ace] of [6, 6, 0, 4, 3].entries()) {
    d.receives(`.${ace} 1:1(0) ack ${at(n + 1)} win 60000`)
    marked += [1, 0, 2, 4, 7][n]!
    t.is(deliveredCe(c), marked)
  }
})

test('[R9768-23] an ACK that says nothing new is not believed: it may be older than the last', t => {
  const { d, c } = flight()
  d.receives(`.6 1:1(0) ack ${at(1)} win 60000`)
  d.receives(`.5 1:1(0) ack ${at(1)} win 60000`)
  d.receives('.4 1:1(0) ack 1 win 60000')
  t.is(deliveredCe(c), 1)
  d.receives(`.7 1:1(0) ack ${at(2)} win 60000`)
  t.is(deliveredCe(c), 2)
})

test('[R9768-23] but for a newer timestamp, or a SACK', t => {
  const d = accurateDialogue({ sack: true, timestamps: true })
  const c = flying(d, 5, ',sackOK,TS val 1 ecr 0', 'nop,nop,TS val 2 ecr 0')
  d.receives('.6 1:1(0) ack 1 win 60000 <nop,nop,TS val 2 ecr 0>')
  t.is(deliveredCe(c), 0)
  d.receives('.6 1:1(0) ack 1 win 60000 <nop,nop,TS val 3 ecr 0>')
  t.is(deliveredCe(c), 1)
  const size = MSS - 12
  d.receives(`.7 1:1(0) ack 1 win 60000 <nop,nop,TS val 3 ecr 0,nop,nop,sack ${1 + size}:${1 + 2 * size}>`)
  t.is(deliveredCe(c), 2)
})

test('[R9768-25] an ACK for so many that the field may have wrapped: as many as it may tell of', t => {
  const { d, c } = flight(20)
  d.receives(`.5 1:1(0) ack ${at(1)} win 60000`)
  // Nine packets, and the field has not moved: none of them, or eight.
  d.receives(`.5 1:1(0) ack ${at(10)} win 60000`)
  t.is(deliveredCe(c), 8)
})

test('[R9768-25] where ACKs are for many as a rule, nothing was lost: as few as it may tell of', t => {
  const { d, c } = flight(20)
  d.receives(`.6 1:1(0) ack ${at(10)} win 60000`)
  t.is(deliveredCe(c), 1)
})

test('[R9768-25] the bytes of an option say how often it has wrapped', t => {
  for (const [ceb, marked] of [
    [0, 1],
    [MSS, 1],
    [3 * MSS, 9],
    [9 * MSS, 9],
  ] as const) {
    const { d, c } = flight(20, {}, OPTION)
    d.receives(`.5 1:1(0) ack ${at(1)} win 60000`)
    d.skip()
    d.receives(`.6 1:1(0) ack ${at(10)} win 60000 <ECN e0b 1 ceb ${ceb}>`)
    t.is(deliveredCe(c), marked, `${ceb} bytes`)
  }
})

test('[R9768-25] more marks than packets: ACKs were marked too', t => {
  const { d, c } = flight()
  d.receives(`.0 1:1(0) ack ${at(1)} win 60000`)
  t.is(deliveredCe(c), 0, 'the first count is zero')
  const other = flight()
  other.d.receives(`.6 1:1(0) ack ${at(1)} win 60000`)
  other.d.receives(`.1 1:1(0) ack ${at(2)} win 60000`)
  t.is(deliveredCe(other.c), 4)
})

test('[R9768-29] a first count of zero: nothing is ECN-capable from then on, nor are marks acted on', t => {
  const { d, c } = flight()
  d.receives(`.0 1:1(0) ack ${at(1)} win 60000`)
  t.is(tcpInfo(c).tcpi_accecn_fail_mode & 2, 2)
  d.receives(`.6 1:1(0) ack ${at(2)} win 60000`)
  t.is(c.recovery.phase, 'open')
  send(c, Buffer.alloc(20 * MSS))
  for (const { trafficClass } of d.unseen) t.is(trafficClass & 3, 0)
  // The option that comes is answered all the same.
  d.skip()
  d.receives(`[ce] P.6 1:101(100) ack ${at(2)} win 60000`)
  t.is((d.next().flags >> 6) & 7, 6)
})

test('[R9768-30] any other first count, and any first counters but zero, are good', t => {
  for (const ace of [1, 2, 3, 4, 5, 6, 7]) {
    const { d, c } = flight(10, {}, 'ECN e0b 4711 ceb 12 e1b 99,nop')
    d.receives(`.${ace} 1:1(0) ack ${at(1)} win 60000`)
    t.deepEqual([c.ecn.ect, tcpInfo(c).tcpi_accecn_opt_seen], [true, 2])
  }
})

test('[R9768-31] options of every length are read, of others the whole fields', t => {
  for (const [option, e0b, ceb, e1b] of [
    ['raw 0xac02,nop,nop', 0, 0, 0],
    ['raw 0xac05000065,nop,nop,nop', 100, 0, 0],
    ['raw 0xac08000065000064', 100, 100, 0],
    ['raw 0xac0b0000650000640000c9,nop', 100, 100, 200],
    ['raw 0xae0b0000c9000064000065,nop', 100, 100, 200],
    ['raw 0xae08000065000064', 0, 100, 100],
    ['raw 0xac06000065ff,nop,nop', 100, 0, 0],
    ['raw 0xac0c0000650000640000c9ff', 100, 100, 200],
    ['raw 0xac0e0000650000640000c9ffffff,nop,nop', 100, 100, 200],
  ] as const) {
    const { d, c } = flight(10, {}, OPTION)
    d.receives(`.6 1:1(0) ack ${at(1)} win 60000 <${option}>`)
    t.like(
      tcpInfo(c),
      { tcpi_delivered_e0_bytes: e0b, tcpi_delivered_ce_bytes: ceb, tcpi_delivered_e1_bytes: e1b },
      option,
    )
  }
})

test('[R9768-33] the counters of the peer are followed beyond 24 bits', t => {
  const { d, c } = flight(10, {}, OPTION)
  const { s } = c.ecn.accurate as { s: { e0b: number } }
  s.e0b = 2 ** 24 - 100
  c.ownTraffic().bytesSent = 2 ** 25
  d.receives(`.5 1:1(0) ack ${at(1)} win 60000 <ECN e0b ${MSS - 100},nop,nop,nop>`)
  t.is(s.e0b, 2 ** 24 + MSS - 100)
})

test('[R9768-38] zeroed counters in the first option: none of them is believed, the ACE field decides', t => {
  for (const option of ['ECN e0b 0 ceb 0 e1b 1,nop', 'ECN e1b 0 ceb 0 e0b 0,nop', 'ECN e0b 0,nop,nop,nop']) {
    const { d, c } = flight(20, {}, option)
    t.is(tcpInfo(c).tcpi_accecn_opt_seen, 3)
    d.receives(`.5 1:1(0) ack ${at(1)} win 60000 <ECN e0b 1461 ceb 0 e1b 1,nop>`)
    d.receives(`.5 1:1(0) ack ${at(10)} win 60000 <ECN e0b 14601 ceb 0 e1b 1,nop>`)
    t.is(deliveredCe(c), 8)
    t.is(tcpInfo(c).tcpi_delivered_e0_bytes, 0)
  }
})

test('[R9768-39] without options the ACE field is read with care; one that comes later is welcome', t => {
  const { d, c } = flight(20)
  d.receives(`.5 1:1(0) ack ${at(1)} win 60000`)
  d.receives(`.5 1:1(0) ack ${at(10)} win 60000`)
  t.is(deliveredCe(c), 8)
  d.receives(`.5 1:1(0) ack ${at(11)} win 60000 <ECN e0b ${at(11)} ceb 0 e1b 1,nop>`)
  t.like(tcpInfo(c), { tcpi_accecn_opt_seen: 2, tcpi_delivered_e0_bytes: 11 * MSS })
})

test('[R9768-40] bytes were marked, but no packet: something mangles the feedback, and nothing is ECN-capable any more', t => {
  const { d, c } = flight(10, {}, OPTION)
  d.receives(`.5 1:1(0) ack ${at(2)} win 60000 <ECN e0b 1461 ceb 1460>`)
  t.false(c.ecn.ect)
  send(c, Buffer.alloc(20 * MSS))
  d.skip()
  d.receives(`.5 1:1(0) ack ${at(10)} win 60000`)
  for (const { trafficClass } of d.unseen) t.is(trafficClass & 3, 0)
})

test('counters that go back, or beyond all that was sent, are not followed', t => {
  const { d, c } = flight(10, {}, OPTION)
  d.receives(`.5 1:1(0) ack ${at(1)} win 60000 <ECN e0b 1461 ceb 0 e1b 1,nop>`)
  d.receives(`.5 1:1(0) ack ${at(2)} win 60000 <ECN e0b 1 ceb 0 e1b 1,nop>`)
  d.receives(`.5 1:1(0) ack ${at(3)} win 60000 <ECN e0b 1461 ceb 4000000 e1b 5000000,nop>`)
  t.like(tcpInfo(c), { tcpi_delivered_e0_bytes: MSS, tcpi_delivered_ce_bytes: 0, tcpi_delivered_e1_bytes: 0 })
})

test('a counter may be ahead of twice all that was sent by 2^16 bytes, and no more', t => {
  const most = 2 * 10 * MSS + 2 ** 16
  for (const [told, followed] of [
    [most, most],
    [most + 1, 0],
  ] as const) {
    const { d, c } = flight(10, {}, OPTION)
    d.receives(`.5 1:1(0) ack ${at(1)} win 60000 <ECN e0b 1 ceb ${told} e1b 1,nop>`)
    t.is(tcpInfo(c).tcpi_delivered_ce_bytes, followed)
  }
})

test('[R9768-44] marks of one round trip bring the window down once, those of the next again', t => {
  const { d, c } = flight(30)
  d.after(100)
  const reductions = () => d.events.filter(e => e.type === 'recovery' && e.cause === 'ECN echo').length
  for (let n = 1; n <= 10; n++) d.receives(`.${(5 + n) % 8} 1:1(0) ack ${at(n)} win 60000`)
  t.deepEqual([reductions(), deliveredCe(c), c.congestion.cwnd], [1, 10, 5 * MSS])
  d.after(100)
  d.receives(`.0 1:1(0) ack ${at(11)} win 60000`)
  t.is(reductions(), 2)
})

test('[R9768-42] without ECN, and where it is refused, nothing is ECN-capable', t => {
  for (const flags of ['S.', 'SEWA.']) {
    const d = accurateDialogue()
    const { connection: c } = d.connect()
    d.next()
    d.receives(`${flags} 0:0(0) ack 1 win 65535 <mss 1460>`)
    d.sends('[noecn] . 1:1(0) ack 1')
    send(c!, Buffer.alloc(100))
    d.sends('[noecn] P. 1:101(100) ack 1')
  }
  t.pass()
})

test('[R9768-49] the first text is lost: it goes again without the option, until something is acknowledged', t => {
  const d = accurateDialogue()
  const { connection: c } = d.connect()
  d.next()
  d.receives('SW. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.next()
  send(c!, Buffer.alloc(100))
  d.sends('P.5 1:101(100) ack 1 <ECN e1b 1 ceb 0 e0b 1,nop>')
  d.receives('[ect0] P.5 1:101(100) ack 1 win 60000')
  d.after(40)
  d.sends('.5 101:101(0) ack 101 <ECN e0b 101,nop,nop,nop>')
  d.after(1000)
  d.sends('P.5 1:101(100) ack 101 <>')
  d.receives('[ect0] P.5 101:201(100) ack 101 win 60000')
  d.after(40)
  d.sends('.5 101:101(0) ack 201 <ECN e0b 201,nop,nop,nop>')
  t.pass()
})

test('[R9768-50] told of a mark on its SYN or SYN,ACK, an end begins with one segment', t => {
  const server = accurateDialogue({ ecnFallback: false })
  server.listen()
  server.receives('SEWA 0:0(0) win 65535 <mss 1460>')
  server.next()
  server.receives('.6 1:1(0) ack 1 win 60000')
  t.is(server.accepted[0]!.connection!.congestion.cwnd, MSS)
  const client = accurateDialogue()
  const { connection: c } = client.connect()
  client.next()
  client.receives('SWA. 0:0(0) ack 1 win 65535 <mss 1460>')
  t.is(c!.congestion.cwnd, MSS)
})

test('new text is ECN-capable, ACKs and what is sent again are not', t => {
  const { d } = flight(3)
  d.receives('P.5 1:101(100) ack 1 win 60000')
  d.after(40)
  d.sends('[noecn] .5 4381:4381(0) ack 101')
  d.after(1000)
  t.is(d.next().trafficClass & 3, 0)
})

test('everything is marked for four round trips from the beginning: no router does that, and none of it is believed', t => {
  const d = accurateDialogue()
  const c = flying(d, 200)
  let ace = 5
  let acked = 0
  let rounds = 0
  while (c.ecn.ect && rounds < 20) {
    const all = (c.snd.nxt - c.snd.una) / MSS
    for (let n = 0; n < all; n++) d.receives(`.${++ace % 8} 1:1(0) ack ${at(++acked)} win 60000`)
    // At a window of one segment sending waits for the timer.
    d.after(5000)
    d.skip()
    if (all > 0) rounds++
  }
  t.is(rounds, 5)
  t.false(c.ecn.accurate!.heeds)
})

/** Reno that notes what it is told of marks. */
class Noting extends Reno {
  readonly noted: (readonly [number, number])[] = []
  override acknowledged(sample: AckSample): void {
    this.noted.push([sample.markedPackets, sample.marked])
    super.acknowledged(sample)
  }
}
registerCongestionControl('noting', () => new Noting())

test('the controller hears of marked packets and bytes with each ACK', t => {
  const { d, c } = flight(10, { congestionControl: 'noting' }, OPTION)
  d.receives(`.5 1:1(0) ack ${at(1)} win 60000 <ECN e0b 1461 ceb 0 e1b 1,nop>`)
  d.receives(`.7 1:1(0) ack ${at(4)} win 60000 <ECN e0b 2921 ceb 2920 e1b 1,nop>`)
  // Without an option: so many as packets have on the average. The next option then tells of what was not known.
  d.receives(`.0 1:1(0) ack ${at(6)} win 60000`)
  d.receives(`.1 1:1(0) ack ${at(8)} win 60000 <ECN e0b 5841 ceb 5840 e1b 1,nop>`)
  t.deepEqual((c.congestion as unknown as Noting).noted, [
    [0, 0],
    [2, 2 * MSS],
    [1, MSS],
    [1, MSS],
  ])
})

test('with the classic kind an echo tells of all that is acknowledged', t => {
  const d = accurateDialogue({ congestionControl: 'noting', ecn: 'passive' })
  d.listen()
  d.receives('SEW 0:0(0) win 65535 <mss 1460>')
  d.next()
  d.receives('. 1:1(0) ack 1 win 60000')
  const c = d.accepted[0]!.connection as Connection
  send(c, Buffer.alloc(10 * MSS))
  d.skip()
  d.receives(`E. 1:1(0) ack ${at(2)} win 60000`)
  t.deepEqual((c.congestion as unknown as Noting).noted, [[2, 2 * MSS]])
})
