// MTU holes, with and without word of them, and routers that fragment.
import test from 'ava'
import fc from 'fast-check'
import { DEFAULT_IP_OPTIONS } from '../../../src/ip/options.ts'
import { Reassembly } from '../../../src/ip/reassembly.ts'
import { tooBigError } from '../../../src/link/path/router.ts'
import { parseIpv4Address } from '../../../src/wire/address.ts'
import { checksum } from '../../../src/wire/checksum.ts'
import { dissect } from '../../../src/wire/dissect.ts'
import {
  DONT_FRAGMENT,
  Ipv4Header,
  MORE_FRAGMENTS,
  parseIpv4,
  read32,
  write16,
} from '../../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../../src/wire/pseudo-header.ts'
import { ACK } from '../../../src/wire/tcp.ts'
import { fragments6, icmp6, PEER6, segment6, six } from '../../support/ipv6.ts'
import { DESTINATION, enter, headerIsRight, pathOf, SOURCE, segment } from './support.ts'

const DF = DONT_FRAGMENT
const ROUTER = parseIpv4Address('198.51.100.1')

const header = (b: Uint8Array): Ipv4Header => {
  const h = new Ipv4Header()
  if (parseIpv4(b, 0, b.length, h) !== null) throw new Error('not IPv4')
  return h
}

/** The whole packet, or null. */
const reassemble = (pieces: readonly Uint8Array[]): Uint8Array | null => {
  const reassembly = new Reassembly(DEFAULT_IP_OPTIONS)
  let whole: Uint8Array | null = null
  for (const b of pieces) {
    const result = reassembly.add(b, 0, b.length, (b[0]! & 15) << 2, 0)
    if (typeof result !== 'string') whole = result
  }
  return whole
}

/** True when the payloads are the same. */
const same = (a: Uint8Array | null, b: Uint8Array): boolean =>
  a !== null && Buffer.compare(a.subarray(20), b.subarray(20)) === 0

/** With IPv4 options, whole words of them. */
const withOptions = (packet: Uint8Array, options: readonly number[]): Uint8Array => {
  const b = new Uint8Array(packet.length + options.length)
  b.set(packet.subarray(0, 20))
  b.set(options, 20)
  b.set(packet.subarray(20), 20 + options.length)
  b[0] = 0x45 + options.length / 4
  write16(b, 2, b.length)
  write16(b, 10, 0)
  write16(b, 10, checksum(b, 0, 20 + options.length))
  return b
}

test('a silent hole: what is larger than the MTU is lost, DF or not; what is as large passes', t => {
  const { clock, path, arrivals, back } = pathOf({ mtu: 600 })
  enter(path, [
    segment({ length: 560 }),
    segment({ length: 561 }),
    segment({ length: 561, fragment: DF }),
    segment({ length: 560, fragment: DF }),
  ])
  clock.run()
  t.deepEqual(
    arrivals.map(a => a.bytes),
    [segment({ length: 560 }), segment({ length: 560, fragment: DF })],
  )
  t.deepEqual(back, [])
  t.is(path.counters.lost.mtu, 2)
})

test('a router with ICMP tells of the next MTU who sends more with DF, quoting 576 bytes in all', t => {
  const { clock, path, arrivals, back } = pathOf({ mtu: 600, icmp: true, router: '198.51.100.1' })
  const packet = segment({ length: 1000, fragment: DF })
  enter(path, [packet])
  clock.run()
  t.deepEqual(arrivals, [])
  t.is(back.length, 1)
  const error = back[0]!.bytes
  const h = header(error)
  t.like(h, { source: ROUTER, destination: SOURCE, protocol: 1, totalLength: 576, trafficClass: 0xc0 })
  t.deepEqual([...error.subarray(20, 22)], [3, 4])
  t.is(checksum(error, 20, 556), 0)
  // RFC 1191 §4: the MTU in the low half of the second word, the high half unused.
  t.deepEqual([...error.subarray(24, 28)], [0, 0, 600 >> 8, 600 & 255])
  t.deepEqual(error.subarray(28), packet.subarray(0, 548))
  t.like(path.counters, { icmp: 1, delivered: 0 })
  t.is(path.counters.lost.mtu, 1)

  const short = pathOf({ mtu: 68, icmp: true })
  enter(short.path, [segment({ length: 30, fragment: DF })])
  t.is(short.back[0]!.bytes.length, 20 + 8 + 70)
  t.is(header(short.back[0]!.bytes).source, parseIpv4Address('192.0.2.254'))
})

