import { createHash, type Hash } from 'node:crypto'
import { setImmediate } from 'node:timers'
import { setImmediate as nextRound } from 'node:timers/promises'
import { PATTERN } from './pattern.ts'

/** Sums of more bytes would take seconds, before the first byte is sent. */
const LARGEST = 2 ** 30
/** Whole patterns that are summed between two rounds of the event loop: a megabyte. */
const AT_ONCE = 4

/** Rounds of the event loop, one for each who asks, however many ask at once. */
class Rounds {
  #last: Promise<void> = Promise.resolve()

  next(): Promise<void> {
    this.#last = this.#last.then(() => nextRound())
    return this.#last
  }
}

/**
 * The SHA-256 of so many bytes of the pattern. The sum is kept as it stands after each whole pattern, and each length goes on
 * from the last one before its end: whatever lengths are asked for, and however many, no byte is summed twice but those of one
 * pattern. It grows in small steps, of which a round of the event loop has one, as packets must not wait for it; and those who
 * asked are answered one in a round, for each has much to send then.
 */
export class PatternDigest {
  /** The sums of so many whole patterns. */
  readonly #sums: Hash[] = [createHash('sha256')]
  readonly #rounds = new Rounds()
  /** Those who wait for sums that are not there yet, by the number of patterns; and the largest of these. */
  readonly #waiting = new Map<number, (() => void)[]>()
  #wanted = 0
  #growing = false

  /** In hexadecimal; null when there are too many bytes to sum. */
  async of(length: number): Promise<string | null> {
    const patterns = Math.floor(length / PATTERN.length)
    if (length <= LARGEST) await this.#reach(patterns)
    await this.#rounds.next()
    if (length > LARGEST) return null
    const rest = PATTERN.subarray(0, length - patterns * PATTERN.length)
    return this.#sums[patterns]!.copy().update(rest).digest('hex')
  }

  #reach(patterns: number): Promise<void> {
    if (patterns < this.#sums.length) return Promise.resolve()
    this.#wanted = Math.max(this.#wanted, patterns)
    return new Promise(resolve => {
      const others = this.#waiting.get(patterns)
      if (others === undefined) this.#waiting.set(patterns, [resolve])
      else others.push(resolve)
      if (this.#growing) return
      this.#growing = true
      setImmediate(this.#grow)
    })
  }

  readonly #grow = (): void => {
    for (let n = 0; n < AT_ONCE && this.#sums.length <= this.#wanted; n++) {
      const patterns = this.#sums.length
      this.#sums.push(this.#sums[patterns - 1]!.copy().update(PATTERN))
      for (const resolve of this.#waiting.get(patterns) ?? []) resolve()
      this.#waiting.delete(patterns)
    }
    this.#growing = this.#sums.length <= this.#wanted
    if (this.#growing) setImmediate(this.#grow)
  }
}
