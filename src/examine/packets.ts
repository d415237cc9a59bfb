/** Packets of the examiner's, put together by hand, with whatever is to be wrong with them; and those of the examined, read. */
import type { TcpOption } from '../packetdrill/ast.ts'
import { decodeOptions, type UnknownOption } from '../packetdrill/options-on-wire.ts'
import { type Address, isIpv6 } from '../wire/address.ts'
import { fold, sum16 } from '../wire/checksum.ts'
import { dissect, tcpHeaderLength } from '../wire/dissect.ts'
import { FRAGMENTATION_NEEDED, UNREACHABLE } from '../wire/icmp.ts'
import { icmpPacket } from '../wire/icmp-message.ts'
import { PACKET_TOO_BIG } from '../wire/icmpv6.ts'
import { ipHeaderLength, writeIp } from '../wire/ip.ts'
import { DONT_FRAGMENT, read16, read32, write16 } from '../wire/ipv4.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { pseudoHeaderSum } from '../wire/pseudo-header.ts'
import { TCP_CHECKSUM, TCP_HEADER, tcpFlags, URG, writeTcp } from '../wire/tcp.ts'

const TTL = 64

/** The fields of a segment about to be sent. Numbers are the wire's. */
export interface OutgoingFields {
  readonly source: Address
  readonly destination: Address
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly options: Uint8Array
  readonly text: Uint8Array
  readonly ecn: number
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

/** ICMP errors that a check sends, under the names that both families share. */
export type IcmpName =
  | 'too big'
  | 'port unreachable'
  | 'protocol unreachable'
  | 'host unreachable'
  | 'time exceeded'
  | 'source quench'

/** Type and code of each: ICMP's, and ICMPv6's, which has no source quench and tells of a protocol as a parameter problem. */
const ICMP_NUMBERS: Readonly<
  Record<IcmpName, readonly [v4: readonly [number, number], v6: readonly [number, number] | null]>
> = {
  'too big': [
    [UNREACHABLE, FRAGMENTATION_NEEDED],
    [PACKET_TOO_BIG, 0],
  ],
  'port unreachable': [
    [3, 3],
    [1, 4],
  ],
  'protocol unreachable': [
    [3, 2],
    [4, 1],
  ],
  'host unreachable': [
    [3, 1],
    [1, 3],
  ],
  'time exceeded': [
    [11, 0],
    [3, 0],
  ],
  'source quench': [[4, 0], null],
}

/** Bytes of a quoted packet: its header and eight more, as RFC 792 has it; IPv6 quotes as much as fits (RFC 4443 §2.4). */
const QUOTED_IPV4 = 28
const QUOTED_IPV6 = 1232

/**
 * An ICMP error about a packet of the examined.
 * @param from who sends it
 * @param quoted the packet that it is about, from its first byte
 * @param mtu for 'too big'
 * @returns null where the family has no such error
 */
export const icmpError = (
  name: IcmpName,
  from: Address,
  to: Address,
  quoted: Uint8Array,
  mtu = 0,
): Uint8Array | null => {
  const ipv6 = isIpv6(from)
  const numbers = ICMP_NUMBERS[name][ipv6 ? 1 : 0]
  if (numbers === null) return null
  const quote = quoted.subarray(0, ipv6 ? QUOTED_IPV6 : QUOTED_IPV4)
  // RFC 1191 §4 has the MTU in the lower half of the word, ICMPv6 in all of it.
  return icmpPacket(from, to, ...numbers, mtu, quote, TTL, 0)
}

/** A segment of the examined. Numbers are the wire's. */
export interface Arrived {
  readonly time: number
  readonly bytes: Uint8Array
  readonly source: Address
  readonly destination: Address
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly options: readonly (TcpOption | UnknownOption)[]
  readonly text: Uint8Array
  readonly ecn: number
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
    text: b.slice(at + header, end),
    ecn: packet.trafficClass & 3,
    mayFragment: packet.version === 4 && !(read16(b, 6) & DONT_FRAGMENT),
    checksumRight: !verify || sum === 0xffff,
  }
}
