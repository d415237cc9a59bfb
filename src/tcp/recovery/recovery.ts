/**
 * Loss recovery: what an acknowledgment says about losses, and what is done about them. Losses are found by RACK (RFC
 * 8985) or by counting SACKs (RFC 6675), without SACK by duplicate ACKs (RFC 5681, RFC 6582), and by the retransmission
 * timer; they are repaired under proportional rate reduction (RFC 9937), and what was none is undone (RFC 5682, RFC 4015).
 */
import { seqAdd, seqDiff, seqGeq, seqGt, seqLt } from '../../wire/sequence.ts'
import type { Segment } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { RecoveryCause } from '../block/events.ts'
import { FRTO_FIRST, FRTO_OFF, FRTO_SECOND, NO_RECOVERY } from '../block/recovery-state.ts'
import { AckReport } from '../flight/ack-report.ts'
import { NO_RACK } from '../flight/rack.ts'
import { noteInitialLoss } from '../send/initial-window.ts'
import { sendMss } from '../send/mss.ts'
import { resendFirst } from '../send/transmit.ts'
import { onlyProbeLost, pathTimedOut } from './path-mtu-discovery.ts'
import { armReordering, armRetransmission, armTimeout } from './retransmit-timer.ts'
import { detectBySacks } from './sack-recovery.ts'
import { probeAnswered } from './tail-loss-probe.ts'

/** RFC 5681 §3.2, RFC 6675 §2: duplicate ACKs that tell of a loss. */
const DUPLICATE_THRESHOLD = 3

const report = new AckReport()

/** The first step of taking an ACK: returns where to note what it says. */
export const beginAck = (c: Connection, segment: Segment): AckReport => {
  report.begin(c, segment)
  return report
}

/**
 * An ACK has been read: SND.UNA has moved, SACKs are on the scoreboard. `duplicate`: it is a duplicate ACK by RFC 5681
 * §2. Says whether the retransmission timer is to be restarted (RFC 6298 (5.3); RFC 6582 step 5's impatient variant).
 */
export const ackTaken = (c: Connection, duplicate: boolean, ecnEcho: boolean): boolean => {
  const r = c.recovery
  const progress = report.acked > 0
  const before = r.phase
  report.measure()
  if (progress && c.options.duplicatesCount && !c.sack && r.phase === 'open')
    report.delivered = Math.max(
      Math.min(report.acked, c.snd.mss),
      report.delivered - r.duplicateAcks * c.snd.mss,
    )
  if (r !== NO_RECOVERY) r.delivered(report.delivered)
  if (progress && r.duplicateAcks > 0) r.duplicateAcks = 0
  if (progress) c.rack.acknowledged(c.snd.una)
  if (report.duplicate) takeDuplicate(c)
  if (probeAnswered(c, report)) probeRepaired(c)
  detectSpurious(c, duplicate)
  dragPoint(c)
  let restart = progress
  if (r.phase !== 'open' && seqGeq(c.snd.una, r.point)) endRecovery(c)
  else if (r.phase === 'recovery' && !c.sack && progress) restart = partialAck(c)
  if (c.sack) findLosses(c)
  else if (duplicate) countDuplicate(c)
  if (progress) c.ecn.acknowledged(c.snd.una)
  if (ecnEcho) c.ownTroubles().bytesMarked += report.delivered
  if (ecnEcho) ecnEchoed(c)
  else if (progress) c.ecn.cleared()
  // With an ECN echo the window does not grow (RFC 3168 §6.1.2), whatever it is doing.
  const after = c.recovery
  report.recovering = before !== 'open' || after.phase !== 'open' || ecnEcho
  report.afterTimeout = after.afterTimeout && !ecnEcho
  report.complete()
  adjustWindow(c)
  return restart
}

/** Past the recovery point: it comes along, or 2 GiB later it would seem to lie ahead. (As FreeBSD does.) */
const dragPoint = (c: Connection): void => {
  const r = c.recovery
  if (r !== NO_RECOVERY && r.phase === 'open' && seqGt(c.snd.una, r.point)) r.point = seqAdd(c.snd.una, -1)
}

/** Hands the ACK to the controller; in fast recovery and after an ECN echo the window is PRR's. */
const adjustWindow = (c: Connection): void => {
  const r = c.recovery
  const { congestion } = c
  if (report.delivered > 0) congestion.acknowledged(report)
  if (r.afterTimeout && r.phase !== 'loss' && congestion.cwnd >= congestion.ssthresh) r.afterTimeout = false
  if (!r.reducing || congestion.ownsWindow || (r.phase === 'recovery' && !c.sack)) return
  if (report.delivered === 0) return
  congestion.cwnd = r.prr.window(
    report.delivered,
    c.flight.underWay,
    congestion.ssthresh,
    c.snd.mss,
    report.acked > 0 && report.lost === 0 && (r.phase !== 'reduction' || c.options.safeAckAfterEcn),
  )
}

