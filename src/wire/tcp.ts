import { AE, OPTION_ACCECN_0, OPTION_ACCECN_1, readAccEcn } from './accurate-ecn.ts'
import { type Address, ANY_IPV4 } from './address.ts'
import type { PacketBatch } from './batch.ts'
import { fold, sum16 } from './checksum.ts'
import type { DropReason } from './drop.ts'
import { PROTOCOL_TCP, read16, read32, write16, write32 } from './ipv4.ts'
import { pseudoHeaderSum } from './pseudo-header.ts'
import type { Seq } from './sequence.ts'
import type { SourceRoute } from './source-route.ts'

export const TCP_HEADER = 20
/** The offset of the checksum in the header. */
export const TCP_CHECKSUM = 16

export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10
export const URG = 0x20
export const ECE = 0x40
export const CWR = 0x80

/** Option kinds: RFC 9293 §3.2, RFC 7323 §2 and §3, RFC 2018 §2 and §3. */
export const OPTION_END = 0
export const OPTION_NOP = 1
export const OPTION_MSS = 2
export const OPTION_WINDOW_SCALE = 3
export const OPTION_SACK_PERMITTED = 4
export const OPTION_SACK = 5
export const OPTION_TIMESTAMPS = 8
/** RFC 6994's shared option, and the number by which fast open was known in it (RFC 7413 §8). */
export const OPTION_EXPERIMENT = 254
export const FAST_OPEN_EXPERIMENT = 0xf989
/** RFC 7413 §4.1.1 */
export const OPTION_FAST_OPEN = 34
/** RFC 5482 §3.3 */
export const OPTION_USER_TIMEOUT = 28

/** Bytes that the timestamps option takes with the two NOPs before it (RFC 7323 appendix A). */
export const TIMESTAMPS_LENGTH = 12
/** The user timeout option (RFC 5482 §2). */
export const USER_TIMEOUT_LENGTH = 4

/** At most four SACK blocks fit (RFC 2018 §3): two edges each. */
const SACK_EDGES = 8

/**
 * A segment that has arrived (SEG.… of RFC 9293 §3.3.1), reused from packet to packet: whoever needs a field
 * later copies it. Trimming to the receive window changes `seq`, `start` and `length` in place.
 */
export class Segment {
  source: Address = ANY_IPV4
  destination: Address = ANY_IPV4
  sourcePort = 0
  destinationPort = 0
  /** SEG.SEQ */
  seq: Seq = 0
  /** SEG.ACK, meaningful with the ACK flag */
  ack: Seq = 0
  /** The nine flags: those of byte 13, and AE above them. */
  flags = 0
  /** SEG.WND as it stands in the header: not scaled */
  window = 0
  /** SEG.UP, meaningful with the URG flag */
  urgent = 0
  /** The text: `length` bytes of `buffer` from `start`. */
  buffer: Uint8Array = new Uint8Array(0)
  start = 0
  length = 0
  /** The batch that it came in, whose memory the text lies in, and which of its packets; null: nobody else needs the memory. */
  batch: PacketBatch | null = null
  index = 0
  /** Text bytes of each segment on the wire when a device has merged several into this one, else 0. */
  segmentSize = 0
  /** The octet of Diffserv and ECN of the packet that carried it. */
  trafficClass = 0
  /** The way back of a packet that came by a source route, or null. */
  sourceRoute: SourceRoute | null = null

  /** Maximum segment size option, -1 without it. */
  mss = -1
  /** Window scale option's shift count as received, -1 without it. */
  windowScale = -1
  sackPermitted = false
  /** User timeout option's 16 bits (RFC 5482 §3.3), -1 without it or with a value that is reserved. */
  userTimeout = -1
  /** Fast open option on a SYN: the length of its cookie, 0 when it asks for one, -1 without it (RFC 7413 §4.1.1). */
  fastOpen = -1
  /** The offset of the cookie in {@link buffer}. */
  fastOpenAt = 0
  /** It came as the experiment that it once was. */
  fastOpenExperiment = false
  /** An AccECN option is there, and its counters, -1 for those that it does not have (RFC 9768 §3.2.3). */
  hasAccEcn = false
  e0b = -1
  ceb = -1
  e1b = -1
  hasTimestamps = false
  tsVal = 0
  tsEcr = 0
  /** Edges in {@link sackEdges}: left and right of each block. */
  sackCount = 0
  readonly sackEdges: Int32Array = new Int32Array(SACK_EDGES)
  /** A length byte was illegal (0, 1, or past the header): the options from there on were ignored. */
  malformedOption = false

