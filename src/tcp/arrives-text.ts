/** SEGMENT ARRIVES, sixth to eighth: URG, the text, FIN, RFC 9293 §3.10.7.4. */
import { type Seq, seqAdd, seqDiff } from '../wire/sequence.ts'
import { FIN, type Segment } from '../wire/tcp.ts'
import type { Connection } from './block/connection.ts'
import { NOTICE_READABLE } from './block/connection-user.ts'
import { account, affordable } from './block/memory.ts'
import { takeUrgentPointer } from './block/urgent.ts'
import { enterTimeWait, fail, refuse, sendReset } from './ending.ts'
import { noteHeldDuplicate, SackBlocks } from './queues/sack-blocks.ts'
import { ackNow, ackSoon, learnSegmentSize } from './send/acknowledgment.ts'
import { challenge } from './send/challenge-ack.ts'
import { sendAck } from './send/emit.ts'

/** Sixth, seventh and eighth: URG, text, FIN. The segment is trimmed to the window. */
export const textAndControls = (c: Connection, segment: Segment): void => {
  urgBit(c, segment)
  if (segment.length > 0 && !segmentText(c, segment)) return
  finBit(c, segment)
}

const receiving = (c: Connection): boolean =>
  c.state === 'ESTABLISHED' || c.state === 'FIN_WAIT_1' || c.state === 'FIN_WAIT_2'

/** Sixth: the URG bit. */
export const urgBit = (c: Connection, segment: Segment): void => {
  if (receiving(c)) takeUrgentPointer(c, segment)
}

/** Returns whether the connection lives on. */
const segmentText = (c: Connection, segment: Segment): boolean => {
  const { rcv } = c
  if (!receiving(c)) {
    c.env.drop('text-after-fin')
    return true
  }
  if (c.orphaned) {
    // SHLD-3: nobody is there to read it, and the peer should know. While something is out it may be past SEG.ACK.
    if (c.allAcked || c.options.orphanResetByAck) refuse(c.env, c, segment)
    else sendReset(c)
    fail(c, 'ABORT', 'segment', null)
    return false
  }
  learnSegmentSize(c, segment)
  const inOrder = segment.seq === rcv.nxt
  // The end of a stream that is there goes before what is said to lie beyond it.
  if (inOrder && segment.flags & FIN) endStreamAt(c, seqAdd(segment.seq, segment.length))
  if (rcv.fin !== null) {
    // The stream ends there: the text of a segment beyond is nobody's.
    segment.length = Math.min(segment.length, Math.max(0, seqDiff(rcv.fin, segment.seq)))
    if (segment.length === 0) {
      c.env.drop('text-after-fin')
      challenge(c, 'duplicate ACK')
      return true
    }
  }
  if (!affordsText(c, segment)) {
    c.env.drop('memory')
    challenge(c, 'duplicate ACK')
    return true
  }
  if (!inOrder) {
    c.ownTroubles().outOfOrder++
    c.env.textTaken(segment.length)
    holdAbove(c, segment)
    // One for each segment, also of a batch: the sender counts them (RFC 5681 §4.2).
    sendAck(c, 'duplicate ACK')
    return true
  }
  const before = rcv.nxt
  const { text } = segment
  c.env.textTaken(text.length)
  c.ownReceiveQueue().borrow(text, segment.batch, segment.index)
  rcv.nxt = seqAdd(rcv.nxt, text.length)
  c.unackedBytes += text.length
  c.ownReceiveBuffer().received(c, text.length)
  ackSoon(c)
  if (c.receiveQueue.piecesAbove > 0) {
    noteHeldDuplicate(c)
    // SHLD-31, MUST-59: all that has come in order is acknowledged at once, with one ACK (RFC 5681 §4.2).
    rcv.nxt = c.receiveQueue.collect(rcv.nxt)
    c.sackBlocks?.advance(rcv.nxt)
    ackNow(c, 'ACK')
  }
  c.ownTraffic().bytesReceived += seqDiff(rcv.nxt, before)
  c.wake(NOTICE_READABLE)
  return true
}

/**
 * Returns whether there is memory for the text: always for what the user may take at once, or closes a gap; else as much
 * as a connection may have. Nobody takes that of a connection which waits to be accepted, and peers can have a backlog full of
 * those: beyond the budget it gets nothing. The peer sends it again.
 */
