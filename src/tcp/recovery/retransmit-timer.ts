/**
 * The one timer that watches what was sent: for a retransmission (RFC 6298), a tail loss probe or an overdue segment (RFC
 * 8985). The same timer serves for a shut window (persist.ts): one at a time (RFC 8985 §8).
 */
import { seqDiff } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import { untilTimeout } from '../send/user-timeout.ts'
import { mayProbe, probeTimeout } from './tail-loss-probe.ts'

/** Returns whether there is text, or our FIN, that was never sent or waits to be sent again. */
export const somethingToSend = (c: Connection): boolean => {
  if (c.flight.lost > 0) return true
  const pending = seqDiff(c.sendEnd, c.snd.nxt)
  return pending > 0 || (pending === 0 && c.finQueued)
}

/**
 * (Re)starts the timer for what is in flight: for a tail loss probe while all is well, else for the retransmission. Cut
 * short where the user timeout ends first (§3.10.8).
 */
export const armRetransmission = (c: Connection): void => {
  if (!mayProbe(c)) {
    armTimeout(c)
    return
  }
  c.timeoutAt = c.env.now + c.rto.value
  armProbe(c)
}

/** The timer runs again after it had made way for another, for as long as is left; a timeout that is past begins anew. */
export const resumeRetransmission = (c: Connection): void => {
  if (mayProbe(c)) armProbe(c)
  else
    c.retransmitTimer = c.arm(
      c.retransmitTimer,
      'retransmission',
      untilTimeout(c, Math.min(c.rto.value, c.timeoutAt - c.env.now)),
    )
}

/** RFC 8985 §7.2: the probe leaves no later than the retransmission would, however often new text puts it off. */
export const armProbe = (c: Connection): void => {
  const delay = Math.min(probeTimeout(c), Math.max(0, c.timeoutAt - c.env.now))
  c.retransmitTimer = c.arm(c.retransmitTimer, 'tail-loss-probe', untilTimeout(c, delay))
}

/** (Re)starts the timer for the retransmission itself (RFC 6298 (5.1), (5.3), (5.6)). */
export const armTimeout = (c: Connection): void => {
  c.timeoutAt = c.env.now + c.rto.value
  c.retransmitTimer = c.arm(c.retransmitTimer, 'retransmission', untilTimeout(c, c.rto.value))
}

/** RFC 8985 §6.2 step 5: what may yet arrive is waited for so long. */
export const armReordering = (c: Connection, wait: number): void => {
  c.retransmitTimer = c.arm(c.retransmitTimer, 'reordering', Math.min(wait, c.rto.value))
}