/** FlightSize without what limited transmit has sent beyond the window (RFC 5681 §3.2, RFC 6675 §5 (4.2)). */
const withinWindow = (c: Connection, flightSize: number): number =>
  Math.min(flightSize, Math.max(c.congestion.cwnd, c.snd.mss))

/** RFC 6675 §5 (4), RFC 6582 step 2, RFC 9937 §6.1. */
const beginRecovery = (c: Connection, cause: RecoveryCause): void => {
  const r = c.ownRecovery()
  // An ECN echo has brought the window down for this flight already (RFC 3168 §6.1.2: once a window).
  const reduced = r.phase === 'reduction'
  r.phase = 'recovery'
  r.partialAcked = false
  r.rescued = false
  r.afterTimeout = false
  if (!reduced) {
    r.remember()
    noteInitialLoss(c)
    c.congestion.congestion('loss', withinWindow(c, report.flightSize), c.env.now)
    r.prr.start(report.notSacked)
  }
  r.point = c.snd.nxt
  c.probe.outstanding = false
  c.ecn.windowReduced(c.snd.nxt)
  // A round trip for what is sent again, before the timer takes over (RFC 6675 §6).
  armTimeout(c)
  tell(c, cause)
}

/** All that was in flight when it began is acknowledged. */
const endRecovery = (c: Connection): void => {
  const r = c.recovery
  const { congestion } = c
  if (!congestion.ownsWindow) {
    // RFC 9937 §6.4; RFC 6582 step 3 (1) where no SACK tells what is still under way: no burst on the way out.
    if (r.phase === 'recovery' && !c.sack)
      congestion.cwnd = Math.min(congestion.ssthresh, Math.max(c.inFlight, c.snd.mss) + c.snd.mss)
    else if (r.reducing) congestion.cwnd = congestion.ssthresh
  }
  if (r.phase !== 'reduction' && c.rack !== NO_RACK) c.rack.recovered()
  r.phase = 'open'
  r.undoUntil = c.snd.nxt
  r.frto = FRTO_OFF
  congestion.recovered(c.env.now)
  tell(c, 'recovered')
}

// Finding losses

/** With SACK: RACK, or RFC 6675's counting. Begins recovery when something is found lost. */
const findLosses = (c: Connection): void => {
  const r = c.recovery
  const { flight } = c
  const before = flight.lost
  if (c.options.lossDetection === 'rack') {
    if (report.delivered > 0) detectByTime(c)
  } else {
    if (report.sacked > 0) c.ownRecovery().duplicateAcks++
    detectBySacks(c)
  }
  if (flight.lost > before && r.phase !== 'recovery' && r.phase !== 'loss' && !onlyProbeLost(c))
    beginRecovery(c, c.options.lossDetection === 'rack' ? 'RACK' : 'SACK')
}

const detectByTime = (c: Connection): void => {
  const r = c.recovery
  const impatient =
    r.phase === 'recovery' || r.phase === 'loss' || c.flight.sacked >= DUPLICATE_THRESHOLD * c.snd.mss
  const window = c.rack.reorderingWindow(c.minRtt.value, c.rto.srtt, impatient)
  const wait = c.rack.detect(c.flight, c.env.now, window)
  if (wait > 0) armReordering(c, wait)
  else if (c.retransmitTimer.armed && c.retransmitTimer.kind === 'reordering') armRetransmission(c)
}

/** The reordering timer has expired (RFC 8985 §6.2 step 5): what is overdue by now is lost. */
export const reorderingTimeout = (c: Connection): void => {
  const before = c.flight.lost
  report.flightSize = c.inFlight
  report.notSacked = c.inFlight - c.flight.sacked
  detectByTime(c)
  if (c.flight.lost === before) return
  if (c.recovery.phase !== 'recovery' && c.recovery.phase !== 'loss' && !onlyProbeLost(c)) {
    beginRecovery(c, 'RACK')
    if (!c.congestion.ownsWindow)
      c.congestion.cwnd = c.recovery.prr.window(0, c.flight.underWay, c.congestion.ssthresh, c.snd.mss, false)
  }
  c.wake()
}

