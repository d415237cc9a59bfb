/** IPv6 addresses as packets bear them, 16 bytes, and as everybody else does: their text. */
import { IPv6 } from 'ip-num/dist/src/IPNumber.js'
import type { Ipv6Address } from './address.ts'
import { read16, read32, write16 } from './bytes.ts'

/** Bytes of an IPv6 address. */
export const IPV6_ADDRESS = 16

/** Addresses remembered in either direction. What is forgotten is read anew: an address is a value. */
const REMEMBERED = 512

/** :: */
export const ANY = '::' as Ipv6Address

/** The last address read into each place: its words, and its text. */
const words = new Int32Array(4 * REMEMBERED)
const texts: Ipv6Address[] = new Array<Ipv6Address>(REMEMBERED).fill(ANY)

/** `::ffff:192.0.2.1`: the text before the IPv4 address that is mapped (RFC 4291 §2.5.5.2), ::ffff:0:0/96. */
export const MAPPED = '::ffff:'

const isMappedAt = (b: Uint8Array, i: number): boolean =>
  read32(b, i) === 0 && read32(b, i + 4) === 0 && read32(b, i + 8) === 0xffff

/**
 * RFC 5952, with the last four bytes of an IPv4-mapped address as IPv4 writes them (its §5). A peer can have every packet come
 * from an address that is new: ip-num, which reads what people write, takes fifty microseconds for one.
 */
const textAt = (b: Uint8Array, i: number): Ipv6Address => {
  if (isMappedAt(b, i)) return `${MAPPED}${b[i + 12]}.${b[i + 13]}.${b[i + 14]}.${b[i + 15]}` as Ipv6Address
  const [gap, gapEnd] = zerosAt(b, i)
  let text = ''
  for (let n = 0; n < IPV6_ADDRESS; n += 2) {
    if (n === gap) {
      text += '::'
      n = gapEnd
      if (n === IPV6_ADDRESS) break
    } else if (n > 0) text += ':'
    text += read16(b, i + n).toString(16)
  }
  return text as Ipv6Address
}

/** The longest run of groups that are 0, the first of equal ones, two at least (RFC 5952 §4.2): its bytes, from -1 for none. */
const zerosAt = (b: Uint8Array, i: number): readonly [from: number, to: number] => {
  let from = -1
  let to = 1
  for (let n = 0; n < IPV6_ADDRESS; n += 2) {
    const first = n
    while (n < IPV6_ADDRESS && read16(b, i + n) === 0) n += 2
    if (n - first > Math.max(2, to - from)) [from, to] = [first, n]
  }
  return [from, to]
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

const COLON = 0x3a
const NINE = 0x39
/** Less than the code of 'a' by ten. */
const LETTERS = 0x57

/** Turns the text of {@link textAt} back to bytes. */
const canonicalBytes = (address: Ipv6Address): Uint8Array => {
  const zone = address.indexOf('%')
  const text = zone < 0 ? address : address.slice(0, zone)
  const bytes = new Uint8Array(IPV6_ADDRESS)
  if (text.startsWith(MAPPED) && text.includes('.')) {
    bytes.fill(0xff, 10, 12)
    bytes.set(text.slice(MAPPED.length).split('.').map(Number), 12)
    return bytes
  }
  let at = 0
  let gap = -1
  for (let i = 0; i < text.length; i++) {
    let group = 0
    let c = text.charCodeAt(i)
    const first = i
    for (; i < text.length && c !== COLON; c = text.charCodeAt(++i))
      group = (group << 4) | (c - (c > NINE ? LETTERS : 0x30))
    if (i > first) {
      write16(bytes, at, group)
      at += 2
    }
    if (text.charCodeAt(i + 1) === COLON) gap = at
  }
  if (gap < 0) return bytes
  const behind = at - gap
  bytes.copyWithin(IPV6_ADDRESS - behind, gap, at)
  return bytes.fill(0, gap, IPV6_ADDRESS - behind)
}

const bytesOf = new Map<Ipv6Address, Uint8Array>()

/** The 16 bytes of an address, its zone apart. Not to be written to. */
export const ipv6Bytes = (address: Ipv6Address): Uint8Array => {
  const known = bytesOf.get(address)
  if (known !== undefined) return known
  const bytes = canonicalBytes(address)
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