test('no error is sent about an ICMP error, a later fragment, or to and from many (RFC 1812 §4.3.2.7)', t => {
  const about = (change: (b: Uint8Array) => void): boolean => {
    const b = segment({ fragment: DF })
    change(b)
    return tooBigError(b, dissect(b), { 4: ROUTER, 6: null }, 600) !== null
  }
  t.true(about(() => {}))
  t.false(
    about(b => {
      b[9] = 1
      b[20] = 3
    }),
  )
  t.true(
    about(b => {
      b[9] = 1
      b[20] = 8
    }),
  )
  t.false(about(b => write16(b, 6, DF | 10)))
  t.true(about(b => write16(b, 6, DF | MORE_FRAGMENTS)))
  t.false(about(b => b.fill(255, 16, 20)))
  t.false(
    about(b => {
      b[16] = 224
    }),
  )
  t.false(about(b => b.fill(0, 12, 16)))
})

test('a router fragments what allows it: multiples of 8, no larger than the MTU, whole again at the end', t => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 130, max: 1500 }), (length, mtu) => {
      const { clock, path, arrivals, back } = pathOf({ mtu, fragment: true })
      const packet = segment({ length, identification: 77 })
      enter(path, [packet])
      clock.run()
      t.deepEqual(back, [])
      const pieces = arrivals.map(a => a.bytes)
      t.true(pieces.every(b => b.length <= mtu && headerIsRight(b) && header(b).totalLength === b.length))
      if (packet.length <= mtu) {
        t.deepEqual(pieces, [packet])
        return
      }
      let offset = 0
      for (const [i, b] of pieces.entries()) {
        const h = header(b)
        t.is(h.identification, 77)
        t.is(h.fragmentOffset, offset)
        t.is(h.moreFragments, i < pieces.length - 1)
        if (h.moreFragments) t.is(b.length, 20 + ((mtu - 20) & ~7))
        offset += b.length - 20
      }
      t.true(same(reassemble(pieces), packet))
      t.like(path.counters, { fragmented: 1, fragments: pieces.length, delivered: pieces.length, entered: 1 })
      t.true(same(reassemble(pieces.toReversed()), packet))
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('a fragment is cut again; the last piece of it says that there is more', t => {
  const first = pathOf({ mtu: 1000, fragment: true })
  const packet = segment({ length: 3000 })
  enter(first.path, [packet])
  first.clock.run()
  const second = pathOf({ mtu: 300, fragment: true })
  enter(
    second.path,
    first.arrivals.map(a => a.bytes),
  )
  second.clock.run()
  const pieces = second.arrivals.map(a => a.bytes)
  t.true(pieces.every(b => b.length <= 300))
  t.deepEqual(
    pieces.map(b => header(b).moreFragments),
    pieces.map((_, i) => i < pieces.length - 1),
  )
  t.true(same(reassemble(pieces), packet))
})

test('options go with the first fragment, and with the others those that are to be copied (RFC 791 §3.1)', t => {
  // Record route (7, not copied), NOP, loose source route (131, copied), end.
  const packet = withOptions(segment({ length: 400 }), [7, 7, 4, 0, 0, 0, 0, 1, 131, 7, 8, 192, 0, 2, 9, 0])
  const { clock, path, arrivals } = pathOf({ mtu: 200, fragment: true })
  enter(path, [packet])
  clock.run()
  const pieces = arrivals.map(a => a.bytes)
  t.true(pieces.every(b => headerIsRight(b) && b.length <= 200))
  t.deepEqual(pieces[0]!.subarray(20, 36), packet.subarray(20, 36))
  for (const b of pieces.slice(1)) {
    t.is(b[0], 0x47)
    t.deepEqual([...b.subarray(20, 28)], [131, 7, 8, 192, 0, 2, 9, 0])
  }
  t.deepEqual(
    Buffer.concat(pieces.map((b, i) => b.subarray(i === 0 ? 36 : 28))),
    Buffer.from(packet.subarray(36)),
  )
})

test('the hole most often met: fragments what allows it, and loses the rest without a word', t => {
  const { clock, path, arrivals, back } = pathOf({ mtu: 600, fragment: true })
  enter(path, [segment({ length: 1000, fragment: DF }), segment({ length: 1000 })])
  clock.run()
  t.is(arrivals.length, 2)
  t.deepEqual(back, [])
  t.is(path.counters.lost.mtu, 1)
})

test('whatever enters, nothing is thrown', t => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.option(fc.constantFrom(...Array.from({ length: 16 }, (_, n) => 0x40 | n))),
      fc.constantFrom(0, 1, 2),
      fc.constantFrom(0, 1, 100),
      (bytes, version, checksums, segmentSize) => {
        if (version !== null && bytes.length > 0) bytes[0] = version
        const made = pathOf({
          mtu: 68,
          icmp: true,
          drop: p => p.length < 0 || p.seq === 0.5 || p.flags > 255 || p.window < 0 || String(p) === '',
          rate: 1e6,
          ecnThreshold: 0,
        })
        enter(made.path, [bytes, bytes], checksums, segmentSize)
        made.clock.run()
        t.true(made.arrivals.every(a => a.bytes.length > 0 || bytes.length === 0))
      },
    ),
    { seed: 1, numRuns: 2000 },
  )
})

