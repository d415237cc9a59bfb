/** The header before the IP packet in a capture, by link type (the LINKTYPE_ registry of tcpdump.org). */
import { read16 } from '../wire/ipv4.ts'

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
/** VLAN tags: 802.1Q, 802.1ad, and what came before it. */
const TAGS: readonly number[] = [0x8100, 0x88a8, 0x9100]

/** The IP packet in a frame; null when there is none; the name of what is missing for a link type that is not known. */
export const ipPacket = (linkType: number, b: Uint8Array): Uint8Array | null => LAYERS[linkType]?.(b) ?? null

export const isKnownLinkType = (linkType: number): boolean => LAYERS[linkType] !== undefined

/** The link types that {@link ipPacket} knows, for messages. */
export const LINK_TYPES = 'Ethernet, raw IP, Linux cooked v1 and v2, loopback'

const after = (b: Uint8Array, header: number, ethertype: number): Uint8Array | null =>
  (ethertype === ETHERTYPE_IPV4 || ethertype === ETHERTYPE_IPV6) && b.length > header
    ? b.subarray(header)
    : null

const ethernet = (b: Uint8Array): Uint8Array | null => {
  if (b.length < 14) return null
  let at = 12
  let type = read16(b, at)
  while (TAGS.includes(type) && at + 6 <= b.length) {
    at += 4
    type = read16(b, at)
  }
  return after(b, at + 2, type)
}

const raw = (b: Uint8Array): Uint8Array | null => (b.length > 0 ? b : null)

const cooked = (b: Uint8Array): Uint8Array | null => (b.length < 16 ? null : after(b, 16, read16(b, 14)))

const cooked2 = (b: Uint8Array): Uint8Array | null => (b.length < 20 ? null : after(b, 20, read16(b, 0)))

/** An address family in four bytes, of the byte order of whoever captured it; the version tells IP by itself. */
const loopback = (b: Uint8Array): Uint8Array | null => {
  if (b.length < 5) return null
  const version = b[4]! >>> 4
  return version === 4 || version === 6 ? b.subarray(4) : null
}

const LAYERS: Readonly<Record<number, (b: Uint8Array) => Uint8Array | null>> = {
  0: loopback,
  1: ethernet,
  12: raw,
  14: raw,
  101: raw,
  108: loopback,
  113: cooked,
  228: raw,
  229: raw,
  276: cooked2,
}
