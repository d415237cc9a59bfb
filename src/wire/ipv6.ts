/** The IPv6 header and its extension headers, RFC 8200. */
import { type Ipv6Address, isMulticast } from './address.ts'
import { read16, read32, write16, write32 } from './bytes.ts'
import type { DropReason } from './drop.ts'
import { ANY, readIpv6Address, writeIpv6Address } from './ipv6-address.ts'
import { PROTOCOL_TCP } from './protocol.ts'
import { TCP_HEADER } from './tcp.ts'

export const IPV6_HEADER = 40
/** Every link carries packets of this size (RFC 8200 §5). */
export const LEAST_IPV6_MTU = 1280

/** Extension headers, RFC 8200 §4. */
export const HOP_BY_HOP = 0
export const ROUTING = 43
export const FRAGMENT = 44
export const DESTINATION_OPTIONS = 60

/** Bytes of a fragment header. */
export const FRAGMENT_HEADER = 8

/** Codes of ICMPv6's parameter problem (RFC 4443 §3.4). */
export const ERRONEOUS_FIELD = 0
export const UNRECOGNIZED_NEXT_HEADER = 1
export const UNRECOGNIZED_OPTION = 2
export const INCOMPLETE_FIRST_FRAGMENT = 3

/** Bounds on a packet's extension headers (RFC 8504 §5.3 leaves the numbers open). Honest ones have one or two, of few bytes. */
const MOST_HEADERS = 8
const MOST_BYTES = 512
const MOST_OPTIONS = 16

/** Option types, RFC 8200 §4.2: padding, and what the two highest bits ask of who does not know the rest. */
const PAD1 = 0
const PADN = 1
const SKIP = 0
const DISCARD = 1
const DISCARD_AND_TELL = 2

/** The fields of an IPv6 header and of what is between it and the payload, reused from packet to packet. */
export class Ipv6Header {
  /** Bytes of the header, with all extension headers. */
  headerLength = 0
  /** Bytes of header and payload; what the link delivered beyond them is padding. */
  totalLength = 0
  trafficClass = 0
  flowLabel = 0
  hopLimit = 0
  /** The next header of the last header, and where that stands, from the start of the packet. */
  protocol = 0
  protocolAt = 0
  source: Ipv6Address = ANY
  destination: Ipv6Address = ANY
  /** The place of the fragment header, from the start of the packet; 0 without one. The data behind it is not yet looked at. */
  fragmentAt = 0
  /** The field that says what follows {@link fragmentAt}, from the start of the packet. */
  fragmentNamedAt = 0
  /** The code of parameter problem to tell the sender of a packet that is dropped, and where; -1 for nothing. */
  problem = -1
  problemAt = 0
}

/**
 * Reads the header at `start` and walks the extension headers up to the payload, or to a fragment header. `length` is what
 * the link delivered.
 * @returns why to drop the packet, or null with `header` filled
 */
export const parseIpv6 = (
  b: Uint8Array,
  start: number,
  length: number,
  header: Ipv6Header,
): DropReason | null => {
  header.problem = -1
  header.fragmentAt = 0
  if (length < IPV6_HEADER) return 'ip-truncated'
  if (b[start]! >>> 4 !== 6) return 'ip-version'
  const totalLength = IPV6_HEADER + read16(b, start + 4)
  if (totalLength > length) return 'ip-total-length'
  const first = read32(b, start)
  header.totalLength = totalLength
  header.trafficClass = (first >>> 20) & 0xff
  header.flowLabel = first & 0xfffff
  header.hopLimit = b[start + 7]!
  header.source = readIpv6Address(b, start + 8)
  header.destination = readIpv6Address(b, start + 24)
  header.headerLength = IPV6_HEADER
  header.protocolAt = 6
  header.protocol = b[start + 6]!
  if (!isExtension(header.protocol)) return null
  return walk(b, start, header)
}

/** Returns whether a next header is one of the extension headers that {@link parseIpv6} walks. */
export const isExtension = (next: number): boolean =>
  next === HOP_BY_HOP || next === ROUTING || next === FRAGMENT || next === DESTINATION_OPTIONS

const problem = (header: Ipv6Header, code: number, at: number): DropReason => {
  header.problem = code
  header.problemAt = at
  return 'ip-extension'
}

