/** Fragments of IPv4, and how a link delivers them. */
import type { Reassembly } from '../../src/ip/reassembly.ts'
import { checksum } from '../../src/wire/checksum.ts'
import { Ipv4Header, MORE_FRAGMENTS, parseIpv4, write16, writeIpv4 } from '../../src/wire/ipv4.ts'

export const HERE = 0x0a00_0001
export const THERE = 0x0a00_0002
export const UDP = 17

export interface Piece {
  /** Bytes from the start of the payload; a multiple of 8. */
  offset: number
  text: Uint8Array
  more: boolean
  id?: number
  source?: number
  destination?: number
  protocol?: number
  options?: Uint8Array
}

/** A fragment as a packet. Options are whole words. */
export const fragment = (piece: Piece): Uint8Array => {
  const { offset, text, more, id = 1, source = HERE, destination = THERE, protocol = UDP } = piece
  const { options = new Uint8Array(0) } = piece
  const headerLength = 20 + options.length
  const packet = new Uint8Array(headerLength + text.length)
  const flags = (more ? MORE_FRAGMENTS : 0) | (offset >> 3)
  writeIpv4(packet, 0, packet.length, protocol, source, destination, 64, 0, id, flags)
  packet[0] = 0x40 | (headerLength >> 2)
  packet.set(options, 20)
  write16(packet, 10, 0)
  write16(packet, 10, checksum(packet, 0, headerLength))
  packet.set(text, headerLength)
  return packet
}

export const header = new Ipv4Header()

/** Adds a packet as a link would deliver it: somewhere in a Buffer that the next packet overwrites. */
const slab = Buffer.alloc(70_000)
export const add = (r: Reassembly, packet: Uint8Array, now = 0, start = 13) => {
  slab.set(packet, start)
  if (parseIpv4(slab, start, packet.length, header) !== null) throw new Error('the test made a bad packet')
  const result = r.add(slab, start, header.totalLength, header.headerLength, now)
  slab.fill(0xdd, start, start + packet.length)
  return result
}

export const bytes = (length: number, salt = 0) =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) + salt) & 255)

/** Fragments of `text`, cut at these offsets (in units of 8 bytes). */
export const cut = (text: Uint8Array, at: readonly number[], more: Partial<Piece> = {}): Uint8Array[] => {
  const offsets = [...new Set([0, ...at.map(n => n * 8)])].filter(o => o < text.length).sort((a, b) => a - b)
  return offsets.map((offset, i) => {
    const end = offsets[i + 1] ?? text.length
    return fragment({ ...more, offset, text: text.subarray(offset, end), more: end < text.length })
  })
}
