import type { Random } from '../base/clock.ts'

/** Random numbers from a seed, the same on every machine: sfc32 by Chris Doty-Humphrey. Not for secrets. */
export class SeededRandom implements Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param seed any number, or a name such as a test's title */
  constructor(seed: number | string) {
    if (typeof seed === 'string') seed = hash(seed)
    this.#a = seed | 0
    this.#b = 0x9e3779b9 | 0
    this.#c = 0x243f6a88 ^ Math.floor(seed / 2 ** 32)
    // The first numbers still look like the seed.
    for (let i = 0; i < 12; i++) this.uint32()
  }

  uint32(): number {
    const t = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t
    this.#c |= 0
    return t >>> 0
  }

  /** Uniform in [0, 1). */
  real(): number {
    return this.uint32() / 2 ** 32
  }

  /** Uniform in 0 … n - 1, for n up to 2^32. */
  below(n: number): number {
    return Math.floor(this.real() * n)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return probability > 0 && this.real() < probability
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.uint32()
  }
}

/** FNV-1a, 32 bits, over code points. */
const hash = (text: string): number => {
  let h = 0x811c9dc5
  for (const c of text) h = Math.imul(h ^ c.codePointAt(0)!, 0x01000193)
  return h >>> 0
}