test('a fragment towards the wire keeps its destination', t => {
  const { clock, path, arrivals } = pathOf({ mtu: 100, fragment: true })
  enter(path, [segment({ length: 200 })])
  clock.run()
  t.true(
    arrivals.every(a => header(a.bytes).destination === DESTINATION && header(a.bytes).source === SOURCE),
  )
})

test('[R8200-7][R8200-8] of IPv6 packets every path carries 1280 bytes; larger ones are lost, and cut by nobody', t => {
  const { clock, path, arrivals, back } = pathOf({ mtu: 600, fragment: true })
  const packets = [1220, 1221].map(length => segment6(ACK, { text: new Uint8Array(length) }))
  enter(path, packets)
  clock.run()
  t.deepEqual(
    arrivals.map(a => a.bytes),
    packets.slice(0, 1),
  )
  t.deepEqual(back, [])
  t.like(path.counters, { fragmented: 0, icmp: 0 })
  t.is(path.counters.lost.mtu, 1)
})

test('[R4443-7][R4443-3] Packet Too Big tells the sender the MTU of the next hop, and quotes up to 1280 bytes in all', t => {
  const { clock, path, back } = pathOf({ mtu: 1400, icmp: true, router: ['198.51.100.1', '2001:db8:9::1'] })
  const packet = segment6(ACK, { text: new Uint8Array(1400).fill(7) })
  enter(path, [packet])
  clock.run()
  const error = back[0]!.bytes
  const { source, destination, protocol, payload } = dissect(error)
  t.deepEqual([source, destination, protocol, error.length], [six('2001:db8:9::1'), PEER6, 58, 1280])
  t.deepEqual([...error.subarray(payload, payload + 2)], [2, 0])
  t.is(read32(error, payload + 4), 1400)
  t.deepEqual(error.subarray(payload + 8), packet.subarray(0, 1280 - 48))
  const size = error.length - payload
  t.is(checksum(error, payload, size, pseudoHeaderSum(source, destination, 58, size)), 0)
  // Without an address of the family a router has nobody to speak as; its default has one.
  const silent = pathOf({ mtu: 1400, icmp: true }, 1, { router: '198.51.100.1' })
  enter(silent.path, [packet])
  t.deepEqual(silent.back, [])
  t.is(silent.path.counters.lost.mtu, 1)
  const standard = pathOf({ mtu: 1400, icmp: true })
  enter(standard.path, [packet])
  t.is(dissect(standard.back[0]!.bytes).source, six('2001:db8::fffe'))
})

test('[R4443-4] no error about an ICMPv6 error or a redirect, nor from nobody or a group; about one to a group, and about a later fragment', t => {
  const about = (b: Uint8Array): boolean =>
    tooBigError(b, dissect(b), { 4: null, 6: six('2001:db8:9::1') }, 1280) !== null
  const text = new Uint8Array(1300)
  t.true(about(segment6(ACK, { text })))
  t.true(about(icmp6(128, 0, 0, text)))
  for (const type of [1, 2, 3, 4, 100, 137]) t.false(about(icmp6(type, 0, 0, text)), `${type}`)
  const group = six('ff02::1')
  t.true(about(segment6(ACK, { text, destination: group })))
  for (const source of [six('::'), group]) t.false(about(segment6(ACK, { text, source })), source)
  const [first, second] = fragments6(icmp6(2, 0, 0, text), 1240)
  t.false(about(first!))
  t.true(about(second!))
})
