/**
 * SEGMENT ARRIVES for a connection, RFC 9293 §3.10.7.4, in the RFC's order of checks. Each step answers whether the next is
 * to be taken. The first of them are here; SYN-SENT, the ACK field, and URG, text and FIN have their files.
 */
import { seqAdd, seqDiff } from '../wire/sequence.ts'
import { ACK, CWR, FIN, RST, type Segment, SYN } from '../wire/tcp.ts'
import { ackField, isCredible } from './arrives-ack.ts'
import { synSent } from './arrives-syn-sent.ts'
import { textAndControls, urgBit } from './arrives-text.ts'
import type { Connection } from './block/connection.ts'
import { isOldDuplicate, rememberTimestamp } from './block/timestamps.ts'
import { countIn } from './block/traffic-counters.ts'
import { marksArrive, repeatArrives, tellMarks } from './ecn/marks-seen.ts'
import { synAckAgain, synAgain } from './ecn/negotiation.ts'
import { fail, sendReset } from './ending.ts'
import { receiveWindow } from './queues/receive-window.ts'
import { noteDuplicate } from './queues/sack-blocks.ts'
import { ackNow } from './send/acknowledgment.ts'
import { answerUnacceptable, challenge, takeRation } from './send/challenge-ack.ts'
import { sendAck, sendSyn } from './send/emit.ts'
import { takeSourceRoute } from './send/source-route.ts'
import { takeUserTimeout } from './send/user-timeout.ts'
import { passSyn, trimToWindow } from './trim.ts'

/** A segment for this connection has arrived. It is never in LISTEN, CLOSED or TIME-WAIT here. */
export const segmentArrives = (c: Connection, segment: Segment): void => {
  countIn(c, segment)
  if (c.state === 'SYN_SENT') synSent(c, segment)
  else synchronizedOrSynReceived(c, segment)
}

const synchronizedOrSynReceived = (c: Connection, segment: Segment): void => {
  let crossing = false
  if (c.state === 'SYN_RECEIVED' && (segment.flags & (SYN | RST)) === SYN && segment.seq === c.rcv.irs) {
    if (!(segment.flags & ACK)) {
      // The peer has not got our SYN,ACK.
      c.env.drop('sequence')
      if (!synAgain(c, segment)) {
        sendReset(c)
        fail(c, 'ABORT', 'segment', 'ECONNRESET')
        return
      }
      if (c.retries < c.options.synAckRetries && takeRation(c.ownTroubles(), c.options, c.env.now))
        sendSyn(c, 'SYN,ACK again')
      return
    }
    // Simultaneous open, figure 7: the sequence number is old but the acknowledgment is awaited (appendix A.2). After a
    // passive OPEN no SYN can cross ours, and the number is just old.
    if (c.active) {
      // The flag stays until the window is read, which is not scaled on a SYN (RFC 7323 §2.2).
      if (c.options.acksCrossingSyn) {
        noteDuplicate(c, segment.seq, seqAdd(segment.seq, 1))
        ackNow(c, 'duplicate ACK')
      }
      synAckAgain(c, segment, true)
      passSyn(segment)
      crossing = true
    }
  }
  // PAWS comes before the sequence number (RFC 7323 §5.3).
  if (c.timestamps && !checkTimestamp(c, segment)) return
  if (!checkSequence(c, segment)) return
  if (segment.flags & RST) {
    rstBit(c, segment)
    return
  }
  if (segment.flags & SYN && !crossing) {
    synBit(c, segment)
    return
  }
  if (!(segment.flags & ACK)) {
    c.env.drop('ack-missing')
    return
  }
  const { accurate } = c.ecn
  const credible = isCredible(c, segment.ack)
  const marked = accurate !== null && credible && marksArrive(c, accurate, segment)
  // A forged segment must not bring a timestamp with it that shuts out the peer's own (as Linux does).
  if (c.timestamps && segment.hasTimestamps && credible)
    rememberTimestamp(c, segment, c.rcv.lastAck, c.env.now)
  c.receivedAt = c.env.now
  c.rcv.trafficClass = segment.trafficClass
  if (segment.sourceRoute !== null) takeSourceRoute(c, segment.sourceRoute)
  if (c.ecn.on && accurate === null) {
    // The ACK that waits is of marked text, perhaps: it must say so (RFC 3168 §6.1.3), before this ends the echo.
    if (c.ecn.echoing && segment.flags & CWR && segment.length > 0 && c.unackedBytes > 0) sendAck(c, 'ACK')
    c.ecn.received(segment)
  }
  trimToWindow(c, segment)
  if (!ackField(c, segment)) return
  takeUserTimeout(c, segment)
  textAndControls(c, segment)
  if (accurate !== null && c.synchronized) tellMarks(c, accurate, marked)
}