  /** The text, where the packet lies: a view that is valid as long as the packet is. */
  get text(): Uint8Array {
    return this.buffer.subarray(this.start, this.start + this.length)
  }

  /** SEG.LEN: text, and one for each of SYN and FIN (§3.4). */
  get sequenceLength(): number {
    return this.length + (this.flags & SYN ? 1 : 0) + (this.flags & FIN ? 1 : 0)
  }
}

/**
 * Reads the TCP header and options of `length` bytes at `start` into `segment` (addresses are the caller's).
 * The checksum is verified unless `trusted`.
 * @returns why to drop it, or null. Malformed options do not drop a segment: what precedes them counts
 *   (MUST-7 asks for survival; see {@link Segment.malformedOption}).
 */
export const parseTcp = (
  b: Uint8Array,
  start: number,
  length: number,
  trusted: boolean,
  segment: Segment,
): DropReason | null => {
  if (length < TCP_HEADER) return 'tcp-truncated'
  const headerLength = (b[start + 12]! >>> 4) << 2
  if (headerLength < TCP_HEADER || headerLength > length) return 'tcp-data-offset'
  if (!trusted) {
    const pseudo = pseudoHeaderSum(segment.source, segment.destination, PROTOCOL_TCP, length)
    if (fold(pseudo + sum16(b, start, length)) !== 0xffff) return 'tcp-checksum'
  }
  segment.sourcePort = read16(b, start)
  segment.destinationPort = read16(b, start + 2)
  segment.seq = read32(b, start + 4)
  segment.ack = read32(b, start + 8)
  segment.flags = tcpFlags(b, start)
  segment.window = read16(b, start + 14)
  segment.urgent = read16(b, start + 18)
  segment.buffer = b
  segment.start = start + headerLength
  segment.length = length - headerLength
  segment.mss = -1
  segment.windowScale = -1
  segment.sackPermitted = false
  segment.userTimeout = -1
  segment.fastOpen = -1
  segment.fastOpenExperiment = false
  segment.hasAccEcn = false
  segment.hasTimestamps = false
  segment.sackCount = 0
  segment.malformedOption = false
  if (headerLength > TCP_HEADER) parseOptions(b, start + TCP_HEADER, start + headerLength, segment)
  return null
}

