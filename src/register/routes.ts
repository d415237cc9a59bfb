import { inPrefix, type Prefix, parseAddress, parsePrefix } from '../wire/address.ts'
import { ipv4Of } from './ipv4-of.ts'

/** Who has what listens at no address in particular. */
export type Wildcard = 'stack' | 'kernel'

/** Which addresses are the stack's; all others are the kernel's. */
export class Routes {
  readonly #prefixes: readonly Prefix[]
  readonly #wildcard: Wildcard

  /** @throws RangeError for what is no IPv4 prefix */
  constructor(prefixes: readonly string[], wildcard: Wildcard) {
    this.#prefixes = prefixes.map(parsePrefix)
    this.#wildcard = wildcard
  }

  /** Whether connections to an address go over the stack; nowhere in particular is here. */
  connects(address: string): boolean {
    const ipv4 = ipv4Of(address)
    return ipv4 !== null && this.#has(ipv4 === '0.0.0.0' ? '127.0.0.1' : ipv4)
  }

  /** Whether servers at an address are the stack's; null when they have given none. */
  listens(address: string | null): boolean {
    const ipv4 = address === null ? '0.0.0.0' : ipv4Of(address)
    if (ipv4 === '0.0.0.0') return this.#wildcard === 'stack'
    return ipv4 !== null && this.#has(ipv4)
  }

  #has(ipv4: string): boolean {
    const address = parseAddress(ipv4)
    return this.#prefixes.some(prefix => inPrefix(address, prefix))
  }
}
