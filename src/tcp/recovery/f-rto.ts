/** F-RTO, RFC 5682: whether a timeout was needless is seen by what the next ACKs acknowledge. */
import { seqDiff, seqLt } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import { FRTO_FIRST, FRTO_OFF, FRTO_SECOND } from '../block/recovery-state.ts'
import { setRecoveryWindow } from '../congestion/recovery-window.ts'
import type { AckReport } from '../flight/ack-report.ts'
import { sendMss } from '../send/mss.ts'
import { sendNew } from '../send/transmit.ts'

/** §2.1 steps 2 and 3, and §3.1 with SACK. Returns whether the timeout was spurious. */
export const timeoutWasSpurious = (c: Connection, ack: AckReport): boolean => {
  const { snd, congestion } = c
  const r = c.ownRecovery()
  const progress = ack.acked > 0
  // An ACK that neither acknowledges anything new nor is a duplicate says nothing.
  if (!progress && !ack.duplicate && ack.sacked === 0) return false
  if (r.frto === FRTO_FIRST) {
    // §3.1 (2): SACKs may come before the answer to what was sent again.
    if (!progress && c.sack) return false
    r.point = snd.nxt
    // (2a): a duplicate, all there is, or less than what was sent again; (2b): new data, if there is any.
    const partial = c.flight.first?.retransmitted === true
    r.frto = progress && !partial && seqLt(snd.una, r.point) ? FRTO_SECOND : FRTO_OFF
    r.forward = r.frto === FRTO_SECOND ? 2 : 0
    return false
  }
  r.frto = FRTO_OFF
  if (c.sack ? ack.originalDelivered && !ack.beyond : progress) return true
  // (3a)
  setRecoveryWindow(congestion, Math.min(congestion.cwnd, 3 * snd.mss))
  return false
}

/**
 * §2.1 (2b): up to two new segments, whatever the congestion window. Where not even one may go the repair goes on, or no
 * ACK would ever come. Returns whether one went.
 */
export const sendForward = (c: Connection): boolean => {
  const r = c.ownRecovery()
  const mss = sendMss(c)
  const before = c.snd.nxt
  for (; r.forward > 0; r.forward--) {
    const pending = seqDiff(c.sendEnd, c.snd.nxt)
    const length = Math.min(pending, mss, c.snd.wnd - c.inFlight)
    if (length <= 0) break
    sendNew(c, length, 'data')
  }
  r.forward = 0
  if (c.snd.nxt !== before) return true
  r.frto = FRTO_OFF
  return false
}
