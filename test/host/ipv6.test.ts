/** TCP over IPv6, and the IPv6 beneath it: RFC 8200, 8201, 4443, 5722, 6437, 6724, 6946. */
import test from 'ava'
import { Host } from '../../src/host/host.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { close, receive, send, setUser } from '../../src/tcp/calls.ts'
import { formatAddress, parseAddress } from '../../src/wire/address.ts'
import { read16, read32, write32 } from '../../src/wire/bytes.ts'
import { fold, sum16 } from '../../src/wire/checksum.ts'
import { writeIp } from '../../src/wire/ip.ts'
import {
  fragments6,
  Hearer,
  Ipv6Bench,
  icmp6,
  OURS6,
  PEER6,
  packet6,
  segment6,
  segmentOf,
  six,
} from '../support/ipv6.ts'
import { pattern as bytes, Streamer } from '../support/two-hosts.ts'

const FIN = 1
const SYN = 2
const RST = 4
const ACK = 16

/** A packet of IPv4 between two hosts, whatever its payload's checksum. */
const ipv4 = (protocol: number, payload: Uint8Array): Uint8Array => {
  const packet = new Uint8Array(20 + payload.length)
  const [from, to] = ['192.0.2.1', '192.0.2.2'].map(parseAddress)
  writeIp(packet, 0, packet.length, protocol, from!, to!, 64, 0)
  packet.set(payload, 20)
  return packet
}

const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255)

test('a connection over IPv6: the handshake, text both ways, the end', t => {
  const d = new Ipv6Bench()
  d.listen('2001:db8::2')
  d.inject(segment6(SYN, { options: [2, 4, 5, 160] }))
  const answer = d.segment()
  t.deepEqual([answer.flags, answer.ack, answer.mss], [SYN | ACK, 1001, 1440])
  d.inject(segment6(ACK, { seq: 1001, ack: answer.seq + 1, text: pattern(100) }))
  const c = d.accepted[0]!.connection!
  t.is(formatAddress(c.remoteAddress), '2001:db8::1')
  t.is(c.snd.mss, 1440)
  t.deepEqual([...receive(c)!], [...pattern(100)])
  send(c, Buffer.from(pattern(2880)))
  const texts = d.take().map(segmentOf)
  t.deepEqual(
    texts.map(s => s.text.length),
    [1440, 1440],
  )
  t.deepEqual(Buffer.concat(texts.map(s => s.text)), Buffer.from(pattern(2880)))
  d.inject(segment6(ACK, { seq: 1101, ack: answer.seq + 2881 }))
  close(c)
  t.is(d.segment().flags, FIN | ACK)
})

for (const offload of [false, true])
  test(`two hosts: a megabyte each way over IPv6, ${offload ? 'super-segments' : 'segments'}`, t => {
    const clock = new VirtualClock()
    const [left, right] = createPipe(clock, { delay: 1, offload })
    const a = new Host({ clock, random: new SeededRandom('a') })
    const b = new Host({ clock, random: new SeededRandom('b') })
    a.attach(left, ['2001:db8::a/64'])
    b.attach(right, ['2001:db8::b/64'])
    const [one, other] = [bytes(1 << 20, 1), bytes(1 << 20, 2)]
    const streamers: Streamer[] = []
    const listener = b.listen(parseAddress('::'), 80, {
      acceptable: () => {
        const c = listener.accept()!
        streamers.push(new Streamer(c, other, one))
        setUser(c, streamers.at(-1)!)
      },
    })
    const user = new Hearer()
    const c = a.connect(six('2001:db8::b'), 80, user)
    streamers.push(new Streamer(c, one, other))
    setUser(c, streamers[0]!)
    clock.advance(60_000)
    t.deepEqual(
      streamers.map(({ fault, received, ended, over }) => [fault, received, ended, over]),
      [
        ['', 1 << 20, true, null],
        ['', 1 << 20, true, null],
      ],
    )
    t.deepEqual(
      [a, b].map(h => Object.values(h.drops).reduce((sum, n) => sum + n, 0)),
      [0, 0],
    )
  })

test('::1 reaches the host itself, and nothing with it comes from outside', t => {
  const d = new Ipv6Bench()
  d.listen('::')
  const user = d.connect(six('::1'))
  d.clock.advance(10)
  t.deepEqual(user.log, ['established'])
  t.is(d.accepted.length, 1)
  t.deepEqual(d.take(), [])
  d.inject(segment6(SYN, { destination: six('::1') }), segment6(SYN, { source: six('::1') }))
  t.deepEqual([d.host.drops['ip-destination'], d.host.drops['ip-source']], [1, 1])
  t.deepEqual(d.take(), [])
})

