/** The path MTU: what routers say of it (RFC 1191), and what is not believed (RFC 5927). */
import test from 'ava'
import { createNetwork } from '../../src/sim/network.ts'
import { send } from '../../src/tcp/calls.ts'
import { read16 } from '../../src/wire/ipv4.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { changes, flying } from '../support/path-mtu.ts'

const DF = 0x4000

const sizes = (d: Dialogue): number[] => d.skip().map(s => s.raw.length)
// RFC 1191

test('[R1191-1] DF on everything; after ICMP with MTU 1000 no packet is larger, and the rest follows the first ACK', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 10_220)
  t.is(flight.length, 7)
  t.true(flight.every(s => read16(s.raw, 6) === DF))
  d.tooBig(flight[0]!, 1000)
  t.is(c.snd.mss, 960)
  // RFC 1191 §6.4: only one segment until ACKs come again.
  d.sends('. 1:961(960) ack 1')
  d.silent()
  d.receives('. 1:1(0) ack 961 win 8000')
  const rest = sizes(d)
  t.true(rest.length >= 9 && rest.every(size => size <= 1000))
  t.deepEqual(changes(d), ['1500 → 1000 ICMP'])
})

test('[R1191-2][R8899-2] below 68 it is ignored, and no router makes it larger', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 10_000)
  for (const mtu of [1, 20, 67, 1501, 9000, 65_535]) d.tooBig(flight[0]!, mtu)
  t.is(c.snd.mss, 1460)
  t.is(d.host.drops['icmp-mtu'], 6)
  d.silent()
})

test('[R1191-2] less than minPathMtu: as small as that, and routers may fragment', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 10_000)
  d.tooBig(flight[0]!, 100)
  t.is(c.snd.mss, 512)
  const again = d.sends('. 1:513(512) ack 1')
  t.is(read16(again.raw, 6), 0)
})

test('[R1191-3] a router that does not say: the next lower plateau', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 10_000)
  d.tooBig(flight[0]!, 0)
  t.is(c.snd.mss, 1492 - 40)
  const second = d.sends('. 1:1453(1452) ack 1')
  d.tooBig(second, 0)
  t.is(c.snd.mss, 1006 - 40)
})

test('[R1191-4] after ten minutes it is forgotten, not before; then larger packets are tried', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 10_220, { noDelay: true })
  d.tooBig(flight[0]!, 1000)
  d.skip()
  d.receives('. 1:1(0) ack 961 win 8000')
  d.skip()
  d.receives('. 1:1(0) ack 10221 win 8000')
  d.after(599_000)
  send(c, Buffer.alloc(1400))
  t.true(sizes(d).every(size => size <= 1000))
  d.receives('. 1:1(0) ack 11621 win 8000')
  d.after(2000)
  send(c, Buffer.alloc(1400))
  t.deepEqual(sizes(d), [1440])
  t.deepEqual(changes(d), ['1500 → 1000 ICMP', '1000 → 1500 aged'])
})

test('[R1191-5] no segment exceeds what the peer takes, whatever the path would carry', t => {
  const d = dialogue()
  const c = d.established({}, 'S 0:0(0) win 65535 <mss 1360>').connection!
  send(c, Buffer.alloc(5000))
  const flight = d.skip()
  t.true(flight.every(s => s.raw.length <= 1400))
  d.tooBig(flight[0]!, 1450)
  t.is(c.snd.mss, 1360)
  d.silent()
})

test('[R1191-6] ten messages for one flight: one retransmission', t => {
  const d = dialogue()
  const { flight } = flying(d, 14_600)
  for (const sent of flight) d.tooBig(sent, 1000)
  d.sends('. 1:961(960) ack 1')
  d.silent()
  t.pass()
})

test('[R1191-7] cwnd stays as many bytes, ssthresh too; sending goes on with one segment', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 60_000)
  const { cwnd, ssthresh } = c.congestion
  d.tooBig(flight[0]!, 1000)
  t.like(c.congestion, { cwnd, ssthresh })
  t.is(d.skip().length, 1)
  t.is(c.recovery.phase, 'open')
})

test('[R1191-8] another connection to the same host learns it', t => {
  const d = dialogue()
  const { flight } = flying(d, 5000)
  const other = d.host.connect(flight[0]!.destination, 7, {
    established() {},
    readable() {},
    writable() {},
    closed() {},
  })
  d.clock.settle()
  d.localPort = d.skip().at(-1)!.sourcePort
  d.remotePort = 7
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  t.is(other.snd.mss, 1460)
  d.skip()
  d.localPort = 80
  d.remotePort = 40_000
  d.tooBig(flight[0]!, 1000)
  d.skip()
  send(other, Buffer.alloc(3000))
  t.true(d.skip().every(s => s.raw.length <= 1000))
  t.is(other.snd.mss, 960)
})

test('[R1191-9][R6691-3] the MSS we offer is the link’s, not the path’s', t => {
  const d = dialogue()
  const { flight } = flying(d, 5000)
  d.tooBig(flight[0]!, 1000)
  d.skip()
  d.host.connect(flight[0]!.destination, 7, { established() {}, readable() {}, writable() {}, closed() {} })
  d.localPort = d.link.sent.at(-1)!.sourcePort
  d.clock.settle()
  t.is(read16(d.link.sent.at(-1)!.options, 2), 1460)
})

test('[R1122-19] without discovery: no DF, and packets of at most 576 bytes through routers', t => {
  const off = { pathMtuDiscovery: false }
  const near = flying(dialogue(), 5000, off)
  t.is(near.c.snd.mss, 1460)
  t.true(near.flight.every(s => read16(s.raw, 6) === 0))
  const network = createNetwork({ seed: 1, ladder: 0, tcp: off })
  const a = network.host('a', { address: '192.0.2.1/24' })
  const b = network.host('b', { address: '198.51.100.1/24' })
  network.link(a, b)
  b.listen(0, 80, { acceptable() {} })
  const far = a.connect(b.address, 80, { established() {}, readable() {}, writable() {}, closed() {} })
  network.run(10)
  t.is(far.snd.mss + 40 + 12, 576)
})

// Reports that are not believed, RFC 5927

test('[R8899-1] a quote of what is not in flight is forged', t => {
  const d = dialogue()
  const { c, flight } = flying(d, 5000)
  d.receives('. 1:1(0) ack 1461 win 8000')
  d.tooBig(flight[0]!, 1000)
  t.is(c.snd.mss, 1460)
  t.is(d.host.drops['icmp-sequence'], 1)
})

test('a claim below what has passed waits for a timeout of what it quotes; an ACK refutes it (RFC 5927 §7.2)', t => {
  for (const timesOut of [true, false]) {
    const d = dialogue()
    const { c } = flying(d, 1460)
    d.receives('. 1:1(0) ack 1461 win 8000')
    send(c, Buffer.alloc(1460))
    d.tooBig(d.next(), 1000)
    t.is(c.snd.mss, 1460)
    if (timesOut) {
      d.after(1000)
      t.is(c.snd.mss, 960)
      d.sends('. 1461:2421(960) ack 1')
    } else {
      d.receives('. 1:1(0) ack 2921 win 8000')
      send(c, Buffer.alloc(1460))
      d.next()
      d.after(1000)
      t.is(c.snd.mss, 1460)
    }
  }
})
