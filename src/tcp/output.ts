import { type Seq, seqAdd, seqDiff, seqGt, seqLt } from '../wire/sequence.ts'
import { ACK, FIN, PSH, SYN, URG } from '../wire/tcp.ts'
import { ACK_DELAYED, ACK_NONE, ACK_NOW, type Connection } from './connection.ts'
import type { SendReason } from './events.ts'
import { OutgoingSegment } from './outgoing.ts'
import { offerWindow, windowShift } from './receive-window.ts'

const out = new OutgoingSegment()

/** The size from which an ACK may not wait: two full-sized segments (SHLD-19). */
const ackThreshold = (c: Connection): number => 2 * c.rcv.mss

/**
 * Sends one segment: `length` bytes of queued text from `seq`. Everything that leaves for a connection but
 * resets goes through here: acknowledgment, window, urgent pointer and timestamps are filled in, and what it
 * acknowledges is no longer owed.
 */
const emit = (c: Connection, seq: Seq, length: number, flags: number, reason: SendReason): void => {
  const syn = (flags & SYN) !== 0
  out.reset(seq, flags & ACK ? c.rcv.nxt : 0, flags, offerWindow(c, syn), reason)
  out.length = length
  if (length > c.snd.mss) out.segmentSize = c.snd.mss
  if (c.snd.urgent && seqLt(seq, c.snd.up)) {
    // The pointer designates the octet after the urgent data (MUST-62).
    out.flags |= URG
    out.urgent = Math.min(0xffff, seqDiff(c.snd.up, seq))
  }
  if (syn) {
    out.mss = c.advertisedMss
    // A SYN,ACK carries what the SYN has offered (RFC 7323 §2.2, §3.2); a SYN what we would like.
    const offered = (flags & ACK) === 0
    if (offered ? c.options.windowScaling : c.scalingAgreed)
      out.windowScale = offered ? windowShift(c.options.receiveBuffer) : c.rcv.scale
    out.timestamps = offered ? c.options.timestamps : c.timestamps
  } else {
    out.timestamps = c.timestamps
  }
  if (out.timestamps) {
    out.tsVal = c.tsNow
    out.tsEcr = flags & ACK ? c.tsRecent : 0
  }
  if (flags & ACK) {
    c.rcv.lastAck = c.rcv.nxt
    c.ackDue = ACK_NONE
    c.unackedBytes = 0
    c.disarm(c.delayedAckTimer)
  }
  if (length > 0) c.sentAt = c.env.now
  c.env.trace?.({
    type: 'segment-out',
    time: c.env.now,
    connection: c,
    seq,
    ack: out.ack,
    flags: out.flags,
    window: out.window,
    length,
    reason,
  })
  c.env.transmit(c, out)
}

/**
 * An empty segment <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. When more is out than the peer's window takes (a probe
 * of a shut window), its right edge stands for SND.NXT, or the peer would have to refuse it (appendix A.2; as
 * Linux does).
 */
export const sendAck = (c: Connection, reason: SendReason): void => {
  const edge = seqAdd(c.snd.una, c.snd.wnd)
  emit(c, c.synAcked && seqLt(edge, c.snd.nxt) ? edge : c.snd.nxt, 0, ACK, reason)
}

/** A keep-alive probe: an old sequence number, so that the peer answers; no text (SHLD-12). */
export const sendKeepAlive = (c: Connection): void => emit(c, seqAdd(c.snd.nxt, -1), 0, ACK, 'keep-alive')

/** Our SYN, or SYN,ACK once the peer's SYN has come, at ISS. */
export const sendSyn = (c: Connection, reason: SendReason): void => {
  const first = c.snd.nxt === c.snd.iss
  if (first) {
    c.snd.nxt = seqAdd(c.snd.iss, 1)
    c.snd.rtx = c.snd.nxt
    startTiming(c, c.snd.nxt)
  } else {
    // Karn: which of the two will be acknowledged?
    c.timing = false
    // Where SYNs have crossed, the SYN,ACK is no sign of a loss.
    if (reason !== 'SYN,ACK') {
      c.synRetransmitted = true
      c.retransmissions++
    }
  }
  emit(c, c.snd.iss, 0, c.state === 'SYN_SENT' ? SYN : SYN | ACK, reason)
}

