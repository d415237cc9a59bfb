/** The work of a device with offload: it completes checksums and cuts packets to a size that the network can carry. */
import { checksum, fold, sum16 } from '../../wire/checksum.ts'
import { Dissection, tcpHeaderLength } from '../../wire/dissect.ts'
import { read16, read32, write16, write32 } from '../../wire/ipv4.ts'
import { IPV6_HEADER } from '../../wire/ipv6.ts'
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/protocol.ts'
import { CWR, FIN, PSH, TCP_CHECKSUM, TCP_HEADER } from '../../wire/tcp.ts'
import type { PacketMemory } from '../packet-memory.ts'

const UDP_CHECKSUM = 6

/** One for all packets: nothing of it is needed once a packet has been handed on. */
const dissection = new Dissection()

/** Completes a checksum whose field has the pseudo-header's sum: TCP's or UDP's. What is neither stays as it is. */
export const completeChecksum = (b: Uint8Array, start: number, length: number): void => {
  const { unreadable, protocol, payload: at, headerLength } = dissection.read(b, start, length)
  const offset = protocol === PROTOCOL_TCP ? TCP_CHECKSUM : protocol === PROTOCOL_UDP ? UDP_CHECKSUM : -1
  const size = length - headerLength
  if (unreadable !== null || offset < 0 || size < offset + 2) return
  const whole = checksum(b, at, size)
  // RFC 768: zero means that there is none.
  write16(b, at + offset, whole === 0 && protocol === PROTOCOL_UDP ? 0xffff : whole)
}

/** Returns the bytes of a packet's headers, TCP's included; 0 when it is no TCP. */
export const headersOf = (b: Uint8Array, start: number, length: number): number => {
  const { headerLength, tcp } = dissection.read(b, start, length)
  const tcpLength = tcp < 0 ? 0 : tcpHeaderLength(b, tcp)
  return tcpLength < TCP_HEADER ? 0 : headerLength + tcpLength
}

/**
 * Cuts a TCP super-segment into packets with `size` bytes of text each, as TSO does: identifications count up, FIN
 * and PSH go with the last, CWR with the first (RFC 3168 §6.1.2). What is no TCP is passed on as it is.
 */
export const cutIntoSegments = (
  b: Uint8Array,
  start: number,
  length: number,
  size: number,
  memory: PacketMemory,
  each: (b: Uint8Array, start: number, length: number) => void,
): void => {
  const header = headersOf(b, start, length)
  if (header === 0 || header >= length) {
    each(b, start, length)
    return
  }
  const { version, headerLength: ipLength, tcp } = dissection
  const ipv6 = version === 6
  const tcpLength = header - ipLength
  const addresses = ipv6 ? sum16(b, start + 8, 32) : sum16(b, start + 12, 8)
  const identification = read16(b, start + 4)
  const seq = read32(b, tcp + 4)
  const flags = b[tcp + 13]!
  for (let from = header, n = 0; from < length; from += size, n++) {
    const text = Math.min(size, length - from)
    const last = from + text === length
    memory.reserve(header + text)
    const { buffer, start: to } = memory
    buffer.set(b.subarray(start, start + header), to)
    buffer.set(b.subarray(start + from, start + from + text), to + header)
    if (ipv6) {
      write16(buffer, to + 4, header + text - IPV6_HEADER)
    } else {
      write16(buffer, to + 2, header + text)
      write16(buffer, to + 4, identification + n)
      write16(buffer, to + 10, 0)
      write16(buffer, to + 10, checksum(buffer, to, ipLength))
    }
    const at = to + ipLength
    write32(buffer, at + 4, seq + from - header)
    buffer[at + 13] = flags & ~((last ? 0 : FIN | PSH) | (n === 0 ? 0 : CWR))
    write16(buffer, at + TCP_CHECKSUM, 0)
    const pseudo = fold(addresses + PROTOCOL_TCP + tcpLength + text)
    write16(buffer, at + TCP_CHECKSUM, ~fold(pseudo + sum16(buffer, at, tcpLength + text)))
    each(buffer, to, header + text)
  }
}
