/** The numbers of 16 bits that the secret gives at once. */
const AT_ONCE = 4

/** The source of numbers that nobody outside can foretell. */
export interface Unpredictable {
  /** Two numbers of 32 bits, others for each counter. */
  numbers(counter: number): { readonly low: number; readonly high: number }
}

/**
 * IPv4 identifications. RFC 6864 asks for nothing of an unfragmented packet's; but what can be foretold tells others how
 * much a host sends.
 */
export class Identifications {
  readonly #secret: Unpredictable
  #counter: number
  #low = 0
  #high = 0
  #left = 0

  /** @param counter where to begin, drawn by chance */
  constructor(secret: Unpredictable, counter: number) {
    this.#secret = secret
    this.#counter = counter | 0
  }

  /** The next identification, 16 bits. */
  next(): number {
    if (this.#left === 0) {
      const { low, high } = this.#secret.numbers(this.#counter)
      this.#counter = (this.#counter + 1) | 0
      this.#low = low
      this.#high = high
      this.#left = AT_ONCE
    }
    this.#left--
    const half = this.#left >= AT_ONCE / 2 ? this.#high : this.#low
    return (this.#left & 1) === 0 ? half & 0xffff : half >>> 16
  }
}