/** RFC 8200 §4.1: in any order, but the hop-by-hop options first. */
const walk = (b: Uint8Array, start: number, header: Ipv6Header): DropReason | null => {
  let at = IPV6_HEADER
  let namedAt = 6
  let next = header.protocol
  for (let count = 0; isExtension(next); count++) {
    if (count === MOST_HEADERS || at - IPV6_HEADER > MOST_BYTES) return 'ip-extension-limit'
    if (next === HOP_BY_HOP && at !== IPV6_HEADER) return problem(header, UNRECOGNIZED_NEXT_HEADER, namedAt)
    if (at + 8 > header.totalLength) return 'ip-extension'
    if (next === FRAGMENT) {
      const field = read16(b, start + at + 2)
      if ((field & ~6) !== 0) {
        const isFirst = field >>> 3 === 0
        if (isFirst && b[start + at] === HOP_BY_HOP) return problem(header, UNRECOGNIZED_NEXT_HEADER, at)
        if (isFirst && !isComplete(b, start, at, header.totalLength))
          return problem(header, INCOMPLETE_FIRST_FRAGMENT, 0)
        header.fragmentAt = at
        header.fragmentNamedAt = namedAt
        break
      }
      // RFC 6946 §4: an atomic fragment is whole, whatever else of its identification is there.
      namedAt = at
      next = b[start + at]!
      at += FRAGMENT_HEADER
      continue
    }
    const size = 8 * (b[start + at + 1]! + 1)
    if (at + size > header.totalLength) return 'ip-extension'
    if (next === ROUTING) {
      // §4.4: whatever its type, it has come to its end here; and of no type do we know how to go on (RFC 5095).
      if (b[start + at + 3] !== 0) return problem(header, ERRONEOUS_FIELD, at + 2)
    } else {
      const bad = walkOptions(b, start, at, size, header)
      if (bad !== null) return bad
    }
    namedAt = at
    next = b[start + at]!
    at += size
  }
  if (at - IPV6_HEADER > MOST_BYTES) return 'ip-extension-limit'
  header.headerLength = at
  header.protocol = next
  header.protocolAt = namedAt
  return null
}

/**
 * §4.5: true when a first fragment, whose fragment header is at `at`, holds all headers up to that of the upper layer. They
 * are looked at more closely once the packet is whole.
 */
const isComplete = (b: Uint8Array, start: number, at: number, totalLength: number): boolean => {
  let next = b[start + at]!
  at += FRAGMENT_HEADER
  for (let count = 0; isExtension(next) && count < MOST_HEADERS; count++) {
    if (at + 8 > totalLength) return false
    const size = next === FRAGMENT ? FRAGMENT_HEADER : 8 * (b[start + at + 1]! + 1)
    next = b[start + at]!
    at += size
  }
  return at + (next === PROTOCOL_TCP ? TCP_HEADER : 0) <= totalLength
}

/** §4.2: none of the options is known to us but padding. */
const walkOptions = (
  b: Uint8Array,
  start: number,
  at: number,
  size: number,
  header: Ipv6Header,
): DropReason | null => {
  const end = at + size
  let count = 0
  for (let i = at + 2; i < end; ) {
    const type = b[start + i]!
    if (type === PAD1) {
      i++
      continue
    }
    const length = i + 1 < end ? b[start + i + 1]! : 255
    if (i + 2 + length > end) return problem(header, ERRONEOUS_FIELD, i)
    if (++count > MOST_OPTIONS) return 'ip-extension-limit'
    const action = type >>> 6
    if (type !== PADN && action !== SKIP) {
      if (action === DISCARD || (action !== DISCARD_AND_TELL && isMulticast(header.destination)))
        return 'ip-extension'
      return problem(header, UNRECOGNIZED_OPTION, i)
    }
    i += 2 + length
  }
  return null
}

/** Writes a header without extension headers. `totalLength` may be a super-segment's. */
export const writeIpv6 = (
  b: Uint8Array,
  start: number,
  totalLength: number,
  protocol: number,
  source: Ipv6Address,
  destination: Ipv6Address,
  hopLimit: number,
  trafficClass: number,
  flowLabel: number,
): void => {
  write32(b, start, 0x6000_0000 | (trafficClass << 20) | flowLabel)
  write16(b, start + 4, totalLength - IPV6_HEADER)
  b[start + 6] = protocol
  b[start + 7] = hopLimit
  writeIpv6Address(b, start + 8, source)
  writeIpv6Address(b, start + 24, destination)
}

/** Writes a fragment header (RFC 8200 §4.5). `offset` in bytes, a multiple of 8. */
export const writeFragmentHeader = (
  b: Uint8Array,
  at: number,
  protocol: number,
  offset: number,
  more: boolean,
  identification: number,
): void => {
  b[at] = protocol
  b[at + 1] = 0
  write16(b, at + 2, offset | (more ? 1 : 0))
  write32(b, at + 4, identification)
}
