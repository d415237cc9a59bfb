/** Segments and ICMP messages as packets in an interface's batch. */

import type { Interface } from '../ip/interfaces.ts'
import type { OutgoingSegment, SegmentSource } from '../tcp/outgoing.ts'
import { type Address, type Ipv4Address, type Ipv6Address, isIpv6 } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, type PacketBatch } from '../wire/batch.ts'
import { write16, write32 } from '../wire/bytes.ts'
import { checksum, fold, sum16 } from '../wire/checksum.ts'
import { ICMP_HEADER } from '../wire/icmp.ts'
import { ipHeaderLength } from '../wire/ip.ts'
import { DONT_FRAGMENT, MORE_FRAGMENTS, writeIpv4 } from '../wire/ipv4.ts'
import { FRAGMENT, FRAGMENT_HEADER, IPV6_HEADER, writeFragmentHeader, writeIpv6 } from '../wire/ipv6.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { seqAdd } from '../wire/sequence.ts'
import { type SourceRoute, writeSourceRoute } from '../wire/source-route.ts'
import { SYN, TCP_CHECKSUM, TCP_HEADER, writeTcp } from '../wire/tcp.ts'
import { tcpOptionsLength, writeTcpOptions } from '../wire/tcp-options.ts'

/** The one's complement sum of the pieces of the packet being built, from the batch's piece `first` on. */
const sumPieces = (batch: PacketBatch, first: number): number => {
  let sum = 0
  let odd = false
  for (let n = first; n < batch.pieceCount; n++) {
    const length = batch.pieceLengths[n]!
    const part = sum16(batch.pieces[n]!, batch.pieceStarts[n]!, length)
    // A piece that begins at an odd place has its bytes in the other halves (RFC 1071 §2(B)).
    sum += odd ? ((part & 0xff) << 8) | (part >>> 8) : part
    if (length & 1) odd = !odd
  }
  return sum
}

/** Writes the IP header of a segment at `start`, and the source route where there is one. */
const writeHeader = (
  b: Uint8Array,
  start: number,
  totalLength: number,
  { localAddress: local, remoteAddress: remote, options }: SegmentSource,
  sourceRoute: SourceRoute | null,
  out: OutgoingSegment,
  identification: number,
): void => {
  const { ttl, trafficClass } = options
  const octet = trafficClass | out.ecn
  if (isIpv6(local)) {
    writeIpv6(b, start, totalLength, PROTOCOL_TCP, local, remote as Ipv6Address, ttl, octet, 0)
    return
  }
  const destination = sourceRoute === null ? (remote as Ipv4Address) : sourceRoute.firstHop
  const flags = out.dontFragment ? DONT_FRAGMENT : 0
  writeIpv4(b, start, totalLength, PROTOCOL_TCP, local, destination, ttl, octet, identification, flags)
  if (sourceRoute !== null) writeSourceRoute(b, start, sourceRoute)
}

/** Adds a segment to the interface's batch, which has room. */
export const encodeSegment = (
  to: Interface,
  sourceRoute: SourceRoute | null,
  source: SegmentSource,
  out: OutgoingSegment,
  identification: number,
): void => {
  const batch = to.outgoing
  const headerLength = TCP_HEADER + tcpOptionsLength(out)
  const ipLength =
    ipHeaderLength(source.localAddress) + (sourceRoute === null ? 0 : sourceRoute.option.length)
  const start = batch.begin(ipLength + headerLength)
  const b = batch.slab
  const tcp = start + ipLength
  const tcpLength = headerLength + out.length
  writeHeader(b, start, ipLength + tcpLength, source, sourceRoute, out, identification)
  writeTcp(
    b,
    tcp,
    source.localPort,
    source.remotePort,
    out.seq,
    out.ack,
    headerLength,
    out.flags,
    out.window,
    out.urgent,
  )
  if (headerLength > TCP_HEADER) writeTcpOptions(b, tcp + TCP_HEADER, out)
  const firstPiece = batch.pieceCount
  // The text of a SYN comes after it.
  const text = out.flags & SYN ? seqAdd(out.seq, 1) : out.seq
  if (out.length > 0) source.sendQueue!.addPieces(batch, text, out.length)
  // The destination is the last one whatever the route (MUST-51; RFC 1122 §4.2.3.8).
  const pseudo = fold(source.sum + PROTOCOL_TCP + tcpLength)
  if (to.link.offload.checksum) {
    write16(b, tcp + TCP_CHECKSUM, pseudo)
    batch.commit(CHECKSUM_PARTIAL, out.segmentSize)
  } else {
    write16(b, tcp + TCP_CHECKSUM, ~fold(pseudo + sum16(b, tcp, headerLength) + sumPieces(batch, firstPiece)))
    batch.commit(CHECKSUM_COMPLETE, out.segmentSize)
  }
}

/** An ICMP message: `rest` is the second word of its header. */
export const icmpMessage = (type: number, code: number, rest: number, body: Uint8Array): Uint8Array => {
  const message = new Uint8Array(ICMP_HEADER + body.length)
  message[0] = type
  message[1] = code
  write32(message, 4, rest)
  message.set(body, ICMP_HEADER)
  write16(message, 2, checksum(message, 0, message.length))
  return message
}

/** Bytes before the payload of a packet between addresses of this family, or of a fragment of it. */
const headLength = (a: Address, whole: boolean): number =>
  ipHeaderLength(a) + (isIpv6(a) && !whole ? FRAGMENT_HEADER : 0)

/** Where a packet's payload is cut, and the number that its fragments have in common. */
interface Cut {
  readonly from: number
  readonly more: boolean
  readonly identification: number
}

/** Writes the head of a packet, or of a fragment of it; RFC 8021: of a whole packet of IPv6 nobody makes a fragment. */
const writeHead = (
  b: Uint8Array,
  start: number,
  length: number,
  protocol: number,
  source: Address,
  destination: Address,
  ttl: number,
  { from, more, identification }: Cut,
): void => {
  if (isIpv6(source)) {
    const whole = from === 0 && !more
    const next = whole ? protocol : FRAGMENT
    writeIpv6(b, start, length, next, source, destination as Ipv6Address, ttl, 0, 0)
    if (!whole) writeFragmentHeader(b, start + IPV6_HEADER, protocol, from, more, identification)
    return
  }
  const flags = (more ? MORE_FRAGMENTS : 0) | (from >> 3)
  writeIpv4(
    b,
    start,
    length,
    protocol,
    source,
    destination as Ipv4Address,
    ttl,
    0,
    identification & 0xffff,
    flags,
  )
}

/**
 * Adds a packet with a payload that is ready, or as many fragments as the link's MTU asks for; `added` is called
 * after each. Their sizes are multiples of 8, as offsets are counted (RFC 791 §3.2, RFC 8200 §4.5).
 */
export const encodePacket = (
  to: Interface,
  protocol: number,
  source: Address,
  destination: Address,
  payload: Uint8Array,
  ttl: number,
  identification: number,
  added: () => void,
): void => {
  const whole = headLength(source, true) + payload.length <= to.link.mtu
  const head = headLength(source, whole)
  const size = whole ? payload.length : (to.link.mtu - head) & ~7
  for (let from = 0; from < payload.length; from += size) {
    const length = Math.min(size, payload.length - from)
    const more = from + length < payload.length
    if (to.outgoing.full) to.flush()
    const start = to.outgoing.begin(head)
    const b = to.outgoing.slab
    writeHead(b, start, head + length, protocol, source, destination, ttl, { from, more, identification })
    to.outgoing.addPiece(payload, from, length)
    to.outgoing.commit(CHECKSUM_COMPLETE, 0)
    added()
  }
}
