import type { Random } from '../base/clock.ts'

/** All but the well-known ports: the more there are, the harder to guess (RFC 6056 §3.2). */
export const EPHEMERAL_PORTS: readonly [number, number] = [1024, 65_535]
/** RFC 6056 §3.3.4: how many counters share the load of {@link EphemeralPorts}. */
const TABLE = 64

/**
 * Ephemeral ports by the double-hash algorithm of RFC 6056 §3.3.4: where to begin depends on a secret and the
 * remote end, so nobody can guess the next; each remote end sees every port before one comes again.
 */
export class EphemeralPorts {
  readonly #next: Uint32Array
  readonly #first: number
  readonly #count: number

  /** @throws RangeError for what is no range of ports */
  constructor(random: Random, range: readonly [number, number] = EPHEMERAL_PORTS) {
    const [first, last] = range
    if (!(Number.isInteger(first) && Number.isInteger(last) && first >= 1 && first <= last && last <= 65_535))
      throw new RangeError(`ephemeralPorts must be two ports, the first and the last, not ${range}`)
    this.#first = first
    this.#count = last - first + 1
    this.#next = Uint32Array.from({ length: TABLE }, () => random.uint32())
  }

  /**
   * The first port that `free` accepts, or -1 when none is.
   * @param offset the secret's answer for the remote end, uniform in [0, 2^32)
   */
  pick(offset: number, free: (port: number) => boolean): number {
    const counter = offset % TABLE
    for (let n = 0; n < this.#count; n++) {
      const port = this.#first + ((offset + this.#next[counter]!++) % this.#count)
      if (free(port)) return port
    }
    return -1
  }
}
