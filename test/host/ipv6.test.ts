/** TCP over IPv6, its addresses and flow labels: RFC 8200, 6437, 6724. */
import test from 'ava'
import { Host } from '../../src/host/host.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { close, receive, send, setUser } from '../../src/tcp/calls.ts'
import { formatAddress, parseAddress } from '../../src/wire/address.ts'
import { read16, read32, write32 } from '../../src/wire/bytes.ts'
import { writeIp } from '../../src/wire/ip.ts'
import { ACK, FIN, RST, SYN } from '../../src/wire/tcp.ts'
import {
  fragments6,
  Hearer,
  Ipv6Bench,
  icmp6,
  OURS6,
  PEER6,
  packet6,
  pattern6,
  segment6,
  segmentOf,
  six,
} from '../support/ipv6.ts'
import { pattern as bytes, Streamer } from '../support/two-hosts.ts'

/** A packet of IPv4 between two hosts, whatever its payload's checksum. */
const ipv4 = (protocol: number, payload: Uint8Array): Uint8Array => {
  const packet = new Uint8Array(20 + payload.length)
  const [from, to] = ['192.0.2.1', '192.0.2.2'].map(parseAddress)
  writeIp(packet, 0, packet.length, protocol, from!, to!, 64, 0)
  packet.set(payload, 20)
  return packet
}

test('a connection over IPv6: the handshake, text both ways, the end', t => {
  const d = new Ipv6Bench()
  d.listen('2001:db8::2')
  d.inject(segment6(SYN, { options: [2, 4, 5, 160] }))
  const answer = d.segment()
  t.deepEqual([answer.flags, answer.ack, answer.mss], [SYN | ACK, 1001, 1440])
  d.inject(segment6(ACK, { seq: 1001, ack: answer.seq + 1, text: pattern6(100) }))
  const c = d.accepted[0]!.connection!
  t.is(formatAddress(c.remoteAddress), '2001:db8::1')
  t.is(c.snd.mss, 1440)
  t.deepEqual([...receive(c)!], [...pattern6(100)])
  send(c, Buffer.from(pattern6(2880)))
  const texts = d.take().map(segmentOf)
  t.deepEqual(
    texts.map(s => s.text.length),
    [1440, 1440],
  )
  t.deepEqual(Buffer.concat(texts.map(s => s.text)), Buffer.from(pattern6(2880)))
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
    segment6(ACK, { text: pattern6(100) }),
    icmp6(128, 0, 1, pattern6(200)),
    icmp6(2, 0, 1300, segment6(ACK, { source: OURS6, destination: PEER6 })),
    ...fragments6(icmp6(128, 0, 1, pattern6(300)), 128),
    packet6(6, segment6(SYN).subarray(40), {}, Uint8Array.of(6, 0, 1, 4, 0, 0, 0, 0), 60),
    packet6(6, segment6(SYN).subarray(40), {}, Uint8Array.of(6, 0, 0, 1, 0, 0, 0, 0), 43),
    ipv4(6, segment6(SYN).subarray(40)),
    ipv4(1, Uint8Array.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0)),
    ipv4(1, icmp6(3, 4, 1300, pattern6(28)).subarray(40)),
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
