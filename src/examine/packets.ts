/** Packets of the examiner's, put together by hand, with whatever is to be wrong with them; and those of the examined, read. */

import type { TcpOption } from '../packetdrill/ast.ts'
import { decodeOptions, type UnknownOption } from '../packetdrill/options-on-wire.ts'
import type { Address } from '../wire/address.ts'
import { copyOf } from '../wire/bytes.ts'
import { fold, sum16 } from '../wire/checksum.ts'
import { dissect, tcpHeaderLength } from '../wire/dissect.ts'
import { ipHeaderLength, writeIp } from '../wire/ip.ts'
import { DONT_FRAGMENT, read16, read32, write16 } from '../wire/ipv4.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { pseudoHeaderSum } from '../wire/pseudo-header.ts'
import { TCP_CHECKSUM, TCP_HEADER, tcpFlags, URG, writeTcp } from '../wire/tcp.ts'

/** Time to live, or hop limit, of the examiner's packets. */
export const TTL = 64

/** The fields of a segment either way. Numbers are the wire's. */
interface SegmentFields {
  readonly source: Address
  readonly destination: Address
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly text: Uint8Array
  readonly ecn: number
}

/** A segment about to be sent. */
export interface OutgoingFields extends SegmentFields {
  readonly options: Uint8Array
  /** The fault that it has. */
  readonly flaw?: Flaw
}

/** Flaws that a header can have: a checksum of zero, reserved bits, a data offset within the header or beyond the end. */
export type Flaw = 'checksum' | 'reserved' | 'short offset' | 'long offset'

export const segmentPacket = (f: OutgoingFields): Uint8Array => {
  const header = TCP_HEADER + f.options.length
  const at = ipHeaderLength(f.source)
  const packet = new Uint8Array(at + header + f.text.length)
  writeIp(packet, 0, packet.length, PROTOCOL_TCP, f.source, f.destination, TTL, f.ecn)
  const { sourcePort, destinationPort, seq, ack, flags, window, urgent } = f
  writeTcp(packet, at, sourcePort, destinationPort, seq, ack, header, flags, window, urgent)
  packet.set(f.options, at + TCP_HEADER)
  packet.set(f.text, at + header)
  if (f.flaw === 'reserved') packet[at + 12]! |= 0b1110
  if (f.flaw === 'short offset') packet[at + 12] = 4 << 4
  if (f.flaw === 'long offset') packet[at + 12] = 15 << 4
  const pseudo = pseudoHeaderSum(f.source, f.destination, PROTOCOL_TCP, packet.length - at)
  const sum = ~fold(pseudo + sum16(packet, at, packet.length - at)) & 0xffff
  write16(packet, at + TCP_CHECKSUM, f.flaw === 'checksum' ? sum ^ 0x5555 : sum)
  return packet
}

/** A segment of the examined. */
export interface Arrived extends SegmentFields {
  readonly time: number
  readonly bytes: Uint8Array
  readonly options: readonly (TcpOption | UnknownOption)[]
  /** True when the packet may be cut on its way: IPv4's DF is not set. */
  readonly mayFragment: boolean
  readonly checksumRight: boolean
}

/** Reads a packet; null when it is no whole TCP segment. @param verify the checksum is on the wire */
export const readSegment = (b: Uint8Array, time: number, verify: boolean): Arrived | null => {
  const packet = dissect(b)
  const at = packet.tcp
  const end = packet.totalLength
  if (at < 0 || packet.fragment || end > b.length) return null
  const header = tcpHeaderLength(b, at)
  if (header < TCP_HEADER || at + header > end) return null
  const { source, destination } = packet
  const sum = fold(pseudoHeaderSum(source, destination, PROTOCOL_TCP, end - at) + sum16(b, at, end - at))
  const flags = tcpFlags(b, at)
  return {
    time,
    bytes: b,
    source,
    destination,
    sourcePort: read16(b, at),
    destinationPort: read16(b, at + 2),
    seq: read32(b, at + 4),
    ack: read32(b, at + 8),
    flags,
    window: read16(b, at + 14),
    urgent: flags & URG ? read16(b, at + 18) : 0,
    options: decodeOptions(b, at + TCP_HEADER, at + header),
    text: copyOf(b, at + header, end),
    ecn: packet.trafficClass & 3,
    mayFragment: packet.version === 4 && !(read16(b, 6) & DONT_FRAGMENT),
    checksumRight: !verify || sum === 0xffff,
  }
}
