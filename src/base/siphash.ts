/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a pseudorandom function with a key of 128 bits, made for messages as short
 * as a 4-tuple. Linux draws its ISNs, SYN cookies and fast open's cookies from it. It allocates nothing.
 */

/** Bytes of a key. */
export const SIPHASH_KEY = 16

const word = (b: Uint8Array, i: number): number =>
  b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24)

/** The hashes under one key. A number of 64 bits is a pair of int32s here, the lower one first. */
export class SipHash {
  /** The two halves of the hash that was computed last. */
  low = 0
  high = 0
  readonly #key: Int32Array
  /** v0 to v3. */
  readonly #state = new Int32Array(8)

  /** @param key 16 bytes, copied */
  constructor(key: Uint8Array) {
    this.#key = Int32Array.of(word(key, 0), word(key, 4), word(key, 8), word(key, 12))
  }

  /** Hashes the first `count` words of a message, of four bytes each, the lowest first. */
  hash(message: Int32Array, count: number): this {
    const v = this.#state
    const key = this.#key
    v[0] = key[0]! ^ 0x70736575
    v[1] = key[1]! ^ 0x736f6d65
    v[2] = key[2]! ^ 0x6e646f6d
    v[3] = key[3]! ^ 0x646f7261
    v[4] = key[0]! ^ 0x6e657261
    v[5] = key[1]! ^ 0x6c796765
    v[6] = key[2]! ^ 0x79746573
    v[7] = key[3]! ^ 0x74656462
    let at = 0
    for (; at + 1 < count; at += 2) this.#take(message[at]!, message[at + 1]!)
    // The last block ends with the length of the message in bytes, modulo 256.
    this.#take(at < count ? message[at]! : 0, count << 26)
    v[4]! ^= 0xff
    this.#rounds(4)
    this.low = v[0]! ^ v[2]! ^ v[4]! ^ v[6]!
    this.high = v[1]! ^ v[3]! ^ v[5]! ^ v[7]!
    return this
  }

  #take(low: number, high: number): void {
    const v = this.#state
    v[6]! ^= low
    v[7]! ^= high
    this.#rounds(2)
    v[0]! ^= low
    v[1]! ^= high
  }

  #rounds(n: number): void {
    const v = this.#state
    // In variables, not in the array: all of it happens in registers.
    let v0 = v[0]!
    let h0 = v[1]!
    let v1 = v[2]!
    let h1 = v[3]!
    let v2 = v[4]!
    let h2 = v[5]!
    let v3 = v[6]!
    let h3 = v[7]!
    let old = 0
    for (; n > 0; n--) {
      old = v0
      v0 = (v0 + v1) | 0
      h0 = (h0 + h1 + (v0 >>> 0 < old >>> 0 ? 1 : 0)) | 0
      old = v1
      v1 = ((v1 << 13) | (h1 >>> 19)) ^ v0
      h1 = ((h1 << 13) | (old >>> 19)) ^ h0
      old = v0
      v0 = h0
      h0 = old

      old = v2
      v2 = (v2 + v3) | 0
      h2 = (h2 + h3 + (v2 >>> 0 < old >>> 0 ? 1 : 0)) | 0
      old = v3
      v3 = ((v3 << 16) | (h3 >>> 16)) ^ v2
      h3 = ((h3 << 16) | (old >>> 16)) ^ h2

      old = v0
      v0 = (v0 + v3) | 0
      h0 = (h0 + h3 + (v0 >>> 0 < old >>> 0 ? 1 : 0)) | 0
      old = v3
      v3 = ((v3 << 21) | (h3 >>> 11)) ^ v0
      h3 = ((h3 << 21) | (old >>> 11)) ^ h0

      old = v2
      v2 = (v2 + v1) | 0
      h2 = (h2 + h1 + (v2 >>> 0 < old >>> 0 ? 1 : 0)) | 0
      old = v1
      v1 = ((v1 << 17) | (h1 >>> 15)) ^ v2
      h1 = ((h1 << 17) | (old >>> 15)) ^ h2
      old = v2
      v2 = h2
      h2 = old
    }
    v[0] = v0
    v[1] = h0
    v[2] = v1
    v[3] = h1
    v[4] = v2
    v[5] = h2
    v[6] = v3
    v[7] = h3
  }
}
