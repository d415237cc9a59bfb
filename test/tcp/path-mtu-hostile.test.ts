/** The path MTU where routers lie, losses coincide, and what is known changes: RFC 5927 §7, RFC 4821 §7.6, RFC 1191 §3. */
import test from 'ava'
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import { parseIpv4Address } from '../../src/wire/address.ts'
import { write32 } from '../../src/wire/ipv4.ts'
import { dialogue } from '../support/dialogue.ts'
import { flowTo } from '../support/flow.ts'
import { sealed } from '../support/packets.ts'
import { changes, flying } from '../support/path-mtu.ts'
import { RecordingUser } from '../support/recording-user.ts'

const SEARCHING: Partial<TcpOptions> = { mtuProbing: 'on', initialWindow: 20 }
const SACK_SYN = 'S 0:0(0) win 65535 <mss 1460,sackOK,nop,wscale 7>'

// Reports that are not believed, RFC 5927 §7.2

test('[R8899-1] a claim is refuted by the ACK of what it quotes, not of what was sent before that (RFC 5927 §7.2)', t => {
  const d = dialogue()
  const { c } = flying(d, 1460)
  d.receives('. 1:1(0) ack 1461 win 8000')
  send(c, Buffer.alloc(5840))
  const flight = d.skip()
  d.tooBig(flight[1]!, 1000)
  // This ACK was on its way already.
  d.receives('. 1:1(0) ack 2921 win 8000')
  d.after(1000)
  t.is(c.snd.mss, 960)
  t.is(d.next().text.length, 960)
})

test('a timeout of something else than what the claim quotes does not make it true (RFC 5927 §7.2, nsegrto)', t => {
  const d = dialogue()
  const { c } = flying(d, 1460)
  d.receives('. 1:1(0) ack 1461 win 8000')
  send(c, Buffer.alloc(5840))
  const flight = d.skip()
  d.tooBig(flight[2]!, 1000)
  d.after(1000)
  t.is(c.snd.mss, 1460)
  t.is(d.next().text.length, 1460)
})

test('later claims do not take the place of the one for what will time out first', t => {
  const d = dialogue()
  const { c } = flying(d, 1460)
  d.receives('. 1:1(0) ack 1461 win 8000')
  send(c, Buffer.alloc(5840))
  const flight = d.skip()
  for (const sent of flight) d.tooBig(sent, 1000)
  d.after(1000)
  t.is(c.snd.mss, 960)
})

test('[R1191-2] no larger packet was sent than the claim allows: forged (RFC 5927 §7.2, maxsizesent)', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 100)
  for (const mtu of [140, 600, 1000, 1499]) d.tooBig(flight[0]!, mtu)
  t.is(c.snd.mss, 1460)
  t.is(d.host.drops['icmp-mtu'], 4)
  t.deepEqual(changes(d), [])
})

test('a half-open connection of a listener: its SYN,ACK is smaller than any link is', t => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  const synAck = d.next()
  for (const mtu of [0, 68, 600, 1400]) d.tooBig(synAck, mtu)
  d.receives('. 1:1(0) ack 1')
  t.is(d.accepted[0]!.connection!.snd.mss, 1460)
  t.is(d.host.drops['icmp-mtu'], 4)
})

test('[R8899-1] errors for a listener, or for a connection in TIME-WAIT, quote nobody', t => {
  const d = dialogue()
  d.listen(81)
  const { flight } = flying(d, 1460)
  const strange = { ...flight[0]!, raw: flight[0]!.raw.slice() }
  strange.raw[21] = 81
  d.tooBig(strange, 600)
  t.is(d.host.drops['icmp-quote'], 1)
  t.is(d.host.knownPath(flowTo(flight[0]!.destination)), null)
})

test('a flood of 10,000 claims, of all sizes, for what is in flight: one change, one retransmission, no memory', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 14_600)
  d.tooBig(flight[0]!, 1000)
  d.skip()
  const { timers } = d.host
  for (let n = 0; n < 10_000; n++) d.tooBig(flight[n % flight.length]!, 1000 + ((n * 7) % 64_000))
  d.silent()
  t.is(c.snd.mss, 960)
  t.is(d.host.timers, timers)
  t.is(changes(d).length, 1)
})

