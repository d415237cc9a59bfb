import test from 'ava'
import fc from 'fast-check'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { checksum, fold, sum16 } from '../../src/wire/checksum.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'

/** RFC 1071 §1 word for word: 16-bit words in network order, a carry comes back in at the end, one at a time. */
const naive = (bytes: Uint8Array, start: number, length: number, sum = 0): number => {
  for (let i = 0; i < length; i += 2) {
    const low = i + 1 < length ? bytes[start + i + 1]! : 0
    sum += bytes[start + i]! * 256 + low
    if (sum > 0xffff) sum -= 0xffff
  }
  return sum
}

/** Bytes that lie `offset` bytes into a buffer with other bytes around them. */
const placed = (offset: number, length: number, fill: (bytes: Uint8Array) => void): Uint8Array => {
  const buffer = new Uint8Array(new ArrayBuffer(offset + length + 5)).fill(0xa5)
  const bytes = buffer.subarray(offset, offset + length)
  fill(bytes)
  return bytes
}

test("the RFC's own example (§3)", t => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)
  t.is(sum16(bytes, 0, 8), 0xddf2)
  t.is(checksum(bytes, 0, 8), 0x220d)
})

test('an odd last byte counts as if a zero followed', t => {
  t.is(sum16(Uint8Array.of(0x12), 0, 1), 0x1200)
  t.is(sum16(Uint8Array.of(0x12, 0x34, 0x56, 0xff), 0, 3), 0x1234 + 0x5600)
  t.is(sum16(new Uint8Array(0), 0, 0), 0)
})

test('at every alignment and length it is the naive sum', t => {
  const random = new SeededRandom('checksum')
  for (let offset = 0; offset < 8; offset++)
    for (let length = 0; length <= 300; length++) {
      const bytes = placed(offset, length, b => random.fill(b))
      if (sum16(bytes, 0, length) !== naive(bytes, 0, length)) t.fail(`offset ${offset}, length ${length}`)
    }
  t.pass()
})

test('from every start within a buffer it is the naive sum', t => {
  const random = new SeededRandom('starts')
  const bytes = placed(3, 400, b => random.fill(b))
  for (let start = 0; start < 70; start++)
    for (const length of [0, 1, 2, 3, 20, 63, 64, 65, 66, 67, 68, 127, 300, 329])
      if (sum16(bytes, start, length) !== naive(bytes, start, length)) t.fail(`${start}, ${length}`)
  t.pass()
})

test('any bytes, anywhere, in any buffer', t => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 4000 }),
      fc.nat(9),
      fc.nat(100),
      fc.nat(100),
      fc.nat(0xffff),
      (content, offset, before, after, initial) => {
        const bytes = placed(offset, content.length, b => b.set(content))
        const start = Math.min(before, content.length)
        const length = Math.max(0, content.length - start - after)
        t.is(sum16(bytes, start, length), naive(bytes, start, length))
        t.is(checksum(bytes, start, length, initial), 0xffff - naive(bytes, start, length, initial))
      },
    ),
    { seed: 1, numRuns: 2000 },
  )
})

test('nothing overflows: 65,535 bytes of ones, and a megabyte', t => {
  for (const length of [65_535, 65_534, 1 << 20])
    for (const offset of [0, 1, 2, 3]) {
      const bytes = placed(offset, length, b => b.fill(0xff))
      t.is(sum16(bytes, 0, length), naive(bytes, 0, length))
    }
})

test('buffers in turn, and memory that changes, are each summed as they are', t => {
  const a = new Uint8Array(200).fill(1)
  const b = Buffer.alloc(200, 2)
  for (let round = 0; round < 3; round++) {
    t.is(sum16(a, 1, 199), naive(a, 1, 199))
    t.is(sum16(b, 1, 199), naive(b, 1, 199))
    a[100]! += 17
  }
})

test('zero and its other form: only nothing but zeros sums to 0', t => {
  t.is(sum16(new Uint8Array(100), 0, 100), 0)
  t.is(sum16(new Uint8Array(100).fill(0xff), 0, 100), 0xffff)
  t.is(checksum(new Uint8Array(100), 0, 100), 0xffff)
})

test('what carries its checksum sums to 0xffff, and no flipped bit goes unnoticed', t => {
  const random = new SeededRandom('flip')
  for (const length of [20, 40, 77, 1500]) {
    const bytes = new Uint8Array(length)
    random.fill(bytes)
    bytes[10] = bytes[11] = 0
    const value = checksum(bytes, 0, length)
    bytes[10] = value >> 8
    bytes[11] = value & 255
    t.is(sum16(bytes, 0, length), 0xffff)
    t.is(checksum(bytes, 0, length), 0)
    for (let bit = 0; bit < length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      if (checksum(bytes, 0, length) === 0) t.fail(`bit ${bit} of ${length} bytes`)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
    }
  }
})

test('sums of parts add up to the sum of the whole', t => {
  const bytes = new Uint8Array(500)
  new SeededRandom('parts').fill(bytes)
  for (let cut = 0; cut <= 500; cut += 2)
    t.is(fold(sum16(bytes, 0, cut) + sum16(bytes, cut, 500 - cut)), sum16(bytes, 0, 500))
})

test('fold() brings any sum below 2^53 to 16 bits, without changing it modulo 0xffff', t => {
  fc.assert(
    fc.property(fc.maxSafeNat(), sum => {
      const folded = fold(sum)
      t.true(folded >= 0 && folded <= 0xffff)
      t.is(folded % 0xffff, Number(BigInt(sum) % 0xffffn))
      t.is(folded === 0, sum === 0)
    }),
    { seed: 1, numRuns: 1000 },
  )
  t.is(fold(0x10000), 1)
  t.is(fold(0xffff), 0xffff)
  t.is(fold(0x1ffff), 1)
})

test('the pseudo-header is summed as its 12 bytes (RFC 9293 §3.1)', t => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.nat(255), fc.nat(0xffff), (from, to, protocol, length) => {
      const bytes = new Uint8Array(12)
      const view = new DataView(bytes.buffer)
      view.setInt32(0, from)
      view.setInt32(4, to)
      view.setUint8(9, protocol)
      view.setUint16(10, length)
      t.is(pseudoHeaderSum(from, to, protocol, length), naive(bytes, 0, 12))
    }),
    { seed: 1, numRuns: 500 },
  )
})
