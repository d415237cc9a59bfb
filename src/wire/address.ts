import { IPv4, IPv4CidrRange } from 'ip-num'

/** An IPv4 address as int32, so that it stays a small integer; `>>> 0` gives the usual number. */
export type Address = number

/** A prefix: the address it was written with, and its network. */
export interface Prefix {
  readonly address: Address
  readonly length: number
  readonly mask: number
  readonly network: Address
  /** The directed broadcast address; equal to `address` when the prefix has none (/31, /32). */
  readonly broadcast: Address
}

/** Parses `192.0.2.1`. @throws RangeError when it is no IPv4 address. */
export const parseAddress = (text: string): Address => {
  try {
    return Number(new IPv4(text).value) | 0
  } catch {
    throw new RangeError(`not an IPv4 address: '${text}' (expected four numbers such as 192.0.2.2)`)
  }
}

/** Parses `192.0.2.1/24`; without a length it is a /32. @throws RangeError when it is no IPv4 prefix. */
export const parsePrefix = (text: string): Prefix => {
  const [host = '', bits] = text.split('/', 2)
  const address = parseAddress(host)
  const length = bits === undefined ? 32 : /^\d{1,2}$/.test(bits) ? Number(bits) : -1
  if (length < 0 || length > 32 || text.split('/').length > 2)
    throw new RangeError(`not an IPv4 prefix: '${text}' (expected something like 192.0.2.2/24)`)
  const range = IPv4CidrRange.fromCidr(`${formatAddress(address)}/${length}`)
  const network = Number(range.getFirst().value) | 0
  return {
    address,
    length,
    mask: length === 0 ? 0 : (-1 << (32 - length)) | 0,
    network,
    broadcast: length >= 31 ? address : Number(range.getLast().value) | 0,
  }
}

/** `192.0.2.1` for an address. */
export const formatAddress = (a: Address): string =>
  `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`

/** `192.0.2.1:80` for an address and a port. */
export const formatEndpoint = (a: Address, port: number): string => `${formatAddress(a)}:${port}`

export const inPrefix = (a: Address, prefix: Prefix): boolean => (a & prefix.mask) === prefix.network

/** 127.0.0.0/8 */
export const isLoopback = (a: Address): boolean => a >>> 24 === 127
/** 224.0.0.0/4 */
export const isMulticast = (a: Address): boolean => a >>> 28 === 14
/** 240.0.0.0/4 (reserved; the limited broadcast address among them) */
export const isReserved = (a: Address): boolean => a >>> 28 === 15
/** 0.0.0.0/8: "this network", never a valid source on the wire but for a host that learns its address. */
export const isThisNetwork = (a: Address): boolean => a >>> 24 === 0
export const isLimitedBroadcast = (a: Address): boolean => a === -1