const affordsText = (c: Connection, segment: Segment): boolean => {
  if (c.parent !== null && c.env.memory.full) return false
  return (
    (segment.seq === c.rcv.nxt && c.receiveQueue.length === 0) ||
    c.receiveQueue.weight < affordable(c, Number.POSITIVE_INFINITY)
  )
}

/**
 * Text above a gap: kept (SHLD-31) and reported (RFC 2018 §4), what is there already too (RFC 2883 §4). Full segments
 * always find a place, small ones only so many.
 */
const holdAbove = (c: Connection, segment: Segment): void => {
  const { options } = c
  const { seq, text } = segment
  const receiveQueue = c.ownReceiveQueue()
  const limit =
    options.reassemblySegments + Math.floor(receiveQueue.bytesAbove / Math.max(1, c.advertisedMss))
  const { overlapped, left, right, evicted } = receiveQueue.insert(seq, text, limit, c.env.allocate)
  account(c)
  c.env.memory.watchGaps()
  if (!c.sack) return
  c.sackBlocks ??= new SackBlocks()
  const end = seqAdd(seq, text.length)
  const fin = segment.flags & FIN ? 1 : 0
  c.sackBlocks.add(seq, seqAdd(end, fin), receiveQueue)
  if (evicted) c.sackBlocks.forget(receiveQueue.endAbove)
  // A FIN that was there already continues its text.
  const more = fin === 1 && c.rcv.fin === end && right === end ? 1 : 0
  if (overlapped) c.sackBlocks.duplicate(left, seqAdd(right, more))
}

/** The stream ends at `fin`: what is held beyond it was none of it, and is not reported any more. */
const endStreamAt = (c: Connection, fin: Seq): void => {
  c.rcv.fin = fin
  if (c.receiveQueue.piecesAbove === 0) return
  c.receiveQueue.cutAt(fin)
  c.sackBlocks?.forget(seqAdd(fin, 1))
}

/** A FIN without text has come above a gap: it waits until that is filled, and its number is reported as text is. */
const holdFin = (c: Connection, fin: Seq, again: boolean): void => {
  if (c.sack) {
    c.sackBlocks ??= new SackBlocks()
    c.sackBlocks.add(fin, seqAdd(fin, 1), c.receiveQueue)
    if (again) c.sackBlocks.duplicate(fin, seqAdd(fin, 1))
  }
  ackNow(c, 'duplicate ACK')
}

/**
 * The peer's FIN has come before ours. Where text has come before it the user mostly answers its end by a CLOSE, and our FIN
 * carries the ACK: it waits as long as that of text (as Linux does: tcp_fin() enters ping-pong mode). A FIN that had waited
 * above a gap is acknowledged at once, like all that fills one.
 */
const ackEnd = (c: Connection, inOrder: boolean): void => {
  c.unackedBytes++
  if (!c.options.delaysAckOfFin || !inOrder || c.rcv.lastSize === 0) {
    ackNow(c, 'ack of FIN')
    return
  }
  c.pingPong = true
  ackSoon(c, 'ack of FIN')
}

const finBit = (c: Connection, segment: Segment): void => {
  const { rcv } = c
  if (!receiving(c)) return
  const before = rcv.fin
  if (segment.flags & FIN) endStreamAt(c, seqAdd(segment.seq, segment.length))
  if (rcv.fin !== rcv.nxt) {
    if (segment.flags & FIN && segment.length === 0) holdFin(c, segment.seq, before === segment.seq)
    return
  }
  rcv.nxt = seqAdd(rcv.nxt, 1)
  rcv.fin = null
  c.sackBlocks?.advance(rcv.nxt)
  c.finReceived = true
  c.wake(NOTICE_READABLE)
  switch (c.state) {
    case 'ESTABLISHED':
      ackEnd(c, (segment.flags & FIN) !== 0)
      c.transition('FIN', 'segment')
      break
    case 'FIN_WAIT_1':
      if (c.finAcked) {
        enterTimeWait(c, 'FIN, our FIN acked')
      } else {
        ackNow(c, 'ack of FIN')
        c.transition('FIN', 'segment')
      }
      break
    case 'FIN_WAIT_2':
      enterTimeWait(c, 'FIN')
      break
  }
}