/** RFC 9293 §3.2. An option of a known kind with a wrong length is skipped by its length byte. */
const parseOptions = (b: Uint8Array, from: number, end: number, segment: Segment): void => {
  let i = from
  while (i < end) {
    const kind = b[i]!
    if (kind === OPTION_END) return
    if (kind === OPTION_NOP) {
      i++
      continue
    }
    const size = i + 1 < end ? b[i + 1]! : 0
    if (size < 2 || i + size > end) {
      segment.malformedOption = true
      return
    }
    switch (kind) {
      case OPTION_MSS:
        if (size === 4) segment.mss = read16(b, i + 2)
        break
      case OPTION_WINDOW_SCALE:
        if (size === 3) segment.windowScale = b[i + 2]!
        break
      case OPTION_SACK_PERMITTED:
        if (size === 2) segment.sackPermitted = true
        break
      case OPTION_TIMESTAMPS:
        if (size === 10) {
          segment.hasTimestamps = true
          segment.tsVal = read32(b, i + 2)
          segment.tsEcr = read32(b, i + 6)
        }
        break
      case OPTION_USER_TIMEOUT:
        if (size === 4 && (read16(b, i + 2) & 0x7fff) !== 0) segment.userTimeout = read16(b, i + 2)
        break
      case OPTION_FAST_OPEN:
        // "Options with invalid Length values or without the SYN flag set MUST be ignored."
        if (segment.flags & SYN && (size === 2 || (size >= 6 && size <= 18 && size % 2 === 0))) {
          segment.fastOpen = size - 2
          segment.fastOpenAt = i + 2
        }
        break
      case OPTION_EXPERIMENT: {
        const cookie = size - 4
        if (size < 4 || read16(b, i + 2) !== FAST_OPEN_EXPERIMENT || !(segment.flags & SYN)) break
        if (cookie === 0 || (cookie >= 4 && cookie <= 16 && cookie % 2 === 0)) {
          segment.fastOpen = cookie
          segment.fastOpenAt = i + 4
          segment.fastOpenExperiment = true
        }
        break
      }
      case OPTION_ACCECN_0:
      case OPTION_ACCECN_1:
        // "If there is somehow an AccECN Option on a SYN, it MUST be ignored" (RFC 9768 §3.2.3.2.1).
        if ((segment.flags & (SYN | ACK)) !== SYN) {
          segment.hasAccEcn = true
          readAccEcn(b, i, size, segment)
        }
        break
      case OPTION_SACK:
        if (size >= 10 && (size - 2) % 8 === 0) {
          const edges = Math.min((size - 2) >> 2, SACK_EDGES)
          for (let n = 0; n < edges; n++) segment.sackEdges[n] = read32(b, i + 2 + 4 * n)
          segment.sackCount = edges >> 1
        }
        break
    }
    i += size
  }
}

/** The nine flags of the header at `at`. */
export const tcpFlags = (b: Uint8Array, at: number): number => b[at + 13]! | (b[at + 12]! & 1 ? AE : 0)

/** The eight classic flags, and the ninth. */
export const setTcpFlags = (b: Uint8Array, at: number, flags: number): void => {
  b[at + 12] = (b[at + 12]! & ~1) | (flags & AE ? 1 : 0)
  b[at + 13] = flags
}

/** Writes the fixed header; the checksum field is left 0. `headerLength` counts the options. */
export const writeTcp = (
  b: Uint8Array,
  start: number,
  sourcePort: number,
  destinationPort: number,
  seq: Seq,
  ack: Seq,
  headerLength: number,
  flags: number,
  window: number,
  urgent: number,
): void => {
  write16(b, start, sourcePort)
  write16(b, start + 2, destinationPort)
  write32(b, start + 4, seq)
  write32(b, start + 8, ack)
  b[start + 12] = (headerLength << 2) | (flags & AE ? 1 : 0)
  b[start + 13] = flags
  write16(b, start + 14, window)
  write16(b, start + 16, 0)
  write16(b, start + 18, urgent)
}

/** Writes the timestamps option with its two NOPs: {@link TIMESTAMPS_LENGTH} bytes. */
export const writeTimestamps = (b: Uint8Array, i: number, tsVal: number, tsEcr: number): void => {
  b[i] = OPTION_NOP
  b[i + 1] = OPTION_NOP
  b[i + 2] = OPTION_TIMESTAMPS
  b[i + 3] = 10
  write32(b, i + 4, tsVal)
  write32(b, i + 8, tsEcr)
}

/** `S`, `S.`, `P.`, `F.`, `R`, … as tcpdump and packetdrill write flags. */
export const formatFlags = (flags: number): string =>
  (flags & SYN ? 'S' : '') +
    (flags & FIN ? 'F' : '') +
    (flags & RST ? 'R' : '') +
    (flags & PSH ? 'P' : '') +
    (flags & ECE ? 'E' : '') +
    (flags & CWR ? 'W' : '') +
    (flags & AE ? 'A' : '') +
    (flags & URG ? 'U' : '') +
    (flags & ACK ? '.' : '') || 'none'

/** The flags by their names in RFC 9293, the lowest bit first. */
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] as const

/** `SYN, ACK`: the flags by their names; `none` where none is set. */
export const flagNames = (flags: number): string =>
  FLAG_NAMES.filter((_, bit) => flags & (1 << bit)).join(', ') || 'none'
