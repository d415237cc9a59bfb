/** The part of the header below that TCP's checksum covers: RFC 9293 §3.1 for IPv4, RFC 8200 §8.1 for IPv6. */
import { type Address, isIpv6 } from './address.ts'
import { fold, sum16 } from './checksum.ts'
import { IPV6_ADDRESS, ipv6Bytes } from './ipv6-address.ts'

/** The contribution of an address to the sum. */
export const addressSum = (a: Address): number =>
  isIpv6(a) ? sum16(ipv6Bytes(a), 0, IPV6_ADDRESS) : (a >>> 16) + (a & 0xffff)

/** The sum of a pseudo-header: addresses, protocol, length of what it covers. */
export const pseudoHeaderSum = (
  source: Address,
  destination: Address,
  protocol: number,
  length: number,
): number => fold(addressSum(source) + addressSum(destination) + protocol + length)
