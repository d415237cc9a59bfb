import type { Random } from '../base/clock.ts'

/** All but the well-known ports: the more there are, the harder to guess (RFC 6056 §3.2). */
export const EPHEMERAL_PORTS: readonly [number, number] = [1024, 65_535]
/** RFC 6056 §3.3.4: how many counters share the load of {@link EphemeralPorts}. */
const TABLE = 64
/** A pick that has to try more ports than this notes those that are free: the next ones find them at once. */
const MANY = 1024
/** The free ports of so many remote ends are noted, and of each so large a share of all. */
const NOTES = 16
const FEW = 1 / 8

/** The ports that are free towards a remote end of which nearly all are taken. */
interface Note {
  readonly free: number[]
  /** Picks that have found none since all were tried. */
  misses: number
}

/**
 * Ephemeral ports by the double-hash algorithm of RFC 6056 §3.3.4: where to begin depends on a secret and the
 * remote end, so nobody can guess the next; each remote end sees every port before one comes again. Where nearly all
 * are taken, those that are given back are used again, so that no pick goes by all others.
 */
export class EphemeralPorts {
  readonly #next: Uint32Array
  readonly #first: number
  readonly #count: number
  /** By the offset of the remote end. */
  readonly #notes = new Map<number, Note>()

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
    const note = this.#notes.get(offset)
    if (note !== undefined) {
      for (let port = note.free.pop(); port !== undefined; port = note.free.pop()) if (free(port)) return port
      // A trial of all, now and then, finds ports that others than connections have freed.
      if (++note.misses < MANY) return -1
      this.#notes.delete(offset)
    }
    for (let n = 0; n < this.#count; n++) {
      const port = this.#nextFor(offset)
      if (!free(port)) continue
      if (n > MANY) this.#note(offset, this.#count - 1 - n, free)
      return port
    }
    if (this.#count > MANY) this.#note(offset, 0, free)
    return -1
  }

  #nextFor(offset: number): number {
    return this.#first + ((offset + this.#next[offset % TABLE]!++) % this.#count)
  }

  /** Tries so many more, and notes those that are free. */
  #note(offset: number, rest: number, free: (port: number) => boolean): void {
    const found: number[] = []
    const from = this.#next[offset % TABLE]!
    for (let n = 0; n < rest; n++) {
      const port = this.#first + ((offset + from + n) % this.#count)
      if (free(port)) found.push(port)
    }
    if (found.length > FEW * this.#count) return
    if (this.#notes.size >= NOTES) this.forget(this.#notes.keys().next().value!)
    this.#notes.set(offset, { free: found, misses: 0 })
  }

  /** Some remote end is noted: {@link freed} wants to know what is given back. */
  get noting(): boolean {
    return this.#notes.size > 0
  }

  /** A connection to this remote end has given its port back. */
  freed(offset: number, port: number): void {
    const note = this.#notes.get(offset)
    if (note === undefined || port < this.#first || port >= this.#first + this.#count) return
    note.free.push(port)
    if (note.free.length > FEW * this.#count) this.forget(offset)
  }

  /** Other ports may be free towards this remote end than are noted; without an argument towards any. */
  forget(offset?: number): void {
    if (offset === undefined) this.#notes.clear()
    else this.#notes.delete(offset)
  }
}
