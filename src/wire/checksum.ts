/**
 * The Internet checksum, RFC 1071. One's complement sums do not depend on byte order, so the bulk is added
 * in the machine's own order, 32 bits at a time, and swapped once at the end (§2(B) there).
 */

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

let words: Uint32Array = new Uint32Array(0)
let wordsOf: ArrayBufferLike = words.buffer

const swap16 = (sum: number): number => ((sum & 0xff) << 8) | (sum >>> 8)

/** Folds carries until 16 bits are left. `sum` may be any non-negative integer below 2^53. */
export const fold = (sum: number): number => {
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000)
  return sum
}

/** Up to here (bytes) a plain loop beats the set-up of word access; headers are that short. */
const SHORT = 64

const sumShort = (bytes: Uint8Array, start: number, length: number): number => {
  let sum = 0
  const even = start + (length & ~1)
  for (let i = start; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!
  if (length & 1) sum += bytes[even]! << 8
  return fold(sum)
}

/**
 * The one's complement sum (not complemented, 16 bits, network order) of `length` bytes from `start`. An odd
 * last byte counts as if a zero followed it.
 */
export const sum16 = (bytes: Uint8Array, start: number, length: number): number => {
  if (length <= SHORT) return sumShort(bytes, start, length)
  let i = start
  const end = start + length
  let low = 0
  let high = 0
  // Up to the first word boundary of the underlying memory; an odd start swaps what follows (RFC 1071 §2(B)).
  const lead = Math.min(length, (4 - ((bytes.byteOffset + start) & 3)) & 3)
  for (let n = 0; n < lead; n++, i++) {
    if (n & 1) low += bytes[i]!
    else high += bytes[i]!
  }
  let total = high * 256 + low
  const count = (end - i) >>> 2
  if (count > 0) {
    if (wordsOf !== bytes.buffer) {
      wordsOf = bytes.buffer
      words = new Uint32Array(wordsOf, 0, wordsOf.byteLength >>> 2)
    }
    const w = words
    let a = 0
    let b = 0
    let k = (bytes.byteOffset + i) >>> 2
    // 65,535 bytes are 16,384 words: the two halves stay below 2^31 without folding inside the loop.
    for (const stop = k + count; k < stop; k++) {
      const word = w[k]!
      a += word & 0xffff
      b += word >>> 16
    }
    i += count << 2
    const part = fold(a + b)
    total += littleEndian !== ((lead & 1) === 1) ? swap16(part) : part
  }
  high = 0
  low = 0
  for (let n = lead; i < end; n++, i++) {
    if (n & 1) low += bytes[i]!
    else high += bytes[i]!
  }
  return fold(total + high * 256 + low)
}

/** The checksum field over `length` bytes from `start`, added to `initial` (a sum, not a checksum). */
export const checksum = (bytes: Uint8Array, start: number, length: number, initial = 0): number =>
  ~fold(initial + sum16(bytes, start, length)) & 0xffff
