/** TCP segments as somebody between two hosts sees them, whoever sent them. */
import { formatAccEcn, OPTION_ACCECN_0, OPTION_ACCECN_1 } from '../wire/accurate-ecn.ts'
import { formatEndpoint } from '../wire/address.ts'
import { read16, read32 } from '../wire/bytes.ts'
import { dissect, tcpHeaderLength, tcpOptionsAt, type Unreadable } from '../wire/dissect.ts'
import { ECN_FIELD } from '../wire/ecn.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import {
  ACK,
  FIN,
  formatFlags,
  OPTION_END,
  OPTION_MSS,
  OPTION_SACK,
  OPTION_SACK_PERMITTED,
  OPTION_TIMESTAMPS,
  OPTION_WINDOW_SCALE,
  RST,
  SYN,
  TCP_HEADER,
  tcpFlags,
  URG,
} from '../wire/tcp.ts'

/** One segment, and what is known of its way. Numbers are as on the wire, unsigned. */
export interface ObservedSegment {
  /** The time at which it was seen, ms: where it left, unless the observer stood elsewhere. */
  readonly time: number
  /** IPv4 or IPv6 address and port of who sent it and to whom, such as '192.0.2.1:80'. */
  readonly source: string
  readonly destination: string
  readonly seq: number
  readonly ack: number
  readonly flags: number
  /** The field of the header, not scaled. */
  readonly window: number
  /** Bytes of text. */
  readonly length: number
  /** Bytes of the TCP header, options included. */
  readonly header: number
  /** The ECN field of the packet. */
  readonly ecn: number
  readonly mss: number | null
  /** Window scale option. */
  readonly scale: number | null
  readonly sackPermitted: boolean
  /** SACK blocks: left and right edges. */
  readonly sack: readonly (readonly [number, number])[]
  readonly timestamps: boolean
  /** The AccECN option, as `ECN e1b 1 ceb 0 e0b 1`; null without. */
  readonly accEcn: string | null
  /** The urgent pointer, with URG. */
  readonly urgent: number | null
  /** The times at which it arrived (several when it was duplicated); unknown in a capture. */
  readonly arrivals: readonly number[]
  /** Its fate on the way: 'lost: script', 'held back', … */
  readonly fate: string
  /** The reason why it was sent, when its sender has told. */
  readonly reason: string
}

/** The sequence numbers that it takes: text, SYN and FIN. */
export const sequenceLength = (s: Pick<ObservedSegment, 'length' | 'flags'>): number =>
  s.length + (s.flags & SYN ? 1 : 0) + (s.flags & FIN ? 1 : 0)

/** Returns whether it never arrived. */
export const isLost = (s: ObservedSegment): boolean => s.fate.includes('lost')

/** The kind of a packet that is no TCP segment of a known form. */
export type NoSegment = Unreadable | 'not TCP' | 'a fragment'

/** The TCP segment in the IPv4 or IPv6 packet `b`, of which perhaps only the beginning was captured. Total. */
export const observeSegment = (b: Uint8Array, time: number): ObservedSegment | NoSegment => {
  const packet = dissect(b)
  if (packet.unreadable !== null) return packet.unreadable
  if (packet.protocol !== PROTOCOL_TCP) return 'not TCP'
  if (packet.fragmentOffset > 0) return 'a fragment'
  const { payload: at, payloadLength: size } = packet
  if (size < TCP_HEADER) return 'malformed'
  if (packet.tcp < 0) return 'truncated'
  const header = tcpHeaderLength(b, at)
  if (header < TCP_HEADER || header > size) return 'malformed'
  const flags = tcpFlags(b, at)
  return {
    time,
    source: formatEndpoint(packet.source, read16(b, at)),
    destination: formatEndpoint(packet.destination, read16(b, at + 2)),
    seq: read32(b, at + 4) >>> 0,
    ack: read32(b, at + 8) >>> 0,
    flags,
    window: read16(b, at + 14),
    length: size - header,
    header,
    ecn: packet.trafficClass & ECN_FIELD,
    urgent: flags & URG ? read16(b, at + 18) : null,
    ...readOptions(b, at + TCP_HEADER, Math.min(at + header, b.length)),
    arrivals: [],
    fate: '',
    reason: '',
  }
}

