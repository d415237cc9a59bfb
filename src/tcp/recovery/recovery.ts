/**
 * Loss recovery, step by step: what an acknowledgment says about losses, and what is done about them. Losses are found and
 * repaired in one of three ways (loss-recovery.ts), under proportional rate reduction (RFC 9937); what was none is undone
 * (undo.ts). Lost text leaves again with the next output (send/output.ts).
 */
import { seqAdd, seqGeq, seqGt } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import { NO_RECOVERY } from '../block/recovery-state.ts'
import { setRecoveryWindow } from '../congestion/recovery-window.ts'
import { takeFeedback } from '../ecn/marks-told.ts'
import type { AckReport, FlightBefore } from '../flight/ack-report.ts'
import { loseFront } from './front.ts'
import { type LossRecovery, lossRecovery } from './loss-recovery.ts'
import { onlyProbeLost } from './path-mtu-discovery.ts'
import { beginRecovery, ecnEchoed, endRecovery, loseFlight, probeRepaired } from './phases.ts'
import { reduceWindow } from './proportional-window.ts'
import { detectByTime, rackRecovery } from './rack-recovery.ts'
import { probeAnswered } from './tail-loss-probe.ts'
import { takeDuplicate, undoSpurious } from './undo.ts'

/**
 * An ACK has been read: SND.UNA has moved, SACKs are on the scoreboard. Returns whether the retransmission timer is to be
 * restarted (RFC 6298 (5.3); RFC 6582 step 5's impatient variant).
 */
export const recover = (c: Connection, ack: AckReport): boolean => {
  const r = c.recovery
  const how = lossRecovery(c)
  const progress = ack.acked > 0
  const before = r.phase
  ack.measure(c)
  ack.delivered = how.delivered(c, ack)
  if (c.ecn.accurate !== null) takeFeedback(c, c.ecn.accurate, ack)
  else if (ack.ecnEcho) takeEcho(c, ack)
  if (r !== NO_RECOVERY) r.acknowledged(ack.delivered, progress)
  if (progress) c.rack.acknowledged(c.snd.una)
  if (ack.hasDuplicate) takeDuplicate(c, ack)
  if (probeAnswered(c, ack)) probeRepaired(c, ack)
  undoSpurious(c, ack)
  dragPoint(c)
  let restart = progress
  if (r.phase !== 'open' && seqGeq(c.snd.una, r.point)) endRecovery(c)
  else if (r.phase === 'recovery' && progress) restart = how.partialAck(c, ack)
  if (how.detect(c, ack)) lossFound(c, how, ack)
  if (progress) c.ecn.acknowledged(c.snd.una)
  if (ack.ecnEcho) ecnEchoed(c, ack)
  else if (progress) c.ecn.cleared()
  // With an ECN echo the window does not grow (RFC 3168 §6.1.2), whatever it is doing.
  const after = c.recovery
  const ends = before !== 'open' && after.phase === 'open'
  ack.recovering = (ends && !(c.sack && c.options.recoveryEndsWhole)) || after.phase !== 'open' || ack.ecnEcho
  ack.afterTimeout = after.afterTimeout && !ack.ecnEcho
  ack.complete(c)
  adjustWindow(c, how, ack)
  return restart
}

/** A classic echo does not say how much was marked: all that it delivers counts (as Linux counts it). */
const takeEcho = (c: Connection, ack: AckReport): void => {
  c.ownTroubles().bytesMarked += ack.delivered
  ack.marked = ack.delivered
  ack.markedPackets = ack.packets
}

/** Past the recovery point: it comes along, or 2 GiB later it would seem to lie ahead. (As FreeBSD does.) */
const dragPoint = (c: Connection): void => {
  const { recovery: r, snd } = c
  if (r !== NO_RECOVERY && r.phase === 'open' && seqGt(snd.una, r.point))
    c.ownRecovery().point = seqAdd(snd.una, -1)
}

/**
 * Something more is lost. Begins recovery unless it is under way, or only a probe of the path MTU was lost; returns
 * whether.
 */
const lossFound = (c: Connection, how: LossRecovery, before: FlightBefore): boolean => {
  const r = c.recovery
  if (r.phase === 'recovery' || r.phase === 'loss') return false
  if (onlyProbeLost(c)) {
    if (r.front !== null) c.ownRecovery().front = 'smaller'
    return false
  }
  beginRecovery(c, how, before)
  return true
}

/** Hands the ACK to the controller; in fast recovery and after an ECN echo the window is recovery's. */
const adjustWindow = (c: Connection, how: LossRecovery, ack: AckReport): void => {
  const { recovery: r, congestion } = c
  if (ack.delivered > 0) congestion.acknowledged(ack)
  if (r.afterTimeout && r.phase !== 'loss' && congestion.cwnd >= congestion.ssthresh)
    c.ownRecovery().afterTimeout = false
  if (ack.delivered === 0) return
  if (r.phase === 'recovery') how.adjustWindow(c, ack)
  else if (r.phase === 'reduction') reduceWindow(c, ack)
}

/** The reordering timer has expired (RFC 8985 §6.2 step 5): what is overdue by now is lost. */
export const reorderingTimeout = (c: Connection): void => {
  const { flight, congestion, snd } = c
  const before = { flightSize: c.inFlight, notSacked: c.inFlight - flight.sacked }
  if (!detectByTime(c)) return
  if (lossFound(c, rackRecovery, before))
    setRecoveryWindow(
      congestion,
      c.recovery.prr.window(0, flight.underWay, congestion.ssthresh, snd.mss, false),
    )
  c.wake()
}

/** The retransmission timer has expired (RFC 6298 (5.4)): the first segment goes again. */
export const timedOut = (c: Connection): void => {
  loseFlight(c)
  loseFront(c, 'retransmission timeout')
}
