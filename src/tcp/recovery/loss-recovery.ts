/** The ways in which a sender finds losses and repairs them: RACK, counting SACKs, counting duplicate ACKs. */
import type { Connection } from '../block/connection.ts'
import type { RecoveryCause } from '../block/events.ts'
import type { AckReport } from '../flight/ack-report.ts'
import type { Transmission } from '../flight/transmission.ts'
import { newReno } from './new-reno.ts'
import { rackRecovery } from './rack-recovery.ts'
import { sackRecovery } from './sack-recovery.ts'

/** One of these ways. It keeps no state: that is the connection's (`recovery`, `rack`, `flight`). */
export interface LossRecovery {
  /** The reason for a fast recovery, as the event stream tells it. */
  readonly cause: RecoveryCause
  /** Returns the bytes that an ACK has delivered; outside of recovery the flight may not know of all. */
  delivered(c: Connection, ack: AckReport): number
  /** Marks in the flight what an ACK shows to be lost. Returns whether there is any. */
  detect(c: Connection, ack: AckReport): boolean
  /** Fast recovery has begun. */
  entered(c: Connection): void
  /** SND.UNA has moved in fast recovery, not to its end. Returns whether the timer is restarted. */
  partialAck(c: Connection, ack: AckReport): boolean
  /** An ACK in fast recovery has delivered something: adjusts the congestion window. */
  adjustWindow(c: Connection, ack: AckReport): void
  /** The congestion window to leave fast recovery with, bytes. */
  finalWindow(c: Connection): number
  /** The retransmission timer has expired: marks in the flight what is taken for lost. */
  timedOut(c: Connection): void
  /**
   * In fast recovery, while nothing is known to be lost and nothing is new: the next transmission that may be lost, of
   * at most `mss` bytes; null when there is none.
   */
  nextHole?(c: Connection, mss: number): Transmission | null
}

/** The way of a connection: by what both ends can do, and by its options. */
export const lossRecovery = (c: Connection): LossRecovery =>
  c.sack ? (c.options.lossDetection === 'rack' ? rackRecovery : sackRecovery) : newReno
