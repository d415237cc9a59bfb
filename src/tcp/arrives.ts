/**
 * SEGMENT ARRIVES for a connection, RFC 9293 §3.10.7.3 and §3.10.7.4, in the RFC's order of checks. Each step
 * answers whether the next is to be taken.
 */
import { type Seq, seqAdd, seqDiff, seqGeq, seqGt, seqLeq, seqLt, seqMin } from '../wire/sequence.ts'
import { ACK, CWR, ECE, FIN, PSH, RST, type Segment, SYN, URG } from '../wire/tcp.ts'
import { type Connection, NOTICE_READABLE, NOTICE_URGENT, NOTICE_WRITABLE } from './block/connection.ts'
import { NO_ECN } from './block/ecn.ts'
import { account, affordable } from './block/memory.ts'
import { isOldDuplicate, rememberTimestamp } from './block/timestamps.ts'
import { countIn } from './block/traffic-counters.ts'
import { enterTimeWait, fail, finish, refuse, resetAck, sendReset } from './ending.ts'
import type { AckReport } from './flight/ack-report.ts'
import { letGoOf } from './flight/flight.ts'
import { becomeEstablished, learnFromSyn, takeWindow } from './handshake.ts'
import { receiveWindow } from './queues/receive-window.ts'
import { SackBlocks } from './queues/sack-blocks.ts'
import { pathAcknowledged } from './recovery/path-mtu-discovery.ts'
import { ackTaken, beginAck } from './recovery/recovery.ts'
import { armRetransmission, armTimeout, somethingToSend, windowOpened } from './recovery/retransmit-timer.ts'
import { takeSacks } from './recovery/scoreboard.ts'
import { ackNow, ackSoon } from './send/acknowledgment.ts'
import { answerUnacceptable, challenge, takeRation } from './send/challenge-ack.ts'
import { sendAck, sendSyn } from './send/emit.ts'
import { earlyTextAnswered } from './send/fast-open.ts'
import { armFinWait2 } from './send/fin-wait-2-timeout.ts'
import { takeSourceRoute } from './send/source-route.ts'
import { countsWhileShut, takeUserTimeout } from './send/user-timeout.ts'

/** A segment for this connection has arrived. It is never in LISTEN, CLOSED or TIME-WAIT here. */
export const segmentArrives = (c: Connection, segment: Segment): void => {
  countIn(c, segment)
  if (c.state === 'SYN_SENT') synSent(c, segment)
  else synchronizedOrSynReceived(c, segment)
}

// §3.10.7.3

const synSent = (c: Connection, segment: Segment): void => {
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
  ackNow(c, 'ack of SYN')
  becomeEstablished(c, segment)
  // Other controls or text of the SYN,ACK: "continue processing at the sixth step" (§3.10.7.3).
  passSyn(segment)
  segment.flags &= ~SYN
  trimToWindow(c, segment)
  afterAck(c, segment)
}

/** Whether the timestamp that comes back, if one does, can be that of a SYN of ours (as Linux checks it). */
const echoesOurs = (c: Connection, segment: Segment): boolean => {
  if (!segment.hasTimestamps || segment.tsEcr === 0) return true
  const age = (c.tsNow - segment.tsEcr) | 0
  return age >= 0 && age <= c.env.now - c.createdAt + 1
}

/** Goes on to the first octet after the SYN; the urgent pointer counts from there. */
const passSyn = (segment: Segment): void => {
  segment.seq = seqAdd(segment.seq, 1)
  segment.urgent--
}

/** The handshake is the first round trip to measure, unless the SYN was sent twice (Karn). */
const measureSyn = (c: Connection, segment: Segment): void => {
  if (c.timing) {
    const rtt = c.env.now - c.timedAt
    c.rto.sample(rtt)
    c.minRtt.update(rtt, c.env.now)
  } else if (c.timestamps && segment.tsEcr !== 0) sampleTimestamp(c, segment)
  c.timing = false
}

// §3.10.7.4

