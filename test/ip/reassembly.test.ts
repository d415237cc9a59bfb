import test from 'ava'
import fc from 'fast-check'
import { Reassembly } from '../../src/ip/reassembly.ts'
import { checksum } from '../../src/wire/checksum.ts'
import {
  DONT_FRAGMENT,
  Ipv4Header,
  MORE_FRAGMENTS,
  parseIpv4,
  read16,
  write16,
  writeIpv4,
} from '../../src/wire/ipv4.ts'

const HERE = 0x0a00_0001
const THERE = 0x0a00_0002
const UDP = 17

interface Piece {
  /** Bytes from the start of the payload; a multiple of 8. */
  offset: number
  text: Uint8Array
  more: boolean
  id?: number
  source?: number
  destination?: number
  protocol?: number
  options?: Uint8Array
}

/** A fragment as a packet. Options are whole words. */
const fragment = (piece: Piece): Uint8Array => {
  const { offset, text, more, id = 1, source = HERE, destination = THERE, protocol = UDP } = piece
  const { options = new Uint8Array(0) } = piece
  const headerLength = 20 + options.length
  const packet = new Uint8Array(headerLength + text.length)
  const flags = (more ? MORE_FRAGMENTS : 0) | (offset >> 3)
  writeIpv4(packet, 0, packet.length, protocol, source, destination, 64, 0, id, flags)
  packet[0] = 0x40 | (headerLength >> 2)
  packet.set(options, 20)
  write16(packet, 10, 0)
  write16(packet, 10, checksum(packet, 0, headerLength))
  packet.set(text, headerLength)
  return packet
}

const header = new Ipv4Header()

/** Adds a packet as a link would deliver it: somewhere in a Buffer that the next packet overwrites. */
const slab = Buffer.alloc(70_000)
const add = (r: Reassembly, packet: Uint8Array, now = 0, start = 13) => {
  slab.set(packet, start)
  if (parseIpv4(slab, start, packet.length, header) !== null) throw new Error('the test made a bad packet')
  const result = r.add(slab, start, header.totalLength, header.headerLength, now)
  slab.fill(0xdd, start, start + packet.length)
  return result
}

const bytes = (length: number, salt = 0) =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) + salt) & 255)

/** Fragments of `text`, cut at these offsets (in units of 8 bytes). */
const cut = (text: Uint8Array, at: readonly number[], more: Partial<Piece> = {}): Uint8Array[] => {
  const offsets = [...new Set([0, ...at.map(n => n * 8)])].filter(o => o < text.length).sort((a, b) => a - b)
  return offsets.map((offset, i) => {
    const end = offsets[i + 1] ?? text.length
    return fragment({ ...more, offset, text: text.subarray(offset, end), more: end < text.length })
  })
}

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
  // That was 4; for the end of 5 it is 1, not 5 itself.
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
  // What comes later does not prolong it (RFC 1122 §3.3.2: from the first that came).
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

// Against a list of what has come, compared byte by byte.

const LIMITS = { maxBytes: 64, maxDatagrams: 3, maxFragments: 5, timeout: 50 }

const hostile = fc.record({
  id: fc.nat(4),
  offset: fc.nat(6).map(n => n * 8),
  length: fc.oneof(fc.constantFrom(8, 8, 16), fc.integer({ min: 1, max: 40 })),
  more: fc.boolean(),
  salt: fc.constantFrom(0, 0, 0, 1),
  wait: fc.constantFrom(0, 0, 0, 1, 10, 60),
})

