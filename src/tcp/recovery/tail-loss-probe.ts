/** Tail loss probes, RFC 8985 §7: a probe brings the ACKs that tell of a loss at the end, before a timeout would. */
import { seqAdd, seqDiff, seqGeq, seqGt, seqLt } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import type { TailLossProbe } from '../block/tail-loss-probe-state.ts'
import type { AckReport } from '../flight/ack-report.ts'
import { sendMss } from '../send/mss.ts'
import { resend, sendNew } from '../send/transmit.ts'

/** TLP.max_ack_delay, ms: how long a peer may sit on the ACK of a single segment. */
const MAX_ACK_DELAY = 200

/** PTO before the first sample of the round trip, ms. */
const INITIAL_PTO = 1000

/** §7.2: whether the timer may be the probe's: all is well, nothing SACKed, no probe out. */
export const mayProbe = (c: Connection): boolean =>
  c.sack &&
  c.options.tailLossProbe &&
  c.options.lossDetection === 'rack' &&
  c.synchronized &&
  c.recovery.phase === 'open' &&
  c.flight.sacked === 0 &&
  c.snd.wnd > 0 &&
  c.probe.measured &&
  !c.probe.outstanding

/** The PTO, ms. */
export const probeTimeout = (c: Connection): number => {
  const { rto } = c
  let timeout = INITIAL_PTO
  if (rto.srtt >= 0) {
    timeout = 2 * rto.srtt
    if (c.inFlight <= c.snd.mss) timeout += MAX_ACK_DELAY
  }
  return timeout
}

/** §7.4.2: what an ACK says of the probe. Returns whether it has repaired a loss that nobody had noticed. */
export const probeAnswered = (c: Connection, report: AckReport): boolean => {
  const { probe, snd } = c
  if (report.rtt >= 0 && !probe.measured) c.ownProbe().measured = true
  if (!probe.outstanding || !seqGeq(snd.una, probe.end)) return false
  // Its text was new, or the peer had it already; a duplicate ACK without SACK says so too.
  const needless = !probe.retransmission || isDuplicateOf(probe, report)
  const beyond = seqGt(snd.una, probe.end)
  if (needless || beyond || (report.repeats && !report.hasSacks)) c.ownProbe().outstanding = false
  return beyond && !needless
}

/** Returns whether a D-SACK tells of the probe. (A FIN at its end is on none.) */
const isDuplicateOf = (probe: Readonly<TailLossProbe>, report: AckReport): boolean =>
  report.hasDuplicate &&
  seqLt(report.duplicateLeft, probe.end) &&
  seqGeq(report.duplicateRight, seqAdd(probe.end, -1))

/** §7.3: a segment of new text if there is any and the peer takes it, else the last one again. */
export const sendTailLossProbe = (c: Connection): void => {
  const { snd, flight } = c
  const probe = c.ownProbe()
  const mss = sendMss(c)
  const fits = Math.min(seqDiff(c.sendEnd, snd.nxt), snd.wnd - c.inFlight, mss)
  probe.retransmission = fits <= 0
  if (fits > 0) {
    sendNew(c, fits, 'tail loss probe')
  } else if (flight.last !== null) {
    let { last } = flight
    if (last.length > mss) last = flight.split(last, seqAdd(last.end, -mss))
    const taken = snd.wnd - seqDiff(last.seq, snd.una)
    if (taken < 1) return
    resend(c, last, Math.min(mss, taken), 'tail loss probe')
  }
  probe.outstanding = true
  probe.measured = false
  probe.end = snd.nxt
}
