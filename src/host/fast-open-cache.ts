import { keep } from '../base/keep.ts'
import type { Address } from '../wire/address.ts'
import { BackOff } from './back-off.ts'

/** A server as we know it: its cookie (empty: none), and the MSS that it takes. */
export interface FastOpenServer {
  readonly cookie: Uint8Array
  readonly mss: number
  /** The next option to it is in the shape of RFC 6994's experiment. */
  readonly experiment?: boolean
  /** The experiment's shape was tried. */
  readonly tried?: boolean
}

/**
 * A client's memory for fast open (RFC 7413 §4.1.3): a cookie for each pair of addresses, and the paths, ports included,
 * on which it has failed. Both forget what was used longest ago when they are full.
 */
export class FastOpenCache {
  readonly #limit: number
  readonly #failures: BackOff
  readonly #servers = new Map<string, FastOpenServer>()

  constructor(limit: number, backOff: number) {
    this.#limit = limit
    this.#failures = new BackOff(limit, backOff)
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
    return this.#failures.mayTry(`${local} ${remote} ${port}`, now)
  }

  /** It has failed there: not again for a while, and longer each time. */
  failed(local: Address, remote: Address, port: number, now: number): void {
    this.#failures.failed(`${local} ${remote} ${port}`, now)
  }

  /** Forgets everything, as one that was just begun. */
  clear(): void {
    this.#servers.clear()
    this.#failures.clear()
  }

  succeeded(local: Address, remote: Address, port: number): void {
    this.#failures.succeeded(`${local} ${remote} ${port}`)
  }
}
