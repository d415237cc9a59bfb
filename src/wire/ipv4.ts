import { ANY_IPV4, type Ipv4Address } from './address.ts'
import { read16, read32, write16, write32 } from './bytes.ts'
import { checksum } from './checksum.ts'
import type { DropReason } from './drop.ts'

export { read16, read32, write16, write32 } from './bytes.ts'
export { PROTOCOL_ICMP, PROTOCOL_TCP } from './protocol.ts'

export const IPV4_HEADER = 20

export const DONT_FRAGMENT = 0x4000
export const MORE_FRAGMENTS = 0x2000
export const FRAGMENT_OFFSET = 0x1fff

/** Bytes of the header at `start`, options included, as it says itself: nothing is checked. */
export const ipv4HeaderLength = (b: Uint8Array, start: number): number => (b[start]! & 15) << 2

/** The fields of an IPv4 header (RFC 791 §3.1), reused from packet to packet. */
export class Ipv4Header {
  /** Bytes of the header, options included. */
  headerLength = 0
  /** Bytes of header and payload; what the link delivered beyond them is padding. */
  totalLength = 0
  /** The Diffserv field and ECN bits, as the octet they share (RFC 2474, RFC 3168). */
  trafficClass = 0
  identification = 0
  moreFragments = false
  /** Bytes. */
  fragmentOffset = 0
  dontFragment = false
  ttl = 0
  protocol = 0
  source: Ipv4Address = ANY_IPV4
  destination: Ipv4Address = ANY_IPV4
}

/**
 * Reads and validates the header at `start` (RFC 1122 §3.2.1). `length` is what the link delivered.
 * @returns why to drop the packet, or null with `header` filled.
 */
export const parseIpv4 = (
  b: Uint8Array,
  start: number,
  length: number,
  header: Ipv4Header,
): DropReason | null => {
  if (length < IPV4_HEADER) return 'ip-truncated'
  const first = b[start]!
  if (first >>> 4 !== 4) return 'ip-version'
  const headerLength = (first & 15) << 2
  if (headerLength < IPV4_HEADER || headerLength > length) return 'ip-header-length'
  const totalLength = read16(b, start + 2)
  if (totalLength < headerLength || totalLength > length) return 'ip-total-length'
  if (checksum(b, start, headerLength) !== 0) return 'ip-checksum'
  const fragment = read16(b, start + 6)
  header.headerLength = headerLength
  header.totalLength = totalLength
  header.trafficClass = b[start + 1]!
  header.identification = read16(b, start + 4)
  header.dontFragment = (fragment & DONT_FRAGMENT) !== 0
  header.moreFragments = (fragment & MORE_FRAGMENTS) !== 0
  header.fragmentOffset = (fragment & FRAGMENT_OFFSET) << 3
  header.ttl = b[start + 8]!
  header.protocol = b[start + 9]!
  header.source = read32(b, start + 12)
  header.destination = read32(b, start + 16)
  return null
}

/** Writes a header without options, checksum included. `totalLength` may be a super-segment's. */
export const writeIpv4 = (
  b: Uint8Array,
  start: number,
  totalLength: number,
  protocol: number,
  source: Ipv4Address,
  destination: Ipv4Address,
  ttl: number,
  trafficClass: number,
  identification: number,
  flags = 0,
): void => {
  b[start] = 0x45
  b[start + 1] = trafficClass
  write16(b, start + 2, totalLength)
  write16(b, start + 4, identification)
  write16(b, start + 6, flags)
  b[start + 8] = ttl
  b[start + 9] = protocol
  b[start + 10] = 0
  b[start + 11] = 0
  write32(b, start + 12, source)
  write32(b, start + 16, destination)
  write16(b, start + 10, checksum(b, start, IPV4_HEADER))
}