/** Takes the next segment sent as the one whose round trip is timed (RFC 6298 (3), Karn's rule). */
const startTiming = (c: Connection, end: Seq): void => {
  c.timing = true
  c.timedSeq = end
  c.timedAt = c.env.now
}

/**
 * Sends up to `limit` bytes of text from `seq`, and our FIN if it follows them. Returns the sequence number
 * after what was sent. Text and FIN sent before count as retransmitted.
 */
export const sendText = (
  c: Connection,
  seq: Seq,
  limit: number,
  reason: SendReason,
  allowFin = true,
): Seq => {
  const available = seqDiff(c.sendEnd, seq)
  const length = Math.max(0, Math.min(limit, available))
  const last = length === available || available < 0
  const fin = last && c.finQueued && allowFin
  const next = seqAdd(seq, length + (fin ? 1 : 0))
  if (seqLt(seq, c.snd.nxt)) {
    // Karn: an acknowledgment of something sent twice says nothing about the round trip.
    if (c.timing && seqLt(seq, c.timedSeq)) c.timing = false
    c.retransmissions++
  } else {
    if (c.allAcked) c.progressAt = c.env.now
    if (!c.timing) startTiming(c, next)
  }
  if (seqGt(next, c.snd.nxt)) c.snd.nxt = next
  // A CLOSE pushes (NX-19), and so does the segment that empties the queue (MUST-61).
  emit(c, seq, length, ACK | (fin ? FIN : 0) | (last && length > 0 ? PSH : 0), reason)
  return next
}

/** Whether there is text, or our FIN, that has not been sent since the last timeout. */
export const somethingToSend = (c: Connection): boolean => {
  const pending = seqDiff(c.sendEnd, c.snd.rtx)
  return pending > 0 || (pending === 0 && c.finQueued)
}

/** The states in which text and FIN leave; the handshake's have their own segments. */
const maySend = (c: Connection): boolean => {
  switch (c.state) {
    case 'ESTABLISHED':
    case 'CLOSE_WAIT':
    case 'FIN_WAIT_1':
    case 'CLOSING':
    case 'LAST_ACK':
      return true
    default:
      return false
  }
}

/**
 * Sends what may be sent now: what a timeout has taken back first, then new text, as far as the peer's window,
 * the congestion window, Nagle (§3.7.4) and the sender's silly-window rule (§3.8.6.2.1) allow, in the largest
 * segments the link takes; then an acknowledgment if one is owed and nothing has carried it.
 */
export const output = (c: Connection): void => {
  if (maySend(c)) {
    if (c.allAcked && somethingToSend(c)) restartAfterIdle(c)
    sendWindow(c)
    superviseSending(c)
  }
  acknowledge(c)
}

const sendWindow = (c: Connection): void => {
  const { snd } = c
  c.windowLimited = false
  while (somethingToSend(c)) {
    const pending = seqDiff(c.sendEnd, snd.rtx)
    const sent = seqDiff(snd.rtx, snd.una)
    const offered = snd.wnd - sent
    const again = seqLt(snd.rtx, snd.nxt)
    const reason: SendReason = again ? 'after timeout' : pending === 0 ? 'FIN' : 'data'
    if (pending === 0) {
      // A FIN takes a sequence number of the window but is not held back by the congestion window.
      if (offered < 1) return
      snd.rtx = sendText(c, snd.rtx, 0, reason)
      return
    }
    const allowed = Math.min(offered, c.congestion.cwnd - sent)
    const fits = Math.min(pending, allowed, c.env.maxText(c))
    if (fits <= 0) {
      c.windowLimited = allowed < offered
      return
    }
    const length = worthSending(c, fits, pending, offered, again)
    if (length === 0) {
      c.windowLimited = allowed < offered && fits < pending
      return
    }
    snd.rtx = sendText(c, snd.rtx, length, reason, length < offered)
    // The window filled to less than a segment: that is what "cwnd-limited" means for its growth.
    if (seqDiff(snd.rtx, snd.una) + snd.mss > c.congestion.cwnd) c.windowLimited = true
  }
}

