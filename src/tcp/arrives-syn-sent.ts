/** SEGMENT ARRIVES in SYN-SENT, RFC 9293 §3.10.7.3. */
import { seqGt, seqLeq } from '../wire/sequence.ts'
import { ACK, RST, type Segment, SYN } from '../wire/tcp.ts'
import { textAndControls } from './arrives-text.ts'
import type { Connection } from './block/connection.ts'
import { countText } from './ecn/marks-seen.ts'
import { fail, resetAck } from './ending.ts'
import { echoAge, measureSyn } from './flight/round-trip.ts'
import { becomeEstablished, learnFromSyn, takeWindow } from './handshake.ts'
import { armTimeout } from './recovery/retransmit-timer.ts'
import { ackNow } from './send/acknowledgment.ts'
import { sendAck, sendSyn } from './send/emit.ts'
import { earlyTextAnswered } from './send/fast-open.ts'
import { passSyn, trimToWindow } from './trim.ts'

export const synSent = (c: Connection, segment: Segment): void => {
  const { flags, ack } = segment
  const { snd } = c
  const hasAck = (flags & ACK) !== 0
  // First, the ACK bit.
  if (hasAck && (seqLeq(ack, snd.iss) || seqGt(ack, snd.nxt))) {
    c.env.drop('syn-sent-ack')
    if (!(flags & RST)) resetAck(c, ack)
    return
  }
  if (hasAck && c.options.checksSynEcho && !echoesOurs(c, segment)) {
    c.env.drop('syn-sent-ack')
    if (!(flags & RST)) resetAck(c, ack)
    return
  }
  // Second, the RST bit: believed only with an ACK of our SYN (RFC 5961 §3.2's condition in this state).
  if (flags & RST) {
    if (hasAck) fail(c, 'RST', 'segment', 'ECONNREFUSED')
    else c.env.drop('syn-sent-rst')
    return
  }
  // Fourth, the SYN bit; fifth, neither.
  if (!(flags & SYN)) {
    c.env.drop('syn-sent-flags')
    return
  }
  c.receivedAt = c.env.now
  learnFromSyn(c, segment)
  takeWindow(c, segment)
  if (!hasAck) {
    c.transition('SYN', 'segment')
    sendSyn(c, 'SYN,ACK')
    armTimeout(c)
    return
  }
  measureSyn(c, segment)
  c.troubles.progress(c.env.now)
  earlyTextAnswered(c, segment)
  snd.una = ack
  c.retries = 0
  c.retransmitTimer = c.disarm(c.retransmitTimer)
  c.transition('SYN,ACK', 'segment')
  ackSynAck(c, segment)
  becomeEstablished(c, segment)
  // Other controls or text of the SYN,ACK: "continue processing at the sixth step" (§3.10.7.3).
  passSyn(segment)
  segment.flags &= ~SYN
  trimToWindow(c, segment)
  textAndControls(c, segment)
}

/**
 * The ACK of the SYN,ACK may ride along with text; with accurate ECN it leaves by itself, for it alone can tell how the
 * SYN,ACK has come (RFC 9768 §3.2.2.1).
 */
const ackSynAck = (c: Connection, segment: Segment): void => {
  const { accurate } = c.ecn
  if (accurate === null) {
    ackNow(c, 'ack of SYN')
    return
  }
  sendAck(c, 'ack of SYN')
  countText(accurate, segment)
}

/** Returns whether the timestamp that comes back, if one does, can be that of a SYN of ours (as Linux checks it). */
const echoesOurs = (c: Connection, segment: Segment): boolean =>
  !segment.hasTimestamps || segment.tsEcr === 0 || echoAge(c, segment) >= 0
