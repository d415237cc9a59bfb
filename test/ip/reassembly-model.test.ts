/** Reassembly under whatever comes, beside a list that is compared byte by byte. */
import test from 'ava'
import fc from 'fast-check'
import { Reassembly } from '../../src/ip/reassembly.ts'
import { Ipv4Header, parseIpv4 } from '../../src/wire/ipv4.ts'
import { add, bytes, fragment } from '../support/fragments.ts'

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