const synchronizedOrSynReceived = (c: Connection, segment: Segment): void => {
  let crossing = false
  if (c.state === 'SYN_RECEIVED' && (segment.flags & (SYN | RST)) === SYN && segment.seq === c.rcv.irs) {
    if (!(segment.flags & ACK)) {
      // The peer has not got our SYN,ACK.
      c.env.drop('sequence')
      // It has given up on ECN: so must we (RFC 3168 §6.1.1).
      if ((segment.flags & (ECE | CWR)) !== (ECE | CWR)) c.ecn = NO_ECN
      if (c.retries < c.options.synAckRetries && takeRation(c.ownTroubles(), c.options, c.env.now))
        sendSyn(c, 'SYN,ACK again')
      return
    }
    // Simultaneous open, figure 7: the sequence number is old but the acknowledgment is awaited (appendix A.2).
    // The flag stays until the window is read, which is not scaled on a SYN (RFC 7323 §2.2).
    if (c.options.acksCrossingSyn) {
      noteDuplicate(c, segment.seq, seqAdd(segment.seq, 1))
      ackNow(c, 'duplicate ACK')
    }
    passSyn(segment)
    crossing = true
  }
  // PAWS comes before the sequence number (RFC 7323 §5.3).
  if (c.timestamps && !checkTimestamp(c, segment)) return
  if (!checkSequence(c, segment)) return
  if (segment.flags & RST) {
    rstBit(c, segment)
    return
  }
  // A forged acknowledgment must not bring a timestamp with it that shuts out the peer's own (as Linux does).
  if (c.timestamps && segment.hasTimestamps && !seqGt(segment.ack, c.snd.nxt))
    rememberTimestamp(c, segment, c.rcv.lastAck, c.env.now)
  if (segment.flags & SYN && !crossing) {
    synBit(c)
    return
  }
  if (!(segment.flags & ACK)) {
    c.env.drop('ack-missing')
    return
  }
  c.receivedAt = c.env.now
  c.rcv.trafficClass = segment.trafficClass
  if (segment.sourceRoute !== null) takeSourceRoute(c, segment.sourceRoute)
  if (c.ecn.on) {
    // The ACK that waits is of marked text, perhaps: it must say so (RFC 3168 §6.1.3), before this ends the echo.
    if (c.ecn.echoing && segment.flags & CWR && segment.length > 0 && c.unackedBytes > 0) sendAck(c, 'ACK')
    c.ecn.received(segment)
  }
  trimToWindow(c, segment)
  if (!ackField(c, segment)) return
  takeUserTimeout(c, segment)
  afterAck(c, segment)
}

