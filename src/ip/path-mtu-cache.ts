import type { Address } from '../wire/address.ts'

/** The time for which a smaller path MTU is believed, ms (RFC 1191 §6.3: ten minutes). */
const AGE = 600_000

/** Destinations remembered; beyond it the one that was learned first goes. */
const DESTINATIONS = 4096

/** A path that is known to carry less than the link. */
export interface KnownPath {
  /** Bytes of the largest packet. */
  readonly mtu: number
  /** The path is narrower still than we take anybody's word for: packets may be fragmented on it. */
  readonly fragment: boolean
  /** The time at which it is forgotten, ms. */
  readonly until: number
}

/** The path MTUs that ICMP has told, by destination (RFC 1191 §6.2: all connections to it learn). */
export class PathMtus {
  readonly #paths = new Map<Address, KnownPath>()
  /** Grows with whatever is learned: who has seen this one has missed nothing. */
  version = 0

  /** The path to a destination, as far as it is known, or null. */
  lookUp(destination: Address, now: number): KnownPath | null {
    const path = this.#paths.get(destination)
    if (path === undefined) return null
    if (path.until > now) return path
    this.#paths.delete(destination)
    return null
  }

  /** A router's word makes an estimate smaller, never larger (RFC 1191 §3); its age begins anew. */
  learn(destination: Address, mtu: number, fragment: boolean, now: number): void {
    const known = this.lookUp(destination, now)
    this.#paths.delete(destination)
    if (this.#paths.size >= DESTINATIONS) this.#paths.delete(this.#paths.keys().next().value!)
    this.#paths.set(destination, {
      mtu: known === null ? mtu : Math.min(mtu, known.mtu),
      fragment: fragment || known?.fragment === true,
      until: now + AGE,
    })
    this.version++
  }
}
