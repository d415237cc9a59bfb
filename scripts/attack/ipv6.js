/** Packets of IPv6, made by hand. */
import { parseAddress } from '../../dist/src/wire/address.js'
import { write16, write32 } from '../../dist/src/wire/bytes.js'
import { checksum } from '../../dist/src/wire/checksum.js'
import { icmpPacket } from '../../dist/src/wire/icmp-message.js'
import { writeFragmentHeader, writeIpv6 } from '../../dist/src/wire/ipv6.js'
import { PROTOCOL_TCP } from '../../dist/src/wire/protocol.js'
import { pseudoHeaderSum } from '../../dist/src/wire/pseudo-header.js'
import { writeTcp } from '../../dist/src/wire/tcp.js'
import { ATTACKERS6, STACK6 } from './addresses.js'

export const TARGET6 = parseAddress(STACK6)
export const FRAGMENT = 44
const HEADER = 40
const EMPTY = new Uint8Array(0)

/** The address of an attacker, of which there are as many as numbers. */
export const address6 = number =>
  parseAddress(`${ATTACKERS6}${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`)

/** `extensions` stand before the payload, the first of them of type `next`. */
export const packet6 = (source, protocol, payload, extensions = EMPTY, next = protocol) => {
  const b = new Uint8Array(HEADER + extensions.length + payload.length)
  writeIpv6(b, 0, b.length, next, source, TARGET6, 64, 0, 0)
  b.set(extensions, HEADER)
  b.set(payload, HEADER + extensions.length)
  return b
}

/** A TCP segment without an IP header. */
export const tcp6 = (source, { sourcePort, port, seq = 0, ack = 0, flags, options = EMPTY }) => {
  const header = 20 + options.length
  const b = new Uint8Array(header)
  writeTcp(b, 0, sourcePort, port, seq, ack, header, flags, 65_535, 0)
  b.set(options, 20)
  write16(b, 16, checksum(b, 0, header, pseudoHeaderSum(source, TARGET6, PROTOCOL_TCP, header)))
  return b
}

export const icmp6 = (source, type, code, rest, body) =>
  icmpPacket(source, TARGET6, type, code, rest, body, 64, 0)

/** A fragment of nothing in particular; `offset` is a multiple of 8. */
export const fragment6 = (source, identification, offset, length, more, before = EMPTY, first = FRAGMENT) => {
  const extensions = new Uint8Array(before.length + 8)
  extensions.set(before)
  writeFragmentHeader(extensions, before.length, PROTOCOL_TCP, offset, more, identification)
  return packet6(source, FRAGMENT, new Uint8Array(length), extensions, before.length > 0 ? first : FRAGMENT)
}

/** An extension header of `words` times 8 bytes whose options are all of this type. */
export const optionsHeader = (next, words, type) => {
  const b = new Uint8Array(8 * words)
  b[0] = next
  b[1] = words - 1
  for (let at = 2; at < b.length; ) {
    const length = Math.min(6, b.length - at - 2)
    if (length < 0) break
    b[at] = type
    b[at + 1] = length
    at += 2 + length
  }
  return b
}

/** A packet of the stack's to a client, as an error quotes it. */
export const quoted6 = (client, { localPort, remotePort, seq, length }) => {
  const b = new Uint8Array(HEADER + 20)
  writeIpv6(b, 0, length, PROTOCOL_TCP, TARGET6, client, 64, 0, 0)
  write16(b, HEADER, localPort)
  write16(b, HEADER + 2, remotePort)
  write32(b, HEADER + 4, seq)
  return b
}