/** PAWS, RFC 7323 §5.3 R1, and its rule that a negotiated timestamp is on every segment (§3.2). */
const checkTimestamp = (c: Connection, segment: Segment): boolean => {
  if (segment.flags & RST) return true
  if (!segment.hasTimestamps) {
    // A SYN draws its challenge whatever it is like: the peer may have started anew without timestamps.
    if (segment.flags & SYN && c.synchronized) synBit(c, segment)
    else if (c.options.timestampsMayMiss) return true
    else c.env.drop('timestamp-missing')
    return false
  }
  if (!isOldDuplicate(c, segment, c.env.now)) return true
  c.env.drop('paws')
  answerUnacceptable(c, segment)
  return false
}

/** First: the sequence number, by the table of §3.10.7.4. */
const checkSequence = (c: Connection, segment: Segment): boolean => {
  const window = receiveWindow(c)
  const length = segment.sequenceLength
  const offset = seqDiff(segment.seq, c.rcv.nxt)
  if (segment.flags & RST) {
    // RFC 5961 §3.2 looks at the number alone: text on a RST is allowed (SHLD-2) and does not count.
    if (offset === 0 || (offset > 0 && offset < window) || missesFin(c, segment)) return true
    c.env.drop('rst-window')
    return false
  }
  const last = offset + length - 1
  const acceptable =
    length === 0
      ? window === 0
        ? offset === 0
        : offset >= 0 && offset < window
      : window > 0 && ((offset >= 0 && offset < window) || (last >= 0 && last < window))
  if (acceptable) return true
  // A FIN needs no room of its own (as Linux does): refused by a shut window it would come again for ever.
  if ((segment.flags & (SYN | FIN)) === FIN && offset <= 0 && offset + segment.length === window) return true
  if (segment.flags & SYN && c.synchronized) {
    // RFC 5961 §4.2: whatever its number.
    synBit(c, segment)
    return false
  }
  c.env.drop('sequence')
  if (length > 0 && last < 0) {
    // A FIN has a number, which can come twice as well.
    noteDuplicate(c, segment.seq, seqAdd(segment.seq, length))
    if (segment.length > 0) repeatArrives(c, segment)
  }
  if (window === 0 && segment.flags & ACK && (offset === 0 || offset === 1)) {
    // "Special allowance should be made to accept valid ACKs, URGs, and RSTs" (SA-28): a probe into our shut
    // window, or an ACK sent after one, may be what opens the peer's for us (appendix A.2).
    c.receivedAt = c.env.now
    // The text before its FIN is not taken.
    segment.flags &= ~FIN
    if (!ackField(c, segment)) return false
    urgBit(c, segment)
  }
  answerUnacceptable(c, segment)
  return false
}

/** A reset of a peer that does not count the FIN it has sent. */
const missesFin = (c: Connection, segment: Segment): boolean =>
  c.options.resetMayMissFin && c.finReceived && segment.seq === seqAdd(c.rcv.nxt, -1)

/** The error of an active OPEN that is answered by a SYN and then by a reset. */
const refusal = (c: Connection): 'ECONNRESET' | 'ECONNREFUSED' =>
  c.options.refusedInSynSentOnly ? 'ECONNRESET' : 'ECONNREFUSED'

/** Second: the RST bit. RFC 5961 §3.2: only the exact number resets. */
const rstBit = (c: Connection, segment: Segment): void => {
  if (segment.seq !== c.rcv.nxt && !missesFin(c, segment)) {
    c.env.drop('rst-challenge')
    challenge(c)
    return
  }
  switch (c.state) {
    case 'SYN_RECEIVED':
      if (c.active) fail(c, 'RST', 'segment', refusal(c))
      else fail(c, 'RST after passive OPEN', 'segment', 'ECONNRESET')
      break
    case 'CLOSING':
    case 'LAST_ACK':
      fail(c, 'RST', 'segment', null)
      break
    case 'CLOSE_WAIT':
      // The peer's data has all been read or can be no more: what fails is writing. As Linux does.
      fail(c, 'RST', 'segment', 'EPIPE')
      break
    default:
      fail(c, 'RST', 'segment', 'ECONNRESET')
  }
}

/** Fourth: the SYN bit. */
const synBit = (c: Connection, segment: Segment): void => {
  c.env.drop('syn-challenge')
  // The SYN,ACK has come again: the answer says how (RFC 9768 §3.2.2.1).
  if (c.active && segment.flags & ACK && segment.seq === c.rcv.irs) synAckAgain(c, segment, false)
  if (c.state === 'SYN_RECEIVED' && !c.active) fail(c, 'SYN after passive OPEN', 'segment', 'ECONNRESET')
  else challenge(c)
}