test('sources that nobody has are dropped in silence', t => {
  const d = new Ipv6Bench()
  d.listen('::')
  const martians = ['::', '::1', 'ff02::1', '::ffff:192.0.2.1', '2001:db8::2']
  for (const source of martians) d.inject(segment6(SYN, { source: six(source) }))
  t.is(d.host.drops['ip-source'], martians.length)
  for (const destination of ['2001:db8::3', '::', 'fe80::2', '::ffff:192.0.2.2'])
    d.inject(segment6(SYN, { destination: six(destination) }))
  t.is(d.host.drops['ip-destination'], 4)
  d.inject(segment6(SYN, { destination: six('ff02::1') }))
  t.is(d.host.drops['tcp-broadcast'], 1)
  t.deepEqual(d.take(), [])
})

test('a port that nobody listens at answers with a reset, from the address that was asked', t => {
  const d = new Ipv6Bench()
  d.inject(segment6(SYN, { to: 81 }))
  const { flags, ack, raw } = d.segment()
  t.deepEqual([flags, ack], [RST | ACK, 1001])
  t.is(read16(raw, 40), 81)
})

test('[R8200-10] the MSS: what the link takes less 60 bytes; 1220 for a peer that names none (MUST-15, MUST-67)', t => {
  for (const [mtu, mss] of [
    [1500, 1440],
    [1280, 1220],
    [9000, 8940],
  ] as const) {
    const d = new Ipv6Bench({}, ['2001:db8::2/64'], mtu)
    d.connect()
    t.is(d.segment().mss, mss)
  }
  const d = new Ipv6Bench()
  const { user } = d.established([])
  t.is(user.connection!.snd.mss, 1220)
})

test('[R6437-1][R6437-2] a flow has a label: the same for all its packets, and other flows have others (RFC 6437)', t => {
  const d = new Ipv6Bench()
  const { user, seq, ack } = d.established()
  const label = (raw: Uint8Array) => read32(raw, 0) & 0xfffff
  send(user.connection!, Buffer.from('abc'))
  const first = label(d.segment().raw)
  d.inject(segment6(ACK, { seq, ack: ack + 3 }))
  send(user.connection!, Buffer.from('def'))
  t.is(label(d.segment().raw), first)
  t.true(first > 0)
  const others = new Set<number>()
  for (let from = 1; from <= 50; from++) {
    d.inject(segment6(SYN, { from }))
    others.add(label(d.segment().raw))
  }
  t.true(others.size > 45)
  const another = new Ipv6Bench({ random: new SeededRandom(2) })
  another.inject(segment6(SYN, { from: 50 }))
  t.false(others.has(label(another.segment().raw)))
})

test('[R4443-10][R8200-14] an echo of 60,000 bytes comes in fragments and goes back in fragments of 1280 bytes and more (RFC 4443 §4)', t => {
  const d = new Ipv6Bench()
  const body = pattern(60_000)
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
  // What fits is never cut, nor made an atomic fragment (RFC 8021).
  d.inject(icmp6(128, 0, 7, pattern(1452)))
  const [small] = d.take()
  t.deepEqual([small!.length, small![6]], [1500, 58])
})

test('[R5722-1][R5722-2] fragments that overlap are thrown away, all of them and those to come (RFC 5722)', t => {
  const d = new Ipv6Bench()
  const [a, b, c] = fragments6(icmp6(128, 0, 1, pattern(300)), 128)
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
    d.inject(...order.map(n => fragments6(icmp6(128, 0, 1, pattern(300)), 128, 100 + order.length)[n]!))
    t.is(d.take().length, 1)
  }
  t.is(d.host.fragmentBytes, 0)
})

test('[R8200-13] an atomic fragment is answered at once, whatever waits under its identification (RFC 6946)', t => {
  const d = new Ipv6Bench()
  const echo = icmp6(128, 0, 1, pattern(64))
  d.inject(fragments6(echo, 32)[0]!)
  d.inject(...fragments6(echo, 4096))
  t.is(d.take().length, 1)
  t.true(d.host.fragmentBytes > 0)
})