/**
 * How much of the `fits` bytes that the windows allow is worth a segment: the sender's silly-window algorithm
 * of §3.8.6.2.1, in which (1) full segments go at once, (2) the rest of the data goes if Nagle does not hold it
 * back, (3) a part of it only if it is half of the largest window ever offered. (4), the override timer, is
 * the persist timer's.
 */
const worthSending = (
  c: Connection,
  fits: number,
  pending: number,
  offered: number,
  again: boolean,
): number => {
  const mss = c.snd.mss
  const rest = fits % mss
  if (fits === pending) {
    const alone = c.options.noDelay || c.finQueued || again || c.allAcked
    if (rest === 0 || alone) return fits
    // Nothing but the small rest is held by Nagle.
    return fits - rest
  }
  if (fits >= mss) return fits - rest
  return fits === offered && (c.allAcked || c.options.noDelay) && fits >= c.snd.maxWnd / 2 ? fits : 0
}

/** RFC 5681 §4.1: what was learned about the path is old after an RTO of silence. */
const restartAfterIdle = (c: Connection): void => {
  if (c.sentAt > 0 && c.env.now - c.sentAt > c.rto.value) c.congestion.idle(initialWindow(c))
}

/** RFC 6928 (1), with the number of segments an option. */
export const initialWindow = (c: Connection): number =>
  Math.min(c.options.initialWindow * c.snd.mss, Math.max(2 * c.snd.mss, c.options.initialWindow * 1460))

/** Keeps exactly one of the retransmission and persist timers going, if either has something to watch. */
export const superviseSending = (c: Connection): void => {
  const timer = c.retransmitTimer
  if (!c.allAcked) {
    // A SYN (of a FIN-WAIT-1 that comes from SYN-RECEIVED) needs no window.
    if (c.snd.wnd === 0 && c.synAcked) {
      if (!timer.armed || timer.kind !== 'persist') armPersist(c)
    } else if (!timer.armed || timer.kind !== 'retransmission') {
      armRetransmission(c)
    }
  } else if (somethingToSend(c)) {
    // Nothing is under way that could bring an ACK: the window is shut, or too small to be worth it.
    if (!timer.armed || timer.kind !== 'persist') armPersist(c)
  } else {
    c.disarm(timer)
  }
}

/** (Re)starts the retransmission timer, cut short where the user timeout ends first (§3.10.8). */
export const armRetransmission = (c: Connection): void =>
  c.arm(c.retransmitTimer, 'retransmission', untilTimeout(c, c.rto.value))

/**
 * First probe after an RTO, growing as a retransmission's interval does (SHLD-29, SHLD-30); for a window that
 * is small but open, the override of §3.8.6.2.1 (4).
 */
export const armPersist = (c: Connection): void =>
  c.arm(c.retransmitTimer, 'persist', untilTimeout(c, c.snd.wnd > 0 ? c.options.swsOverride : c.rto.value))

const untilTimeout = (c: Connection, delay: number): number =>
  c.options.userTimeout > 0
    ? Math.max(0, Math.min(delay, c.progressAt + c.options.userTimeout - c.env.now))
    : delay

const acknowledge = (c: Connection): void => {
  if (c.ackDue === ACK_NONE) return
  if (c.ackDue === ACK_NOW || c.unackedBytes >= ackThreshold(c) || c.options.delayedAck === 0) {
    sendAck(c, c.ackReason)
  } else if (c.delayedAckTimer === null || !c.delayedAckTimer.armed) {
    c.delayedAckTimer ??= c.env.newTimer(c, 'delayed-ack')
    c.arm(c.delayedAckTimer, 'delayed-ack', c.options.delayedAck)
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
export const ackSoon = (c: Connection): void => {
  if (c.ackDue === ACK_NONE) {
    c.ackDue = ACK_DELAYED
    c.ackReason = 'ACK'
  }
  c.wake()
}
