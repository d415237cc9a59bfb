/** Addresses for networks that are not real: RFC 2544 appendix C.2.2 and RFC 5180 §8 set them aside for benchmarks. */
import { formatAddress, parseIpv4Address } from '../wire/address.ts'

const NETWORK = parseIpv4Address('198.18.0.0')

/** The `n`th address of each family, from 1, with the length of the prefix that all of them are in. */
export const benchmarkPrefixes = (n: number): readonly [string, string] => [
  `${formatAddress((NETWORK + n) | 0)}/15`,
  `2001:2::${n > 0xffff ? `${(n >>> 16).toString(16)}:` : ''}${(n & 0xffff).toString(16)}/48`,
]

/** The sources of errors of a router in the middle of a link between two hosts. */
export const LINK_ROUTER: readonly string[] = ['198.19.255.254', '2001:2:0:ffff::fffe']
