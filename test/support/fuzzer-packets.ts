/** Hostile packets of both families, by hand: lengths, checksums, fragments, headers in between. */
import type { SeededRandom } from '../../src/sim/seeded-random.ts'
import { read32, write16 } from '../../src/wire/bytes.ts'
import { checksum, fold, sum16 } from '../../src/wire/checksum.ts'
import { FRAGMENT, FRAGMENT_HEADER, writeFragmentHeader } from '../../src/wire/ipv6.ts'
import { readIpv6Address } from '../../src/wire/ipv6-address.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'

/** The places of fields in a header of each family. */
export const LAYOUT = {
  4: { header: 20, length: 2, hopLimit: 8, protocol: 9, source: 12, destination: 16, icmp: 1, first: 0x45 },
  6: { header: 40, length: 4, hopLimit: 7, protocol: 6, source: 8, destination: 24, icmp: 58, first: 0x60 },
} as const

/** The length field says what there is. */
export const tellLength = (p: Uint8Array, family: 4 | 6): void =>
  write16(p, LAYOUT[family].length, family === 4 ? p.length : p.length - 40)

/** Sets the checksum of TCP or ICMPv6 behind a plain header. */
export const sealIpv6 = (p: Uint8Array): Uint8Array => {
  if (p.length < 44) return p
  const at = p[6] === 6 && p.length >= 60 ? 56 : p[6] === 58 ? 42 : -1
  if (at < 0) return p
  const length = p.length - 40
  write16(p, at, 0)
  const pseudo = pseudoHeaderSum(readIpv6Address(p, 8), readIpv6Address(p, 24), p[6]!, length)
  write16(p, at, ~fold(pseudo + sum16(p, 40, length)))
  return p
}

/** Sets the IPv4 header checksum, and that of TCP or ICMP, as far as the packet's lengths make any sense. */
export const seal = (p: Uint8Array): Uint8Array => {
  if (p.length > 0 && p[0]! >>> 4 === 6) return sealIpv6(p)
  if (p.length < 20) return p
  const header = Math.min((p[0]! & 15) * 4, p.length)
  write16(p, 10, 0)
  write16(p, 10, checksum(p, 0, header))
  const length = p.length - header
  if (p[9] === 6 && length >= 20) {
    write16(p, header + 16, 0)
    const pseudo = pseudoHeaderSum(read32(p, 12), read32(p, 16), 6, length)
    write16(p, header + 16, ~fold(pseudo + sum16(p, header, length)))
  } else if (p[9] === 1 && length >= 4) {
    write16(p, header + 2, 0)
    write16(p, header + 2, checksum(p, header, length))
  }
  return p
}

export const fragmentOf = (p: Uint8Array, bytes: Uint8Array, offset: number, more: boolean): Uint8Array => {
  const piece = new Uint8Array(20 + bytes.length)
  piece.set(p.subarray(0, 20))
  piece.set(bytes, 20)
  tellLength(piece, 4)
  write16(piece, 6, (more ? 0x2000 : 0) | (offset >> 3))
  write16(piece, 10, 0)
  write16(piece, 10, checksum(piece, 0, 20))
  return piece
}

export const fragmentOfIpv6 = (
  p: Uint8Array,
  bytes: Uint8Array,
  offset: number,
  more: boolean,
  identification: number,
): Uint8Array => {
  const piece = new Uint8Array(40 + FRAGMENT_HEADER + bytes.length)
  piece.set(p.subarray(0, 40))
  piece[6] = FRAGMENT
  writeFragmentHeader(piece, 40, p[6]!, offset, more, identification)
  piece.set(bytes, 40 + FRAGMENT_HEADER)
  tellLength(piece, 6)
  return piece
}

/** The packet with options in its IPv4 header, of anything. */
export const withOptions = (p: Uint8Array, random: SeededRandom): Uint8Array => {
  const options = new Uint8Array(4 * (1 + random.below(10)))
  random.fill(options)
  const bent = new Uint8Array(p.length + options.length)
  bent.set(p.subarray(0, 20))
  bent.set(options, 20)
  bent.set(p.subarray(20), 20 + options.length)
  bent[0] = 0x45 + options.length / 4
  tellLength(bent, 4)
  return bent
}

/** An extension header before the segment, of any kind: with options of padding, or of anything. */
export const withExtension = (p: Uint8Array, random: SeededRandom): Uint8Array => {
  const header = new Uint8Array(8 * (1 + random.below(4)))
  if (random.chance(0.4)) random.fill(header)
  header.set([p[6]!, header.length / 8 - 1])
  if (random.chance(0.5)) header.set([1, header.length - 4], 2)
  const bent = new Uint8Array(p.length + header.length)
  bent.set(p.subarray(0, 40))
  bent.set(header, 40)
  bent.set(p.subarray(40), 40 + header.length)
  bent[6] = [0, 43, 60, 60, 135][random.below(5)]!
  tellLength(bent, 6)
  return bent
}
