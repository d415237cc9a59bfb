import { type Address, isIpv4 } from '../../wire/address.ts'
import { read32 } from '../../wire/bytes.ts'
import { ipv6Bytes } from '../../wire/ipv6-address.ts'
import type { MemoryOptions } from './options.ts'

/** The share that the connections of one peer have at the moment. */
interface Usage {
  connections: number
  halfOpen: number
  bytes: number
}

/**
 * A peer is an IPv4 address, or the /64 of an IPv6 one: a subscriber has all of it. Everybody knows how V8 hashes a small
 * integer (a string it hashes by a secret), so that one who forges the sources of SYNs could have all of them in one place of the
 * map: the address is another number of 32 bits there, and which one follows from `key`.
 */
const peerOf = (address: Address, key: number): number | string => {
  if (isIpv4(address)) return finish(address ^ key)
  const bytes = ipv6Bytes(address)
  return `${read32(bytes, 0)},${read32(bytes, 4)}`
}

/** MurmurHash3's finish: another number for each, of which each bit depends on all. */
const finish = (n: number): number => {
  let h = Math.imul(n ^ (n >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The limits of each peer. Nothing is kept of anybody where there is none. */
export class Peers {
  readonly #options: MemoryOptions
  readonly #key: number
  readonly #usages = new Map<number | string, Usage>()

  /** @param key a secret, uniform in [0, 2^32) */
  constructor(options: MemoryOptions, key: number) {
    this.#options = options
    this.#key = key
  }

  /** Addresses of which something is kept. */
  get size(): number {
    return this.#usages.size
  }

  /** Another connection would be one too many. */
  isFull(address: Address): boolean {
    const { peerConnections } = this.#options
    return peerConnections > 0 && (this.#usageOf(address)?.connections ?? 0) >= peerConnections
  }

  /** Another half-open connection would be one too many. */
  isHalfFull(address: Address): boolean {
    const { peerHalfOpen } = this.#options
    return peerHalfOpen > 0 && (this.#usageOf(address)?.halfOpen ?? 0) >= peerHalfOpen
  }

  /** Its connections hold more than they may. */
  overdrawn(address: Address): boolean {
    const { peerBytes } = this.#options
    return peerBytes > 0 && (this.#usageOf(address)?.bytes ?? 0) >= peerBytes
  }

  /** So many connections more, or fewer. */
  connect(address: Address, more: number): void {
    if (this.#options.peerConnections > 0) this.#change(address, 'connections', more)
  }

  halfOpen(address: Address, more: number): void {
    if (this.#options.peerHalfOpen > 0) this.#change(address, 'halfOpen', more)
  }

  charge(address: Address, more: number): void {
    if (this.#options.peerBytes > 0) this.#change(address, 'bytes', more)
  }

  #usageOf(address: Address): Usage | undefined {
    return this.#usages.get(peerOf(address, this.#key))
  }

  #change(address: Address, what: keyof Usage, more: number): void {
    const peer = peerOf(address, this.#key)
    let usage = this.#usages.get(peer)
    if (usage === undefined) {
      usage = { connections: 0, halfOpen: 0, bytes: 0 }
      this.#usages.set(peer, usage)
    }
    usage[what] += more
    if (usage.connections + usage.halfOpen + usage.bytes === 0) this.#usages.delete(peer)
  }
}
