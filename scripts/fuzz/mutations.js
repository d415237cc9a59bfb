/** Makes an input of others. Everything follows from the random numbers. */

/** The numbers at which arithmetic changes its mind. */
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
const NO_WORD = Buffer.alloc(4)

export class Mutations {
  #random
  #words
  /** All of it is done in this one place: an input takes a microsecond or two. */
  #b = Buffer.alloc(LONGEST)
  #length = 0

  /** @param words what makes sense to the target, as bytes */
  constructor(random, words) {
    this.#random = random
    this.#words = words
  }

  /** The next call changes it. */
  of(input, other) {
    this.#length = input.copy(this.#b)
    for (let n = 1 + this.#random.below(MOST); n > 0; n--) this.#one(other)
    return this.#b.subarray(0, this.#length)
  }

  #one(other) {
    const random = this.#random
    const b = this.#b
    const at = random.below(this.#length + 1)
    const kind = random.below(10)
    if (this.#length === 0 || kind === 0) {
      this.#open(at, 1)
      if (at < LONGEST) b[at] = random.below(256)
      return
    }
    if (kind === 1) return this.#insert(at, this.#word())
    if (kind === 2) {
      const from = random.below(other.length + 1)
      return this.#insert(at, other.subarray(from, from + 1 + random.below(64)))
    }
    if (kind === 3) return this.#cut(at, 1 + random.below(16))
    if (kind === 4) return this.#again(random.below(at + 1), at)
    if (kind === 5) {
      this.#length = at + other.copy(b, at, random.below(other.length + 1))
      return
    }
    const place = Math.min(at, this.#length - 1)
    if (kind === 6) b[place] ^= 1 << random.below(8)
    else if (kind === 7) b[place] = random.below(256)
    else if (kind === 8) b[place] += random.below(35) - 17
    else this.#edge(place)
  }

  /** Makes room for so many bytes; what is beyond the longest is lost. */
  #open(at, bytes) {
    this.#b.copyWithin(at + bytes, at, this.#length)
    this.#length = Math.min(LONGEST, this.#length + bytes)
  }

  #insert(at, bytes) {
    this.#open(at, bytes.length)
    bytes.copy(this.#b, at)
  }

  #cut(at, bytes) {
    this.#b.copyWithin(at, at + bytes, this.#length)
    this.#length = Math.max(at, this.#length - bytes)
  }

  /** A part once more. */
  #again(from, at) {
    this.#open(at, at - from)
    this.#b.copyWithin(at, from, at)
  }

  #word() {
    return this.#words.length === 0 ? NO_WORD : this.#words[this.#random.below(this.#words.length)]
  }

  /** One of the edges, in one, two or four bytes of either order. */
  #edge(at) {
    const value = EDGES[this.#random.below(EDGES.length)]
    const size = [1, 2, 4][this.#random.below(3)]
    const little = this.#random.below(2) === 0
    for (let i = 0; i < size && at + i < this.#length; i++)
      this.#b[at + i] = Math.floor(value / 256 ** (little ? i : size - 1 - i)) & 255
  }
}
