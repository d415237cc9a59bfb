// Packets as an observer reads them: both families, extension headers, fragments, and what cannot be read.
import test from 'ava'
import fc from 'fast-check'
import { Dissection, destinationOf, dissect, tcpOptionsAt } from '../../src/wire/dissect.ts'
import { PROTOCOL_TCP, writeIpv4 } from '../../src/wire/ipv4.ts'
import { DESTINATION_OPTIONS, FRAGMENT, HOP_BY_HOP, ROUTING } from '../../src/wire/ipv6.ts'
import { ACK, SYN, writeTcp } from '../../src/wire/tcp.ts'
import { fragments6, OURS6, PEER6, packet6, segment6 } from '../support/ipv6.ts'

const PEER = 0xc0000201 | 0
const OURS = 0xc0000202 | 0

const segment = (text = 0, flags = 0, field = 0): Uint8Array => {
  const b = new Uint8Array(40 + text)
  writeIpv4(b, 0, b.length, PROTOCOL_TCP, PEER, OURS, 61, 0x2e, 7, field)
  writeTcp(b, 20, 1000, 80, 1, 2, 20, flags, 500, 0)
  return b
}

test('where the parts of a packet are, wherever it stands in a buffer', t => {
  const bytes = segment(10, ACK)
  const b = new Uint8Array(100)
  b.set(bytes, 3)
  t.like(dissect(b, 3, bytes.length), {
    unreadable: null,
    version: 4,
    source: PEER,
    destination: OURS,
    headerLength: 20,
    totalLength: 50,
    trafficClass: 0x2e,
    hops: 61,
    protocol: 6,
    fragment: false,
    payload: 23,
    payloadLength: 30,
    tcp: 23,
  })
  t.like(dissect(segment6(SYN, { trafficClass: 0xb9, hopLimit: 3, text: new Uint8Array(5) })), {
    unreadable: null,
    version: 6,
    source: PEER6,
    destination: OURS6,
    headerLength: 40,
    totalLength: 65,
    trafficClass: 0xb9,
    hops: 3,
    protocol: 6,
    tcp: 40,
  })
})

test('extension headers are passed over, whatever is in them', t => {
  const tcp = segment6(ACK).subarray(40)
  const chain = new Uint8Array(8 + 24 + 16 + 8)
  chain.set([ROUTING, 0, 0xff, 4], 0)
  chain.set([DESTINATION_OPTIONS, 2, 99, 200], 8)
  chain.set([FRAGMENT, 1], 32)
  chain.set([PROTOCOL_TCP, 0, 0, 0], 48)
  const b = packet6(PROTOCOL_TCP, tcp, {}, chain, HOP_BY_HOP)
  // An atomic fragment is a fragment to whom it passes, and has all of its payload.
  t.like(dissect(b), { unreadable: null, headerLength: 96, protocol: 6, fragment: true, fragmentOffset: 0 })
  t.is(dissect(b).tcp, 96)
  t.like(dissect(b, 0, 60), { unreadable: 'truncated', tcp: -1 })
  b[8 + 40 + 1] = 255
  t.like(dissect(b), { unreadable: 'malformed', tcp: -1 })
})

test('only the first fragment has a header of TCP', t => {
  const [first, second] = fragments6(segment6(ACK, { text: new Uint8Array(50) }), 24)
  t.like(dissect(first!), { fragment: true, fragmentOffset: 0, moreFragments: true, tcp: 48, protocol: 6 })
  t.like(dissect(second!), { fragment: true, fragmentOffset: 24, tcp: -1, protocol: 6 })
  t.like(dissect(segment(50, ACK, 0x2000)), { fragment: true, moreFragments: true, tcp: 20 })
  t.like(dissect(segment(50, ACK, 3)), { fragment: true, fragmentOffset: 24, tcp: -1 })
})

test('a length of 0 is that of a sender with offload: the packet is as long as it is', t => {
  const four = segment(30, ACK)
  four.fill(0, 2, 4)
  t.like(dissect(four), { unreadable: null, totalLength: 70 })
  const six = segment6(ACK, { text: new Uint8Array(30) })
  six.fill(0, 4, 6)
  t.like(dissect(six), { unreadable: null, totalLength: 90 })
})

test('the beginning of a packet is enough, as far as it goes', t => {
  const b = segment(1000, ACK)
  t.like(dissect(b.subarray(0, 40), 0, b.length), { unreadable: null, totalLength: 1040, tcp: 20 })
  t.like(dissect(b.subarray(0, 39), 0, b.length), { unreadable: null, tcp: -1 })
  t.like(dissect(b.subarray(0, 19)), { unreadable: 'truncated', version: 0, source: 0 })
  t.like(dissect(new Uint8Array(0)), { unreadable: 'truncated' })
  t.like(dissect(new Uint8Array(60)), { unreadable: 'not IP', version: 0 })
  b[0] = 0x44
  t.like(dissect(b), { unreadable: 'malformed', version: 4 })
})

test('one reader reads all packets in turn, and remembers none', t => {
  const reader = new Dissection()
  reader.read(fragments6(segment6(ACK, { text: new Uint8Array(50) }), 24)[1]!)
  t.deepEqual({ ...reader.read(segment(5)) }, { ...dissect(segment(5)) })
})

test('any bytes are read without harm, and inside of them', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(null, 0x45, 0x60), (bytes, first) => {
      if (first !== null && bytes.length > 0) bytes[0] = first
      const packet = dissect(bytes)
      t.true(packet.tcp === -1 || packet.tcp + 20 <= bytes.length)
      t.is(destinationOf(bytes, 0, bytes.length) ?? 0, packet.destination)
    }),
  )
})

test('options of TCP, one by one: a broken one is the last', t => {
  const list = [1, 2, 4, 5, 180, 0, 8, 10, 1]
  t.deepEqual(
    [...tcpOptionsAt(Uint8Array.from(list), 0, list.length)],
    [
      { kind: 1, at: 0, size: 1 },
      { kind: 2, at: 1, size: 4 },
      { kind: 0, at: 5, size: 1 },
      { kind: 8, at: 6, size: 0 },
    ],
  )
})