/** Without SACK: a duplicate ACK by RFC 5681 §2's definition has arrived. Fast retransmit, fast recovery. */
const countDuplicate = (c: Connection): void => {
  const r = c.ownRecovery()
  const { congestion } = c
  // Each tells of a segment that has overtaken the first: of more than there are behind it somebody has made some up, or
  // the network has (as Linux has it).
  if (r.phase !== 'recovery' && r.duplicateAcks >= segmentsBehindFirst(c)) return
  r.duplicateAcks++
  if (r.phase === 'recovery') {
    // RFC 6582 step 4: each stands for a segment that has left the network. Of more than were outstanding somebody
    // has made some up (RFC 5681 §3.2).
    if (!congestion.ownsWindow && (r.duplicateAcks - 1) * c.snd.mss < seqDiff(r.point, c.snd.una))
      congestion.cwnd += c.snd.mss
    return
  }
  if (r.duplicateAcks !== DUPLICATE_THRESHOLD || r.phase === 'loss') return
  // RFC 6582 step 2: after a timeout, duplicates below recover may come from what was sent again for nothing.
  if (!seqGt(c.snd.una, r.point)) return
  if (firstIsProbe(c)) {
    resendFirst(c, 'smaller')
    return
  }
  beginRecovery(c, 'third duplicate ACK')
  resendFirst(c, 'third duplicate ACK')
  if (!congestion.ownsWindow) congestion.cwnd = congestion.ssthresh + DUPLICATE_THRESHOLD * c.snd.mss
}

/** Segments in flight but for the first, counted up to the threshold. */
const segmentsBehindFirst = (c: Connection): number => {
  let count = -1
  for (let t = c.flight.first; t !== null && count < DUPLICATE_THRESHOLD; t = t.next)
    count += Math.ceil(t.length / sendMss(c))
  return count
}

/** Without SACK: the first segment, which duplicate ACKs tell is lost, is a probe of the path MTU. */
const firstIsProbe = (c: Connection): boolean => {
  const { first } = c.flight
  if (first === null || c.pathMtu.probeSize === 0 || first.seq !== c.pathMtu.probeSeq) return false
  c.flight.markLost(first)
  return onlyProbeLost(c)
}

/** RFC 6582 step 3 (2): the next hole is lost too. Says whether the timer is to be restarted. */
const partialAck = (c: Connection): boolean => {
  const r = c.recovery
  const { congestion } = c
  const { mss } = c.snd
  if (!congestion.ownsWindow)
    congestion.cwnd = Math.max(mss, congestion.cwnd - report.acked + (report.acked >= mss ? mss : 0))
  // A retransmission that is acknowledged in part is still under way: a peer that acknowledges octets gets no more of it.
  const { first: front } = c.flight
  if (front !== null && !(front.retransmitted && front.underWay)) resendFirst(c, 'partial ACK')
  const first = !r.partialAcked
  r.partialAcked = true
  return first
}

/** RFC 3168 §6.1.2: a router has marked a packet of ours; as for a loss, at most once in a window of data. */
const ecnEchoed = (c: Connection): void => {
  const r = c.ownRecovery()
  if (r.phase !== 'open' || c.ecn.answered) return
  // With one segment the window can't come down: sending waits for the timer instead.
  if (c.congestion.cwnd <= c.snd.mss) c.ecn.hold(c.env.now, c.rto.value)
  r.phase = 'reduction'
  r.point = c.snd.nxt
  r.forget()
  r.afterTimeout = false
  c.probe.outstanding = false
  c.congestion.congestion('ecn', withinWindow(c, report.flightSize), c.env.now)
  r.prr.start(report.notSacked)
  c.ecn.windowReduced(c.snd.nxt)
  tell(c, 'ECN echo')
  if (c.allAcked) endRecovery(c)
}

/** A tail loss probe has repaired a loss that nobody noticed (RFC 8985 §7.4.2): the window comes down for it. */
const probeRepaired = (c: Connection): void => {
  const r = c.recovery
  if (r.phase !== 'open') return
  c.congestion.congestion('loss', withinWindow(c, report.flightSize), c.env.now)
  if (!c.congestion.ownsWindow) c.congestion.cwnd = c.congestion.ssthresh
  c.congestion.recovered(c.env.now)
  c.ecn.windowReduced(c.snd.nxt)
  tell(c, 'tail loss probe')
}

// Timeouts

/** The retransmission timer has expired (RFC 6298 (5.4)): the first segment goes again. */
export const timedOut = (c: Connection): void => {
  loseFlight(c)
  resendFirst(c, 'retransmission timeout')
  if (c.flight.lost > 0) c.windowLimited = true
}

/** What is in flight has been so for an RTO: takes for lost what may be (RFC 5681 §3.1, RFC 8985 §6.3). */
export const loseFlight = (c: Connection): void => {
  const r = c.ownRecovery()
  const { flight } = c
  const again = c.retries > 1
  // RFC 5682 §2.1, §3.1 (1): not while losses are being repaired already.
  const anew = r.phase === 'open' || r.phase === 'reduction'
  if (!again) r.remember()
  noteInitialLoss(c)
  pathTimedOut(c)
  c.congestion.timedOut(withinWindow(c, c.inFlight), again, c.env.now)
  r.phase = 'loss'
  r.frto = anew && c.options.frto ? FRTO_FIRST : FRTO_OFF
  r.afterTimeout = true
  r.point = c.snd.nxt
  r.duplicateAcks = 0
  c.timing = false
  c.probe.outstanding = false
  if (c.sack && c.options.lossDetection === 'rack' && c.rack.valid)
    c.rack.timedOut(flight, c.env.now, c.rack.reorderingWindow(c.minRtt.value, c.rto.srtt, true))
  else flight.timedOut(Number.POSITIVE_INFINITY)
  c.ecn.windowReduced(c.snd.nxt)
  tell(c, 'timeout')
}

