import type { Flow } from '../../ip/flow.ts'
import type { Seq } from '../../wire/sequence.ts'
import type { TcpHeaderOptions } from '../../wire/tcp-options.ts'
import type { SendQueue } from '../queues/send-queue.ts'
import type { Environment } from './environment.ts'
import type { ConnectionId, SendReason } from './events.ts'

/** The source of segments that leave: a connection, its TIME-WAIT record, or a bare 4-tuple (a reset). */
export interface SegmentSource extends Flow, ConnectionId {
  /** The queue that text comes from; null when there never is any. */
  readonly sendQueue: SendQueue | null
  /** Fields of the IP header. */
  readonly options: { readonly ttl: number; readonly trafficClass: number }
}

/** A segment about to be sent. One is reused for all. */
export class OutgoingSegment implements TcpHeaderOptions {
  seq: Seq = 0
  ack: Seq = 0
  flags = 0
  /** The header's field: already scaled */
  window = 0
  urgent = 0
  /** Text: this many bytes of the source's send queue, from `seq` */
  length = 0
  /** Text bytes of each segment on the wire when this is a super-segment, else 0 */
  segmentSize = 0
  reason: SendReason = 'ACK'
  /** Options: -1 or false leaves one out */
  mss = -1
  windowScale = -1
  sackPermitted = false
  timestamps = false
  tsVal = 0
  tsEcr = 0
  /** The user timeout option's 16 bits */
  userTimeout = -1
  /** The fast open option's cookie, empty to ask for one */
  fastOpen: Uint8Array | null = null
  /** It leaves in the shape in which it came: as the experiment that it once was */
  fastOpenExperiment = false
  /** The AccECN option: how many counters it has, -1 for none at all, their order, and the counters */
  accEcnFields = -1
  accEcnOrder: 0 | 1 = 1
  e0b = 0
  ceb = 0
  e1b = 0
  /** SACK blocks: left and right edge of each */
  sackCount = 0
  readonly sackEdges: Int32Array = new Int32Array(8)
  /** Routers may not fragment it (RFC 1191 §3); those of IPv6 never do */
  dontFragment = true
  /** The ECN field of the IP header (RFC 3168 §5) */
  ecn = 0

  /** An empty segment without options, ready to be filled. */
  reset(seq: Seq, ack: Seq, flags: number, window: number, reason: SendReason): this {
    this.seq = seq
    this.ack = ack
    this.flags = flags
    this.window = window
    this.urgent = 0
    this.length = 0
    this.segmentSize = 0
    this.reason = reason
    this.mss = -1
    this.windowScale = -1
    this.sackPermitted = false
    this.timestamps = false
    this.sackCount = 0
    this.accEcnFields = -1
    this.userTimeout = -1
    this.fastOpen = null
    this.fastOpenExperiment = false
    this.ecn = 0
    this.dontFragment = true
    return this
  }
}

/** Reports a segment that is complete, and sends it. Nothing of TCP leaves by another way. */
export const sendSegment = (env: Environment, source: SegmentSource, out: OutgoingSegment): void => {
  env.packetTrace?.({
    type: 'segment-out',
    time: env.now,
    connection: source,
    seq: out.seq,
    ack: out.ack,
    flags: out.flags,
    window: out.window,
    length: out.length,
    reason: out.reason,
  })
  env.transmit(source, out)
}
