/** Headers of either family, by the family of their addresses. */
import { type Address, isIpv6 } from './address.ts'
import { IPV4_HEADER, writeIpv4 } from './ipv4.ts'
import { IPV6_HEADER, writeIpv6 } from './ipv6.ts'

/** Bytes of the header, without options or extension headers, of packets between addresses of this family. */
export const ipHeaderLength = (a: Address): number => (isIpv6(a) ? IPV6_HEADER : IPV4_HEADER)

/**
 * Writes a plain header between two addresses of one family; `ttl` is IPv6's hop limit.
 * @returns the bytes of it
 */
export const writeIp = (
  b: Uint8Array,
  start: number,
  totalLength: number,
  protocol: number,
  source: Address,
  destination: Address,
  ttl: number,
  trafficClass: number,
): number => {
  if (isIpv6(source) && isIpv6(destination)) {
    writeIpv6(b, start, totalLength, protocol, source, destination, ttl, trafficClass, 0)
    return IPV6_HEADER
  }
  if (isIpv6(source) || isIpv6(destination)) throw new TypeError('addresses of two families in one header')
  writeIpv4(b, start, totalLength, protocol, source, destination, ttl, trafficClass, 0)
  return IPV4_HEADER
}
