/** SEGMENT ARRIVES, fifth: the ACK field, RFC 9293 §3.10.7.4; RFC 5961 §5. */
import { type Seq, seqAdd, seqDiff, seqGeq, seqGt, seqLeq, seqLt } from '../wire/sequence.ts'
import { FIN, type Segment } from '../wire/tcp.ts'
import type { AccurateEcn } from './block/accurate-ecn.ts'
import type { Connection } from './block/connection.ts'
import { NOTICE_WRITABLE } from './block/connection-user.ts'
import { urgentAcknowledged } from './block/urgent.ts'
import { waitsForText } from './deferred-accept.ts'
import { takeFeedback } from './ecn/marks-told.ts'
import { takeThirdAck } from './ecn/negotiation.ts'
import { enterTimeWait, finish, resetAck } from './ending.ts'
import { AckReport } from './flight/ack-report.ts'
import { letGoOf } from './flight/flight-pool.ts'
import { measureAck, measureSyn } from './flight/round-trip.ts'
import { becomeEstablished, takeWindow } from './handshake.ts'
import { pathAcknowledged } from './recovery/path-mtu-discovery.ts'
import { ecnEchoed } from './recovery/phases.ts'
import { recover } from './recovery/recovery.ts'
import { armRetransmission, somethingToSend } from './recovery/retransmit-timer.ts'
import { takeSacks } from './recovery/scoreboard.ts'
import { challenge } from './send/challenge-ack.ts'
import { armFinWait2 } from './send/fin-wait-2-timeout.ts'
import { windowOpened } from './send/persist.ts'
import { countsWhileShut } from './send/user-timeout.ts'

/** Fifth: the ACK field. Returns whether to go on with the segment. */
export const ackField = (c: Connection, segment: Segment): boolean => {
  const { snd } = c
  const { ack } = segment
  if (c.state === 'SYN_RECEIVED') {
    if (!seqLt(snd.una, ack) || seqGt(ack, snd.nxt)) {
      c.env.drop('ack-unacceptable')
      resetAck(c, ack)
      return false
    }
    if (waitsForText(c, segment)) return false
    measureSyn(c, segment)
    takeThirdAck(c, segment)
    c.transition('ack of SYN', 'segment')
    takeWindow(c, segment)
    becomeEstablished(c, segment)
  }
  c.holding = false
  if (seqGt(ack, snd.nxt)) {
    c.env.drop('ack-unsent')
    if (c.options.answersUnsentAck) challenge(c, 'duplicate ACK')
    return false
  }
  if (!isCredible(c, ack)) {
    c.env.drop('ack-unacceptable')
    challenge(c)
    return false
  }
  if (!c.allAcked || c.recovery.undoable || c.probe.outstanding) takeAck(c, segment)
  else if (c.ecn.accurate !== null) takeIdleFeedback(c, c.ecn.accurate, segment)
  if (seqGeq(ack, snd.una)) updateWindow(c, segment)
  if (!c.resting && (!c.allAcked || somethingToSend(c))) c.wake()
  return finAcknowledged(c, segment)
}

/**
 * RFC 5961 §5: an acknowledgment of nothing that was not sent, and not older than the largest window ever offered, or
 * somebody guesses; nor than the first of all acknowledgments (as Linux has it).
 */
export const isCredible = (c: Connection, ack: Seq): boolean =>
  !seqGt(ack, c.snd.nxt) && !seqLt(ack, seqAdd(c.snd.una, -Math.min(c.snd.maxWnd, everAcked(c))))

/** Octets of ours that were ever acknowledged, the SYN not counted. */
const everAcked = (c: Connection): number => c.traffic.bytesAcked + (c.finAcked ? 1 : 0)

/** Used anew for each ACK. */
const reused = new AckReport()

/**
 * Takes the acknowledgment. It is read into a value, which goes to the scoreboard (SACKs and SND.UNA), to
 * recovery, and from there to the congestion controller; what is to be sent then leaves with the next output.
 */
const takeAck = (c: Connection, segment: Segment): void => {
  const ack = reused.read(c, segment)
  const progress = seqGt(segment.ack, c.snd.una)
  if (c.sack && ack.hasSacks) takeSacks(c, segment, ack)
  if (progress) acknowledged(c, segment, ack)
  const restart = recover(c, ack)
  ack.over()
  if (!progress) return
  pathAcknowledged(c, ack.largestSegment)
  if (c.allAcked) c.retransmitTimer = c.disarm(c.retransmitTimer)
  else if (
    restart &&
    (c.retransmitTimer.kind === 'retransmission' || c.retransmitTimer.kind === 'tail-loss-probe')
  )
    armRetransmission(c)
}

/** Nothing is out, but what was sent last may have been marked, or it was an ACK that was (RFC 9768 §3.2.2.5.1). */
const takeIdleFeedback = (c: Connection, accurate: AccurateEcn, segment: Segment): void => {
  const ack = reused.read(c, segment)
  takeFeedback(c, accurate, ack)
  if (ack.ecnEcho) ecnEchoed(c, ack)
  ack.over()
}

/** SND.UNA moves: the queue shrinks, the round trip is measured. */
const acknowledged = (c: Connection, segment: Segment, report: AckReport): void => {
  const { snd } = c
  const { ack } = segment
  const text = Math.min(seqDiff(ack, c.sendQueue.seq), c.sendQueue.length)
  const bytes = seqDiff(ack, snd.una)
  measureAck(c, segment)
  snd.una = ack
  c.flight.acknowledge(ack, report)
  c.flight = letGoOf(c.flight)
  report.acked = bytes
  urgentAcknowledged(c)
  c.retries = 0
  c.progressAt = c.env.now
  c.troubles.progress(c.env.now)
  if (text > 0) {
    c.ownTraffic().bytesAcked += text
    c.sendQueue.acknowledge(text)
    c.wake(NOTICE_WRITABLE)
  }
}

/** SND.WND from the newest segment only (SA-56). */
const updateWindow = (c: Connection, segment: Segment): void => {
  const { snd } = c
  const newer = seqLt(snd.wl1, segment.seq) || (snd.wl1 === segment.seq && seqLeq(snd.wl2, segment.ack))
  if (!newer) return
  const shut = snd.wnd === 0
  takeWindow(c, segment)
  if (snd.wnd === 0) {
    // MUST-37: as long as probes are answered the connection stays, however long it takes; but for the user timeout.
    c.retries = 0
    if (!countsWhileShut(c)) c.progressAt = c.env.now
  } else if (shut && c.retransmitTimer.armed && c.retransmitTimer.kind === 'persist') {
    windowOpened(c)
  }
}

/** Changes the state if our FIN is acknowledged (§3.10.7.4, "specific processing by state"). */
const finAcknowledged = (c: Connection, segment: Segment): boolean => {
  if (!c.finAcked) return true
  switch (c.state) {
    case 'FIN_WAIT_1':
      // With the peer's FIN on the same segment the way is straight to TIME-WAIT (figure 5, note 2).
      if (segment.flags & FIN && segment.seq === c.rcv.nxt) return true
      c.transition('ack of FIN', 'segment')
      armFinWait2(c)
      // "If the retransmission queue is empty, the user's CLOSE can be acknowledged" (§3.10.7.4).
      c.wake(NOTICE_WRITABLE)
      return true
    case 'CLOSING':
      enterTimeWait(c, 'ack of FIN')
      return false
    case 'LAST_ACK':
      finish(c)
      return false
    default:
      return true
  }
}
