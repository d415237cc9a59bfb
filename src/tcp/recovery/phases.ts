/** Recovery begins and ends here: after a loss, an ECN echo, a loss that a probe has repaired, a timeout. */
import type { Connection } from '../block/connection.ts'
import { FRTO_FIRST, FRTO_OFF } from '../block/recovery-state.ts'
import { setRecoveryWindow } from '../congestion/recovery-window.ts'
import type { FlightBefore } from '../flight/ack-report.ts'
import { NO_RACK } from '../flight/rack.ts'
import { noteInitialLoss } from '../send/initial-window.ts'
import { type LossRecovery, lossRecovery } from './loss-recovery.ts'
import { pathTimedOut } from './path-mtu-discovery.ts'
import { armTimeout } from './retransmit-timer.ts'
import { traceRecovery } from './trace-recovery.ts'

/** FlightSize without what limited transmit has sent beyond the window (RFC 5681 §3.2, RFC 6675 §5 (4.2)). */
const withinWindow = (c: Connection, flightSize: number): number =>
  Math.min(flightSize, Math.max(c.congestion.cwnd, c.snd.mss))

/** RFC 6675 §5 (4), RFC 6582 step 2, RFC 9937 §6.1. */
export const beginRecovery = (c: Connection, how: LossRecovery, before: FlightBefore): void => {
  const r = c.ownRecovery()
  // An ECN echo has brought the window down for this flight already (RFC 3168 §6.1.2: once a window), if not by less.
  const reduced = r.phase === 'reduction' && c.congestion.gradual !== true
  r.phase = 'recovery'
  r.partialAcked = false
  r.rescued = false
  r.afterTimeout = false
  if (!reduced) {
    r.remember()
    noteInitialLoss(c)
    c.congestion.congestion('loss', withinWindow(c, before.flightSize), c.env.now)
    r.prr.start(before.notSacked)
  }
  r.point = c.snd.nxt
  if (c.probe.outstanding) c.ownProbe().outstanding = false
  c.ecn.windowReduced(c.snd.nxt)
  // A round trip for what is sent again, before the timer takes over (RFC 6675 §6).
  armTimeout(c)
  traceRecovery(c, how.cause)
  how.entered(c)
}

/** All that was in flight when it began is acknowledged. */
export const endRecovery = (c: Connection): void => {
  const { congestion } = c
  const r = c.ownRecovery()
  // RFC 9937 §6.4.
  if (r.phase === 'recovery') setRecoveryWindow(congestion, lossRecovery(c).finalWindow(c))
  else if (r.phase === 'reduction') setRecoveryWindow(congestion, congestion.ssthresh)
  if (r.phase !== 'reduction' && c.rack !== NO_RACK) c.rack.recovered()
  r.phase = 'open'
  r.undoUntil = c.snd.nxt
  r.frto = FRTO_OFF
  congestion.recovered(c.env.now)
  traceRecovery(c, 'recovered')
}

/** RFC 3168 §6.1.2: a router has marked a packet of ours; as for a loss, at most once in a window of data. */
export const ecnEchoed = (c: Connection, before: FlightBefore): void => {
  const r = c.ownRecovery()
  if (r.phase !== 'open' || c.ecn.answered) return
  // With one segment the window can't come down: sending waits for the timer instead.
  if (c.congestion.cwnd <= c.snd.mss) c.ecn.hold(c.env.now, c.rto.value, c.options.ecnFallback)
  r.phase = 'reduction'
  r.point = c.snd.nxt
  r.forget()
  r.afterTimeout = false
  if (c.probe.outstanding) c.ownProbe().outstanding = false
  c.congestion.congestion('ecn', withinWindow(c, before.flightSize), c.env.now)
  r.prr.start(before.notSacked)
  c.ecn.windowReduced(c.snd.nxt)
  traceRecovery(c, 'ECN echo')
  if (c.allAcked) endRecovery(c)
}

/** A tail loss probe has repaired a loss that nobody noticed (RFC 8985 §7.4.2): the window comes down for it. */
export const probeRepaired = (c: Connection, before: FlightBefore): void => {
  const { congestion } = c
  if (c.recovery.phase !== 'open') return
  congestion.congestion('loss', withinWindow(c, before.flightSize), c.env.now)
  setRecoveryWindow(congestion, congestion.ssthresh)
  congestion.recovered(c.env.now)
  c.ecn.windowReduced(c.snd.nxt)
  traceRecovery(c, 'tail loss probe')
}

/** The flight has been out for an RTO: what may be lost is taken for lost (RFC 5681 §3.1, RFC 8985 §6.3). */
export const loseFlight = (c: Connection): void => {
  const r = c.ownRecovery()
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
  if (c.probe.outstanding) c.ownProbe().outstanding = false
  lossRecovery(c).timedOut(c)
  c.ecn.windowReduced(c.snd.nxt)
  traceRecovery(c, 'timeout')
}
