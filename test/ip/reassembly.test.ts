/** Datagrams from fragments, and what bounds them: RFC 791, 815, 1858, 3128. */
import test from 'ava'
import fc from 'fast-check'
import { Reassembly } from '../../src/ip/reassembly.ts'
import { checksum } from '../../src/wire/checksum.ts'
import { DONT_FRAGMENT, read16, write16 } from '../../src/wire/ipv4.ts'
import { add, bytes, cut, fragment, HERE, type Piece, THERE } from '../support/fragments.ts'

test('fragments in order become the datagram', t => {
  const r = new Reassembly()
  const text = bytes(40)
  const [a, b, c] = cut(text, [1, 3])
  t.is(add(r, a!), 'held')
  t.is(r.size, 1)
  t.is(add(r, b!), 'held')
  t.is(r.bytes, 24)
  const whole = add(r, c!)
  t.deepEqual(whole, fragment({ offset: 0, text, more: false }))
  t.is(r.size, 0)
  t.is(r.bytes, 0)
})

test('any datagram, cut anywhere, in any order and with duplicates, comes out as it was', t => {
  const datagram = fc.record({
    length: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 600, max: 65_475 })),
    cuts: fc.array(fc.nat(8190), { maxLength: 20 }),
    nearCuts: fc.array(fc.nat(80), { maxLength: 30 }),
    id: fc.nat(65_535),
    source: fc.integer(),
    destination: fc.integer(),
    protocol: fc.nat(255),
    options: fc.nat(10).chain(words => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 })),
    dontFragment: fc.boolean(),
  })
  fc.assert(
    fc.property(datagram, fc.array(fc.nat()), fc.nat(), (d, order, duplicates) => {
      const { length, cuts, nearCuts, dontFragment, options, ...identity } = d
      const text = bytes(length, d.id)
      const original = fragment({ offset: 0, text, more: false, options, ...identity })
      const pieces = cut(text, [...cuts, ...nearCuts], identity)
      // Only the first one has the options: those with the copy flag clear are not repeated (RFC 791 §3.1).
      const end = pieces.length > 1 ? read16(pieces[0]!, 2) - 20 : length
      pieces[0] = fragment({
        offset: 0,
        text: text.subarray(0, end),
        more: end < length,
        options,
        ...identity,
      })
      for (const p of [original, ...pieces]) {
        if (!dontFragment) continue
        write16(p, 6, read16(p, 6) | DONT_FRAGMENT)
        write16(p, 10, 0)
        write16(p, 10, checksum(p, 0, (p[0]! & 15) * 4))
      }
      const queue = [...pieces]
      for (let i = 0; i < pieces.length; i++) if ((duplicates >> (i % 30)) & 1) queue.push(pieces[i]!)
      for (const [i, n] of order.entries()) {
        const [a, b] = [i % queue.length, n % queue.length]
        ;[queue[a], queue[b]] = [queue[b]!, queue[a]!]
      }
      const r = new Reassembly()
      const missing = new Set(pieces)
      for (const p of queue) {
        missing.delete(p)
        const result = add(r, p, 0, p.length % 50)
        if (missing.size > 0) {
          t.is(result, 'held')
          continue
        }
        // deepEqual takes long for so many bytes.
        t.true(result instanceof Uint8Array && Buffer.compare(result, original) === 0)
        break
      }
      t.is(r.size, 0)
      t.is(r.bytes, 0)
    }),
    { seed: 1, numRuns: 1000 },
  )
})

test('datagrams are told apart by source, destination, protocol and identification', t => {
  const r = new Reassembly()
  const identities = [
    {},
    { id: 2 },
    { source: 0x0a00_0003 },
    { destination: 0x0a00_0003 },
    { protocol: 6 },
    // Swapped: not the same pair.
    { source: THERE, destination: HERE },
  ]
  const cuts = identities.map((identity, i) => cut(bytes(16, i), [1], identity))
  for (const [first] of cuts) t.is(add(r, first!), 'held')
  t.is(r.size, identities.length)
  for (const [i, [, last]] of cuts.entries())
    t.deepEqual(add(r, last!), fragment({ offset: 0, text: bytes(16, i), more: false, ...identities[i] }))
})

test('an exact duplicate changes nothing', t => {
  const r = new Reassembly()
  const text = bytes(24)
  const [a, b, c] = cut(text, [1, 2])
  for (const p of [a, a, c, c, a]) t.is(add(r, p!), 'held')
  t.is(r.bytes, 16)
  t.deepEqual(add(r, b!), fragment({ offset: 0, text, more: false }))
})

type Placed = Omit<Piece, 'text'> & { length: number; salt?: number }

