/** IPv6 addresses as packets bear them, 16 bytes, and as everybody else does: their text. */
import { IPv6 } from 'ip-num/dist/src/IPNumber.js'
import { collapseIPv6Number } from 'ip-num/dist/src/IPv6Utils.js'
import type { Ipv6Address } from './address.ts'
import { read16, read32 } from './bytes.ts'

/** Bytes of an IPv6 address. */
export const IPV6_ADDRESS = 16

/** Addresses remembered in either direction. What is forgotten is read anew: an address is a value. */
const REMEMBERED = 512

/** :: */
export const ANY = '::' as Ipv6Address

/** The last address read into each place: its words, and its text. */
const words = new Int32Array(4 * REMEMBERED)
const texts: Ipv6Address[] = new Array<Ipv6Address>(REMEMBERED).fill(ANY)

/** ::ffff:0:0/96 */
const isMappedAt = (b: Uint8Array, i: number): boolean =>
  read32(b, i) === 0 && read32(b, i + 4) === 0 && read32(b, i + 8) === 0xffff

/** RFC 5952, with the last four bytes of an IPv4-mapped address as IPv4 writes them (its §5). */
const textAt = (b: Uint8Array, i: number): Ipv6Address => {
  if (isMappedAt(b, i)) return `::ffff:${b[i + 12]}.${b[i + 13]}.${b[i + 14]}.${b[i + 15]}` as Ipv6Address
  let groups = read16(b, i).toString(16)
  for (let n = 2; n < IPV6_ADDRESS; n += 2) groups += `:${read16(b, i + n).toString(16)}`
  return collapseIPv6Number(groups) as Ipv6Address
}

/** The address in the 16 bytes at `i`. One that has been read of late costs no allocation. */
export const readIpv6Address = (b: Uint8Array, i: number): Ipv6Address => {
  const w0 = read32(b, i)
  const w1 = read32(b, i + 4)
  const w2 = read32(b, i + 8)
  const w3 = read32(b, i + 12)
  const mixed = Math.imul(w0 ^ Math.imul(w1, 0x85ebca6b) ^ Math.imul(w2, 0xc2b2ae35) ^ w3, 0x9e3779b1)
  const place = mixed >>> 23
  const at = place << 2
  if (words[at] !== w0 || words[at + 1] !== w1 || words[at + 2] !== w2 || words[at + 3] !== w3) {
    words[at] = w0
    words[at + 1] = w1
    words[at + 2] = w2
    words[at + 3] = w3
    texts[place] = textAt(b, i)
  }
  return texts[place]!
}

const bytesOf = new Map<Ipv6Address, Uint8Array>()

/** The 16 bytes of an address, its zone apart. Not to be written to. */
export const ipv6Bytes = (address: Ipv6Address): Uint8Array => {
  const known = bytesOf.get(address)
  if (known !== undefined) return known
  const bytes = new Uint8Array(IPV6_ADDRESS)
  let { value } = new IPv6(address)
  for (let i = IPV6_ADDRESS - 1; i >= 0; i--, value >>= 8n) bytes[i] = Number(value & 255n)
  if (bytesOf.size >= REMEMBERED) bytesOf.clear()
  bytesOf.set(address, bytes)
  return bytes
}

/** Writes the 16 bytes of an address. */
export const writeIpv6Address = (b: Uint8Array, i: number, address: Ipv6Address): void => {
  const bytes = ipv6Bytes(address)
  // So few bytes are sooner written than handed to the runtime.
  for (let n = 0; n < IPV6_ADDRESS; n++) b[i + n] = bytes[n]!
}

/**
 * Parses `2001:db8::1`, or `fe80::1%tun0` with the zone that a link-local address is of (RFC 4007 §11).
 * Null when it is no IPv6 address.
 */
export const parseIpv6 = (text: string): Ipv6Address | null => {
  try {
    const { value, zoneId } = new IPv6(text)
    const bytes = new Uint8Array(IPV6_ADDRESS)
    for (let i = IPV6_ADDRESS - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 255n)
    const address = textAt(bytes, 0)
    return zoneId === undefined ? address : (`${address}%${zoneId}` as Ipv6Address)
  } catch {
    return null
  }
}
