// (By its parts: the whole of ip-num takes Node.js longer to load than the rest of a small command.)
import { IPv4 } from 'ip-num/dist/src/IPNumber.js'
import { IPv4CidrRange } from 'ip-num/dist/src/IPRange.js'
import { write32 } from './bytes.ts'
import { ANY, ipv6Bytes, MAPPED, parseIpv6 } from './ipv6-address.ts'

/** An IPv4 address as int32, so that it stays a small integer; `>>> 0` gives the usual number. */
export type Ipv4Address = number

declare const canonical: unique symbol

/**
 * An IPv6 address as its canonical text (RFC 5952), with `%` and a zone where it has one: a value that `===` compares and
 * that is a key of a Map. Only {@link parseAddress} and what reads packets make one.
 */
export type Ipv6Address = string & { readonly [canonical]: true }

/** An address of either family: a number is IPv4's, a string IPv6's. Both are values: `===` compares them. */
export type Address = Ipv4Address | Ipv6Address

/** 0.0.0.0 */
export const ANY_IPV4: Ipv4Address = 0
/** :: */
export const ANY_IPV6: Ipv6Address = ANY
/** ::1 */
export const LOOPBACK_IPV6 = '::1' as Ipv6Address
/** ff02::1, the group of all nodes on a link (RFC 4291 §2.7.1), which every host is in (§2.8). */
export const ALL_NODES = 'ff02::1' as Ipv6Address

export const isIpv4 = (a: Address): a is Ipv4Address => typeof a === 'number'
export const isIpv6 = (a: Address): a is Ipv6Address => typeof a === 'string'
export const familyOf = (a: Address): 4 | 6 => (typeof a === 'number' ? 4 : 6)

/** A prefix of IPv4: the address it was written with, and its network. */
export interface Ipv4Prefix {
  readonly family: 4
  readonly address: Ipv4Address
  readonly length: number
  readonly mask: number
  readonly network: Ipv4Address
  /** The directed broadcast address; equal to `address` when the prefix has none (/31, /32). */
  readonly broadcast: Ipv4Address
}

/** A prefix of IPv6: the address it was written with. Nobody broadcasts. */
export interface Ipv6Prefix {
  readonly family: 6
  readonly address: Ipv6Address
  readonly length: number
}

/** A prefix of either family. */
export type Prefix = Ipv4Prefix | Ipv6Prefix

/** Returns whether a text is to be read as IPv6: nothing else has a colon. */
const looksLikeIpv6 = (text: string): boolean => text.includes(':')

/** Parses `192.0.2.1`. @throws RangeError when it is no IPv4 address. */
export const parseIpv4Address = (text: string): Ipv4Address => {
  try {
    return Number(new IPv4(text).value) | 0
  } catch {
    throw new RangeError(`not an IPv4 address: '${text}' (expected four numbers such as 192.0.2.2)`)
  }
}

/** Parses `192.0.2.1`, `2001:db8::1` or `fe80::1%tun0`. @throws RangeError when it is neither. */
export const parseAddress = (text: string): Address => {
  if (!looksLikeIpv6(text)) return parseIpv4Address(text)
  const address = parseIpv6(text)
  if (address === null)
    throw new RangeError(`not an IPv6 address: '${text}' (expected something like 2001:db8::2)`)
  return address
}

/** Parses `192.0.2.1/24`. @throws RangeError when it is no IPv4 prefix */
export const parseIpv4Prefix = (text: string): Ipv4Prefix => {
  const prefix = parsePrefix(text)
  if (prefix.family === 6)
    throw new RangeError(`not an IPv4 prefix: '${text}' (expected something like 192.0.2.2/24)`)
  return prefix
}

/**
 * Parses `192.0.2.1/24` or `2001:db8::1/64`; without a length it is the address alone.
 * @throws RangeError when it is no prefix
 */
export const parsePrefix = (text: string): Prefix => {
  const [host = '', bits] = text.split('/', 2)
  const most = looksLikeIpv6(host) ? 128 : 32
  const address = parseAddress(host)
  const length = bits === undefined ? most : /^\d{1,2}$|^1\d\d$/.test(bits) ? Number(bits) : -1
  if (length < 0 || length > most || text.split('/').length > 2)
    throw new RangeError(
      most === 32
        ? `not an IPv4 prefix: '${text}' (expected something like 192.0.2.2/24)`
        : `not an IPv6 prefix: '${text}' (expected something like 2001:db8::2/64)`,
    )
  if (isIpv6(address)) return { family: 6, address, length }
  const range = IPv4CidrRange.fromCidr(`${formatAddress(address)}/${length}`)
  return {
    family: 4,
    address,
    length,
    mask: length === 0 ? 0 : (-1 << (32 - length)) | 0,
    network: Number(range.getFirst().value) | 0,
    broadcast: length >= 31 ? address : Number(range.getLast().value) | 0,
  }
}

