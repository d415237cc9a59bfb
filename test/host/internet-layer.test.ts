/** The requirements of RFC 1122 §3 on the internet layer, row by row. */
import test from 'ava'
import { close, send } from '../../src/tcp/calls.ts'
import { parseIpv4Address } from '../../src/wire/address.ts'
import { read16, read32, write16 } from '../../src/wire/ipv4.ts'
import { dialogue } from '../support/dialogue.ts'
import {
  altered,
  echoRequest,
  fragments,
  icmp,
  ipv4,
  OURS,
  PEER,
  sealed,
  udp,
  withIpOptions,
} from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'

const SECOND = parseIpv4Address('192.0.2.3')
const MARTIANS = [
  '255.255.255.255',
  '192.0.2.255',
  '192.0.2.0',
  '224.0.0.1',
  '127.0.0.1',
  '0.0.0.0',
  '0.1.2.3',
]
const BROADCASTS = ['255.255.255.255', '192.0.2.255', '192.0.2.0', '224.0.0.1'].map(parseIpv4Address)

test('[R1122-4] another version, or a header checksum that is wrong: silence', t => {
  const d = dialogue()
  d.listen()
  for (const version of [0, 3, 5, 7, 15]) {
    const packet = d.build('S 0:0(0)')
    packet[0] = (version << 4) | 5
    d.inject(sealed(packet))
  }
  t.is(d.host.drops['ip-version'], 5)
  for (let i = 0; i < 20; i++) {
    const packet = d.build('S 0:0(0)')
    packet[10]! ^= 1 << (i % 8)
    d.inject(packet)
  }
  t.is(d.host.drops['ip-checksum'], 20)
  d.silent()
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
})

test('[R1122-5] what is for another address is dropped in silence, whatever it is', t => {
  const d = dialogue()
  d.listen()
  const destination = parseIpv4Address('192.0.2.77')
  for (const packet of [d.build('S 0:0(0)'), d.build('. 1:1(0) ack 1'), echoRequest(8), udp(53)])
    d.inject(altered(packet, { destination }))
  d.silent()
  t.is(d.host.drops['ip-destination'], 4)
})

for (const source of MARTIANS)
  test(`[R1122-6] SYN, echo request and datagrams from ${source}: silence`, t => {
    const d = dialogue()
    d.listen()
    for (const packet of [
      d.build('S 0:0(0)'),
      echoRequest(8),
      udp(53),
      ipv4(new Uint8Array(8), { protocol: 200 }),
    ])
      d.inject(altered(packet, { source: parseIpv4Address(source) }))
    d.silent()
    t.is(d.host.drops['ip-source'], 4)
    t.is(d.host.connections.size, 0)
  })

test('[R1122-7] all that we send comes from an address of ours, and nothing of 127/8 leaves', t => {
  const d = dialogue({ addresses: ['192.0.2.2/24', '192.0.2.3/24'] })
  d.listen()
  const loopback = parseIpv4Address('127.0.0.1')
  for (const destination of [OURS, SECOND, loopback, ...BROADCASTS]) {
    for (const packet of [
      d.build('S 0:0(0)'),
      d.build('50000>81 S 0:0(0)'),
      d.build('50001>80 . 5:5(0) ack 9'),
      echoRequest(8),
      udp(53),
      ipv4(new Uint8Array(8), { protocol: 200 }),
      fragments(echoRequest(64), 32)[0]!,
    ])
      d.inject(altered(packet, { destination }))
  }
  const user = new RecordingUser()
  d.host.connect(PEER, 7, user)
  d.host.connect(parseIpv4Address('203.0.113.5'), 7, user, { localAddress: SECOND })
  d.host.connect(loopback, 80, user)
  d.host.connect(OURS, 80, user)
  d.host.connect(OURS, 80, user, { localAddress: loopback })
  t.throws(() => d.host.connect(PEER, 80, user, { localAddress: loopback }), { code: 'EINVAL' })
  d.after(3_600_000)
  const sent = d.skip()
  t.true(sent.length > 20)
  for (const { source, destination } of sent) {
    t.true(source === OURS || source === SECOND)
    t.not(destination >>> 24, 127)
  }
})

test('[R1122-8] a packet that arrives with TTL 1, or 0, has arrived', t => {
  for (const ttl of [0, 1]) {
    const d = dialogue()
    d.listen()
    d.inject(altered(d.build('S 0:0(0)'), { ttl }))
    d.sends('S. 0:0(0) ack 1')
    d.inject(altered(echoRequest(4), { ttl }))
    t.is(d.next().payload[0], 0)
  }
  t.throws(() => dialogue({ tcp: { ttl: 0 } }), { instanceOf: RangeError })
})