test('[R1191-6] super-segments: a claim that is known already sends nothing again', t => {
  const d = dialogue({ host: {} })
  Object.assign(d.link, { offload: { checksum: false, segmentation: true } })
  const c = d.established(
    { initialWindow: 40 },
    'S 0:0(0) win 65535 <mss 1460,nop,wscale 7>',
    '. 1:1(0) ack 1 win 8000',
  ).connection!
  send(c, Buffer.alloc(58_400))
  const [whole] = d.skip()
  t.true(whole!.text.length > 14_600)
  d.tooBig(whole!, 1000)
  d.sends('. 1:961(960) ack 1')
  d.receives('. 1:1(0) ack 961 win 8000')
  const again = d.skip()
  t.true(again.some(s => s.text.length > 960))
  // Late, or made up: it says nothing new.
  for (const sent of again) d.tooBig(sent, 1000)
  d.silent()
})

test('[R1191-6] super-segments of a connection that has learned the size by another: the same', t => {
  const d = dialogue()
  Object.assign(d.link, { offload: { checksum: false, segmentation: true } })
  const c = d.established(
    { initialWindow: 40 },
    'S 0:0(0) win 65535 <mss 1460,nop,wscale 7>',
    '. 1:1(0) ack 1 win 8000',
  ).connection!
  send(c, Buffer.alloc(1460))
  d.receives('. 1:1(0) ack 1461 win 8000')
  d.skip()
  d.after(1)
  d.host.learnPathMtu(c, 1000, false)
  send(c, Buffer.alloc(960))
  d.skip()
  d.after(1)
  send(c, Buffer.alloc(9600))
  const sent = d.skip()
  t.deepEqual(
    sent.map(s => s.text.length),
    [9600],
  )
  d.tooBig(sent[0]!, 1000)
  d.silent()
  t.is(d.host.drops['icmp-mtu'], 1)
})

test('packets with SACK blocks on them are as large as others: a claim just below that is true', t => {
  const d = dialogue({ tcp: { sack: true } })
  const { c } = flying(d, 0, {}, SACK_SYN)
  d.receives('. 101:201(100) ack 1 win 8000')
  d.skip()
  send(c, Buffer.alloc(1448))
  const sent = d.next()
  t.is(sent.raw.length, 1500)
  d.tooBig(sent, 1495)
  t.is(c.pathMtu.size, 1495)
})

// Searching, RFC 4821

test('[R4821-1][R4821-7] a probe lost beside another segment, and sent again in pieces, has not passed', t => {
  const d = dialogue({ tcp: { sack: true } })
  const { c } = flying(d, 60_000, SEARCHING, SACK_SYN)
  const size = c.pathMtu.probeSize
  t.is(size, 1262)
  const probeEnd = 1 + size - 40
  // The probe and the segment behind it are lost.
  const first = probeEnd + 984
  for (let n = 1; n <= 4; n++)
    d.receives(`. 1:1(0) ack 1 win 8000 <nop,nop,sack ${first}:${first + n * 984}>`)
  d.after(100)
  t.is(c.recovery.phase, 'recovery')
  d.skip()
  d.receives(`. 1:1(0) ack ${first + 4 * 984} win 8000`)
  t.is(c.pathMtu.size, 1024)
  t.is(c.snd.mss, 984)
})

test('[R6691-2][R4821-3] a probe with SACK blocks on it is as large as it should be', t => {
  const d = dialogue({ tcp: { sack: true } })
  const { c } = flying(d, 0, { ...SEARCHING, noDelay: true }, SACK_SYN)
  // Something of the peer's is missing: our segments carry SACK blocks.
  d.receives('. 101:201(100) ack 1 win 8000')
  d.receives('. 301:401(100) ack 1 win 8000')
  d.skip()
  send(c, Buffer.alloc(60_000))
  const flight = d.skip()
  t.is(c.pathMtu.probeSize, 1262)
  t.is(Math.max(...flight.map(s => s.raw.length)), 1262)
})

