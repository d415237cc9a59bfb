/**
 * The one timer that watches what was sent: for a retransmission (RFC 6298), a tail loss probe or an overdue segment (RFC
 * 8985), a shut window (§3.8.6.1). One at a time (RFC 8985 §8).
 */
import { seqDiff } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import { userTimeout } from '../send/user-timeout.ts'
import { mayProbe, probeTimeout } from './tail-loss-probe.ts'

/** Whether there is text, or our FIN, that was never sent or waits to be sent again. */
export const somethingToSend = (c: Connection): boolean => {
  if (c.flight.lost > 0) return true
  const pending = seqDiff(c.sendEnd, c.snd.nxt)
  return pending > 0 || (pending === 0 && c.finQueued)
}

/** Keeps exactly one timer going, if there is something to watch. `sent`: new text has just left. */
export const superviseSending = (c: Connection, sent = false): void => {
  const timer = c.retransmitTimer
  if (!c.allAcked) {
    // A SYN (of a FIN-WAIT-1 that comes from SYN-RECEIVED) needs no window.
    if (c.snd.wnd === 0 && c.synAcked) {
      if (!timer.armed || timer.kind !== 'persist') armPersist(c)
    } else if (!timer.armed || timer.kind === 'persist') {
      armRetransmission(c)
    } else if (sent && timer.kind !== 'reordering' && mayProbe(c)) {
      armProbe(c)
    }
  } else if (somethingToSend(c) && !(c.snd.wnd > 0 && c.pacingTimer.armed)) {
    // Nothing is under way that could bring an ACK: the window is shut, or too small to be worth it.
    if (!timer.armed || timer.kind !== 'persist') armPersist(c)
  } else {
    c.retransmitTimer = c.disarm(timer)
  }
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

/**
 * The shut window is open again. Only the octet of a probe is in doubt and goes again: the peer had no room for it. All
 * other text was sent within the window and is watched as before. A timer that would have expired meanwhile begins anew.
 */
export const windowOpened = (c: Connection): void => {
  c.retransmitTimer = c.disarm(c.retransmitTimer)
  const { first } = c.flight
  if (c.windowProbed) {
    c.windowProbed = false
    c.rto.backoff = 0
    c.retries = 0
    if (first !== null) c.flight.markLost(first, false)
    c.ownRecovery().again += c.snd.mss
  } else if (first !== null && c.timeoutAt > c.env.now) {
    if (mayProbe(c)) armProbe(c)
    else
      c.retransmitTimer = c.arm(
        c.retransmitTimer,
        'retransmission',
        untilTimeout(c, Math.min(c.rto.value, c.timeoutAt - c.env.now)),
      )
  }
}

/** RFC 8985 §7.2: the probe leaves no later than the retransmission would, however often new text puts it off. */
const armProbe = (c: Connection): void => {
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

/**
 * First probe after an RTO, growing as a retransmission's interval does (SHLD-29, SHLD-30); for a window that
 * is small but open, the override of §3.8.6.2.1 (4).
 */
export const armPersist = (c: Connection): void => {
  const delay = c.snd.wnd > 0 && c.options.swsOverride > 0 ? c.options.swsOverride : c.rto.value
  c.retransmitTimer = c.arm(c.retransmitTimer, 'persist', untilTimeout(c, delay))
}

const untilTimeout = (c: Connection, delay: number): number => {
  const limit = userTimeout(c)
  return limit > 0 ? Math.max(0, Math.min(delay, c.progressAt + limit - c.env.now)) : delay
}