const overlaps: Record<string, [Placed, Placed]> = {
  'it begins in another': [
    { offset: 0, length: 16, more: true },
    { offset: 8, length: 16, more: true },
  ],
  'it ends in another': [
    { offset: 8, length: 16, more: true },
    { offset: 0, length: 16, more: true },
  ],
  'it lies in another (teardrop)': [
    { offset: 0, length: 32, more: true },
    { offset: 8, length: 4, more: false },
  ],
  'it covers another': [
    { offset: 8, length: 8, more: true },
    { offset: 0, length: 32, more: true },
  ],
  'it begins where another begins': [
    { offset: 8, length: 8, more: true },
    { offset: 8, length: 16, more: true },
  ],
  'it ends where another ends': [
    { offset: 8, length: 8, more: true },
    { offset: 0, length: 16, more: true },
  ],
  'it is the end of another': [
    { offset: 0, length: 16, more: true },
    { offset: 8, length: 8, more: true },
  ],
  'it says something else in the same place': [
    { offset: 8, length: 8, more: true },
    { offset: 8, length: 8, more: true, salt: 1 },
  ],
  'it is the same but for being the last': [
    { offset: 8, length: 8, more: true },
    { offset: 8, length: 8, more: false },
  ],
  'it is the same but for not being the last': [
    { offset: 8, length: 8, more: false },
    { offset: 8, length: 8, more: true },
  ],
  'it lies beyond the end': [
    { offset: 8, length: 8, more: false },
    { offset: 16, length: 8, more: true },
  ],
  'it is another end': [
    { offset: 8, length: 8, more: false },
    { offset: 24, length: 8, more: false },
  ],
  'it ends before another': [
    { offset: 16, length: 8, more: true },
    { offset: 8, length: 8, more: false },
  ],
}

for (const [name, [first, second]] of Object.entries(overlaps)) {
  test(`a fragment that contradicts another ends the datagram: ${name}`, t => {
    // All alike, so that only places count, but where the text is the point.
    const piece = ({ length, salt = 0, ...rest }: Placed) =>
      fragment({ ...rest, text: new Uint8Array(length).fill(salt) })
    const r = new Reassembly()
    t.is(add(r, piece(first)), 'held')
    t.is(add(r, piece(second)), 'fragment-overlap')
    t.is(r.bytes, 0)
    // Nothing of it counts any more, however well it fits (RFC 5722 §3), until it has timed out.
    for (const p of cut(bytes(24), [1, 2])) t.is(add(r, p, 59_999), 'fragment-overlap')
    t.deepEqual(r.expire(60_000), [])
    const [a, b] = cut(bytes(16), [1])
    t.is(add(r, a!, 60_000), 'held')
    t.true(add(r, b!, 60_000) instanceof Uint8Array)
  })
}

test('a fragment without text, or not the last and no multiple of 8 long, is dropped', t => {
  const r = new Reassembly()
  t.is(add(r, fragment({ offset: 8, text: bytes(0), more: true })), 'fragment-length')
  t.is(add(r, fragment({ offset: 8, text: bytes(0), more: false })), 'fragment-length')
  for (const length of [1, 7, 9, 1477])
    t.is(add(r, fragment({ offset: 8, text: bytes(length), more: true })), 'fragment-length')
  t.is(r.size, 0)
})

test('what would be longer than 65,535 bytes is dropped (ping of death); 65,535 are not too many', t => {
  const r = new Reassembly()
  t.is(add(r, fragment({ offset: 65_528, text: bytes(1000), more: false })), 'fragment-too-big')
  t.is(add(r, fragment({ offset: 65_512, text: bytes(4), more: false })), 'fragment-too-big')
  t.is(r.size, 0)
  const text = bytes(65_515)
  const [a, b] = cut(text, [8189])
  t.is(add(r, b!), 'held')
  t.deepEqual(add(r, a!), fragment({ offset: 0, text, more: false }))
})

test('the options of the first fragment count when it comes to 65,535 bytes', t => {
  const r = new Reassembly()
  const text = bytes(65_515)
  const options = bytes(4)
  t.is(add(r, fragment({ offset: 65_512, text: text.subarray(65_512), more: false })), 'held')
  const first = fragment({ offset: 0, text: text.subarray(0, 32_768), more: true, options })
  const second = fragment({ offset: 32_768, text: text.subarray(32_768, 65_512), more: true })
  t.is(add(r, first), 'held')
  t.is(add(r, second), 'fragment-too-big')
  t.is(r.size, 0)
  t.is(r.bytes, 0)
})

