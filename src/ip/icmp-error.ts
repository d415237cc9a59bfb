import type { Address } from '../wire/address.ts'

/** The meaning of an ICMP error for the packet that it quotes, by Linux's errno names. */
export interface IcmpError {
  readonly code:
    | 'EACCES'
    | 'ECONNREFUSED'
    | 'EHOSTDOWN'
    | 'EHOSTUNREACH'
    | 'ENETUNREACH'
    | 'ENONET'
    | 'ENOPROTOOPT'
    | 'EOPNOTSUPP'
  readonly text: string
  /** True when it may end a connection that is not yet established (RFC 9293 §3.9.2.2, SHLD-26). */
  readonly hard: boolean
}

/** A packet of ours that an ICMP error quotes, as far as the quotation goes. */
export interface Quotation {
  readonly buffer: Uint8Array
  /** The offset of the quoted payload: at least eight bytes are there. */
  readonly start: number
  readonly localAddress: Address
  /** The final destination of the packet. */
  readonly remoteAddress: Address
  /** Bytes of the whole packet, as its header has them. */
  readonly packetLength: number
  readonly error: IcmpError
  /** The next hop's MTU, 0 where a router does not say; -1 when the error is another. */
  readonly nextHopMtu: number
}

/** A token bucket for the errors that we send, of both families. */
export class IcmpLimiter {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #at = 0

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
  }

  /** Returns whether one more may leave now (ms). */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1000)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
