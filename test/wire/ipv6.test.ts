import test from 'ava'
import fc from 'fast-check'
import { type Ipv6Address, parseAddress } from '../../src/wire/address.ts'
import { Ipv6Header, parseIpv6, writeFragmentHeader, writeIpv6 } from '../../src/wire/ipv6.ts'

const A = parseAddress('2001:db8::1') as Ipv6Address
const B = parseAddress('2001:db8::2') as Ipv6Address
const GROUP = parseAddress('ff02::1') as Ipv6Address

const TCP = 6
const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const NONE = 59
const DESTINATION = 60

/** A packet with the extension headers given, each as its type and what follows its first byte. */
const packet = (
  headers: readonly (readonly [number, readonly number[]])[],
  last = TCP,
  to = B,
): Uint8Array => {
  const body: number[] = []
  for (const [n, [, rest]] of headers.entries()) body.push(headers[n + 1]?.[0] ?? last, ...rest)
  body.push(...new Array<number>(20).fill(0))
  const b = new Uint8Array(40 + body.length)
  writeIpv6(b, 0, b.length, headers[0]?.[0] ?? last, A, to, 64, 0xb8, 0xabcde)
  b.set(body, 40)
  return b
}

const parse = (b: Uint8Array): Ipv6Header & { readonly reason: string | null } => {
  const header = new Ipv6Header()
  return Object.assign(header, { reason: parseIpv6(b, 0, b.length, header) })
}

const PADDED = [0, 1, 4, 0, 0, 0, 0]
/** An option of a type, in a header of eight bytes. */
const option = (type: number) => [0, type, 4, 0, 0, 0, 0]

test('a header is read as it was written', t => {
  const b = packet([])
  const h = parse(b)
  t.is(h.reason, null)
  t.deepEqual(
    [
      h.headerLength,
      h.totalLength,
      h.trafficClass,
      h.flowLabel,
      h.hopLimit,
      h.protocol,
      h.source,
      h.destination,
    ],
    [40, 60, 0xb8, 0xabcde, 64, TCP, A, B],
  )
  t.is(parse(b.subarray(0, 39)).reason, 'ip-truncated')
  t.is(parse(b.subarray(0, 59)).reason, 'ip-total-length')
  b[0] = 0x45
  t.is(parse(b).reason, 'ip-version')
})

test('[R8200-1] extension headers are walked to the payload, in any order, hop-by-hop first', t => {
  const h = parse(
    packet([
      [HOP_BY_HOP, PADDED],
      [DESTINATION, PADDED],
      [ROUTING, [0, 4, 0, 0, 0, 0, 0]],
    ]),
  )
  t.is(h.reason, null)
  t.deepEqual([h.headerLength, h.protocol, h.totalLength], [64, TCP, 84])
  t.is(
    parse(
      packet([
        [ROUTING, [0, 4, 0, 0, 0, 0, 0]],
        [DESTINATION, PADDED],
      ]),
    ).reason,
    null,
  )
  const late = parse(
    packet([
      [DESTINATION, PADDED],
      [HOP_BY_HOP, PADDED],
    ]),
  )
  t.deepEqual([late.reason, late.problem, late.problemAt], ['ip-extension', 1, 40])
  const nothing = parse(packet([[DESTINATION, PADDED]], NONE))
  t.deepEqual([nothing.reason, nothing.protocol, nothing.protocolAt], [null, NONE, 40])
})

test('[R8200-2] an option that is not known is passed over or ends the packet, as its type says (RFC 8200 §4.2)', t => {
  const of = (type: number, to = B) => {
    const { reason, problem, problemAt } = parse(packet([[DESTINATION, option(type)]], TCP, to))
    return [reason, problem, problem < 0 ? 0 : problemAt]
  }
  t.deepEqual(of(0x3e), [null, -1, 0])
  t.deepEqual(of(0x7e), ['ip-extension', -1, 0])
  t.deepEqual(of(0xbe), ['ip-extension', 2, 42])
  t.deepEqual(of(0xbe, GROUP), ['ip-extension', 2, 42])
  t.deepEqual(of(0xfe), ['ip-extension', 2, 42])
  t.deepEqual(of(0xfe, GROUP), ['ip-extension', -1, 0])
})