test('[R1191-4][R4821-3] what ICMP has told of the path bounds the search', t => {
  const d = dialogue()
  const { flight } = flying(d, 10_000)
  d.tooBig(flight[0]!, 1200)
  d.skip()
  d.localPort = 81
  d.listen(81, SEARCHING)
  d.receives('S 0:0(0) win 65535 <mss 1460,nop,wscale 7>')
  d.next()
  d.receives('. 1:1(0) ack 1 win 8000')
  const c = d.accepted.at(-1)!.connection!
  send(c, Buffer.alloc(60_000))
  t.is(Math.max(...d.skip().map(s => s.raw.length)), 1112)
  t.is(c.pathMtu.high, 1200)
})

test('[R1191-4][R4821-3] a router’s claim in the middle of a search: what passed before counts no more, and no probe goes beyond', t => {
  const d = dialogue()
  const { c } = flying(d, 100_000, SEARCHING)
  d.receives('. 1:1(0) ack 1223 win 8000')
  t.is(c.pathMtu.size, 1262)
  const later = d.skip()
  t.true(c.pathMtu.probeSize > 1262)
  // The path has changed: what is first is too big now, as its timeout confirms.
  const quoted = { ...later[0]!, raw: later[0]!.raw.slice() }
  write32(quoted.raw, 24, c.snd.una)
  d.tooBig(quoted, 900)
  t.is(c.pathMtu.size, 1262)
  d.after(1000)
  t.is(c.pathMtu.size, 900)
  d.receives('. 1:1(0) ack 1230 win 8000')
  d.after(10_000)
  for (let n = 0; n < 20; n++) d.receives(`. 1:1(0) ack ${2000 + n * 2000} win 8000`)
  const after = d.skip()
  t.true(after.length > 20 && after.every(s => s.raw.length <= 900), String(after.map(s => s.raw.length)))
  t.like(c.pathMtu, { low: 900, high: 900, probeSize: 0 })
})

test('a router says that the probe was too big: the search goes on below that, and nothing else changes (RFC 4821 §7.6.2)', t => {
  for (const [nextHop, high] of [
    [1100, 1100],
    [0, 1261],
  ] as const) {
    const d = dialogue()
    const { c, flight } = flying(d, 60_000, SEARCHING)
    const { cwnd, ssthresh } = c.congestion
    // As large as the probe: that can't be.
    d.tooBig(flight[0]!, 1262)
    t.is(d.host.drops['icmp-mtu'], 1)
    d.tooBig(flight[0]!, nextHop)
    t.deepEqual(
      d.skip().map(s => s.text.length),
      [984, 238],
    )
    t.like(c.pathMtu, { size: 1024, low: 1024, high, probeSize: 0 })
    t.like(c.congestion, { cwnd, ssthresh })
    t.is(c.recovery.phase, 'open')
  }
})

test('[R4821-7][R4821-8] a probe that costs a timeout has failed; the next waits five times as long (RFC 4821 §7.6.3)', t => {
  const d = dialogue()
  const { c } = flying(d, 60_000, SEARCHING)
  const { cwnd } = c.congestion
  c.rto.sample(100)
  d.after(1000)
  t.like(c.pathMtu, { size: 1024, high: 1261, probeSize: 0 })
  t.is(d.next().text.length, 984)
  t.is(Math.round(c.pathMtu.probeAt - d.clock.now()), Math.round((5 * cwnd * c.rto.srtt) / 984))
})

test('[R1191-7] no controller counts what was too big as lost', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 14_600)
  let lost = 0
  blockOf(c).ownFlight().lossReader = { takeLost: () => lost++ }
  d.tooBig(flight[0]!, 1000)
  t.true(c.flight.lost > 0)
  t.is(lost, 0)
})

test('[R4821-9] a segment that is not quite full, and vanishes: its black hole is found too', t => {
  const d = dialogue({ tcp: { mtuProbing: 'blackhole' } })
  const { c } = flying(d, 1400)
  d.after(1000 + 2000 + 4000)
  t.deepEqual(changes(d), ['1500 → 1024 black hole'])
  t.is(d.skip().at(-1)!.text.length, 984)
  t.is(c.snd.mss, 984)
})

