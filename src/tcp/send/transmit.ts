/**
 * Text and FIN leave: new ones, and those that leave again. The decision what may leave is made in output.ts and in
 * src/tcp/recovery.
 */
import { type Seq, seqAdd, seqDiff, seqGt, seqLt } from '../../wire/sequence.ts'
import { ACK, FIN, PSH } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { SendReason } from '../block/events.ts'
import { startTiming } from '../flight/round-trip.ts'
import type { Transmission } from '../flight/transmission.ts'
import { emit } from './emit.ts'
import { earlyTextLeft } from './fast-open.ts'
import { sendMss } from './mss.ts'

/** Sends the next `length` bytes of text, all queued, and our FIN if it follows them and `allowFin`. */
export const sendNew = (
  c: Connection,
  length: number,
  reason: SendReason,
  allowFin = true,
  ecnCapable = true,
  whole = false,
  push = false,
): void => {
  const { snd } = c
  const flight = c.ownFlight()
  const rate = c.ownRate()
  const { now } = c.env
  const seq = snd.nxt
  length = Math.min(length, c.sendQueue.untilRecordEnd(seq))
  const last = length === seqDiff(c.sendEnd, seq)
  const fin = last && c.finQueued && allowFin
  const next = seqAdd(seq, length + (fin ? 1 : 0))
  const idle = flight.empty
  if (idle) {
    c.progressAt = now
    if (rate.limited) c.congestion.resumed?.(now)
  }
  if (!c.timing) startTiming(c, next)
  const t = flight.append(seq, next, now)
  rate.sent(t, idle, now)
  snd.nxt = next
  c.recovery.sent(length)
  // Text that a SYN has carried before is nothing new that Nagle would hold back others for.
  if (length > 0 && length % sendMss(c) !== 0 && earlyTextLeft(c, seq) === 0) snd.small = next
  const { receivedAt } = c.traffic
  if (length > 0 && receivedAt >= 0 && now - receivedAt < c.options.delayedAck) c.pingPong = true
  t.pushed = push || isPushed(c, seq, length)
  t.segmentSize = whole ? 0 : sendMss(c)
  emit(c, seq, length, textFlags(c, t, length, fin), reason, ecnCapable, whole)
}

/** Sends a transmission again, or at most `limit` bytes of it: the rest is another from then on. */
export const resend = (c: Connection, t: Transmission, limit: number, reason: SendReason): void => {
  const { flight, snd } = c
  const { now } = c.env
  limit = Math.min(limit, c.sendQueue.untilRecordEnd(t.seq))
  if (t.length > limit) {
    flight.split(t, seqAdd(t.seq, limit))
  } else {
    // Small ones leave together this time, and what was never sent with the last.
    while (t.next?.waits && t.waits && t.length + t.next.length <= Math.min(limit, sendMss(c)))
      flight.joinLost(t)
    if (t.end === snd.nxt) {
      const more = Math.min(seqDiff(c.sendEnd, t.end), Math.min(limit, sendMss(c)) - t.length)
      if (more > 0) flight.extend(t, more)
      if (t.end === c.sendEnd && c.finQueued && t.length < limit) flight.extend(t, 1)
      snd.nxt = t.end
    }
  }
  const length = Math.min(t.length, seqDiff(c.sendEnd, t.seq))
  // Karn: an acknowledgment of something sent twice says nothing about the round trip.
  if (c.timing && seqLt(t.seq, c.timedSeq)) c.timing = false
  const troubles = c.ownTroubles()
  troubles.retransmissions++
  troubles.bytesRetransmitted += length
  troubles.octetsResent += t.length
  c.ownRecovery().resent(t.seq, t.length, c.tsNow, t.retransmitted)
  c.pathMtu.sentAgain(t.seq)
  flight.resend(t, now)
  c.rate.sent(t, false, now)
  t.pushed ||= isPushed(c, t.seq, length)
  t.segmentSize = sendMss(c)
  emit(c, t.seq, length, textFlags(c, t, length, seqGt(t.end, c.sendEnd)), reason)
  if (flight.crowded) flight.joinResent(t)
}

/** True where the text ends what was pushed last (MUST-61), or a record, each of which was pushed. */
const isPushed = (c: Connection, seq: Seq, length: number): boolean =>
  seqAdd(seq, length) === c.sendQueue.pushed ||
  c.sendQueue.endsRecord(seqAdd(seq, length)) ||
  (length > 0 && earlyTextLeft(c, seq) === length)

/** PSH where the text was pushed, now or when it first left; and a CLOSE pushes (NX-19). */
const textFlags = (c: Connection, t: Transmission, length: number, fin: boolean): number => {
  const push = t.pushed || (fin && seqAdd(t.seq, length) === c.sendEnd)
  const psh = length > 0 && (push || (c.options.pushSuperSegments && length > sendMss(c)))
  return ACK | (fin ? FIN : 0) | (psh ? PSH : 0)
}