test('the header of the first fragment is that of the datagram, whoever came first', t => {
  const r = new Reassembly()
  const text = bytes(16)
  const [, last] = cut(text, [1])
  const options = bytes(8)
  last![8] = 3
  write16(last!, 10, 0)
  write16(last!, 10, checksum(last!, 0, 20))
  add(r, last!)
  const whole = add(r, fragment({ offset: 0, text: text.subarray(0, 8), more: true, options }))
  t.deepEqual(whole, fragment({ offset: 0, text, more: false, options }))
})

test('too many fragments end a datagram', t => {
  const r = new Reassembly({ maxFragments: 4 })
  const pieces = cut(bytes(48), [1, 2, 3, 4, 5])
  for (const p of pieces.slice(1, 5)) t.is(add(r, p), 'held')
  t.is(add(r, pieces[1]!), 'held')
  t.is(add(r, pieces[0]!), 'fragment-limit')
  t.is(add(r, pieces[5]!), 'fragment-limit')
  t.is(r.bytes, 0)
  t.is(r.size, 1)
})

test('too many datagrams, or bytes, evict the oldest', t => {
  const r = new Reassembly({ maxDatagrams: 3, maxBytes: 100 })
  const begin = (id: number, length = 8) =>
    add(r, fragment({ id, offset: 0, text: bytes(length), more: true }))
  const end = (id: number, offset = 8) => add(r, fragment({ id, offset, text: bytes(4), more: false }))
  for (const id of [1, 2, 3, 4]) t.is(begin(id), 'held')
  t.is(r.size, 3)
  t.is(r.evicted, 1)
  t.true(end(2) instanceof Uint8Array)
  t.is(end(1), 'held')
  // Held: 3 and 4 with 8 bytes each, the end of 1 with 4.
  t.is(r.bytes, 20)
  t.true(end(3) instanceof Uint8Array)
  t.is(begin(5, 88), 'held')
  t.is(r.bytes, 100)
  t.is(begin(6), 'held')
  t.is(r.evicted, 2)
  t.is(r.bytes, 100)
  // The last one was 4; for the end of 5 it is 1, not 5 itself.
  t.true(end(5, 88) instanceof Uint8Array)
  t.is(r.evicted, 3)
  t.is(r.bytes, 8)
})

test('a large fragment evicts as many as it takes, but not what it belongs to', t => {
  const r = new Reassembly({ maxBytes: 100 })
  for (const id of [1, 2, 3, 4])
    t.is(add(r, fragment({ id, offset: 0, text: bytes(24), more: true })), 'held')
  t.is(add(r, fragment({ id: 1, offset: 24, text: bytes(48), more: true })), 'held')
  t.is(r.evicted, 2)
  t.is(r.bytes, 96)
  t.true(add(r, fragment({ id: 4, offset: 24, text: bytes(4), more: false })) instanceof Uint8Array)
  t.true(add(r, fragment({ id: 1, offset: 72, text: bytes(4), more: false })) instanceof Uint8Array)
})

test('a datagram that is larger than all the memory there may be costs no other', t => {
  const r = new Reassembly({ maxBytes: 100 })
  t.is(add(r, fragment({ id: 1, offset: 0, text: bytes(8), more: true })), 'held')
  t.is(add(r, fragment({ id: 2, offset: 0, text: bytes(104), more: true })), 'fragment-limit')
  t.is(add(r, fragment({ id: 2, offset: 104, text: bytes(8), more: true })), 'fragment-limit')
  t.is(r.evicted, 0)
  t.is(r.bytes, 8)
})

test('what has waited too long is given up, with what an ICMP error quotes if the first fragment came', t => {
  const r = new Reassembly()
  t.is(r.nextExpiry(), Number.POSITIVE_INFINITY)
  const options = bytes(4)
  const first = fragment({ id: 1, offset: 0, text: bytes(40), more: true, options })
  add(r, first, 1000)
  add(r, fragment({ id: 2, offset: 40, text: bytes(40), more: true }), 2000)
  // A later fragment does not prolong it (RFC 1122 §3.3.2: from the first that came).
  add(r, fragment({ id: 1, offset: 40, text: bytes(40), more: true }), 20_000)
  t.is(r.nextExpiry(), 61_000)
  t.deepEqual(r.expire(60_999), [])
  const [quote, ...more] = r.expire(61_000)
  t.deepEqual(more, [])
  t.deepEqual(quote, first.slice(0, 24 + 8))
  t.is(r.nextExpiry(), 62_000)
  t.deepEqual(r.expire(1e6), [null])
  t.is(r.size, 0)
  t.is(r.bytes, 0)
  t.is(r.nextExpiry(), Number.POSITIVE_INFINITY)
})

test('the time to wait is an option', t => {
  const r = new Reassembly({ timeout: 90_000 })
  add(r, fragment({ offset: 0, text: bytes(8), more: true }), 5)
  t.is(r.nextExpiry(), 90_005)
})
