import type { Address } from '../wire/address.ts'
import type { Secret } from './secret.ts'

/** The time for which a connection that was reset still counts as pending, ms (RFC 7413 §5.1). As Linux. */
const RESET_COUNTS = 60_000

/** PendingFastOpenRequests of one listener (RFC 7413 §4.2), with those that were reset of late (§5.1). */
export class PendingFastOpens {
  #open = 0
  /** The times from which the reset ones no longer count, in order, and the first that is still to come. */
  readonly #resets: number[] = []
  #first = 0

  /** The number of those that count at `now` (ms). */
  count(now: number): number {
    const resets = this.#resets
    while (this.#first < resets.length && resets[this.#first]! <= now) this.#first++
    // The rest is moved up when it is less than what has gone.
    if (2 * this.#first > resets.length) {
      resets.splice(0, this.#first)
      this.#first = 0
    }
    return this.#open + resets.length - this.#first
  }

  begin(): void {
    this.#open++
  }

  end(reset: boolean, now: number): void {
    this.#open--
    if (reset) this.#resets.push(now + RESET_COUNTS)
  }
}

/**
 * The cookies that a server gives and takes (RFC 7413 §4.1.2): a keyed function of the client's address and of the time,
 * which changes every `lifetime` ms; the one before is still good.
 */
export class FastOpenCookies {
  readonly #secret: Secret
  readonly #lifetime: number
  /** Another way to make them, from the addresses of client and server alone: to share a key with other hosts. */
  custom: ((client: Address, server: Address) => Uint8Array) | null = null

  constructor(secret: Secret, lifetime: number) {
    this.#secret = secret
    this.#lifetime = lifetime
  }

  /** Others, made in a way of their own. */
  derived(custom: (client: Address, server: Address) => Uint8Array): FastOpenCookies {
    const other = new FastOpenCookies(this.#secret, this.#lifetime)
    other.custom = custom
    return other
  }

  /** The cookie for a client. */
  make(client: Address, server: Address, now: number): Uint8Array {
    if (this.custom !== null) return this.custom(client, server)
    return this.#secret.fastOpen(client, Math.floor(now / this.#lifetime))
  }

  /** Checks whether it is the client's: 'current', 'old' (it should get a new one), or null. */
  check(client: Address, server: Address, cookie: Uint8Array, now: number): 'current' | 'old' | null {
    if (this.custom !== null) return same(cookie, this.custom(client, server)) ? 'current' : null
    const age = Math.floor(now / this.#lifetime)
    if (same(cookie, this.#secret.fastOpen(client, age))) return 'current'
    return same(cookie, this.#secret.fastOpen(client, age - 1)) ? 'old' : null
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  let different = 0
  for (let i = 0; i < a.length; i++) different |= a[i]! ^ b[i]!
  return different === 0
}