// What was no loss

/**
 * A D-SACK has come. Once they speak of more than was ever sent again the network duplicates packets, or the peer makes
 * them up: from then on they show nothing (RFC 3708 §3 (A.4), by counting; as Linux does).
 */
const takeDuplicate = (c: Connection): void => {
  const troubles = c.ownTroubles()
  troubles.duplicateSacks++
  troubles.octetsDuplicate += seqDiff(report.duplicateRight, report.duplicateLeft)
  if (troubles.octetsDuplicate > troubles.octetsResent) return
  c.ownRack(c.snd.una).duplicate(c.snd.nxt)
  if (c.recovery.undoable) c.recovery.resentRanges.duplicate(report.duplicateLeft, report.duplicateRight)
}

/** F-RTO (RFC 5682), Eifel detection by timestamps (RFC 3522) and by D-SACKs (RFC 3708). */
const detectSpurious = (c: Connection, duplicate: boolean): void => {
  const r = c.recovery
  if (r.undoable) {
    // What is lost and was not sent again yet may be a loss indeed (RFC 3708 §3 (a)).
    if (c.flight.lost === 0 && r.resentRanges.allDuplicate) {
      undo(c, 'D-SACK')
      return
    }
    if (r.phase === 'open' && seqGt(c.snd.una, r.undoUntil)) r.forget()
  }
  if (r.phase !== 'recovery' && r.phase !== 'loss') return
  // The first ACK that covers what was sent again answers what was sent before: that had only been late.
  if (
    r.undoable &&
    r.resentRanges.any &&
    report.acked > 0 &&
    // Of what lies behind the front the echo of one ACK tells nothing: a delayed one echoes what came first.
    seqAdd(c.snd.una, -report.acked) === r.undoSeq &&
    report.answersBefore(r.undoStamp)
  ) {
    undo(c, 'timestamp')
    return
  }
  if (r.phase === 'loss' && r.frto !== FRTO_OFF) forwardRto(c, duplicate)
}

/** RFC 5682 §2.1 steps 2 and 3, and §3.1 with SACK. */
const forwardRto = (c: Connection, duplicate: boolean): void => {
  const r = c.recovery
  const { snd } = c
  const progress = report.acked > 0
  // What neither acknowledges anything new nor is a duplicate says nothing.
  if (!progress && !duplicate && report.sacked === 0) return
  if (r.frto === FRTO_FIRST) {
    // §3.1 (2): SACKs may come before the answer to what was sent again.
    if (!progress && c.sack) return
    r.point = snd.nxt
    // (2a): a duplicate, all there is, or less than what was sent again; (2b): new data, if there is any (output.ts).
    const partial = c.flight.first?.retransmitted === true
    r.frto = progress && !partial && seqLt(snd.una, r.point) ? FRTO_SECOND : FRTO_OFF
    r.forward = r.frto === FRTO_SECOND ? 2 : 0
    return
  }
  r.frto = FRTO_OFF
  if (c.sack ? report.originalDelivered && !report.beyond : progress) undo(c, 'F-RTO')
  // (3a)
  else if (!c.congestion.ownsWindow) c.congestion.cwnd = Math.min(c.congestion.cwnd, 3 * snd.mss)
}

/** The loss was none: the window is what it was (RFC 4015), and nothing more is sent again. */
const undo = (c: Connection, cause: RecoveryCause): void => {
  const r = c.recovery
  r.forget()
  r.frto = FRTO_OFF
  r.afterTimeout = false
  c.congestion.undo(c.env.now)
  if (r.phase === 'recovery' || r.phase === 'loss') {
    r.phase = 'open'
    // RFC 5682 §2.1 (3b): duplicates from now on are of a loss.
    r.point = seqAdd(c.snd.una, -1)
    c.flight.unmarkLost()
    c.congestion.recovered(c.env.now)
  }
  c.ownTroubles().undos++
  tell(c, cause, true)
}

const tell = (c: Connection, cause: RecoveryCause, undone = false): void => {
  c.env.trace?.({
    type: 'recovery',
    time: c.env.now,
    connection: c,
    phase: c.recovery.phase,
    cause,
    undone,
    cwnd: c.congestion.cwnd,
    ssthresh: c.congestion.ssthresh,
    lost: c.flight.lost,
  })
}