const readOptions = (b: Uint8Array, from: number, end: number) => {
  const found = {
    mss: null as number | null,
    scale: null as number | null,
    sackPermitted: false,
    sack: [] as (readonly [number, number])[],
    timestamps: false,
    accEcn: null as string | null,
  }
  for (const { kind, at, size } of tcpOptionsAt(b, from, end)) {
    if (kind === OPTION_END || size === 0) break
    if (kind === OPTION_MSS && size === 4) found.mss = read16(b, at + 2)
    else if (kind === OPTION_WINDOW_SCALE && size === 3) found.scale = b[at + 2]!
    else if (kind === OPTION_SACK_PERMITTED && size === 2) found.sackPermitted = true
    else if (kind === OPTION_TIMESTAMPS && size === 10) found.timestamps = true
    else if (kind === OPTION_ACCECN_0 || kind === OPTION_ACCECN_1) found.accEcn = formatAccEcn(b, at, size)
    else if (kind === OPTION_SACK)
      for (let n = at + 2; n + 8 <= at + size; n += 8)
        found.sack.push([read32(b, n) >>> 0, read32(b, n + 4) >>> 0])
  }
  return found
}

/** The first sequence number of each direction, by {@link flowOf}: relative numbers count from there. */
export type Beginnings = ReadonlyMap<string, number>

/** The direction that a segment goes in; `back` is the other one of the connection. */
export const flowOf = (s: ObservedSegment, back = false): string =>
  back ? `${s.destination}>${s.source}` : `${s.source}>${s.destination}`

/** The first number of each direction: its SYN's; of what was joined in the middle, the one before the first seen. */
export const beginnings = (segments: readonly ObservedSegment[]): Beginnings => {
  const first = new Map<string, number>()
  const begin = (flow: string, seq: number): void => {
    if (!first.has(flow)) first.set(flow, seq >>> 0)
  }
  for (const s of segments) {
    if (s.flags & SYN) {
      begin(flowOf(s), s.seq)
    } else if (!(s.flags & RST)) {
      // A reset may carry any number.
      begin(flowOf(s), s.seq - 1)
      if (s.flags & ACK) begin(flowOf(s, true), s.ack - 1)
    }
  }
  return first
}

/** SEG.SEQ relative to where its direction begins; as it is where that is not known. */
export const relativeSeq = (s: ObservedSegment, begin: Beginnings): number =>
  (s.seq - (begin.get(flowOf(s)) ?? 0)) >>> 0

/** SEG.ACK relative to where the other direction begins. */
export const relativeAck = (s: ObservedSegment, begin: Beginnings): number =>
  (s.ack - (begin.get(flowOf(s, true)) ?? 0)) >>> 0

/** `[S.] 0 ack 1 win 65535 (mss 1460, wscale 8)`, `[P.] 1:101 ack 1 win 512`: numbers relative, flags as tcpdump's. */
export const segmentText = (s: ObservedSegment, begin: Beginnings): string => {
  const seq = relativeSeq(s, begin)
  const base = begin.get(flowOf(s, true)) ?? 0
  const parts = [`[${formatFlags(s.flags)}]`]
  parts.push(s.length > 0 ? `${seq}:${(seq + s.length) % 2 ** 32}` : `${seq}`)
  if (s.flags & ACK) parts.push(`ack ${relativeAck(s, begin)}`)
  parts.push(`win ${s.window}`)
  if (s.length > 0) parts.push(`len ${s.length}`)
  const options = [
    ...(s.mss === null ? [] : [`mss ${s.mss}`]),
    ...(s.scale === null ? [] : [`wscale ${s.scale}`]),
    ...(s.sackPermitted ? ['sackOK'] : []),
    ...(s.accEcn === null ? [] : [s.accEcn]),
    ...s.sack.map(([l, r]) => `sack ${(l - base) >>> 0}:${(r - base) >>> 0}`),
  ]
  if (s.urgent !== null) options.push(`urg ${s.urgent}`)
  return parts.join(' ') + (options.length === 0 ? '' : ` (${options.join(', ')})`)
}
