import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { PATTERN } from './pattern.ts'

/** Sums of more bytes would take seconds, before the first byte is sent. */
const LARGEST = 2 ** 30
const REMEMBERED = 64
/** Between two turns of the event loop. */
const AT_ONCE = 1 << 20

/** The SHA-256 of so many bytes of the pattern, computed once and in small steps: packets must not wait for it. */
export class PatternDigest {
  readonly #known = new Map<number, Promise<string>>()

  /** In hexadecimal; null when there are too many bytes to sum. */
  of(length: number): Promise<string | null> {
    if (length > LARGEST) return Promise.resolve(null)
    const known = this.#known.get(length)
    if (known !== undefined) return known
    const digest = compute(length)
    this.#known.set(length, digest)
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value!)
    return digest
  }
}

const compute = async (length: number): Promise<string> => {
  const hash = createHash('sha256')
  for (let rest = length, step = 0; rest > 0; ) {
    const chunk = rest < PATTERN.length ? PATTERN.subarray(0, rest) : PATTERN
    hash.update(chunk)
    rest -= chunk.length
    step += chunk.length
    if (step < AT_ONCE) continue
    step = 0
    await setImmediate()
  }
  return hash.digest('hex')
}
