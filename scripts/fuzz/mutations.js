/** Makes an input of others. Everything follows from the random numbers. */

/** Where arithmetic changes its mind. */
const EDGES = [
  0,
  1,
  2,
  4,
  8,
  16,
  20,
  32,
  40,
  60,
  64,
  127,
  128,
  255,
  256,
  1460,
  32_767,
  32_768,
  65_535,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
]
const LONGEST = 4096
const MOST = 4

export class Mutations {
  #random
  #words

  /** @param words what makes sense to the target, as bytes */
  constructor(random, words) {
    this.#random = random
    this.#words = words
  }

  of(input, other) {
    let bytes = Buffer.from(input)
    for (let n = 1 + this.#random.below(MOST); n > 0; n--) bytes = this.#one(bytes, other)
    return bytes.subarray(0, LONGEST)
  }

  #one(b, other) {
    const random = this.#random
    const at = random.below(b.length + 1)
    const kind = random.below(10)
    if (b.length === 0 || kind === 0) return this.#inserted(b, at, Buffer.from([random.below(256)]))
    if (kind === 1) return this.#inserted(b, at, this.#word())
    if (kind === 2) {
      const from = random.below(other.length + 1)
      return this.#inserted(b, at, other.subarray(from, from + 1 + random.below(64)))
    }
    if (kind === 3) return Buffer.concat([b.subarray(0, at), b.subarray(at + 1 + random.below(16))])
    // A part once more.
    if (kind === 4) return this.#inserted(b, at, b.subarray(random.below(at + 1), at))
    if (kind === 5) return Buffer.concat([b.subarray(0, at), other.subarray(random.below(other.length + 1))])
    const place = Math.min(at, b.length - 1)
    if (kind === 6) b[place] ^= 1 << random.below(8)
    else if (kind === 7) b[place] = random.below(256)
    else if (kind === 8) b[place] += random.below(35) - 17
    else this.#edge(b, place)
    return b
  }

  #inserted(b, at, bytes) {
    return Buffer.concat([b.subarray(0, at), bytes, b.subarray(at)])
  }

  #word() {
    return this.#words.length === 0 ? Buffer.alloc(4) : this.#words[this.#random.below(this.#words.length)]
  }

  /** One of the edges, in one, two or four bytes of either order. */
  #edge(b, at) {
    const value = EDGES[this.#random.below(EDGES.length)]
    const size = [1, 2, 4][this.#random.below(3)]
    const little = this.#random.below(2) === 0
    for (let i = 0; i < size && at + i < b.length; i++)
      b[at + i] = Math.floor(value / 256 ** (little ? i : size - 1 - i)) & 255
  }
}
