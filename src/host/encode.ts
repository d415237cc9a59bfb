/** Segments and ICMP messages as packets in an interface's batch. */
import type { OutgoingSegment, SegmentSource } from '../tcp/outgoing.ts'
import type { Address } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, type PacketBatch } from '../wire/batch.ts'
import { checksum, fold, pseudoHeaderSum, sum16 } from '../wire/checksum.ts'
import { ICMP_HEADER } from '../wire/icmp.ts'
import { IPV4_HEADER, PROTOCOL_ICMP, PROTOCOL_TCP, write16, write32, writeIpv4 } from '../wire/ipv4.ts'
import {
  OPTION_MSS,
  OPTION_NOP,
  OPTION_SACK_PERMITTED,
  OPTION_WINDOW_SCALE,
  TCP_CHECKSUM,
  TCP_HEADER,
  TIMESTAMPS_LENGTH,
  writeTcp,
  writeTimestamps,
} from '../wire/tcp.ts'
import type { Interface } from './interfaces.ts'

const MSS_LENGTH = 4
const WINDOW_SCALE_LENGTH = 4

const optionsLength = (out: OutgoingSegment): number =>
  (out.mss >= 0 ? MSS_LENGTH : 0) +
  (out.timestamps ? TIMESTAMPS_LENGTH : 0) +
  (out.sackPermitted && !out.timestamps ? 4 : 0) +
  (out.windowScale >= 0 ? WINDOW_SCALE_LENGTH : 0)

/** In the order that Linux has: MSS, SACK permitted and timestamps, window scale. All words are full. */
const writeOptions = (b: Uint8Array, i: number, out: OutgoingSegment): void => {
  if (out.mss >= 0) {
    b[i] = OPTION_MSS
    b[i + 1] = 4
    write16(b, i + 2, out.mss)
    i += MSS_LENGTH
  }
  if (out.timestamps) {
    writeTimestamps(b, i, out.tsVal, out.tsEcr)
    if (out.sackPermitted) {
      // SACK permitted takes the place of the two NOPs.
      b[i] = OPTION_SACK_PERMITTED
      b[i + 1] = 2
    }
    i += TIMESTAMPS_LENGTH
  } else if (out.sackPermitted) {
    b[i] = OPTION_NOP
    b[i + 1] = OPTION_NOP
    b[i + 2] = OPTION_SACK_PERMITTED
    b[i + 3] = 2
    i += 4
  }
  if (out.windowScale >= 0) {
    b[i] = OPTION_NOP
    b[i + 1] = OPTION_WINDOW_SCALE
    b[i + 2] = 3
    b[i + 3] = out.windowScale
  }
}

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

/** Adds a segment to the interface's batch, which has room. */
export const encodeSegment = (
  to: Interface,
  source: SegmentSource,
  out: OutgoingSegment,
  identification: number,
): void => {
  const batch = to.outgoing
  const headerLength = TCP_HEADER + optionsLength(out)
  const start = batch.begin(IPV4_HEADER + headerLength)
  const b = batch.slab
  const tcp = start + IPV4_HEADER
  const tcpLength = headerLength + out.length
  const { localAddress, remoteAddress } = source
  const { ttl, trafficClass } = source.options
  writeIpv4(
    b,
    start,
    IPV4_HEADER + tcpLength,
    PROTOCOL_TCP,
    localAddress,
    remoteAddress,
    ttl,
    trafficClass,
    identification,
  )
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
  if (headerLength > TCP_HEADER) writeOptions(b, tcp + TCP_HEADER, out)
  const firstPiece = batch.pieceCount
  if (out.length > 0) source.sendQueue!.addPieces(batch, out.seq, out.length)
  const pseudo = pseudoHeaderSum(localAddress, remoteAddress, PROTOCOL_TCP, tcpLength)
  if (to.link.offload.checksum) {
    write16(b, tcp + TCP_CHECKSUM, pseudo)
    batch.commit(CHECKSUM_PARTIAL, out.segmentSize)
  } else {
    write16(b, tcp + TCP_CHECKSUM, ~fold(pseudo + sum16(b, tcp, headerLength) + sumPieces(batch, firstPiece)))
    batch.commit(CHECKSUM_COMPLETE, out.segmentSize)
  }
}

/** Adds an ICMP message to the interface's batch, which has room. `rest` is the second word of its header. */
export const encodeIcmp = (
  to: Interface,
  source: Address,
  destination: Address,
  type: number,
  code: number,
  rest: number,
  body: Uint8Array,
  ttl: number,
  identification: number,
): void => {
  const batch = to.outgoing
  const start = batch.begin(IPV4_HEADER + ICMP_HEADER)
  const b = batch.slab
  const icmp = start + IPV4_HEADER
  const total = IPV4_HEADER + ICMP_HEADER + body.length
  writeIpv4(b, start, total, PROTOCOL_ICMP, source, destination, ttl, 0, identification)
  b[icmp] = type
  b[icmp + 1] = code
  write16(b, icmp + 2, 0)
  write32(b, icmp + 4, rest)
  write16(b, icmp + 2, checksum(b, icmp, ICMP_HEADER, sum16(body, 0, body.length)))
  batch.addPiece(body, 0, body.length)
  batch.commit(CHECKSUM_COMPLETE, 0)
}
