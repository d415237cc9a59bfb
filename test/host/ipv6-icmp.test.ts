/** Fragments, options, ICMPv6 and path MTUs beneath TCP: RFC 8200, 8201, 4443, 5722, 6946. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { formatAddress } from '../../src/wire/address.ts'
import { read32, write32 } from '../../src/wire/bytes.ts'
import { fold, sum16 } from '../../src/wire/checksum.ts'
import { readIpv6Address } from '../../src/wire/ipv6-address.ts'
import { ACK, RST, SYN } from '../../src/wire/tcp.ts'
import {
  fragments6,
  Ipv6Bench,
  icmp6,
  OURS6,
  packet6,
  pattern6,
  segment6,
  segmentOf,
  six,
} from '../support/ipv6.ts'

test('[R4443-10][R8200-14] an echo of 60,000 bytes comes in fragments and goes back in fragments of 1280 bytes and more (RFC 4443 §4)', t => {
  const d = new Ipv6Bench()
  const body = pattern6(60_000)
  const request = icmp6(128, 0, 0x1234_0001, body)
  d.inject(...fragments6(request, 1448))
  const sent = d.take()
  t.true(sent.length > 40)
  t.true(sent.every(p => p.length <= 1500 && p[6] === 44))
  t.is(new Set(sent.map(p => read32(p, 44))).size, 1)
  const whole = Buffer.concat(sent.map(p => p.subarray(48)))
  t.deepEqual([whole[0], read32(whole, 4)], [129, 0x1234_0001])
  t.true(whole.subarray(8).equals(body))
  const pseudo = sum16(sent[0]!, 8, 32) + 58 + whole.length
  t.is(fold(pseudo + sum16(whole, 0, whole.length)), 0xffff)
  // A packet that fits is never cut, nor made an atomic fragment (RFC 8021).
  d.inject(icmp6(128, 0, 7, pattern6(1452)))
  const [small] = d.take()
  t.deepEqual([small!.length, small![6]], [1500, 58])
})

test('[R4443-12] an echo request to all nodes is answered from an address of ours, one to another group is not (RFC 4443 §4.2)', t => {
  const d = new Ipv6Bench()
  const ask = (source: string, group: string) => {
    d.inject(icmp6(128, 0, 0x1234_0001, pattern6(32), { source: six(source), destination: six(group) }))
    return d
      .take()
      .map(p => [
        p[40],
        read32(p, 44),
        formatAddress(readIpv6Address(p, 8)),
        formatAddress(readIpv6Address(p, 24)),
      ])
  }
  const ours = formatAddress(OURS6)
  t.deepEqual(ask('2001:db8::1', 'ff02::1'), [[129, 0x1234_0001, ours, '2001:db8::1']])
  t.deepEqual(ask('fe80::1', 'ff02::1'), [[129, 0x1234_0001, ours, 'fe80::1']])
  t.deepEqual(ask('2001:db8::1', 'ff02::2'), [])
  t.is(d.host.drops['icmp-type'], 1)
})

test('[R5722-1][R5722-2] fragments that overlap are thrown away, all of them and those to come (RFC 5722)', t => {
  const d = new Ipv6Bench()
  const [a, b, c] = fragments6(icmp6(128, 0, 1, pattern6(300)), 128)
  const overlapping = Uint8Array.from(b!)
  overlapping[43]! -= 8
  d.inject(a!, a!, overlapping, b!, c!)
  t.deepEqual(d.take(), [])
  t.is(d.host.drops['fragment-overlap'], 3)
  // In any order, once each or twice, with nothing overlapping: whole.
  for (const order of [
    [2, 1, 0],
    [1, 1, 0, 0, 2],
  ]) {
    d.inject(...order.map(n => fragments6(icmp6(128, 0, 1, pattern6(300)), 128, 100 + order.length)[n]!))
    t.is(d.take().length, 1)
  }
  t.is(d.host.fragmentBytes, 0)
})

test('[R8200-13] an atomic fragment is answered at once, whatever waits under its identification (RFC 6946)', t => {
  const d = new Ipv6Bench()
  const echo = icmp6(128, 0, 1, pattern6(64))
  d.inject(fragments6(echo, 32)[0]!)
  d.inject(...fragments6(echo, 4096))
  t.is(d.take().length, 1)
  t.true(d.host.fragmentBytes > 0)
})

test('[R8200-6][R4443-3] what never becomes whole is told after a minute, if its first fragment has come (RFC 8200 §4.5)', t => {
  const d = new Ipv6Bench()
  const pieces = fragments6(icmp6(128, 0, 1, pattern6(3000)), 1024)
  d.inject(pieces[0]!, fragments6(icmp6(128, 0, 1, pattern6(3000)), 1024, 8)[1]!)
  d.clock.advance(59_000)
  t.deepEqual(d.take(), [])
  d.clock.advance(2000)
  const [error, ...more] = d.take()
  t.deepEqual([error![40], error![41], more.length], [3, 1, 0])
  t.deepEqual(error!.subarray(48), pieces[0]!)
  t.is(d.host.fragmentBytes, 0)
})

test('[R8200-5] a fragment whose length is no multiple of 8, or that goes beyond what a packet can be, is named (RFC 8200 §4.5)', t => {
  const d = new Ipv6Bench()
  const [odd] = fragments6(icmp6(128, 0, 1, pattern6(300)), 100)
  odd![43]! |= 1
  d.inject(odd!)
  const late = fragments6(icmp6(128, 0, 1, pattern6(300)), 128)[1]!
  late[42] = 0xff
  late[43] = 0xf9
  d.inject(late)
  t.deepEqual(
    d.take().map(p => [p[40], p[41], read32(p, 44)]),
    [
      [4, 0, 4],
      [4, 0, 42],
    ],
  )
})

test('[R8200-15] a first fragment without all headers up to TCP is discarded, and its sender told (RFC 8200 §4.5)', t => {
  const d = new Ipv6Bench()
  const syn = segment6(SYN, { text: pattern6(8) })
  const behindOptions = packet6(
    6,
    syn.subarray(40),
    {},
    Uint8Array.of(6, 1, 1, 12, ...new Uint8Array(12)),
    60,
  )
  for (const [packet, size, whole] of [
    [syn, 16, false],
    [syn, 24, true],
    [behindOptions, 8, false],
    [behindOptions, 16, false],
    [behindOptions, 32, false],
    [behindOptions, 40, true],
  ] as const) {
    const [first, ...rest] = fragments6(packet, size, size + packet.length)
    d.inject(first!)
    const told = d.take().map(p => [p[40], p[41], read32(p, 44), p.length - 48])
    t.deepEqual(told, whole ? [] : [[4, 3, 0, first!.length]], `${size} bytes of ${packet.length}`)
    d.inject(...rest)
    t.is(d.take().length, whole ? 1 : 0)
  }
  t.is(d.host.drops['ip-extension'], 4)
})

test('[R8200-2][R8200-3][R8200-12][R4443-4][R4443-5][R4443-9] a protocol or an option that is not known is named to its sender; not about groups, errors, or too often (RFC 4443 §2.4, §3.4)', t => {
  const d = new Ipv6Bench()
  const error = () => d.take().map(p => [p[40], p[41], read32(p, 44), formatAddress(six('2001:db8::1'))])
  d.inject(packet6(17, pattern6(20)))
  t.deepEqual(error(), [[4, 1, 6, '2001:db8::1']])
  const option = (type: number) => Uint8Array.of(6, 0, type, 4, 0, 0, 0, 0)
  const syn = segment6(SYN).subarray(40)
  d.inject(packet6(6, syn, {}, option(0x80), 60))
  t.deepEqual(error(), [[4, 2, 42, '2001:db8::1']])
  d.inject(packet6(6, syn, { destination: six('ff02::1') }, option(0x80), 60))
  t.deepEqual(error(), [[4, 2, 42, '2001:db8::1']])
  d.inject(packet6(6, syn, { destination: six('ff02::1') }, option(0xc0), 60))
  d.inject(packet6(17, pattern6(20), { destination: six('ff02::1') }))
  d.inject(packet6(59, pattern6(20)))
  d.inject(packet6(17, pattern6(20), { source: six('ff02::1') }))
  t.deepEqual(error(), [])
  // An option that may be passed over: the segment behind it counts.
  d.inject(packet6(6, syn, {}, option(0x1e), 60))
  t.is(d.segment().flags, RST | ACK)
  for (let n = 0; n < 1000; n++) d.inject(packet6(17, pattern6(20)))
  const burst = d.take().length
  t.true(burst > 10 && burst <= 50)
})

test('[R4443-2] neighbour discovery has no place on a TUN: ignored, and counted', t => {
  const d = new Ipv6Bench()
  for (const type of [133, 134, 135, 136, 137]) d.inject(icmp6(type, 0, 0, pattern6(16), { hopLimit: 255 }))
  d.inject(icmp6(130, 0, 0, pattern6(16)))
  t.deepEqual([d.host.drops['icmp-neighbor'], d.host.drops['icmp-type']], [5, 1])
  t.deepEqual(d.take(), [])
})

test('[R8201-1][R8201-5][R8201-7] packet too big: smaller segments at once, and for other connections too (RFC 8201)', t => {
  const d = new Ipv6Bench()
  const { user } = d.established()
  send(user.connection!, Buffer.from(pattern6(2880)))
  const [first] = d.take()
  d.inject(icmp6(2, 0, 1400, first!.subarray(0, 1232)))
  const again = d.take().map(segmentOf)
  t.is(again[0]!.text.length, 1340)
  t.is(user.connection!.snd.mss, 1340)
  t.is(user.connection!.pathMtu.size, 1400)
  d.connect()
  d.take()
  t.is(d.host.knownPath(user.connection!)?.mtu, 1400)
})

test('[R8201-6] what a packet too big has told is known for ten minutes, and no longer', t => {
  const d = new Ipv6Bench()
  const { user } = d.established()
  send(user.connection!, Buffer.from(pattern6(1440)))
  const [first] = d.take()
  d.inject(icmp6(2, 0, 1400, first!.subarray(0, 1232)))
  const known = () => d.host.knownPath(user.connection!)?.mtu
  d.clock.advance(9.9 * 60_000)
  t.is(known(), 1400)
  d.clock.advance(0.2 * 60_000)
  t.not(known(), 1400)
})

test('[R4443-4] an ICMPv6 error behind extension headers, or in fragments, is not answered either', t => {
  const d = new Ipv6Bench()
  const message = icmp6(1, 4, 0, pattern6(300)).subarray(40)
  const unknown = Uint8Array.of(58, 0, 0x9e, 4, 0, 0, 0, 0)
  // An option before it that is to be told of; then a first fragment that never becomes whole.
  d.inject(packet6(58, message, {}, unknown, 60))
  d.inject(fragments6(icmp6(1, 4, 0, pattern6(300)), 128)[0]!)
  d.clock.advance(61_000)
  t.deepEqual(d.take(), [])
  // A message that is no error is told of in both cases.
  d.inject(packet6(58, icmp6(128, 0, 0, pattern6(300)).subarray(40), {}, unknown, 60))
  d.inject(fragments6(icmp6(128, 0, 0, pattern6(300)), 128)[0]!)
  d.clock.advance(61_000)
  t.deepEqual(
    d.take().map(p => [p[40], p[41]]),
    [
      [4, 2],
      [3, 1],
    ],
  )
})

test('[R8201-2][R8201-3][R8201-4] a packet too big that lies is ignored: below 1280, of nothing in flight, of nothing so large', t => {
  const d = new Ipv6Bench()
  const { user } = d.established()
  send(user.connection!, Buffer.from(pattern6(1440)))
  const [first] = d.take()
  const quote = first!.slice(0, 100)
  for (const mtu of [0, 68, 576, 1279]) d.inject(icmp6(2, 0, mtu, quote))
  t.is(d.host.drops['icmp-mtu'], 4)
  d.inject(icmp6(2, 0, 1500, quote), icmp6(2, 0, 0xffff_ffff, quote))
  t.is(d.host.drops['icmp-mtu'], 6)
  const old = quote.slice()
  write32(old, 44, read32(quote, 44) - 5000)
  d.inject(icmp6(2, 0, 1300, old))
  t.is(d.host.drops['icmp-sequence'], 1)
  d.inject(icmp6(2, 0, 1300, quote.subarray(0, 47)))
  d.inject(icmp6(2, 0, 1300, new Uint8Array(100)))
  t.is(d.host.drops['icmp-quote'], 2)
  t.is(user.connection!.snd.mss, 1440)
  t.is(user.connection!.pathMtu.size, 1500)
})

test('[R4443-6][R4443-11] ICMPv6 errors end what is being opened when they are hard, and are told when they are soft (RFC 9293 §3.9.2.2)', t => {
  for (const [type, code, log] of [
    [1, 0, 'soft ENETUNREACH'],
    [1, 1, 'closed EACCES'],
    [1, 3, 'soft EHOSTUNREACH'],
    [1, 4, 'closed ECONNREFUSED'],
    [3, 0, 'soft EHOSTUNREACH'],
    [4, 1, 'soft ENOPROTOOPT'],
  ] as const) {
    const d = new Ipv6Bench()
    const user = d.connect()
    d.inject(icmp6(type, code, 0, d.segment().raw))
    t.deepEqual(user.log, [log], `${type} ${code}`)
  }
  const d = new Ipv6Bench()
  const { user } = d.established()
  send(user.connection!, Buffer.from('x'))
  const { raw } = d.segment()
  const forged = icmp6(1, 4, 0, raw)
  forged[43]! ^= 1
  d.inject(forged)
  t.is(d.host.drops['icmp-checksum'], 1)
  d.inject(icmp6(1, 4, 0, raw))
  t.true(user.log.includes('soft ECONNREFUSED'))
  t.is(user.connection!.state, 'ESTABLISHED')
})
