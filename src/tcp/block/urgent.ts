/**
 * Urgent data, RFC 9293 §3.8.5, both ways: a mark in the stream up to which the reader should hurry. Not for new programs
 * (RFC 6093).
 */
import { type Seq, seqAdd, seqDiff, seqGeq, seqLeq, seqLt } from '../../wire/sequence.ts'
import { type Segment, URG } from '../../wire/tcp.ts'
import type { Connection } from './connection.ts'
import { NOTICE_URGENT } from './connection-user.ts'
import type { ConnectionView } from './connection-view.ts'
import type { OutgoingSegment } from './outgoing.ts'

/** An urgent SEND: all that is queued is urgent now (UC-11). */
export const markUrgent = (c: Connection): void => {
  c.snd.up = c.sendEnd
}

/** Puts the pointer on a segment that leaves from `seq`: it designates the octet after the urgent data (MUST-62). */
export const putUrgentPointer = (c: Connection, seq: Seq, out: OutgoingSegment): void => {
  const { up } = c.snd
  if (up === null || !seqLt(seq, up)) return
  out.flags |= URG
  out.urgent = Math.min(0xffff, seqDiff(up, seq))
}

/** SND.UNA has moved: urgent data that is acknowledged is urgent no more. */
export const urgentAcknowledged = ({ snd }: Connection): void => {
  if (snd.up !== null && seqGeq(snd.una, snd.up)) snd.up = null
}

/** RCV.UP moves forward only; the user hears of each move (MUST-32, NX-21). The pointer is just a mark. */
export const takeUrgentPointer = (c: Connection, segment: Segment): void => {
  if (!(segment.flags & URG) || segment.urgent <= 0) return
  const { rcv } = c
  const up = seqAdd(segment.seq, segment.urgent)
  if (seqLeq(up, rcv.nxt) || (rcv.up !== null && seqLeq(up, rcv.up))) return
  rcv.up = up
  c.wake(NOTICE_URGENT)
}

/** Bytes yet to be read up to the urgent mark; 0 outside of urgent mode (MUST-33). */
export const urgentPending = (c: ConnectionView): number => {
  if (c.rcv.up === null) return 0
  const unread = seqAdd(c.rcv.nxt, -c.receiveQueue.length - (c.finReceived ? 1 : 0))
  return Math.max(0, (c.rcv.up - unread) | 0)
}

/** The user has read: urgent mode ends when the mark is read (MUST-33). */
export const urgentRead = (c: Connection): void => {
  if (c.rcv.up !== null && urgentPending(c) <= 0) c.rcv.up = null
}
