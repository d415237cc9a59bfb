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

/** A peer is an IPv4 address, or the /64 of an IPv6 one: a subscriber has all of it. */
const peerOf = (address: Address): number | string => {
  if (isIpv4(address)) return address
  const bytes = ipv6Bytes(address)
  return `${read32(bytes, 0)},${read32(bytes, 4)}`
}

/** The limits of each peer. Nothing is kept of anybody where there is none. */
export class Peers {
  readonly #options: MemoryOptions
  readonly #usages = new Map<number | string, Usage>()

  constructor(options: MemoryOptions) {
    this.#options = options
  }

  /** Addresses of which something is kept. */
  get size(): number {
    return this.#usages.size
  }

  /** Another connection would be one too many. */
  isFull(address: Address): boolean {
    const { peerConnections } = this.#options
    return peerConnections > 0 && (this.#usages.get(peerOf(address))?.connections ?? 0) >= peerConnections
  }

  /** Another half-open connection would be one too many. */
  isHalfFull(address: Address): boolean {
    const { peerHalfOpen } = this.#options
    return peerHalfOpen > 0 && (this.#usages.get(peerOf(address))?.halfOpen ?? 0) >= peerHalfOpen
  }

  /** Its connections hold more than they may. */
  overdrawn(address: Address): boolean {
    const { peerBytes } = this.#options
    return peerBytes > 0 && (this.#usages.get(peerOf(address))?.bytes ?? 0) >= peerBytes
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

  #change(address: Address, what: keyof Usage, more: number): void {
    const peer = peerOf(address)
    let usage = this.#usages.get(peer)
    if (usage === undefined) {
      usage = { connections: 0, halfOpen: 0, bytes: 0 }
      this.#usages.set(peer, usage)
    }
    usage[what] += more
    if (usage.connections + usage.halfOpen + usage.bytes === 0) this.#usages.delete(peer)
  }
}
