/** In what the two families differ, as far as it concerns those who send packets. Sizes in bytes. */
import { type Address, ANY_IPV4, ANY_IPV6, isIpv6 } from '../wire/address.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { IPV6_HEADER, LEAST_IPV6_MTU } from '../wire/ipv6.ts'

/** The constants of IPv4 or of IPv6. */
export interface Family {
  readonly version: 4 | 6
  /** Stands for all addresses of a host. */
  readonly any: Address
  /** The header, without options. */
  readonly header: number
  /** Every link carries packets of this size: no router asks for smaller ones (RFC 791 §3.2, RFC 8201 §4). */
  readonly leastMtu: number
  /** Every host takes packets of this size, and routers have no need to cut them (RFC 1122 §3.3.3, RFC 8200 §5). */
  readonly safeMtu: number
  /** The default of a peer that names no MSS (RFC 9293 §3.7.1, MUST-15). */
  readonly defaultMss: number
}

export const IPV4: Family = {
  version: 4,
  any: ANY_IPV4,
  header: IPV4_HEADER,
  leastMtu: 68,
  safeMtu: 576,
  defaultMss: 536,
}

export const IPV6: Family = {
  version: 6,
  any: ANY_IPV6,
  header: IPV6_HEADER,
  leastMtu: LEAST_IPV6_MTU,
  safeMtu: LEAST_IPV6_MTU,
  defaultMss: 1220,
}

export const familyOf = (a: Address): Family => (isIpv6(a) ? IPV6 : IPV4)
