/** Segments and ICMP messages as packets in an interface's batch. */
import { fastOpenLength } from '../tcp/fast-open.ts'
import type { OutgoingSegment, SegmentSource } from '../tcp/outgoing.ts'
import type { Address } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, type PacketBatch } from '../wire/batch.ts'
import { checksum, fold, pseudoHeaderSum, sum16 } from '../wire/checksum.ts'
import { ICMP_HEADER } from '../wire/icmp.ts'
import {
  DONT_FRAGMENT,
  IPV4_HEADER,
  MORE_FRAGMENTS,
  PROTOCOL_TCP,
  write16,
  write32,
  writeIpv4,
} from '../wire/ipv4.ts'
import { seqAdd } from '../wire/sequence.ts'
import { writeSourceRoute } from '../wire/source-route.ts'
import {
  FAST_OPEN_EXPERIMENT,
  OPTION_EXPERIMENT,
  OPTION_FAST_OPEN,
  OPTION_MSS,
  OPTION_NOP,
  OPTION_SACK,
  OPTION_SACK_PERMITTED,
  OPTION_USER_TIMEOUT,
  OPTION_WINDOW_SCALE,
  SYN,
  TCP_CHECKSUM,
  TCP_HEADER,
  TIMESTAMPS_LENGTH,
  USER_TIMEOUT_LENGTH,
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
  (out.sackCount > 0 ? 4 + 8 * out.sackCount : 0) +
  (out.windowScale >= 0 ? WINDOW_SCALE_LENGTH : 0) +
  (out.userTimeout >= 0 ? USER_TIMEOUT_LENGTH : 0) +
  (out.fastOpen === null ? 0 : fastOpenLength(out.fastOpen, out.fastOpenExperiment))

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
    i += WINDOW_SCALE_LENGTH
  }
  if (out.userTimeout >= 0) {
    b[i] = OPTION_USER_TIMEOUT
    b[i + 1] = 4
    write16(b, i + 2, out.userTimeout)
    i += USER_TIMEOUT_LENGTH
  }
  if (out.fastOpen !== null) i = writeFastOpen(b, i, out.fastOpen, out.fastOpenExperiment)
  if (out.sackCount > 0) writeSack(b, i, out)
}

/**
 * The fast open option, with NOPs after it (RFC 7413 §4.1.1; as Linux), or as the experiment that it once was (RFC 6994).
 * Returns where the next one goes.
 */
const writeFastOpen = (b: Uint8Array, i: number, cookie: Uint8Array, experiment: boolean): number => {
  const end = i + fastOpenLength(cookie, experiment)
  const head = experiment ? 4 : 2
  b[i] = experiment ? OPTION_EXPERIMENT : OPTION_FAST_OPEN
  b[i + 1] = head + cookie.length
  if (experiment) write16(b, i + 2, FAST_OPEN_EXPERIMENT)
  b.set(cookie, i + head)
  b.fill(OPTION_NOP, i + head + cookie.length, end)
  return end
}

/** The SACK option with two NOPs before it (RFC 2018 §3). */
const writeSack = (b: Uint8Array, i: number, out: OutgoingSegment): void => {
  b[i] = OPTION_NOP
  b[i + 1] = OPTION_NOP
  b[i + 2] = OPTION_SACK
  b[i + 3] = 2 + 8 * out.sackCount
  for (let n = 0; n < 2 * out.sackCount; n++) write32(b, i + 4 + 4 * n, out.sackEdges[n]!)
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
  const { localAddress, remoteAddress, sourceRoute } = source
  const ipLength = IPV4_HEADER + (sourceRoute === null ? 0 : sourceRoute.option.length)
  const start = batch.begin(ipLength + headerLength)
  const b = batch.slab
  const tcp = start + ipLength
  const tcpLength = headerLength + out.length
  const { ttl, trafficClass } = source.options
  writeIpv4(
    b,
    start,
    ipLength + tcpLength,
    PROTOCOL_TCP,
    localAddress,
    sourceRoute === null ? remoteAddress : sourceRoute.firstHop,
    ttl,
    trafficClass | out.ecn,
    identification,
    out.dontFragment ? DONT_FRAGMENT : 0,
  )
  if (sourceRoute !== null) writeSourceRoute(b, start, sourceRoute)
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
  // The text of a SYN comes after it.
  const text = out.flags & SYN ? seqAdd(out.seq, 1) : out.seq
  if (out.length > 0) source.sendQueue!.addPieces(batch, text, out.length)
  // The destination is the last one whatever the route (MUST-51; RFC 1122 §4.2.3.8).
  const pseudo = pseudoHeaderSum(localAddress, remoteAddress, PROTOCOL_TCP, tcpLength)
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

/** Bytes of payload in each fragment on a link: a multiple of 8, as offsets are counted (RFC 791 §3.2). */
const fragmentSize = (mtu: number): number => (mtu - IPV4_HEADER) & ~7

/**
 * Adds a packet with a payload that is ready, or as many fragments as the link's MTU asks for; `added` is called
 * after each.
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
  const whole = IPV4_HEADER + payload.length <= to.link.mtu
  const size = whole ? payload.length : fragmentSize(to.link.mtu)
  for (let from = 0; from < payload.length; from += size) {
    const length = Math.min(size, payload.length - from)
    const more = from + length < payload.length
    if (to.outgoing.full) to.flush()
    const start = to.outgoing.begin(IPV4_HEADER)
    writeIpv4(
      to.outgoing.slab,
      start,
      IPV4_HEADER + length,
      protocol,
      source,
      destination,
      ttl,
      0,
      identification,
      (more ? MORE_FRAGMENTS : 0) | (from >> 3),
    )
    to.outgoing.addPiece(payload, from, length)
    to.outgoing.commit(CHECKSUM_COMPLETE, 0)
    added()
  }
}
