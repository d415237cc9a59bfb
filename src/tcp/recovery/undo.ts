/**
 * Losses that were none: Eifel detection by timestamps (RFC 3522), by D-SACKs (RFC 3708), F-RTO; and the answer (RFC
 * 4015).
 */
import { seqAdd, seqDiff, seqGt } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import type { RecoveryCause } from '../block/events.ts'
import { FRTO_OFF } from '../block/recovery-state.ts'
import type { AckReport } from '../flight/ack-report.ts'
import { timeoutWasSpurious } from './f-rto.ts'
import { traceRecovery } from './trace-recovery.ts'

/**
 * A D-SACK has come. Once they speak of more than was ever sent again the network duplicates packets, or the peer makes
 * them up: from then on they show nothing (RFC 3708 §3 (A.4), by counting; as Linux does).
 */
export const takeDuplicate = (c: Connection, ack: AckReport): void => {
  const troubles = c.ownTroubles()
  troubles.duplicateSacks++
  troubles.octetsDuplicate += seqDiff(ack.duplicateRight, ack.duplicateLeft)
  if (troubles.octetsDuplicate > troubles.octetsResent) return
  c.ownRack(c.snd.una).duplicate(c.snd.nxt)
  if (c.recovery.undoable) c.recovery.resentRanges.duplicate(ack.duplicateLeft, ack.duplicateRight)
}

/** Looks whether `ack` shows that what was taken for lost was not, and then undoes what was done about it. */
export const undoSpurious = (c: Connection, ack: AckReport): void => {
  const r = c.recovery
  if (r.undoable) {
    // Text that is lost and was not sent again yet may be a loss indeed (RFC 3708 §3 (a)).
    if (c.flight.lost === 0 && r.resentRanges.allDuplicate) {
      undo(c, 'D-SACK')
      return
    }
    if (r.phase === 'open' && seqGt(c.snd.una, r.undoUntil)) r.forget()
  }
  if (r.phase !== 'recovery' && r.phase !== 'loss') return
  if (answersOriginal(c, ack)) undo(c, 'timestamp')
  else if (takenWhileShut(c, ack)) undo(c, 'window probe')
  else if (r.phase === 'loss' && r.frto !== FRTO_OFF && timeoutWasSpurious(c, ack)) undo(c, 'F-RTO')
}

/** Returns whether the first ACK that covers what was sent again answers what was sent before: that had only been late. */
const answersOriginal = (c: Connection, ack: AckReport): boolean => {
  const r = c.recovery
  return (
    r.undoable &&
    r.resentRanges.any &&
    ack.acked > 0 &&
    // The echo tells nothing of text behind the front: a delayed ACK echoes the segment that came first.
    seqAdd(c.snd.una, -ack.acked) === r.undoSeq &&
    ack.answersBefore(r.undoStamp)
  )
}

/**
 * Returns whether the peer has taken what was in flight when its window shut: no probe can have delivered more than its octet.
 * (Linux sees that by F-RTO, for which it takes a probe of a shut window, too.)
 */
const takenWhileShut = ({ recovery: r }: Connection, ack: AckReport): boolean =>
  r.undoable && r.onlyProbed && ack.originalDelivered

/** The window is what it was (RFC 4015), and nothing more is sent again. */
const undo = (c: Connection, cause: RecoveryCause): void => {
  const r = c.ownRecovery()
  r.forget()
  r.front = null
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
  traceRecovery(c, cause, true)
}
