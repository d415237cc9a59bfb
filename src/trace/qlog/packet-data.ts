/** Segments as qlog's packet events have them. */
import { AE } from '../../wire/accurate-ecn.ts'
import { formatEndpoint } from '../../wire/address.ts'
import { CE, ECN_FIELD, ECT_0, ECT_1, NOT_ECT } from '../../wire/ecn.ts'
import { ACK, CWR, ECE, FIN, PSH, RST, type Segment, SYN, TCP_HEADER, URG } from '../../wire/tcp.ts'
import type { ObservedSegment } from '../observed-segment.ts'
import type { Flow } from './flows.ts'
import type { QlogData } from './records.ts'

const FLAGS: readonly (readonly [number, string])[] = [
  [SYN, 'SYN'],
  [FIN, 'FIN'],
  [RST, 'RST'],
  [PSH, 'PSH'],
  [ACK, 'ACK'],
  [URG, 'URG'],
  [ECE, 'ECE'],
  [CWR, 'CWR'],
  [AE, 'AE'],
]

const ECN_NAMES: Readonly<Record<number, string | undefined>> = {
  [NOT_ECT]: undefined,
  [ECT_0]: 'ECT(0)',
  [ECT_1]: 'ECT(1)',
  [CE]: 'CE',
}

const options = (s: ObservedSegment): QlogData | undefined => {
  const all = {
    mss: s.mss ?? undefined,
    window_scale: s.scale ?? undefined,
    sack_permitted: s.sackPermitted || undefined,
    sack: s.sack.length > 0 ? s.sack : undefined,
    timestamps: s.timestamps || undefined,
    accurate_ecn: s.accEcn ?? undefined,
  }
  return Object.values(all).some(value => value !== undefined) ? all : undefined
}

/** The header and the sizes of a segment, `number` counting those of its connection and direction from 0. */
export const packetData = (s: ObservedSegment, number: number): QlogData => ({
  header: {
    packet_number: number,
    sequence_number: s.seq,
    acknowledgment_number: s.flags & ACK ? s.ack : undefined,
    flags: FLAGS.filter(([bit]) => s.flags & bit).map(([, name]) => name),
    window: s.window,
    urgent_pointer: s.urgent ?? undefined,
    options: options(s),
  },
  raw: { length: s.header + s.length, payload_length: s.length },
  ecn: ECN_NAMES[s.ecn],
})

/** The same of a segment that arrives, with what it acknowledges. */
export const receivedData = (s: ObservedSegment, flow: Flow): QlogData => {
  const acked = flow.acknowledged(s)
  return {
    ...packetData(s, flow.received()),
    ...(acked.length === 0 ? {} : { frames: [{ frame_type: 'ack', acked_ranges: ackedRanges(acked) }] }),
  }
}

/** Packet numbers, ascending, as the ranges of an ACK frame. */
const ackedRanges = (numbers: readonly number[]): number[][] => {
  const ranges: number[][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last !== undefined && last.at(-1) === number - 1) last[1] = number
    else ranges.push([number])
  }
  return ranges
}

/** A segment whose packet nobody has seen whole: it came in pieces, or from the host itself. Its header counts without options. */
export const withoutPacket = (s: Segment, time: number): ObservedSegment => ({
  time,
  source: formatEndpoint(s.source, s.sourcePort),
  destination: formatEndpoint(s.destination, s.destinationPort),
  seq: s.seq >>> 0,
  ack: s.ack >>> 0,
  flags: s.flags,
  window: s.window,
  length: s.length,
  header: TCP_HEADER,
  ecn: s.trafficClass & ECN_FIELD,
  mss: s.mss < 0 ? null : s.mss,
  scale: s.windowScale < 0 ? null : s.windowScale,
  sackPermitted: s.sackPermitted,
  sack: Array.from({ length: s.sackCount }, (_, i) => [
    s.sackEdges[2 * i]! >>> 0,
    s.sackEdges[2 * i + 1]! >>> 0,
  ]),
  timestamps: s.hasTimestamps,
  accEcn: null,
  urgent: s.flags & URG ? s.urgent : null,
  arrivals: [],
  fate: '',
  reason: '',
})
