/** The fragments that a router makes of packets that are too large for the next hop. IPv6 has no such routers. */
import { checksum } from '../../wire/checksum.ts'
import {
  FRAGMENT_OFFSET,
  IPV4_HEADER,
  ipv4HeaderLength,
  MORE_FRAGMENTS,
  read16,
  write16,
} from '../../wire/ipv4.ts'
import type { PacketMemory } from '../packet-memory.ts'

/** Option types, RFC 791 §3.1: the end, one byte of padding, and the bit of those that every fragment carries. */
const OPTION_END = 0
const OPTION_NOP = 1
const OPTION_COPIED = 0x80

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
  const headerLength = ipv4HeaderLength(b, start)
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
