/** Losses without SACK: fast retransmit and fast recovery, RFC 5681 §3.2 and RFC 6582. */
import { seqDiff, seqGt } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import { DUPLICATE_THRESHOLD } from '../block/recovery-state.ts'
import { setRecoveryWindow } from '../congestion/recovery-window.ts'
import { sendMss } from '../send/mss.ts'
import { loseFront } from './front.ts'
import type { LossRecovery } from './loss-recovery.ts'

/** Segments in flight but for the first, counted up to the threshold. */
const segmentsBehindFirst = (c: Connection): number => {
  let count = -1
  for (let t = c.flight.first; t !== null && count < DUPLICATE_THRESHOLD; t = t.next)
    count += Math.ceil(t.length / sendMss(c))
  return count
}

/** A probe of the path MTU at the front is lost as a whole: it was one packet. */
const loseProbe = ({ flight, pathMtu }: Connection): void => {
  const { first } = flight
  if (first !== null && pathMtu.probeSize > 0 && first.seq === pathMtu.probeSeq) flight.markLost(first)
}

export const newReno: LossRecovery = {
  cause: 'third duplicate ACK',

  /** The duplicates before an ACK have told of most of what it acknowledges (as Linux counts). */
  delivered(c, ack) {
    const { recovery: r, snd } = c
    if (ack.acked === 0 || !c.options.duplicatesCount || r.phase !== 'open') return ack.delivered
    return Math.max(Math.min(ack.acked, snd.mss), ack.delivered - r.duplicateAcks * snd.mss)
  },

  /** The third duplicate ACK tells that the first segment is lost. */
  detect(c, ack) {
    if (!ack.duplicate) return false
    const r = c.ownRecovery()
    const { congestion, snd } = c
    // Each tells of a segment that has overtaken the first: of more than there are behind it somebody has made some up, or
    // the network has (as Linux has it).
    if (r.phase !== 'recovery' && r.duplicateAcks >= segmentsBehindFirst(c)) return false
    r.duplicateAcks++
    if (r.phase === 'recovery') {
      // RFC 6582 step 4: each stands for a segment that has left the network. Of more than were outstanding somebody
      // has made some up (RFC 5681 §3.2).
      if ((r.duplicateAcks - 1) * snd.mss < seqDiff(r.point, snd.una))
        setRecoveryWindow(congestion, congestion.cwnd + snd.mss)
      return false
    }
    if (r.duplicateAcks !== DUPLICATE_THRESHOLD || r.phase === 'loss') return false
    // RFC 6582 step 2: after a timeout, duplicates below recover may come from what was sent again for nothing.
    if (!seqGt(snd.una, r.point)) return false
    loseProbe(c)
    loseFront(c, 'third duplicate ACK')
    return true
  },

  entered(c) {
    const { congestion } = c
    setRecoveryWindow(congestion, congestion.ssthresh + DUPLICATE_THRESHOLD * c.snd.mss)
  },

  /** RFC 6582 step 3 (2): the next hole is lost too. The timer restarts for the first of these only (step 5, "impatient"). */
  partialAck(c, ack) {
    const { congestion } = c
    const r = c.ownRecovery()
    const { mss } = c.snd
    setRecoveryWindow(congestion, Math.max(mss, congestion.cwnd - ack.acked + (ack.acked >= mss ? mss : 0)))
    // A retransmission that is acknowledged in part is still under way: a peer that acknowledges octets gets no more of it.
    const { first: front } = c.flight
    if (front !== null && !(front.retransmitted && front.underWay)) loseFront(c, 'partial ACK')
    const first = !r.partialAcked
    r.partialAcked = true
    return first
  },

  /** The window moves with duplicate and partial ACKs alone. */
  adjustWindow() {},

  /** RFC 6582 step 3 (1): no SACK tells what is still under way, and there shall be no burst on the way out. */
  finalWindow: ({ options, congestion: { ssthresh }, inFlight, snd: { mss } }) =>
    options.recoveryEndsWhole ? ssthresh : Math.min(ssthresh, Math.max(inFlight, mss) + mss),

  timedOut(c) {
    c.flight.timedOut(Number.POSITIVE_INFINITY)
  },
}
