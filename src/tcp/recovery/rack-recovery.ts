/** Losses found by time, RFC 8985 §6. */
import type { Connection } from '../block/connection.ts'
import { DUPLICATE_THRESHOLD } from '../block/recovery-state.ts'
import type { LossRecovery } from './loss-recovery.ts'
import { reduceWindow } from './proportional-window.ts'
import { armReordering, armRetransmission } from './retransmit-timer.ts'

/** §6.2 step 5: marks what is overdue, and sets the timer for what may become so. Returns whether anything is. */
export const detectByTime = (c: Connection): boolean => {
  const { recovery: r, flight } = c
  const { lost } = flight
  const impatient =
    r.phase === 'recovery' || r.phase === 'loss' || flight.sacked >= DUPLICATE_THRESHOLD * c.snd.mss
  const window = c.rack.reorderingWindow(c.minRtt.value, c.rto.srtt, impatient)
  const wait = c.rack.detect(flight, c.env.now, window)
  if (wait > 0) armReordering(c, wait)
  else if (c.retransmitTimer.armed && c.retransmitTimer.kind === 'reordering') armRetransmission(c)
  return flight.lost > lost
}

export const rackRecovery: LossRecovery = {
  cause: 'RACK',

  delivered: (_, ack) => ack.delivered,

  detect: (c, ack) => ack.delivered > 0 && detectByTime(c),

  entered() {},

  partialAck: () => true,

  adjustWindow: reduceWindow,

  finalWindow: c => c.congestion.ssthresh,

  /** §6.3. */
  timedOut(c) {
    const { rack, flight } = c
    if (rack.valid) rack.timedOut(flight, c.env.now, rack.reorderingWindow(c.minRtt.value, c.rto.srtt, true))
    else flight.timedOut(Number.POSITIVE_INFINITY)
  },
}