test('[R4821-9] a small segment that is not answered tells nothing of the path', t => {
  const d = dialogue({ tcp: { mtuProbing: 'blackhole' } })
  const { c } = flying(d, 900)
  d.after(60_000)
  t.is(c.snd.mss, 1460)
  t.deepEqual(changes(d), [])
})

// The host's knowledge

test('[R1191-8] what another connection has heard is in the retransmission, not in the one after it', t => {
  const d = dialogue()
  const { flight } = flying(d, 2920)
  d.localPort = 81
  d.listen(81)
  d.receives('S 0:0(0) win 65535 <mss 1460,nop,wscale 7>')
  d.next()
  d.receives('. 1:1(0) ack 1 win 8000')
  const other = d.accepted.at(-1)!.connection!
  send(other, Buffer.alloc(1460))
  d.sends('P. 1:1461(1460) ack 1')
  d.tooBig(flight[0]!, 1000)
  d.skip()
  d.after(1001)
  const again = d.skip().filter(s => s.sourcePort === 81)
  t.deepEqual(
    again.map(s => s.text.length),
    [960],
  )
})

test('[R1191-8] what passed before another connection heard of a smaller size is no reason to doubt that later', t => {
  const d = dialogue()
  const { c } = flying(d, 1460, { noDelay: true, userTimeout: 0 })
  d.receives('. 1:1(0) ack 1461 win 8000')
  d.host.learnPathMtu(c, 1000, false)
  send(c, Buffer.alloc(500))
  d.receives('. 1:1(0) ack 1961 win 8000')
  d.skip()
  d.after(600_001)
  send(c, Buffer.alloc(1460))
  const sent = d.next()
  t.is(sent.raw.length, 1500)
  d.tooBig(sent, 1000)
  t.is(c.pathMtu.size, 1000)
})

test('[R1122-19] without discovery, packets through routers stay at 576 bytes when what others heard is forgotten', t => {
  const d = dialogue()
  const far = parseIpv4Address('198.51.100.7')
  d.host.learnPathMtu(flowTo(far), 1000, false)
  const user = new RecordingUser()
  const c = d.host.connect(far, 80, user, { options: { pathMtuDiscovery: false, keepAlive: false } })
  const syn = d.next()
  const answer = d.build('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  write32(answer, 12, far)
  answer.set(syn.raw.subarray(20, 22), 22)
  answer.set([0, 80], 20)
  write32(answer, 28, syn.seq + 1)
  d.inject(sealed(answer))
  t.is(c.state, 'ESTABLISHED')
  t.is(c.pathMtu.size, 576)
  d.skip()
  d.after(601_000)
  send(c, Buffer.alloc(4000))
  t.true(d.skip().every(s => s.raw.length <= 576))
  t.is(c.pathMtu.size, 576)
})

test('[R1191-2] the host does not forget a smaller size for a larger claim', t => {
  const d = dialogue()
  const { flight } = flying(d, 2920)
  const peer = flight[0]!.destination
  d.host.learnPathMtu(flowTo(peer), 700, false)
  d.host.learnPathMtu(flowTo(peer), 1200, false)
  t.is(d.host.knownPath(flowTo(peer))!.mtu, 700)
  d.after(600_000)
  t.is(d.host.knownPath(flowTo(peer)), null)
  d.host.learnPathMtu(flowTo(peer), 1200, false)
  t.is(d.host.knownPath(flowTo(peer))!.mtu, 1200)
})

test('of claims for one packet the smallest is kept, and one for an earlier packet takes the place of any (RFC 5927 §7.2)', t => {
  for (const [claims, mss] of [
    [
      [
        [0, 1000],
        [0, 1200],
      ],
      960,
    ],
    [
      [
        [0, 1200],
        [0, 1000],
      ],
      960,
    ],
    [
      [
        [1, 1000],
        [0, 1200],
      ],
      1160,
    ],
  ] as const) {
    const d = dialogue()
    const { c } = flying(d, 1460)
    d.receives('. 1:1(0) ack 1461 win 8000')
    send(c, Buffer.alloc(5840))
    const flight = d.skip()
    for (const [n, mtu] of claims) d.tooBig(flight[n]!, mtu)
    d.after(1000)
    t.is(c.snd.mss, mss)
  }
})
