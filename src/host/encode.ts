/** Segments as packets in an interface's batch. */

import type { Interface } from '../ip/interfaces.ts'
import type { OutgoingSegment, SegmentSource } from '../tcp/block/outgoing.ts'
import { type Ipv4Address, type Ipv6Address, isIpv6 } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, type PacketBatch } from '../wire/batch.ts'
import { write16 } from '../wire/bytes.ts'
import { fold, sum16 } from '../wire/checksum.ts'
import { ipHeaderLength } from '../wire/ip.ts'
import { DONT_FRAGMENT, writeIpv4 } from '../wire/ipv4.ts'
import { writeIpv6 } from '../wire/ipv6.ts'
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
  label: number,
): void => {
  const { ttl, trafficClass } = options
  const octet = trafficClass | out.ecn
  if (isIpv6(local)) {
    writeIpv6(b, start, totalLength, PROTOCOL_TCP, local, remote as Ipv6Address, ttl, octet, label)
    return
  }
  const destination = sourceRoute === null ? (remote as Ipv4Address) : sourceRoute.firstHop
  const flags = out.dontFragment ? DONT_FRAGMENT : 0
  writeIpv4(b, start, totalLength, PROTOCOL_TCP, local, destination, ttl, octet, label, flags)
  if (sourceRoute !== null) writeSourceRoute(b, start, sourceRoute)
}

/** Adds a segment to the interface's batch, which has room. `label`: IPv4's identification, or IPv6's flow label. */
export const encodeSegment = (
  to: Interface,
  sourceRoute: SourceRoute | null,
  source: SegmentSource,
  out: OutgoingSegment,
  label: number,
): void => {
  const batch = to.outgoing
  const headerLength = TCP_HEADER + tcpOptionsLength(out)
  const ipLength =
    ipHeaderLength(source.localAddress) + (sourceRoute === null ? 0 : sourceRoute.option.length)
  const start = batch.begin(ipLength + headerLength)
  const b = batch.slab
  const tcp = start + ipLength
  const tcpLength = headerLength + out.length
  writeHeader(b, start, ipLength + tcpLength, source, sourceRoute, out, label)
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
