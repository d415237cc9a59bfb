/** Delayed ACKs: an acknowledgment leaves at once, soon, or with the next segment. RFC 9293 §3.8.6.3, RFC 5681 §4.2. */
import { FIN, PSH, type Segment, URG } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { SendReason } from '../block/events.ts'
import { ACK_DELAYED, ACK_NONE, ACK_NOW } from '../block/packed-flags.ts'
import { sendAck } from './emit.ts'

/**
 * Pushed segments smaller than this may be the ends of what was written; others below the second are no segments to
 * count.
 */
const SMALL_SEGMENT = 536
const TINY_SEGMENT = 88
/** Flags that end something: such a segment may be small though its sender has larger ones. */
const REMNANT = PSH | FIN | URG

/**
 * Learns what "full-sized" means for delayed ACKs: the largest segment, or a smaller one that comes twice in a row (a
 * path that has become narrower, a tunnel). As Linux does.
 */
export const learnSegmentSize = (c: Connection, segment: Segment): void => {
  const { rcv } = c
  const size = segment.segmentSize || segment.length
  if (size >= rcv.mss) rcv.mss = Math.min(size, c.advertisedMss)
  else if (size === rcv.lastSize && size >= (segment.flags & REMNANT ? SMALL_SEGMENT : TINY_SEGMENT))
    rcv.mss = size
  rcv.lastSize = size
}

/**
 * Returns whether more has come than one full-sized segment: then the ACK may not wait (SHLD-19). By bytes, for a sender's
 * full-sized segments differ by their options. (As Linux does.)
 */
const twoSegments = (c: Connection): boolean => c.unackedBytes > c.rcv.mss

/** Sends the acknowledgment that is owed, or lets it wait for company. */
export const acknowledge = (c: Connection): void => {
  if (c.ackDue === ACK_NONE) return
  if (c.quickAcks > 0 && !c.pingPong) {
    c.quickAcks--
    ackNow(c, 'ACK')
  }
  if (c.ackDue === ACK_NOW || twoSegments(c) || c.options.delayedAck === 0) {
    sendAck(c, c.ackReason)
  } else if (!c.delayedAckTimer.armed) {
    c.delayedAckTimer = c.arm(c.delayedAckTimer, 'delayed-ack', c.options.delayedAck)
  }
}

/** An acknowledgment is owed at once. The first reason given is the one reported. */
export const ackNow = (c: Connection, reason: SendReason): void => {
  if (c.ackDue !== ACK_NOW) {
    c.ackDue = ACK_NOW
    c.ackReason = reason
  }
  c.wake()
}

/** An acknowledgment is owed, and may wait for company (§3.8.6.3). */
export const ackSoon = (c: Connection, reason: SendReason = 'ACK'): void => {
  if (c.ackDue === ACK_NONE) {
    c.ackDue = ACK_DELAYED
    c.ackReason = reason
  }
  c.wake()
}
