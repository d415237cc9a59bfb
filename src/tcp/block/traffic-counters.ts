/** Counters for TCP_INFO alone: nothing decides by them. */
import { seqDiff } from '../../wire/sequence.ts'
import type { Segment } from '../../wire/tcp.ts'
import { sendBufferSize } from '../queues/send-buffer.ts'
import type { Connection } from './connection.ts'

/** The reasons that hold a sender back. */
const IDLE = 0
const BUSY = 1
const PEER_WINDOW = 2
const SEND_BUFFER = 3

/** The time in which the peer's window, or our buffer, was the limit, ms. Few connections come to it. */
interface LimitedTimes {
  window: number
  buffer: number
}

const withTime = (times: LimitedTimes | null, limit: 2 | 3, time: number): LimitedTimes => {
  times ??= { window: 0, buffer: 0 }
  if (limit === PEER_WINDOW) times.window += time
  else times.buffer += time
  return times
}

/** Counters of a connection that has had text either way. */
export class TrafficCounters {
  segmentsIn = 0
  segmentsOut = 0
  /** Text bytes: sent, retransmissions too; acknowledged; received in order. */
  bytesSent = 0
  bytesAcked = 0
  bytesReceived = 0
  /** The time at which text last came, ms. */
  receivedAt = -1
  /** A packet of the peer's was ECN-capable. */
  ecnSeen = false
  /** The last delivery rate that says something of the path, bytes per ms, and whether the application limited it. */
  deliveryRate = 0
  appLimited = false
  /** The time with something to send in which neither the peer's window nor our buffer was the limit, ms. */
  #busy = 0
  #limited: LimitedTimes | null = null
  #limit: 0 | 1 | 2 | 3 = IDLE
  #limitSince = 0

  delivered(rate: number, appLimited: boolean): void {
    // As Linux: a sample that the application has limited counts when it is no worse than the last.
    if (rate <= 0 || (appLimited && rate < this.deliveryRate)) return
    this.deliveryRate = rate
    this.appLimited = appLimited
  }

  /** Sending has come to a halt: what is the limit? */
  sentAll(c: Connection): void {
    const limit = limitOf(c)
    if (limit === this.#limit) return
    const { now } = c.env
    if (this.#limit !== IDLE) {
      const time = now - this.#limitSince
      if (this.#limit === BUSY) this.#busy += time
      else this.#limited = withTime(this.#limited, this.#limit, time)
    }
    this.#limit = limit
    this.#limitSince = now
  }

  /** The time since this became the limit, ms; 0 when it is not. */
  private since(limit: 1 | 2 | 3, now: number): number {
    return this.#limit === limit ? now - this.#limitSince : 0
  }

  windowLimited(now: number): number {
    return (this.#limited?.window ?? 0) + this.since(PEER_WINDOW, now)
  }

  bufferLimited(now: number): number {
    return (this.#limited?.buffer ?? 0) + this.since(SEND_BUFFER, now)
  }

  busy(now: number): number {
    return this.#busy + this.since(BUSY, now) + this.windowLimited(now) + this.bufferLimited(now)
  }
}

/** Shared by all connections that have seen no text. Nothing ever changes it. */
export const NO_TRAFFIC: Readonly<TrafficCounters> = new TrafficCounters()

/** The segments that were on the wire: a super-segment counts for all that it was cut into. */
export const piecesOf = ({ length, segmentSize }: Segment): number =>
  segmentSize > 0 ? Math.ceil(length / segmentSize) : 1

/** A segment has come. */
export const countIn = (c: Connection, segment: Segment): void => {
  const { length } = segment
  const count = piecesOf(segment)
  c.segmentsIn += count
  if (length > 0) {
    const traffic = c.ownTraffic()
    traffic.segmentsIn += count
    traffic.receivedAt = c.env.now
  }
  if ((segment.trafficClass & 3) !== 0) c.ownTraffic().ecnSeen = true
}

/** A segment with `length` bytes of text leaves, to be cut into pieces of `size` unless that is 0. */
export const countOut = (c: Connection, length: number, size: number, ack: boolean): void => {
  const count = size > 0 ? Math.ceil(length / size) : 1
  c.segmentsOut += count
  if (ack) c.ackSentAt = c.env.now
  if (length === 0) return
  const traffic = c.ownTraffic()
  traffic.segmentsOut += count
  traffic.bytesSent += length
}

const limitOf = (c: Connection): 0 | 1 | 2 | 3 => {
  if (c.sendQueue.length === 0) return IDLE
  const pending = seqDiff(c.sendEnd, c.snd.nxt)
  if (pending > 0) {
    const piece = Math.min(pending, c.snd.mss)
    // Linux looks at the congestion window first if both are full.
    if (c.congestion.cwnd - c.flight.underWay < piece) return BUSY
    return c.snd.wnd - c.inFlight < piece ? PEER_WINDOW : BUSY
  }
  // All is sent: would there be more if there were room for it?
  return c.sendQueue.length >= sendBufferSize(c) ? SEND_BUFFER : BUSY
}