test('whatever fragments come, it goes as in a simple model, within its caps', t => {
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 60 }), list => {
      const r = new Reassembly(LIMITS)
      interface Known {
        id: number
        until: number
        dead: string | null
        pieces: { offset: number; text: Uint8Array; more: boolean }[]
      }
      let known: Known[] = []
      let now = 0
      const held = (k: Known) => k.pieces.reduce((sum, p) => sum + p.text.length, 0)
      const allHeld = () => known.reduce((sum, k) => sum + held(k), 0)
      for (const h of list) {
        now += h.wait
        known = known.filter(k => k.until > now)
        r.expire(now)
        const text = bytes(100, h.salt).subarray(h.offset, h.offset + h.length)
        const piece = { offset: h.offset, text, more: h.more }
        const result = add(r, fragment({ ...piece, id: h.id }), now)
        t.is(result, expected() as typeof result)
        t.is(r.bytes, allHeld())
        t.is(r.size, known.length)
        t.true(r.bytes <= LIMITS.maxBytes && r.size <= LIMITS.maxDatagrams)

        function expected(): unknown {
          if (h.more && h.length % 8 > 0) return 'fragment-length'
          let k = known.find(k => k.id === h.id)
          if (k === undefined) {
            if (known.length === LIMITS.maxDatagrams) known.shift()
            k = { id: h.id, until: now + LIMITS.timeout, dead: null, pieces: [] }
            known.push(k)
          }
          if (k.dead !== null) return k.dead
          const same = k.pieces.some(
            p => p.offset === h.offset && p.more === h.more && Buffer.compare(p.text, text) === 0,
          )
          if (same) return 'held'
          const kill = (reason: string) => {
            k.dead = reason
            k.pieces = []
            return reason
          }
          // Each byte has one owner; after the end there is none; there is one end.
          const all = [...k.pieces, piece]
          const owners = new Map<number, number>()
          for (const p of all)
            for (let i = 0; i < p.text.length; i++)
              owners.set(p.offset + i, (owners.get(p.offset + i) ?? 0) + 1)
          const end = (p: (typeof all)[number]) => p.offset + p.text.length
          const ends = all.filter(p => !p.more).map(end)
          const furthest = Math.max(...all.map(end))
          if ([...owners.values()].some(n => n > 1) || ends.length > 1 || ends.some(e => e < furthest))
            return kill('fragment-overlap')
          if (all.length > LIMITS.maxFragments || held(k) + h.length > LIMITS.maxBytes)
            return kill('fragment-limit')
          while (allHeld() + h.length > LIMITS.maxBytes)
            known.splice(
              known.findIndex(x => x !== k),
              1,
            )
          k.pieces.push(piece)
          if (ends.length === 0 || owners.size < ends[0]!) return 'held'
          known = known.filter(x => x !== k)
          const sorted = [...k.pieces].sort((a, b) => a.offset - b.offset)
          const whole = fragment({
            id: h.id,
            offset: 0,
            text: Uint8Array.from(sorted.flatMap(p => [...p.text])),
            more: false,
          })
          t.deepEqual(result, whole)
          return result
        }
      }
    }),
    { seed: 1, numRuns: 3000 },
  )
})

test('no bytes, truncated or not, make it throw or hold more than it may', t => {
  const limits = { maxBytes: 5000, maxDatagrams: 8, maxFragments: 8, timeout: 100 }
  const garbage = fc.record({
    packet: fc.uint8Array({ maxLength: 200 }),
    start: fc.nat(210),
    length: fc.oneof(fc.nat(300), fc.nat(70_000)),
    headerLength: fc.nat(70),
    wait: fc.nat(30),
  })
  fc.assert(
    fc.property(fc.array(garbage, { maxLength: 80 }), list => {
      const r = new Reassembly(limits)
      let now = 0
      for (const { packet, start, length, headerLength, wait } of list) {
        now += wait
        r.add(packet, start, length, headerLength, now)
        t.true(r.bytes <= limits.maxBytes && r.size <= limits.maxDatagrams)
        t.true(r.nextExpiry() >= 0)
        r.expire(now - 10)
      }
      r.expire(Number.POSITIVE_INFINITY)
      t.is(r.bytes, 0)
      t.is(r.size, 0)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('every truncation of a fragment is held, dropped or whole, and never larger than what came', t => {
  const packet = fragment({ offset: 0, text: bytes(64), more: true, options: bytes(20) })
  const h = new Ipv4Header()
  for (let length = 0; length <= packet.length; length++) {
    const cutShort = packet.subarray(0, length)
    const r = new Reassembly()
    // As the host does: a header that lies does not get here.
    if (parseIpv4(cutShort, 0, length, h) === null) r.add(cutShort, 0, h.totalLength, h.headerLength, 0)
    t.is(r.bytes, length === packet.length ? 64 : 0)
    r.add(cutShort, 0, length, 40, 0)
    t.true(r.bytes <= 64)
  }
})
