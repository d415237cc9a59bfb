/** A router's treatment of packets that are too large or too old for the next hop: RFC 791, 1191 and 1812. */
import { type Address, type Ipv4Address, isLimitedBroadcast, isMulticast } from '../../wire/address.ts'
import { checksum, fold } from '../../wire/checksum.ts'
import { ICMP_HEADER, isIcmpError } from '../../wire/icmp.ts'
import {
  DONT_FRAGMENT,
  FRAGMENT_OFFSET,
  IPV4_HEADER,
  MORE_FRAGMENTS,
  PROTOCOL_ICMP,
  read16,
  read32,
  write16,
  write32,
  writeIpv4,
} from '../../wire/ipv4.ts'
import type { PacketMemory } from '../packet-memory.ts'

/** An error's packet quotes as much as fits into this (RFC 1812 §4.3.2.3). */
const ERROR_PACKET = 576
const ROUTER_TTL = 64
/** RFC 1812 §4.3.2.5: internetwork control. */
const ERROR_TRAFFIC_CLASS = 0xc0

/** Option types, RFC 791 §3.1: the end, one byte of padding, and the bit of those that every fragment carries. */
const OPTION_END = 0
const OPTION_NOP = 1
const OPTION_COPIED = 0x80

/** Whether there is a header of IPv4 whose lengths agree with the packet's. */
export const hasHeader = (b: Uint8Array, start: number, length: number): boolean => {
  if (length < IPV4_HEADER || b[start]! >>> 4 !== 4) return false
  const header = (b[start]! & 15) << 2
  const total = read16(b, start + 2)
  return header >= IPV4_HEADER && header <= total && total <= length
}

export const mayFragment = (b: Uint8Array, start: number): boolean =>
  (read16(b, start + 6) & DONT_FRAGMENT) === 0

/**
 * The options that go with every fragment but the first, padded to whole words; an option that is cut off ends them.
 */
const copiedOptions = (b: Uint8Array, start: number, headerLength: number): number[] => {
  const copied: number[] = []
  const end = start + headerLength
  for (let i = start + IPV4_HEADER; i < end; ) {
    const type = b[i]!
    if (type === OPTION_END) break
    const size = type === OPTION_NOP ? 1 : (b[i + 1] ?? 0)
    if (size < 1 || (type !== OPTION_NOP && size < 2) || i + size > end) break
    if (type & OPTION_COPIED) for (let n = i; n < i + size; n++) copied.push(b[n]!)
    i += size
  }
  while (copied.length & 3) copied.push(OPTION_END)
  return copied
}

/**
 * Cuts the packet, which has a header and no DF, into fragments of at most `mtu` bytes (RFC 791 §3.2); it may be a
 * fragment itself.
 */
export const cutIntoFragments = (
  b: Uint8Array,
  start: number,
  mtu: number,
  memory: PacketMemory,
  each: (b: Uint8Array, start: number, length: number) => void,
): void => {
  const headerLength = (b[start]! & 15) << 2
  const total = read16(b, start + 2)
  const field = read16(b, start + 6)
  const later = copiedOptions(b, start, headerLength)
  const firstOffset = field & FRAGMENT_OFFSET
  for (let from = headerLength; from < total; ) {
    const leading = from === headerLength
    const header = leading ? headerLength : IPV4_HEADER + later.length
    const last = header + total - from <= mtu
    const size = last ? total - from : (mtu - header) & ~7
    memory.reserve(header + size)
    const { buffer, start: to } = memory
    buffer.set(b.subarray(start, start + (leading ? headerLength : IPV4_HEADER)), to)
    if (!leading) buffer.set(later, to + IPV4_HEADER)
    buffer.set(b.subarray(start + from, start + from + size), to + header)
    buffer[to] = 0x40 | (header >> 2)
    write16(buffer, to + 2, header + size)
    const offset = firstOffset + ((from - headerLength) >> 3)
    write16(buffer, to + 6, (last ? field & MORE_FRAGMENTS : MORE_FRAGMENTS) | offset)
    write16(buffer, to + 10, 0)
    write16(buffer, to + 10, checksum(buffer, to, header))
    each(buffer, to, header + size)
    from += size
  }
}

/**
 * One hop more: the time to live, with the header's checksum (RFC 1624 §3), counts down. False when none is left
 * (RFC 1812 §5.3.1).
 */
export const countHop = (b: Uint8Array, start: number): boolean => {
  if (b[start + 8]! <= 1) return false
  const before = read16(b, start + 8)
  b[start + 8]!--
  write16(b, start + 10, ~fold((~read16(b, start + 10) & 0xffff) + (~before & 0xffff) + read16(b, start + 8)))
  return true
}

/** Whether a router tells the sender about a packet: RFC 1812 §4.3.2.7. */
const mayTell = (b: Uint8Array, start: number): boolean => {
  if (read16(b, start + 6) & FRAGMENT_OFFSET) return false
  const source = read32(b, start + 12)
  const destination = read32(b, start + 16)
  if (isMulticast(destination) || isLimitedBroadcast(destination)) return false
  if (source === 0 || isMulticast(source) || isLimitedBroadcast(source)) return false
  const payload = start + ((b[start]! & 15) << 2)
  return b[start + 9] !== PROTOCOL_ICMP || !isIcmpError(b[payload] ?? 0)
}

/**
 * The ICMP error about a packet that has a header, from the router to the packet's sender; null when there must be
 * none. `rest` is the second word of its header: the next hop's MTU in fragmentation needed (RFC 1191 §4).
 */
export const errorAbout = (
  b: Uint8Array,
  start: number,
  router: Address,
  type: number,
  code: number,
  rest: number,
): Uint8Array | null => {
  if (!mayTell(b, start)) return null
  const quoted = Math.min(read16(b, start + 2), ERROR_PACKET - IPV4_HEADER - ICMP_HEADER)
  const error = new Uint8Array(IPV4_HEADER + ICMP_HEADER + quoted)
  const { length } = error
  const to = read32(b, start + 12)
  writeIpv4(error, 0, length, PROTOCOL_ICMP, router as Ipv4Address, to, ROUTER_TTL, ERROR_TRAFFIC_CLASS, 0)
  error[IPV4_HEADER] = type
  error[IPV4_HEADER + 1] = code
  write32(error, IPV4_HEADER + 4, rest)
  error.set(b.subarray(start, start + quoted), IPV4_HEADER + ICMP_HEADER)
  write16(error, IPV4_HEADER + 2, checksum(error, IPV4_HEADER, length - IPV4_HEADER))
  return error
}
