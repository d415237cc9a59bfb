import type { Connection } from '../block/connection.ts'
import { ecnFeedback } from '../block/ecn.ts'
import { FRTO_OFF, NO_RECOVERY } from '../block/recovery-state.ts'
import { NO_FLIGHT } from '../flight/flight-pool.ts'
import { LossReport } from '../flight/loss-report.ts'
import { initialWindow } from '../send/initial-window.ts'
import { createCongestionControl } from './registry.ts'

/**
 * Gives a connection another congestion controller, the one that its options name. As Linux does: the window and its
 * threshold stay, what the old one has learned of the path goes, and what it did cannot be undone any more.
 */
export const changeCongestionControl = (c: Connection): void => {
  const { congestion: before, recovery } = c
  const { now } = c.env
  const next = createCongestionControl(c.options.congestionControl, c.snd.iss)
  c.congestion = next
  c.pacer = null
  if (c.flight !== NO_FLIGHT) c.ownFlight().lossReader = next.lost === undefined ? null : new LossReport(c)
  // Before the handshake there is no window yet.
  if (before.cwnd === 0) return
  next.start(c.snd.mss, initialWindow(c), now, ecnFeedback(c))
  next.cwnd = before.cwnd
  next.ssthresh = before.ssthresh
  if (recovery !== NO_RECOVERY) {
    recovery.forget()
    c.ownRecovery().frto = FRTO_OFF
  }
  // In recovery the window is reduced by another now, and the threshold of one means nothing to the other.
  if (recovery.reducing && before.ownsWindow !== next.ownsWindow) next.congestion('loss', c.inFlight, now)
}
