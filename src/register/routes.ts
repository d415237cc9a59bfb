import type { NetStack } from '../net/host-port.ts'
import {
  type Address,
  ANY_IPV4,
  ANY_IPV6,
  inPrefix,
  isUnspecified,
  LOOPBACK_IPV6,
  type Prefix,
  parseAddress,
  parsePrefix,
  unmapped,
} from '../wire/address.ts'

/** The owner of servers at no address in particular. */
export type Wildcard = 'stack' | 'kernel'

const LOOPBACK_IPV4 = parseAddress('127.0.0.1')

/** An address that was written in whatever way; a mapped one (RFC 4291 §2.5.5.2) as it stands. Null for what is none. */
export const addressOf = (text: string): Address | null => {
  try {
    return parseAddress(text)
  } catch {
    return null
  }
}

/** An address that a socket may be bound to, as it stands. Null for one that is not the stack's own. */
export const bindableAddress = ({ host }: NetStack, text: string): Address | null => {
  const address = addressOf(text)
  if (address === null) return null
  const plain = unmapped(address)
  return isUnspecified(plain) || host.interfaces.isOwn(plain) ? address : null
}

/** As Linux does: to connect to nowhere in particular is to connect to this host. */
export const destinationOf = (address: Address): Address => {
  if (address === ANY_IPV4) return LOOPBACK_IPV4
  return address === ANY_IPV6 ? LOOPBACK_IPV6 : address
}

/** The addresses that are the stack's; all others are the kernel's. */
export class Routes {
  /** The address of servers that have named none: `::`, for both families, where any of IPv6 is the stack's. */
  readonly any: '::' | '0.0.0.0'
  readonly #prefixes: readonly Prefix[]
  readonly #wildcard: Wildcard

  /** @throws RangeError for what is no prefix */
  constructor(prefixes: readonly string[], wildcard: Wildcard) {
    this.#prefixes = prefixes.map(parsePrefix)
    this.#wildcard = wildcard
    this.any = this.#prefixes.some(({ family }) => family === 6) ? '::' : '0.0.0.0'
  }

  /** Returns whether connections to an address go over the stack. */
  connects(text: string): boolean {
    const address = addressOf(text)
    return address !== null && this.#has(destinationOf(address))
  }

  /** Returns whether servers at an address are the stack's; null when they have given none. */
  listens(text: string | null): boolean {
    const address = addressOf(text ?? this.any)
    if (address === null) return false
    return isUnspecified(address) ? this.#wildcard === 'stack' : this.#has(address)
  }

  #has(address: Address): boolean {
    const plain = unmapped(address)
    return this.#prefixes.some(prefix => inPrefix(plain, prefix))
  }
}