/** `192.0.2.1` or `2001:db8::1` for an address. */
export const formatAddress = (a: Address): string =>
  isIpv6(a) ? a : `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`

/** `192.0.2.1:80` or `[2001:db8::1]:80` for an address and a port. */
export const formatEndpoint = (a: Address, port: number): string =>
  isIpv6(a) ? `[${a}]:${port}` : `${formatAddress(a)}:${port}`

export const inPrefix = (a: Address, prefix: Prefix): boolean => {
  if (prefix.family === 4) return isIpv4(a) && (a & prefix.mask) === prefix.network
  return isIpv6(a) && commonPrefix(a, prefix.address) >= prefix.length
}

/** The number of leading bits that two addresses have in common: CommonPrefixLen of RFC 6724 §2.2, and all 128 of them. */
export const commonPrefix = (a: Ipv6Address, b: Ipv6Address): number => {
  const one = ipv6Bytes(a)
  const other = ipv6Bytes(b)
  let i = 0
  while (i < one.length && one[i] === other[i]) i++
  return i === one.length ? 8 * i : 8 * i + Math.clz32(one[i]! ^ other[i]!) - 24
}

/** 32 bits of an address: IPv4's own, or IPv6's mixed with a key, so that nobody can choose many that come to the same. */
export const hashAddress = (a: Address, key: number): number => {
  if (isIpv4(a)) return a
  let h = key
  for (let i = 0; i < a.length; i++) h = Math.imul(h ^ a.charCodeAt(i), 0x9e3779b1) ^ (h >>> 15)
  return h
}

/** The bytes of an address, 4 or 16, as packets bear them. Not to be written to. */
export const addressBytes = (a: Address): Uint8Array => {
  if (isIpv6(a)) return ipv6Bytes(a)
  const bytes = new Uint8Array(4)
  write32(bytes, 0, a)
  return bytes
}

/** 0.0.0.0 or ::, which stands for all of a host's addresses, or for none. */
export const isUnspecified = (a: Address): boolean => a === ANY_IPV4 || a === ANY_IPV6

/** A first group that begins with these bits has no leading zeros to lose. */
const MULTICAST = /^ff[0-9a-f]{2}:/
const LINK_LOCAL = /^fe[89ab][0-9a-f]:/

/** 127.0.0.0/8, or ::1 */
export const isLoopback = (a: Address): boolean => (isIpv6(a) ? a === LOOPBACK_IPV6 : a >>> 24 === 127)
/** 224.0.0.0/4, or ff00::/8. */
export const isMulticast = (a: Address): boolean =>
  isIpv6(a) ? a[0] === 'f' && MULTICAST.test(a) : a >>> 28 === 14
/** 240.0.0.0/4 (reserved; the limited broadcast address among them) */
export const isReserved = (a: Ipv4Address): boolean => a >>> 28 === 15
/** 0.0.0.0/8: "this network", never a valid source on the wire but for a host that learns its address. */
export const isThisNetwork = (a: Ipv4Address): boolean => a >>> 24 === 0
export const isLimitedBroadcast = (a: Address): boolean => a === -1
/** 169.254.255.255: everybody on a link (RFC 3927 §2.6.2), whatever addresses we have there. */
export const isLinkLocalBroadcast = (a: Address): boolean => a === (0xa9feffff | 0)
/** fe80::/10, which is of one link alone. */
export const isLinkLocal = (a: Address): boolean => isIpv6(a) && a[0] === 'f' && LINK_LOCAL.test(a)

/** True for what a socket of IPv6 calls an IPv4 address, `::ffff:192.0.2.1`. No packet bears one. */
export const isMapped = (a: Address): boolean => isIpv6(a) && a.startsWith(MAPPED) && a.includes('.')

/** The IPv4 address that an IPv4-mapped one stands for; any other is itself. */
export const unmapped = (a: Address): Address =>
  isIpv6(a) && isMapped(a) ? parseIpv4Address(a.slice(MAPPED.length)) : a

/** An address as a socket of IPv6 sees it. */
export const mapped = (a: Address): Ipv6Address =>
  isIpv6(a) ? a : (`${MAPPED}${formatAddress(a)}` as Ipv6Address)

/** The address without its zone, as packets bear it. */
export const withoutZone = (a: Ipv6Address): Ipv6Address => a.split('%', 1)[0] as Ipv6Address