test('[R8200-4] a routing header that is not at its end is refused, its type named (RFC 8200 §4.4, RFC 5095)', t => {
  for (const type of [0, 2, 4, 253]) {
    const { reason, problem, problemAt } = parse(packet([[ROUTING, [0, type, 1, 0, 0, 0, 0]]]))
    t.deepEqual([reason, problem, problemAt], ['ip-extension', 0, 42])
  }
})

test('a fragment header ends the walk; an atomic fragment is whole (RFC 6946)', t => {
  const fragment = (offset: number, more: boolean) => {
    const b = packet([
      [HOP_BY_HOP, PADDED],
      [FRAGMENT, [0, 0, 0, 0, 0, 0, 7]],
      [DESTINATION, PADDED],
    ])
    writeFragmentHeader(b, 48, DESTINATION, offset, more, 7)
    return parse(b)
  }
  for (const [offset, more] of [
    [0, true],
    [8, true],
    [8, false],
  ] as const) {
    const h = fragment(offset, more)
    t.deepEqual([h.reason, h.fragmentAt, h.fragmentNamedAt, h.headerLength], [null, 48, 40, 48])
  }
  const hops = packet([
    [FRAGMENT, [0, 0, 1, 0, 0, 0, 7]],
    [HOP_BY_HOP, PADDED],
  ])
  t.like(parse(hops), { reason: 'ip-extension', problem: 1, problemAt: 40 })
  const atomic = fragment(0, false)
  t.deepEqual([atomic.reason, atomic.fragmentAt, atomic.protocol, atomic.headerLength], [null, 0, TCP, 64])
})

test('[R8200-11] a chain of headers has limits, and ends within the packet', t => {
  const many = (n: number) => parse(packet(Array.from({ length: n }, () => [DESTINATION, PADDED] as const)))
  t.is(many(8).reason, null)
  t.is(many(9).reason, 'ip-extension-limit')
  const long = (units: number) => [units - 1, ...Array.from({ length: 8 * units - 2 }, () => 0)]
  t.is(parse(packet([[DESTINATION, long(64)]])).reason, null)
  t.is(parse(packet([[DESTINATION, long(65)]])).reason, 'ip-extension-limit')
  const options = (n: number) => {
    const rest = Array.from({ length: n }, () => [0x1e, 0]).flat()
    while ((rest.length + 2) % 8 !== 0) rest.push(0)
    return [(rest.length + 2) / 8 - 1, ...rest]
  }
  t.is(parse(packet([[DESTINATION, options(16)]])).reason, null)
  t.is(parse(packet([[DESTINATION, options(17)]])).reason, 'ip-extension-limit')
  // Beyond the packet, and an option beyond its header.
  t.is(parse(packet([[DESTINATION, [9, 1, 4, 0, 0, 0, 0]]])).reason, 'ip-extension')
  const beyond = parse(packet([[DESTINATION, [0, 1, 5, 0, 0, 0, 0]]]))
  t.deepEqual([beyond.reason, beyond.problem, beyond.problemAt], ['ip-extension', 0, 42])
})

test('[R8200-11] no bytes make it throw, or read beyond what there is', t => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 40, maxLength: 200 }),
      fc.constantFrom(0, 43, 44, 60),
      (bytes, next) => {
        bytes[0] = 0x60
        bytes[4] = 0
        bytes[5] = Math.min(bytes[5]!, bytes.length - 40)
        bytes[6] = next
        for (let i = 40; i < bytes.length; i += 8) bytes[i] = [0, 43, 44, 60, 6][bytes[i]! % 5]!
        const h = parse(bytes)
        if (h.reason !== null) return
        t.true(h.headerLength <= h.totalLength && h.totalLength <= bytes.length)
      },
    ),
    { seed: 1, numRuns: 3000 },
  )
})