/** PAWS, RFC 7323 §5.3 R1, and its rule that a negotiated timestamp is on every segment (§3.2). */
const checkTimestamp = (c: Connection, segment: Segment): boolean => {
  if (segment.flags & RST) return true
  if (!segment.hasTimestamps) {
    // A SYN draws its challenge whatever it is like: the peer may have started anew without timestamps.
    if (segment.flags & SYN && c.synchronized) synBit(c)
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
    synBit(c)
    return false
  }
  c.env.drop('sequence')
  if (offset < 0 && segment.length > 0 && offset + segment.length <= 0)
    noteDuplicate(c, segment.seq, seqAdd(segment.seq, segment.length))
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

/** Second: the RST bit. RFC 5961 §3.2: only the exact number resets. */
const rstBit = (c: Connection, segment: Segment): void => {
  if (segment.seq !== c.rcv.nxt && !missesFin(c, segment)) {
    c.env.drop('rst-challenge')
    challenge(c)
    return
  }
  switch (c.state) {
    case 'SYN_RECEIVED':
      if (c.active) fail(c, 'RST', 'segment', 'ECONNREFUSED')
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
const synBit = (c: Connection): void => {
  c.env.drop('syn-challenge')
  if (c.state === 'SYN_RECEIVED' && !c.active) fail(c, 'SYN after passive OPEN', 'segment', 'ECONNRESET')
  else challenge(c)
}

/** Cuts off what is old and what is beyond the window (SA-31). The segment is acceptable. */
const trimToWindow = (c: Connection, segment: Segment): void => {
  const old = seqDiff(c.rcv.nxt, segment.seq)
  if (old > 0) {
    const cut = Math.min(old, segment.length)
    noteDuplicate(c, segment.seq, seqAdd(segment.seq, cut))
    segment.start += cut
    segment.length -= cut
    segment.seq = c.rcv.nxt
    segment.urgent -= old
    if (old > cut) segment.flags &= ~FIN
  }
  const room = Math.max(0, seqDiff(c.rcv.edge, segment.seq))
  if (segment.length <= room) return
  segment.length = room
  segment.flags &= ~FIN
}

/** Fifth: the ACK field. Returns whether to go on with the segment. */
const ackField = (c: Connection, segment: Segment): boolean => {
  const { snd } = c
  const { ack } = segment
  if (c.state === 'SYN_RECEIVED') {
    if (!seqLt(snd.una, ack) || seqGt(ack, snd.nxt)) {
      c.env.drop('ack-unacceptable')
      resetAck(c, ack)
      return false
    }
    measureSyn(c, segment)
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
  // RFC 5961 §5: not older than the largest window ever offered, or somebody guesses; nor than the first of all
  // acknowledgments (as Linux has it).
  if (seqLt(ack, seqAdd(snd.una, -Math.min(snd.maxWnd, everAcked(c))))) {
    c.env.drop('ack-unacceptable')
    challenge(c)
    return false
  }
  if (!c.allAcked || c.recovery.undoable || c.probe.outstanding) readAck(c, segment)
  if (seqGeq(ack, snd.una)) updateWindow(c, segment)
  if (!c.resting && (!c.allAcked || somethingToSend(c))) c.wake()
  return finAcknowledged(c, segment)
}

/** Octets of ours that were ever acknowledged, the SYN not counted. */
const everAcked = (c: Connection): number => c.traffic.bytesAcked + (c.finAcked ? 1 : 0)

/**
 * RFC 5681 §2: outstanding data, no text, no SYN or FIN, nothing new acknowledged, the same window. The answer to a
 * probe of a shut window is none.
 */
const isDuplicateAck = (c: Connection, segment: Segment): boolean =>
  !c.allAcked &&
  c.snd.wnd > 0 &&
  segment.ack === c.snd.una &&
  segment.length === 0 &&
  !(segment.flags & FIN) &&
  segment.window << c.snd.scale === c.snd.wnd

/** What the segment says of what was sent: SACKs, SND.UNA, duplicates, an ECN echo; then recovery decides. */
const readAck = (c: Connection, segment: Segment): void => {
  const { snd } = c
  const report = beginAck(c, segment)
  const duplicate = isDuplicateAck(c, segment)
  const progress = seqGt(segment.ack, snd.una)
  if (c.sack && segment.sackCount > 0) takeSacks(c, segment, report)
  if (progress) acknowledged(c, segment, report)
  const restart = ackTaken(c, duplicate, c.ecn.on && (segment.flags & ECE) !== 0)
  if (!progress) return
  pathAcknowledged(c, report.largestSegment)
  if (c.allAcked) c.retransmitTimer = c.disarm(c.retransmitTimer)
  else if (
    restart &&
    (c.retransmitTimer.kind === 'retransmission' || c.retransmitTimer.kind === 'tail-loss-probe')
  )
    armRetransmission(c)
}

/** SND.UNA moves: the queue shrinks, the round trip is measured. */
const acknowledged = (c: Connection, segment: Segment, report: AckReport): void => {
  const { snd } = c
  const { ack } = segment
  const text = Math.min(seqDiff(ack, c.sendQueue.seq), c.sendQueue.length)
  const bytes = seqDiff(ack, snd.una)
  if (c.timing && seqGeq(ack, c.timedSeq)) {
    c.timing = false
    c.rto.sample(c.env.now - c.timedAt)
  } else if (c.rto.backoff > 0 && c.timestamps && segment.tsEcr !== 0) {
    sampleTimestamp(c, segment)
  }
  snd.una = ack
  c.flight.acknowledge(ack, report)
  c.flight = letGoOf(c.flight)
  report.acked = bytes
  if (snd.up !== null && seqGeq(ack, snd.up)) snd.up = null
  c.retries = 0
  c.progressAt = c.env.now
  c.troubles.progress(c.env.now)
  if (text > 0) {
    c.ownTraffic().bytesAcked += text
    c.sendQueue.acknowledge(text)
    c.wake(NOTICE_WRITABLE)
  }
}

/** The round trip by the timestamp that came back (RFC 7323 §4.1): of use when Karn's rule leaves nothing. */
const sampleTimestamp = (c: Connection, segment: Segment): void => {
  const rtt = (c.tsNow - segment.tsEcr) | 0
  // Nonsense from a peer must not disturb the timer.
  if (rtt >= 0 && rtt <= c.env.now - c.createdAt + 1) c.rto.sample(rtt)
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

/** What the acknowledgment of our FIN changes (§3.10.7.4, "specific processing by state"). */
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

/** Sixth, seventh and eighth: URG, text, FIN. The segment is trimmed to the window. */
const afterAck = (c: Connection, segment: Segment): void => {
  urgBit(c, segment)
  if (segment.length > 0 && !segmentText(c, segment)) return
  finBit(c, segment)
}

const receiving = (c: Connection): boolean =>
  c.state === 'ESTABLISHED' || c.state === 'FIN_WAIT_1' || c.state === 'FIN_WAIT_2'

/** RCV.UP moves forward only; the user hears of each move (MUST-32, NX-21). The pointer is just a mark. */
const urgBit = (c: Connection, segment: Segment): void => {
  if (!(segment.flags & URG) || segment.urgent <= 0 || !receiving(c)) return
  const { rcv } = c
  const up = seqAdd(segment.seq, segment.urgent)
  if (seqLeq(up, rcv.nxt) || (rcv.up !== null && seqLeq(up, rcv.up))) return
  rcv.up = up
  c.wake(NOTICE_URGENT)
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
    if (c.allAcked) refuse(c.env, c, segment)
    else sendReset(c)
    fail(c, 'ABORT', 'segment', null)
    return false
  }
  learnSegmentSize(c, segment)
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
    ackNow(c, 'duplicate ACK')
    return true
  }
  if (segment.seq !== rcv.nxt) {
    c.ownTroubles().outOfOrder++
    holdAbove(c, segment.seq, c.env.text(segment))
    // One for each segment, also of a batch: the sender counts them (RFC 5681 §4.2).
    sendAck(c, 'duplicate ACK')
    return true
  }
  const before = rcv.nxt
  const text = c.env.text(segment)
  c.ownReceiveQueue().borrow(text, segment.packet)
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
 * Whether there is memory for the text: always for what the user may take at once, or closes a gap; for the rest as much
 * as a connection may have. The peer sends it again.
 */
const affordsText = (c: Connection, segment: Segment): boolean =>
  (segment.seq === c.rcv.nxt && c.receiveQueue.length === 0) ||
  c.receiveQueue.weight < affordable(c, Number.POSITIVE_INFINITY)

/** Smaller ones may be the ends of what was written, if they are pushed; below the other they are no segments to count. */
const SMALL_SEGMENT = 536
const TINY_SEGMENT = 88

/**
 * What "full-sized" means for delayed ACKs: the largest segment, or a smaller one that comes twice in a row (a path that
 * has become narrower, a tunnel). As Linux does.
 */
const learnSegmentSize = (c: Connection, segment: Segment): void => {
  const { rcv } = c
  const size = segment.segmentSize || segment.length
  if (size >= rcv.mss) rcv.mss = Math.min(size, c.advertisedMss)
  else if (size === rcv.lastSize && size >= (segment.flags & PSH ? SMALL_SEGMENT : TINY_SEGMENT))
    rcv.mss = size
  rcv.lastSize = size
}

/**
 * Text above a gap: kept (SHLD-31) and reported (RFC 2018 §4), what is there already too (RFC 2883 §4). Full segments
 * always find a place, small ones only so many.
 */
const holdAbove = (c: Connection, seq: Seq, text: Uint8Array): void => {
  const { options } = c
  const receiveQueue = c.ownReceiveQueue()
  const limit =
    options.reassemblySegments + Math.floor(receiveQueue.bytesAbove / Math.max(1, c.advertisedMss))
  const { overlapped, left, right, evicted } = receiveQueue.insert(seq, text, limit, c.env.allocate)
  account(c)
  c.env.memory.watchGaps()
  if (!c.sack) return
  c.sackBlocks ??= new SackBlocks()
  c.sackBlocks.add(seq, seqAdd(seq, text.length), receiveQueue)
  if (evicted) c.sackBlocks.forget(receiveQueue.endAbove)
  if (overlapped) c.sackBlocks.duplicate(left, right)
}

/** The segment has text below RCV.NXT, up to `end`: the next ACK says that it has come twice (RFC 2883 §4). */
const noteDuplicate = (c: Connection, left: Seq, right: Seq): void => {
  if (!c.sack || !seqLt(left, right)) return
  c.sackBlocks ??= new SackBlocks()
  c.sackBlocks.duplicate(left, right)
}

/** Text in order has repeated some that was held above the gap: its first part is reported (RFC 2883 §4). */
const noteHeldDuplicate = (c: Connection): void => {
  const { receiveQueue, rcv } = c
  const left = receiveQueue.startAbove
  if (seqLt(left, rcv.nxt)) noteDuplicate(c, left, seqMin(rcv.nxt, receiveQueue.runAround(left, left)[1]))
}

/** The stream ends at `fin`: what is held beyond it was none of it, and is not reported any more. */
const endStreamAt = (c: Connection, fin: Seq): void => {
  c.rcv.fin = fin
  if (c.receiveQueue.piecesAbove === 0) return
  c.receiveQueue.cutAt(fin)
  c.sackBlocks?.forget(fin)
}

const finBit = (c: Connection, segment: Segment): void => {
  const { rcv } = c
  if (!receiving(c)) return
  if (segment.flags & FIN) endStreamAt(c, seqAdd(segment.seq, segment.length))
  // A FIN above a gap waits until the gap is filled.
  if (rcv.fin !== rcv.nxt) {
    if (segment.flags & FIN && segment.length === 0) ackNow(c, 'duplicate ACK')
    return
  }
  rcv.nxt = seqAdd(rcv.nxt, 1)
  rcv.fin = null
  c.finReceived = true
  c.wake(NOTICE_READABLE)
  switch (c.state) {
    case 'ESTABLISHED':
      ackNow(c, 'ack of FIN')
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