test('[R8200-6][R4443-3] what never becomes whole is told after a minute, if its first fragment has come (RFC 8200 §4.5)', t => {
  const d = new Ipv6Bench()
  const pieces = fragments6(icmp6(128, 0, 1, pattern(3000)), 1024)
  d.inject(pieces[0]!, fragments6(icmp6(128, 0, 1, pattern(3000)), 1024, 8)[1]!)
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
  const [odd] = fragments6(icmp6(128, 0, 1, pattern(300)), 100)
  odd![43]! |= 1
  d.inject(odd!)
  const late = fragments6(icmp6(128, 0, 1, pattern(300)), 128)[1]!
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

test('[R8200-2][R8200-3][R8200-12][R4443-4][R4443-5][R4443-9] a protocol or an option that is not known is named to its sender; not about groups, errors, or too often (RFC 4443 §2.4, §3.4)', t => {
  const d = new Ipv6Bench()
  const error = () => d.take().map(p => [p[40], p[41], read32(p, 44), formatAddress(six('2001:db8::1'))])
  d.inject(packet6(17, pattern(20)))
  t.deepEqual(error(), [[4, 1, 6, '2001:db8::1']])
  const option = (type: number) => Uint8Array.of(6, 0, type, 4, 0, 0, 0, 0)
  const syn = segment6(SYN).subarray(40)
  d.inject(packet6(6, syn, {}, option(0x80), 60))
  t.deepEqual(error(), [[4, 2, 42, '2001:db8::1']])
  d.inject(packet6(6, syn, { destination: six('ff02::1') }, option(0x80), 60))
  t.deepEqual(error(), [[4, 2, 42, '2001:db8::1']])
  d.inject(packet6(6, syn, { destination: six('ff02::1') }, option(0xc0), 60))
  d.inject(packet6(17, pattern(20), { destination: six('ff02::1') }))
  d.inject(packet6(59, pattern(20)))
  d.inject(packet6(17, pattern(20), { source: six('ff02::1') }))
  t.deepEqual(error(), [])
  // An option that may be passed over: the segment behind it counts.
  d.inject(packet6(6, syn, {}, option(0x1e), 60))
  t.is(d.segment().flags, RST | ACK)
  for (let n = 0; n < 1000; n++) d.inject(packet6(17, pattern(20)))
  const burst = d.take().length
  t.true(burst > 10 && burst <= 50)
})

test('[R4443-2] neighbour discovery has no place on a TUN: ignored, and counted', t => {
  const d = new Ipv6Bench()
  for (const type of [133, 134, 135, 136, 137]) d.inject(icmp6(type, 0, 0, pattern(16), { hopLimit: 255 }))
  d.inject(icmp6(130, 0, 0, pattern(16)))
  t.deepEqual([d.host.drops['icmp-neighbor'], d.host.drops['icmp-type']], [5, 1])
  t.deepEqual(d.take(), [])
})

test('[R8201-1][R8201-5][R8201-7] packet too big: smaller segments at once, and for other connections too (RFC 8201)', t => {
  const d = new Ipv6Bench()
  const { user } = d.established()
  send(user.connection!, Buffer.from(pattern(2880)))
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
  send(user.connection!, Buffer.from(pattern(1440)))
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
  const message = icmp6(1, 4, 0, pattern(300)).subarray(40)
  const unknown = Uint8Array.of(58, 0, 0x9e, 4, 0, 0, 0, 0)
  // An option before it that is to be told of; then a first fragment that never becomes whole.
  d.inject(packet6(58, message, {}, unknown, 60))
  d.inject(fragments6(icmp6(1, 4, 0, pattern(300)), 128)[0]!)
  d.clock.advance(61_000)
  t.deepEqual(d.take(), [])
  // What is no error is told of in both cases.
  d.inject(packet6(58, icmp6(128, 0, 0, pattern(300)).subarray(40), {}, unknown, 60))
  d.inject(fragments6(icmp6(128, 0, 0, pattern(300)), 128)[0]!)
  d.clock.advance(61_000)
  t.deepEqual(
    d.take().map(p => [p[40], p[41]]),
    [
      [4, 2],
      [3, 1],
    ],
  )
})

test('[R6437-3] the flow labels of a peer mean nothing: they may change from packet to packet', t => {
  const d = new Ipv6Bench()
  const { user, seq, ack } = d.established()
  for (const [n, label] of [0, 1, 0xfffff, 0x12345].entries()) {
    const packet = segment6(ACK, { seq: seq + n, ack, text: Uint8Array.of(65 + n) })
    write32(packet, 0, read32(packet, 0) | label)
    d.inject(packet)
  }
  t.is(Buffer.concat([...Array(4)].map(() => receive(user.connection!) ?? Buffer.of())).toString(), 'ABCD')
})

test('[R6724-1] a source is of the link that leads to the destination', t => {
  const d = new Ipv6Bench({}, ['2001:db8:1::2/64'])
  const [other] = createPipe(d.clock)
  d.host.attach(other, ['2001:db8:2::2/64'])
  for (const n of [1, 2]) {
    const { localAddress } = d.host.connect(six(`2001:db8:${n}::9`), 80, new Hearer())
    t.is(localAddress, six(`2001:db8:${n}::2`))
  }
})

test('[R8201-2][R8201-3][R8201-4] a packet too big that lies is ignored: below 1280, of nothing in flight, of nothing so large', t => {
  const d = new Ipv6Bench()
  const { user } = d.established()
  send(user.connection!, Buffer.from(pattern(1440)))
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

test('a listener at :: hears both families, unless it is of IPv6 alone; two of them never share a port', t => {
  const d = new Ipv6Bench()
  const listens = (address: string, ipv6Only = false): string => {
    try {
      d.host.listen(parseAddress(address), 80, { acceptable() {} }, { ipv6Only })
      return 'listens'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  t.is(listens('::'), 'listens')
  for (const address of ['0.0.0.0', '::', '2001:db8::2', '192.0.2.2'])
    t.is(listens(address), 'EADDRINUSE', address)
  for (const l of [...d.host.listeners]) l.close()
  t.is(listens('::', true), 'listens')
  t.is(listens('0.0.0.0'), 'listens')
  t.is(listens('::'), 'EADDRINUSE')
  t.is(listens('2001:db8::2'), 'EADDRINUSE')
  t.is(listens('2001:db8::3'), 'EADDRNOTAVAIL')
  const found = (address: string): string => {
    const l = d.host.listeners.find(parseAddress(address), 80)
    return l === null ? 'nobody' : formatAddress(l.localAddress)
  }
  t.deepEqual(['2001:db8::2', '192.0.2.2'].map(found), ['::', '0.0.0.0'])
  for (const l of [...d.host.listeners]) l.close()
  listens('::', true)
  t.deepEqual(['2001:db8::2', '192.0.2.2'].map(found), ['::', 'nobody'])
  for (const l of [...d.host.listeners]) l.close()
  listens('::')
  t.deepEqual(['2001:db8::2', '192.0.2.2', '::1', '127.0.0.1'].map(found), ['::', '::', '::', '::'])
})

test('an IPv4-mapped address opens an IPv4 connection, and no packet bears it', t => {
  const d = new Ipv6Bench()
  const c = d.host.connect(six('::ffff:192.0.2.1'), 80, new Hearer())
  t.is(formatAddress(c.remoteAddress), '192.0.2.1')
  t.is(d.take()[0]![0]! >>> 4, 4)
})

test('without an address of its family nobody is reached', t => {
  const only4 = new Ipv6Bench({}, ['192.0.2.2/24'])
  t.throws(() => only4.connect(), { code: 'ENETUNREACH' })
  const only6 = new Ipv6Bench({}, ['2001:db8::2/64'])
  t.throws(() => only6.host.connect(parseAddress('192.0.2.1'), 80, new Hearer()), { code: 'ENETUNREACH' })
  for (const nobody of ['::', 'ff02::1'])
    t.throws(() => only6.connect(six(nobody)), { code: 'ENETUNREACH' }, nobody)
  t.throws(() => only6.host.connect(PEER6, 80, new Hearer(), { localAddress: parseAddress('127.0.0.1') }), {
    code: 'EINVAL',
  })
})

test('[R6724-2][R6724-3][R6724-4][R6724-5] the source of a connection is chosen by scope, label and the longest prefix (RFC 6724 §5)', t => {
  const d = new Ipv6Bench({}, ['fe80::2/64', 'fd00:1::2/64', '2001:db8:1::2/64', '2001:db8:2::2/64'])
  const from = (to: string): string => {
    const c = d.host.connect(six(to), 80, new Hearer())
    return formatAddress(c.localAddress)
  }
  t.is(from('2001:db8:2::99'), '2001:db8:2::2')
  t.is(from('2001:db8:1::99'), '2001:db8:1::2')
  t.is(from('2600::1'), '2001:db8:1::2')
  t.is(from('fd00:9::1'), 'fd00:1::2')
  t.is(from('fe80::1'), 'fe80::2')
  t.is(from('2001:db8:1::2'), '2001:db8:1::2')
})

test('a link-local peer has the name of the link as its zone (RFC 4007 §11)', t => {
  const d = new Ipv6Bench({}, ['fe80::2/64', '2001:db8::2/64'])
  d.listen('fe80::2')
  const peer = { source: six('fe80::1'), destination: six('fe80::2') }
  d.inject(segment6(SYN, peer))
  const { seq } = d.segment()
  d.inject(segment6(ACK, { ...peer, seq: 1001, ack: seq + 1 }))
  t.is(formatAddress(d.accepted[0]!.connection!.remoteAddress), 'fe80::1%tun0')
  for (const to of ['fe80::1', 'fe80::1%tun0']) {
    const c = d.host.connect(six(to), 81, new Hearer())
    t.is(formatAddress(c.remoteAddress), 'fe80::1%tun0')
    t.is(d.take().length, 1)
  }
  t.throws(() => d.connect(six('fe80::1%eth7')), { code: 'ENETUNREACH' })
})

test('SYN cookies work over IPv6: the class of MSS comes back', t => {
  const d = new Ipv6Bench({ tcp: { synCookies: 'always' } })
  d.listen('::')
  d.inject(segment6(SYN, { options: [2, 4, 1220 >> 8, 1220 & 255] }))
  const { seq } = d.segment()
  t.is(d.host.connections.size, 0)
  d.inject(segment6(ACK, { seq: 1001, ack: seq + 100 }))
  t.is(d.segment().flags, RST)
  d.inject(segment6(ACK, { seq: 1001, ack: seq + 1 }))
  t.is(d.accepted[0]!.connection!.snd.mss, 1220)
})

test('hostile packets of both families, tens of thousands of them, harm nobody', t => {
  const random = new SeededRandom(7)
  const d = new Ipv6Bench({ ip: { maxBytes: 1 << 18 } })
  d.listen('::')
  const seeds = [
    segment6(SYN),
    segment6(ACK, { text: pattern(100) }),
    icmp6(128, 0, 1, pattern(200)),
    icmp6(2, 0, 1300, segment6(ACK, { source: OURS6, destination: PEER6 })),
    ...fragments6(icmp6(128, 0, 1, pattern(300)), 128),
    packet6(6, segment6(SYN).subarray(40), {}, Uint8Array.of(6, 0, 1, 4, 0, 0, 0, 0), 60),
    packet6(6, segment6(SYN).subarray(40), {}, Uint8Array.of(6, 0, 0, 1, 0, 0, 0, 0), 43),
    ipv4(6, segment6(SYN).subarray(40)),
    ipv4(1, Uint8Array.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0)),
    ipv4(1, icmp6(3, 4, 1300, pattern(28)).subarray(40)),
  ]
  const ROUNDS = Number(process.env.HOSTILE_PACKETS ?? 60_000) / 60
  for (let round = 0; round < ROUNDS; round++) {
    const packets = Array.from({ length: 60 }, () => {
      const packet = seeds[random.below(seeds.length)]!.slice(
        0,
        random.chance(0.1) ? random.below(60) : undefined,
      )
      for (let n = random.below(4); n > 0 && packet.length > 0; n--)
        packet[random.below(packet.length)] = random.below(256)
      if (random.chance(0.2)) packet[23 % Math.max(1, packet.length)] = random.below(256)
      return packet
    }).filter(packet => packet.length > 0)
    t.notThrows(() => d.inject(...packets))
    d.sent.length = 0
    if (round % 50 === 0) d.clock.advance(1000)
  }
  t.true(d.host.fragmentBytes <= 1 << 18)
  d.clock.advance(1_000_000)
  t.is(d.host.fragmentBytes, 0)
  const before = d.accepted.length
  d.sent.length = 0
  d.inject(segment6(SYN, { from: 50_001 }))
  const { seq } = d.segment()
  d.inject(segment6(ACK, { from: 50_001, seq: 1001, ack: seq + 1 }))
  t.is(d.accepted.length, before + 1)
})
