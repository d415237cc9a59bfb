/** IPv4 packets put together by hand, with whatever is wrong with them. */
import { parseIpv4Address } from '../../src/wire/address.ts'
import { checksum, fold, sum16 } from '../../src/wire/checksum.ts'
import { read32, write16, write32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'

/** Hosts of a dialogue. */
export const PEER = parseIpv4Address('192.0.2.1')
export const OURS = parseIpv4Address('192.0.2.2')

/** Fields of the IPv4 header; what is left out is usual. */
export interface Fields {
  readonly source?: number
  readonly destination?: number
  readonly protocol?: number
  readonly ttl?: number
  readonly identification?: number
  /** The flags and the fragment offset. */
  readonly fragment?: number
}

export const ipv4 = (payload: Uint8Array, fields: Fields = {}): Uint8Array => {
  const packet = new Uint8Array(20 + payload.length)
  const { source = PEER, destination = OURS, protocol = 6, ttl = 64, identification = 7 } = fields
  writeIpv4(
    packet,
    0,
    packet.length,
    protocol,
    source,
    destination,
    ttl,
    0,
    identification,
    fields.fragment ?? 0,
  )
  packet.set(payload, 20)
  return packet
}

/** The packet with its checksums right: IPv4, and TCP or ICMP as far as there is a header. */
export const sealed = (packet: Uint8Array): Uint8Array => {
  const header = (packet[0]! & 15) * 4
  if (packet.length < header) return packet
  write16(packet, 10, 0)
  write16(packet, 10, checksum(packet, 0, header))
  const length = packet.length - header
  if (packet[9] === 6 && length >= 20) {
    write16(packet, header + 16, 0)
    const pseudo = pseudoHeaderSum(read32(packet, 12), read32(packet, 16), 6, length)
    write16(packet, header + 16, ~fold(pseudo + sum16(packet, header, length)))
  } else if (packet[9] === 1 && length >= 4) {
    write16(packet, header + 2, 0)
    write16(packet, header + 2, checksum(packet, header, length))
  }
  return packet
}

/** A copy with other header fields, checksums right. */
export const altered = (packet: Uint8Array, fields: Fields): Uint8Array => {
  const copy = packet.slice()
  if (fields.source !== undefined) write32(copy, 12, fields.source)
  if (fields.destination !== undefined) write32(copy, 16, fields.destination)
  if (fields.protocol !== undefined) copy[9] = fields.protocol
  if (fields.ttl !== undefined) copy[8] = fields.ttl
  if (fields.identification !== undefined) write16(copy, 4, fields.identification)
  if (fields.fragment !== undefined) write16(copy, 6, fields.fragment)
  return sealed(copy)
}

/** A copy with options, whole words of them, after the IPv4 header. */
export const withIpOptions = (packet: Uint8Array, options: readonly number[]): Uint8Array => {
  const copy = new Uint8Array(packet.length + options.length)
  copy.set(packet.subarray(0, 20))
  copy.set(options, 20)
  copy.set(packet.subarray(20), 20 + options.length)
  copy[0] = 0x45 + options.length / 4
  write16(copy, 2, copy.length)
  return sealed(copy)
}

/** The packet in fragments that end at these places of its payload (multiples of 8), and at its end. */
export const fragments = (packet: Uint8Array, ...ends: number[]): Uint8Array[] => {
  const all = [...ends, packet.length - 20]
  return all.map((end, i) => {
    const from = all[i - 1] ?? 0
    const piece = new Uint8Array(20 + end - from)
    piece.set(packet.subarray(0, 20))
    piece.set(packet.subarray(20 + from, 20 + end), 20)
    write16(piece, 2, piece.length)
    write16(piece, 6, (i < all.length - 1 ? 0x2000 : 0) | (from >> 3))
    write16(piece, 10, 0)
    write16(piece, 10, checksum(piece, 0, 20))
    return piece
  })
}

export const icmp = (type: number, code: number, body: Uint8Array, fields: Fields = {}): Uint8Array => {
  const message = new Uint8Array(8 + body.length)
  message[0] = type
  message[1] = code
  write32(message, 4, 0x12345678)
  message.set(body, 8)
  return sealed(ipv4(message, { protocol: 1, ...fields }))
}

export const echoRequest = (length: number, fields: Fields = {}): Uint8Array =>
  icmp(
    8,
    0,
    Uint8Array.from({ length }, (_, i) => i * 7),
    fields,
  )

export const udp = (port: number, fields: Fields = {}): Uint8Array => {
  const datagram = new Uint8Array(12)
  write16(datagram, 0, 5353)
  write16(datagram, 2, port)
  write16(datagram, 4, 12)
  return ipv4(datagram, { protocol: 17, ...fields })
}

/** Sets the TCP checksum of a packet without IPv4 options right. */
export const fixTcpChecksum = (packet: Uint8Array): void => {
  write16(packet, 36, 0)
  const pseudo = pseudoHeaderSum(read32(packet, 12), read32(packet, 16), 6, packet.length - 20)
  write16(packet, 36, ~fold(pseudo + sum16(packet, 20, packet.length - 20)))
}

/** An ICMP error from the peer quoting a segment that we have sent (or another packet). */
export const icmpError = (type: number, code: number, quoted: Uint8Array, from = PEER): Uint8Array => {
  const quote = quoted.subarray(0, Math.min(quoted.length, 28))
  const packet = new Uint8Array(28 + quote.length)
  writeIpv4(packet, 0, packet.length, 1, from, OURS, 64, 0, 2)
  packet[20] = type
  packet[21] = code
  write32(packet, 24, 0)
  packet.set(quote, 28)
  write16(packet, 22, checksum(packet, 20, packet.length - 20))
  return packet
}
