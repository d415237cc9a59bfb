import type { Address } from '../wire/address.ts'

/** A server as we know it: its cookie (empty: none), and the MSS that it takes. */
export interface FastOpenServer {
  readonly cookie: Uint8Array
  readonly mss: number
  /** The next option to it is in the shape of RFC 6994's experiment. */
  readonly experiment?: boolean
  /** The experiment's shape was tried. */
  readonly tried?: boolean
}

/** The places where fast open has failed: not before `until` (ms) again. */
interface Failure {
  until: number
  times: number
}

/** The most times that the wait doubles. */
const DOUBLINGS = 6

/**
 * A client's memory for fast open (RFC 7413 §4.1.3): a cookie for each pair of addresses, and the paths, ports included,
 * on which it has failed. Both forget what was used longest ago when they are full.
 */
export class FastOpenCache {
  readonly #limit: number
  readonly #backOff: number
  readonly #servers = new Map<string, FastOpenServer>()
  readonly #failures = new Map<string, Failure>()

  constructor(limit: number, backOff: number) {
    this.#limit = limit
    this.#backOff = backOff
  }

  get size(): number {
    return this.#servers.size + this.#failures.size
  }

  /** The server's cookie; null when it has given none. */
  server(local: Address, remote: Address): FastOpenServer | null {
    const key = `${local} ${remote}`
    const found = this.#servers.get(key) ?? null
    if (found !== null) keep(this.#servers, key, found, this.#limit)
    return found
  }

  learn(local: Address, remote: Address, server: FastOpenServer): void {
    keep(this.#servers, `${local} ${remote}`, server, this.#limit)
  }

  /** Returns whether it may be tried on this path at `now`. */
  mayTry(local: Address, remote: Address, port: number, now: number): boolean {
    const failure = this.#failures.get(`${local} ${remote} ${port}`)
    return failure === undefined || now >= failure.until
  }

  /** It has failed there: not again for a while, and longer each time. */
  failed(local: Address, remote: Address, port: number, now: number): void {
    const key = `${local} ${remote} ${port}`
    const times = (this.#failures.get(key)?.times ?? 0) + 1
    const until = now + this.#backOff * 2 ** Math.min(DOUBLINGS, times - 1)
    keep(this.#failures, key, { until, times }, this.#limit)
  }

  /** Forgets everything, as one that was just begun. */
  clear(): void {
    this.#servers.clear()
    this.#failures.clear()
  }

  succeeded(local: Address, remote: Address, port: number): void {
    this.#failures.delete(`${local} ${remote} ${port}`)
  }
}

/** Adds an entry as the newest; the oldest goes when there are too many. */
const keep = <V>(map: Map<string, V>, key: string, value: V, limit: number): void => {
  map.delete(key)
  if (limit === 0) return
  if (map.size >= limit) map.delete(map.keys().next().value!)
  map.set(key, value)
}
