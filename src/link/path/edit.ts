/** Changes to packets on their way that leave them in order: lengths and checksums are those of what they have become. */
import { read16, write16 } from '../../wire/bytes.ts'
import { checksum } from '../../wire/checksum.ts'
import { type Dissection, tcpHeaderLength } from '../../wire/dissect.ts'
import { ipv4HeaderLength } from '../../wire/ipv4.ts'
import { IPV6_HEADER } from '../../wire/ipv6.ts'
import { PROTOCOL_TCP } from '../../wire/protocol.ts'
import { pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import { FIN, TCP_CHECKSUM } from '../../wire/tcp.ts'

/** Writes the checksum of a segment that has changed. */
export const sumAgain = (b: Uint8Array, packet: Dissection): void => {
  const { source, destination, payload, payloadLength } = packet
  write16(b, payload + TCP_CHECKSUM, 0)
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, payloadLength)
  write16(b, payload + TCP_CHECKSUM, checksum(b, payload, payloadLength, pseudo))
}

/** The place and the length of a segment's text; `packet` is a whole segment. */
export const textOf = (b: Uint8Array, packet: Dissection): { at: number; length: number } => {
  const header = tcpHeaderLength(b, packet.tcp)
  return { at: packet.tcp + header, length: Math.max(0, packet.payloadLength - header) }
}

/** Flips one bit of a segment's text, `bit` of it, so that no checksum tells. */
export const flipUnseen = (b: Uint8Array, packet: Dissection, bit: number): void => {
  const { at } = textOf(b, packet)
  b[at + (bit >> 3)]! ^= 1 << (bit & 7)
  sumAgain(b, packet)
}

/** Gives a segment another port: at offset 0 its source, at 2 its destination. */
export const changePort = (b: Uint8Array, packet: Dissection, offset: 0 | 2, port: number): void => {
  write16(b, packet.tcp + offset, port)
  sumAgain(b, packet)
}

/** Leaves the first `bytes` of a segment's text, and its FIN out. @returns the length of the packet then */
export const shorten = (b: Uint8Array, packet: Dissection, bytes: number): number => {
  const { start, version } = packet
  const length = textOf(b, packet).at + bytes - start
  b[packet.tcp + 13]! &= ~FIN
  if (version === 6) write16(b, start + 4, length - IPV6_HEADER)
  else {
    write16(b, start + 2, length)
    write16(b, start + 10, 0)
    write16(b, start + 10, checksum(b, start, ipv4HeaderLength(b, start)))
  }
  sumAgain(b, packet.read(b, start, length))
  return length
}

/** Returns whether TCP's text is all there, so that it can be changed. */
export const isWhole = (packet: Dissection, length: number): boolean =>
  packet.tcp >= 0 && !packet.fragment && packet.totalLength === length

/** The source and the destination port of a segment. */
export const portsOf = (b: Uint8Array, { tcp }: Dissection): [number, number] => [
  read16(b, tcp),
  read16(b, tcp + 2),
]
