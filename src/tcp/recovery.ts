import { seqDiff, seqGeq, seqGt } from '../wire/sequence.ts'
import type { Connection } from './connection.ts'
import { armRetransmission, sendText } from './output.ts'

/** RFC 5681 §3.2: duplicate ACKs that tell of a loss. */
const DUPLICATE_THRESHOLD = 3

/** Sends the first unacknowledged segment again. */
const retransmitFirst = (c: Connection, reason: 'third duplicate ACK' | 'partial ACK'): void => {
  sendText(c, c.snd.una, Math.min(c.snd.mss, Math.max(1, c.snd.wnd)), reason)
}

/** A duplicate ACK by RFC 5681 §2's definition has arrived: fast retransmit, fast recovery. */
export const duplicateAck = (c: Connection): void => {
  c.duplicateAcks++
  if (c.recovering) {
    // RFC 6582 step 4: each stands for a segment that has left the network. Of more than were outstanding somebody
    // has made some up (RFC 5681 §3.2).
    if ((c.duplicateAcks - 1) * c.snd.mss < seqDiff(c.recover, c.snd.una)) c.congestion.cwnd += c.snd.mss
    return
  }
  if (c.duplicateAcks !== DUPLICATE_THRESHOLD) return
  // RFC 6582 step 2: after a timeout, duplicates below recover may come from what was sent again for nothing.
  if (!seqGt(c.snd.una, c.recover)) return
  c.congestion.lost(c.inFlight, c.env.now)
  c.recover = c.snd.nxt
  c.recovering = true
  c.partialAcked = false
  retransmitFirst(c, 'third duplicate ACK')
  armRetransmission(c)
  c.congestion.cwnd = c.congestion.ssthresh + DUPLICATE_THRESHOLD * c.snd.mss
}

/**
 * SND.UNA has moved by `bytes`: the congestion window grows, or recovery goes on. Says whether the
 * retransmission timer is to be restarted (RFC 6298 (5.3); RFC 6582 step 5's impatient variant).
 */
export const newAck = (c: Connection, bytes: number): boolean => {
  c.duplicateAcks = 0
  if (!c.recovering) {
    c.congestion.acknowledged(bytes, c.windowLimited, c.env.now)
    return true
  }
  if (seqGeq(c.snd.una, c.recover)) {
    // Full acknowledgment, RFC 6582 step 3 (1): no burst on the way out.
    c.congestion.cwnd = Math.min(c.congestion.ssthresh, Math.max(c.inFlight, c.snd.mss) + c.snd.mss)
    c.recovering = false
    return true
  }
  // Partial acknowledgment: the next hole is lost too.
  c.congestion.cwnd = Math.max(c.snd.mss, c.congestion.cwnd - bytes + (bytes >= c.snd.mss ? c.snd.mss : 0))
  retransmitFirst(c, 'partial ACK')
  const first = !c.partialAcked
  c.partialAcked = true
  return first
}

/** The retransmission timer has expired: everything in flight counts as lost (RFC 5681 §3.1, RFC 6582 step 4). */
export const timedOut = (c: Connection): void => {
  c.congestion.timedOut(seqDiff(c.snd.nxt, c.snd.una), c.retries > 1, c.env.now)
  c.recover = c.snd.nxt
  c.recovering = false
  c.duplicateAcks = 0
  c.timing = false
  c.snd.rtx = c.snd.una
}