for (const [what, options] of Object.entries({
  'length 0': [0x82, 0, 0, 0],
  'length 1': [0x82, 1, 0, 0],
  'length 255': [0x9e, 255, 1, 1],
  'past the header': [1, 1, 1, 0x9e],
  'an end and rubbish after it': [0, 0x9e, 0, 255],
  'nothing but NOPs': new Array<number>(40).fill(1),
}))
  test(`[R1122-9] IP options with ${what}: the packet is taken, nobody is harmed`, t => {
    const d = dialogue()
    d.listen()
    d.inject(withIpOptions(d.build('S 0:0(0) win 65535 <mss 1000>'), options))
    d.sends('S. 0:0(0) ack 1')
    d.inject(withIpOptions(d.build('P. 1:4(3) ack 1'), options))
    t.is(d.accepted[0]?.text, 'abc')
  })

test('[R1122-10] an ICMP message of a type that we do not know: silence', t => {
  const d = dialogue()
  for (let type = 0; type < 256; type++) if (type !== 8) d.inject(icmp(type, 0, new Uint8Array(28)))
  d.silent()
  // Unreachables, time exceeded and parameter problem (3, 11, 12) are known, but quote nothing of ours.
  t.is(d.host.drops['icmp-type'], 252)
  t.is(d.host.drops['icmp-quote'], 3)
})

test('[R1122-11] no ICMP error about an error, a broadcast, a later fragment or a source that cannot be', t => {
  const d = dialogue()
  const other = ipv4(new Uint8Array(64), { protocol: 200 })
  for (const destination of BROADCASTS) {
    d.inject(altered(udp(53), { destination }))
    d.inject(altered(other, { destination }))
    // The first fragment of something that never becomes whole.
    d.inject(altered(fragments(other, 32)[0]!, { destination, fragment: 0x2000 }))
  }
  for (const source of MARTIANS) d.inject(altered(udp(53), { source: parseIpv4Address(source) }))
  d.inject(icmp(3, 3, new Uint8Array(40)))
  // A part of an ICMP error.
  d.inject(fragments(icmp(3, 3, new Uint8Array(64)), 32)[0]!)
  // A later fragment, of what nobody has the beginning of.
  d.inject(fragments(altered(other, { identification: 9 }), 32)[1]!)
  t.true(d.host.memory.used > d.host.fragmentBytes)
  d.after(200_000)
  d.silent()
  t.is(d.host.memory.used, 0)
  t.is(d.host.drops['fragment-timeout'], BROADCASTS.length + 2)
  t.true(d.empty)
})

test('[R1122-12] our errors quote header and first 8 bytes as they came, from the address that was meant', t => {
  const d = dialogue({ addresses: ['192.0.2.2/24', '192.0.2.3/24'] })
  const packet = withIpOptions(
    altered(udp(53), { destination: SECOND, ttl: 3, identification: 99 }),
    [1, 1, 1, 0],
  )
  d.inject(packet)
  const { source, destination, payload } = d.next()
  t.deepEqual([source, destination], [SECOND, PEER])
  t.deepEqual(payload.subarray(8), packet.subarray(0, 24 + 8))
  t.deepEqual([...payload.subarray(4, 8)], [0, 0, 0, 0])
})

test('[R1122-13] protocols that we have not: protocol unreachable; a TCP port: a RST', t => {
  const d = dialogue()
  for (const packet of [ipv4(new Uint8Array(8), { protocol: 200 }), udp(53)]) {
    d.inject(packet)
    t.deepEqual([...d.next().payload.subarray(0, 2)], [3, 2])
  }
  d.receives('40000>81 S 7:7(0)')
  t.is(d.next().flags, 0x14)
  d.silent()
})

test('[R1122-14] the transport hears of unreachables: 0, 1 and 5 are hints, port unreachable counts', t => {
  for (const [code, said] of [
    [0, 'soft ENETUNREACH: network unreachable'],
    [1, 'soft EHOSTUNREACH: host unreachable'],
    [5, 'soft EOPNOTSUPP: source route failed'],
    [3, 'closed ECONNREFUSED'],
  ] as const) {
    const d = dialogue()
    const user = d.connect()
    d.inject(icmp(3, code, d.next().raw.subarray(0, 28)))
    t.deepEqual(user.log, [said])
  }
})

for (const order of [
  [0, 1, 2],
  [2, 1, 0],
  [1, 2, 0],
  [2, 0, 1, 2],
])
  test(`[R1122-16] a segment in three fragments, in order ${order.join()}: delivered, byte by byte`, t => {
    const d = dialogue()
    const user = d.established()
    const whole = d.build('P. 1:1001(1000) ack 1')
    const pieces = fragments(whole, 24, 504)
    for (const i of order) d.inject(pieces[i]!)
    t.is(user.text, Buffer.from(whole.subarray(40)).toString('latin1'))
    t.is(d.host.fragmentBytes, order.length > 3 ? pieces[2]!.length - 20 : 0)
  })

