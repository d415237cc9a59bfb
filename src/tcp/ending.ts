/** The ends of connections: in order, by a reset, by giving up. */
import { aceFlags } from '../wire/accurate-ecn.ts'
import { type Seq, seqAdd, seqLt } from '../wire/sequence.ts'
import { ACK, RST, type Segment } from '../wire/tcp.ts'
import type { Connection } from './block/connection.ts'
import { NOTICE_CLOSED } from './block/connection-user.ts'
import type { Environment } from './block/environment.ts'
import type { ErrorCode } from './block/error.ts'
import type { Cause } from './block/events.ts'
import { OutgoingSegment, type SegmentSource, sendSegment } from './block/outgoing.ts'
import { letGoOf } from './flight/flight-pool.ts'
import { offerWindow } from './queues/receive-window.ts'
import { acceptableSeq, sendAck, sendEdge } from './send/emit.ts'
import type { StateEvent } from './state.ts'
import { TimeWait } from './time-wait.ts'

const out = new OutgoingSegment()

/**
 * Sends <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>: the abort of §3.10.5. A peer that has taken only a part of what is out
 * must find the number within its window (RFC 5961 §3.2), one that has taken all must find it at its left edge. Where
 * what is out reaches the window's right edge no one number is both, and there is one reset for each.
 */
export const sendReset = (c: Connection): void => {
  const { una, nxt, wnd } = c.snd
  const edge = sendEdge(c)
  resetAt(c, acceptableSeq(c))
  if (seqLt(nxt, edge) || nxt === una || !c.synchronized) return
  // It has taken less than its window.
  if (wnd > 0) resetAt(c, seqAdd(edge, -1))
  // It has opened its window since, and taken the probe or what a shrunken window had cut off.
  if (seqLt(edge, nxt)) resetAt(c, nxt)
}

const resetAt = (c: Connection, seq: Seq): void => {
  const { accurate } = c.ecn
  const flags = RST | ACK | (accurate === null ? 0 : aceFlags(accurate.r.cep))
  // No peer looks at the window of a reset. Linux leaves it as it is.
  out.reset(seq, c.rcv.nxt, flags, offerWindow(c, false), 'reset')
  out.timestamps = c.timestamps
  out.tsVal = c.tsNow
  out.tsEcr = c.tsRecent
  sendSegment(c.env, c, out)
}

/** Answers a segment that nobody wants with a RST (§3.10.7.1), never a RST itself. */
export const refuse = (env: Environment, source: SegmentSource, segment: Segment): void => {
  if (segment.flags & RST) return
  if (segment.flags & ACK) {
    out.reset(segment.ack, 0, RST, 0, 'reset')
  } else {
    out.reset(0, (segment.seq + segment.sequenceLength) | 0, RST | ACK, 0, 'reset')
  }
  // RFC 7323 §3.2: a RST sent in reply should echo the timestamp.
  out.timestamps = segment.hasTimestamps
  out.tsVal = 0
  out.tsEcr = segment.tsVal
  sendSegment(env, source, out)
}

/** Sends <SEQ=SEG.ACK><CTL=RST> for a connection that goes on (§3.10.7.3, §3.10.7.4: SYN-SENT, SYN-RECEIVED). */
export const resetAck = (c: Connection, ack: Seq): void => {
  out.reset(ack, 0, RST, 0, 'reset')
  sendSegment(c.env, c, out)
}

/** Deletes the TCB. Text that came before the end can still be taken; the user is told last of all. */
const deleteTcb = (c: Connection, error: ErrorCode | null): void => {
  c.retransmitTimer = c.disarm(c.retransmitTimer)
  c.delayedAckTimer = c.disarm(c.delayedAckTimer)
  c.idleTimer = c.disarm(c.idleTimer)
  c.pacingTimer = c.disarm(c.pacingTimer)
  c.flight.clear()
  c.flight = letGoOf(c.flight)
  c.sendQueue.clear()
  c.ackDue = 0
  if (error !== null) {
    c.error = error
    // "All segment queues should be flushed" (§3.10.7.4).
    if (!c.options.resetKeepsText) {
      c.receiveQueue.clear()
      c.taken()
    }
  }
  c.env.remove(c)
  c.wake(NOTICE_CLOSED)
}

/** The connection ends with an error (or, null, silently) by an event of the table. */
export const fail = (c: Connection, event: StateEvent, cause: Cause, error: ErrorCode | null): void => {
  c.transition(event, cause)
  deleteTcb(c, error)
}

/** The host needs the memory that the connection holds: it is reset, and its user told. */
export const evict = (c: Connection): void => {
  if (c.synchronized) sendReset(c)
  fail(c, 'ABORT', 'timeout', 'ENOBUFS')
}

/** LAST-ACK's end: all is said on both sides. */
export const finish = (c: Connection): void => {
  c.transition('ack of FIN', 'segment')
  deleteTcb(c, null)
}

/** Enters TIME-WAIT: a compact record takes the connection's place in the host, for 2 MSL. */
export const enterTimeWait = (c: Connection, event: 'FIN' | 'ack of FIN' | 'FIN, our FIN acked'): void => {
  c.transition(event, 'segment')
  if (event !== 'ack of FIN') sendAck(c, 'ack of FIN')
  const record = new TimeWait(c)
  c.env.timeWait(c, record)
  deleteTcb(c, null)
}
