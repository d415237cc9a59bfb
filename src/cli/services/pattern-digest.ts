import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { PATTERN } from './pattern.ts'

/** Sums of more bytes would take seconds, before the first byte is sent. */
const LARGEST = 2 ** 30
const REMEMBERED = 64
/** Between two rounds of the event loop. */
const AT_ONCE = 1 << 20

/** Rounds of the event loop, one for each who asks, however many ask at once. */
class Rounds {
  #last: Promise<void> = Promise.resolve()

  next(): Promise<void> {
    this.#last = this.#last.then(() => setImmediate())
    return this.#last
  }
}

/**
 * The SHA-256 of so many bytes of the pattern, computed once and in small steps, of which a round of the event loop has one:
 * packets must not wait for it. Those who asked are answered one in a round too, for each has much to send then.
 */
export class PatternDigest {
  readonly #known = new Map<number, Promise<string>>()
  readonly #rounds = new Rounds()

  /** In hexadecimal; null when there are too many bytes to sum. */
  async of(length: number): Promise<string | null> {
    const digest = length > LARGEST ? null : await this.#digest(length)
    await this.#rounds.next()
    return digest
  }

  #digest(length: number): Promise<string> {
    const known = this.#known.get(length)
    if (known !== undefined) return known
    const digest = compute(length, this.#rounds)
    this.#known.set(length, digest)
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value!)
    return digest
  }
}

const compute = async (length: number, rounds: Rounds): Promise<string> => {
  const hash = createHash('sha256')
  if (length > AT_ONCE) await rounds.next()
  for (let rest = length, step = 0; rest > 0; ) {
    const chunk = rest < PATTERN.length ? PATTERN.subarray(0, rest) : PATTERN
    hash.update(chunk)
    rest -= chunk.length
    step += chunk.length
    if (step < AT_ONCE) continue
    step = 0
    await rounds.next()
  }
  return hash.digest('hex')
}
