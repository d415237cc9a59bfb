/** TCP segments as somebody between two hosts sees them, whoever sent them. */
import { formatAddress } from '../wire/address.ts'
import { FRAGMENT_OFFSET, PROTOCOL_TCP, read16, read32 } from '../wire/ipv4.ts'
import { ACK, FIN, formatFlags, RST, SYN, TCP_HEADER, URG } from '../wire/tcp.ts'

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
  readonly mss: number | null
  /** Window scale option. */
  readonly scale: number | null
  readonly sackPermitted: boolean
  /** SACK blocks: left and right edges. */
  readonly sack: readonly (readonly [number, number])[]
  readonly timestamps: boolean
  /** The urgent pointer, with URG. */
  readonly urgent: number | null
  /** The times at which it arrived (several when it was duplicated); unknown in a capture. */
  readonly arrivals: readonly number[]
  /** Its fate on the way: 'lost: script', 'held back', … */
  readonly fate: string
  /** Why it was sent, when its sender has told. */
  readonly reason: string
}

/** The sequence numbers that it takes: text, SYN and FIN. */
export const sequenceLength = (s: ObservedSegment): number =>
  s.length + (s.flags & SYN ? 1 : 0) + (s.flags & FIN ? 1 : 0)

/** Whether it never arrived. */
export const isLost = (s: ObservedSegment): boolean => s.fate.includes('lost')

/** The kind of a packet that is no TCP segment of a known form. */
export type NoSegment = 'not IP' | 'not TCP' | 'a fragment' | 'truncated' | 'malformed'

/** The TCP segment in the IPv4 or IPv6 packet `b`, of which perhaps only the beginning was captured. Total. */
export const observeSegment = (b: Uint8Array, time: number): ObservedSegment | NoSegment => {
  if (b.length === 0) return 'truncated'
  const version = b[0]! >>> 4
  if (version === 4) return observeIpv4(b, time)
  if (version === 6) return observeIpv6(b, time)
  return 'not IP'
}

const observeIpv4 = (b: Uint8Array, time: number): ObservedSegment | NoSegment => {
  if (b.length < 20) return 'truncated'
  const header = (b[0]! & 15) << 2
  if (header < 20) return 'malformed'
  if (b[9] !== PROTOCOL_TCP) return 'not TCP'
  if (read16(b, 6) & FRAGMENT_OFFSET) return 'a fragment'
  // Captures of a sender that leaves segmentation to its device may say 0.
  const total = read16(b, 2) || b.length
  if (total < header) return 'malformed'
  return observeTcp(
    b,
    header,
    total - header,
    time,
    `${formatAddress(read32(b, 12))}:`,
    `${formatAddress(read32(b, 16))}:`,
  )
}

const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const DESTINATION_OPTIONS = 60

const observeIpv6 = (b: Uint8Array, time: number): ObservedSegment | NoSegment => {
  if (b.length < 40) return 'truncated'
  const payload = read16(b, 4)
  const end = payload === 0 ? b.length : 40 + payload
  let next = b[6]!
  let at = 40
  while (next === HOP_BY_HOP || next === ROUTING || next === DESTINATION_OPTIONS) {
    if (at + 2 > b.length) return 'truncated'
    next = b[at]!
    at += 8 * (b[at + 1]! + 1)
  }
  if (next === FRAGMENT) return 'a fragment'
  if (next !== PROTOCOL_TCP) return 'not TCP'
  if (at > end) return 'malformed'
  return observeTcp(b, at, end - at, time, `[${ipv6Text(b, 8)}]:`, `[${ipv6Text(b, 24)}]:`)
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of zeros (of two or more) as `::`. */
const ipv6Text = (b: Uint8Array, at: number): string => {
  const groups = Array.from({ length: 8 }, (_, i) => read16(b, at + 2 * i))
  let [best, length] = [-1, 1]
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && groups[i + n] === 0) n++
    if (n > length) [best, length] = [i, n]
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map(group => group.toString(16))
      .join(':')
  return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + length, 8)}`
}

/** `size` is what IP says of the segment: header and text. */
const observeTcp = (
  b: Uint8Array,
  at: number,
  size: number,
  time: number,
  source: string,
  destination: string,
): ObservedSegment | NoSegment => {
  if (size < TCP_HEADER) return 'malformed'
  if (at + TCP_HEADER > b.length) return 'truncated'
  const header = (b[at + 12]! >>> 4) << 2
  if (header < TCP_HEADER || header > size) return 'malformed'
  const options = readOptions(b, at + TCP_HEADER, Math.min(at + header, b.length))
  const flags = b[at + 13]!
  return {
    time,
    source: source + read16(b, at),
    destination: destination + read16(b, at + 2),
    seq: read32(b, at + 4) >>> 0,
    ack: read32(b, at + 8) >>> 0,
    flags,
    window: read16(b, at + 14),
    length: size - header,
    urgent: flags & URG ? read16(b, at + 18) : null,
    ...options,
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
  }
  for (let i = from; i < end; ) {
    const kind = b[i]!
    if (kind === 0) break
    if (kind === 1) {
      i++
      continue
    }
    const size = i + 1 < end ? b[i + 1]! : 0
    if (size < 2 || i + size > end) break
    if (kind === 2 && size === 4) found.mss = read16(b, i + 2)
    else if (kind === 3 && size === 3) found.scale = b[i + 2]!
    else if (kind === 4 && size === 2) found.sackPermitted = true
    else if (kind === 8 && size === 10) found.timestamps = true
    else if (kind === 5)
      for (let n = i + 2; n + 8 <= i + size; n += 8)
        found.sack.push([read32(b, n) >>> 0, read32(b, n + 4) >>> 0])
    i += size
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
    ...s.sack.map(([l, r]) => `sack ${(l - base) >>> 0}:${(r - base) >>> 0}`),
  ]
  if (s.urgent !== null) options.push(`urg ${s.urgent}`)
  return parts.join(' ') + (options.length === 0 ? '' : ` (${options.join(', ')})`)
}