test('[R1122-16] as large as packets can be: 65,535 bytes', t => {
  const d = dialogue()
  const request = echoRequest(65_535 - 28)
  const ends = Array.from({ length: 44 }, (_, i) => (i + 1) * 1480)
  d.inject(...fragments(request, ...ends))
  const parts = d.skip()
  t.true(parts.every(p => p.raw.length <= 1500))
  t.is(
    parts.reduce((n, p) => n + p.raw.length - 20, 0),
    65_535 - 20,
  )
})

test('a datagram that has to make room for others is counted, and one that was given up before is not again', t => {
  const d = dialogue({ host: { ip: { maxDatagrams: 2 } } })
  const [first, second] = fragments(echoRequest(64), 32)
  const begin = (identification: number) => d.inject(altered(first!, { identification }))
  begin(1)
  begin(2)
  t.is(d.host.drops['fragment-evicted'], 0)
  begin(3)
  t.is(d.host.drops['fragment-evicted'], 1)
  // Another end than it had: 2 is given up, and evicted by 4 without a word.
  for (const fragment of [8, 12]) d.inject(altered(second!, { identification: 2, fragment }))
  t.is(d.host.drops['fragment-overlap'], 1)
  begin(4)
  t.is(d.host.drops['fragment-evicted'], 1)
  begin(5)
  t.is(d.host.drops['fragment-evicted'], 2)
  t.is(d.host.fragmentBytes, 2 * (first!.length - 20))
})

test('[R1122-17] fragments wait for 60 s; then the sender is told, if the first was there', t => {
  const d = dialogue()
  const [first, second] = fragments(echoRequest(64), 32)
  d.inject(first!)
  d.after(20_000)
  d.inject(altered(second!, { identification: 8, fragment: 4 }))
  d.after(39_999)
  d.silent()
  d.after(1)
  const told = d.next()
  t.deepEqual([...told.payload.subarray(0, 2)], [11, 1])
  t.deepEqual(told.payload.subarray(8), first!.subarray(0, 28))
  d.after(60_000)
  d.silent()
  t.is(d.host.drops['fragment-timeout'], 2)
  t.true(d.empty)
})

test('[R1122-18] nothing larger than the MTU leaves: segments, SYNs, replies', t => {
  const d = dialogue({ mtu: 600, tcp: { timestamps: true } })
  const user = d.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>',
    '. 1:1(0) ack 1 win 65535 <nop,nop,TS val 2 ecr 0>',
  )
  send(user.connection!, Buffer.alloc(20_000))
  close(user.connection!)
  d.inject(echoRequest(1400))
  d.after(5000)
  t.true(d.link.sent.length > 10)
  t.is(Math.max(...d.link.sent.map(s => s.raw.length)), 600)
})

test('[R1122-20] who is asked at an address answers from it', t => {
  const d = dialogue({ addresses: ['192.0.2.2/24', '192.0.2.3/24'] })
  d.listen()
  for (const packet of [
    d.build('S 0:0(0)'),
    d.build('40000>81 S 0:0(0)'),
    echoRequest(8),
    ipv4(new Uint8Array(8), { protocol: 200 }),
  ])
    for (const destination of [SECOND, OURS]) {
      d.inject(altered(packet, { destination }))
      t.is(d.next().source, destination)
    }
})

for (const length of [0, 1, 56, 1472])
  test(`[R1122-15] an echo request with ${length} bytes: the same bytes, identifier and number come back`, t => {
    const d = dialogue({ addresses: ['192.0.2.2/24', '192.0.2.3/24'] })
    const request = echoRequest(length, { destination: SECOND })
    d.inject(request)
    // The harness has checked the checksum.
    const { raw, source, destination, payload, protocol, ttl } = d.next()
    t.deepEqual([source, destination, protocol, ttl], [SECOND, PEER, 1, 64])
    t.is(raw.length, request.length)
    t.deepEqual([...payload.subarray(0, 2)], [0, 0])
    t.is(read32(payload, 4), 0x12345678)
    t.deepEqual(payload.subarray(8), request.subarray(28))
    d.silent()
  })

test('[R1122-15] echo requests that are not sound, or for many: silence', t => {
  const d = dialogue()
  const wrong = echoRequest(8)
  write16(wrong, 22, read16(wrong, 22) ^ 1)
  d.inject(wrong)
  for (let length = 0; length < 8; length++) {
    const short = ipv4(echoRequest(0).subarray(20, 20 + length), { protocol: 1 })
    d.inject(length >= 4 ? sealed(short) : short)
  }
  for (const destination of BROADCASTS) d.inject(echoRequest(8, { destination }))
  d.silent()
  t.is(d.host.drops['icmp-checksum'], 1)
  t.is(d.host.drops['icmp-truncated'], 8)
  t.is(d.host.drops['icmp-type'], 4)
})
