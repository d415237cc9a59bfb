/**
 * Zero-window probing, RFC 9293 §3.8.6.1: while the peer's window is shut, or too small for a decent segment, the persist
 * timer runs, and probes ask whether it has opened.
 */
import { seqAdd, seqDiff } from '../../wire/sequence.ts'
import { ACK } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import { fail, sendReset } from '../ending.ts'
import { givenUp, giveUp, retryLimit } from '../giving-up.ts'
import { loseFlight } from '../recovery/phases.ts'
import { armRetransmission, armTimeout, resumeRetransmission } from '../recovery/retransmit-timer.ts'
import { emit } from './emit.ts'
import { largestText } from './super-segments.ts'
import { resend, sendNew } from './transmit.ts'
import { untilTimeout } from './user-timeout.ts'

/**
 * First probe after an RTO, growing as a retransmission's interval does (SHLD-29, SHLD-30); for a window that
 * is small but open, the override of §3.8.6.2.1 (4).
 */
export const armPersist = (c: Connection): void => {
  const delay = c.snd.wnd > 0 && c.options.swsOverride > 0 ? c.options.swsOverride : c.rto.value
  c.retransmitTimer = c.arm(c.retransmitTimer, 'persist', untilTimeout(c, delay))
}

/** §3.8.6.1: the window is shut (or too small for a decent segment) and nothing is under way. */
export const persistTimeout = (c: Connection): void => {
  if (givenUp(c)) return
  if (c.snd.wnd > 0 && !c.allAcked) {
    armRetransmission(c)
    return
  }
  if (c.snd.wnd > 0) {
    // The override of §3.8.6.2.1 (4): what fits is better than nothing.
    const pending = seqDiff(c.sendEnd, c.snd.nxt)
    sendNew(c, Math.min(pending, c.snd.wnd, largestText(c)), 'data', false, true, false, true)
    armTimeout(c)
    return
  }
  c.retries++
  if (c.retries > retryLimit(c, false)) {
    giveUp(c)
    fail(c, 'retransmission timeout', 'timeout', 'ETIMEDOUT')
    return
  }
  if (c.orphaned && c.rto.backoff >= c.options.orphanProbes) {
    // MUST-37 keeps it open as long as probes are answered (which resets the count). But nobody is left who would wait for
    // a peer that only keeps its window shut; and that peer is there to hear of it.
    sendReset(c)
    fail(c, 'retransmission timeout', 'timeout', 'ETIMEDOUT')
    return
  }
  c.rto.backOff()
  // Text in flight when the window shut has waited for as long as for a retransmission.
  if (!c.windowProbed && !c.allAcked) {
    loseFlight(c)
    c.ownRecovery().onlyProbed = true
  }
  c.windowProbed = true
  sendWindowProbe(c)
  armPersist(c)
}

/**
 * A probe of a shut window: one octet (or the FIN) from the front, which the peer must answer even if it can not take
 * it. Routers may not mark it (RFC 3168 §6.1.6).
 */
const sendWindowProbe = (c: Connection): void => {
  if (c.options.emptyWindowProbes) {
    emit(c, seqAdd(c.snd.una, -1), 0, ACK, 'zero-window probe')
    return
  }
  const { first } = c.flight
  if (first !== null) resend(c, first, 1, 'zero-window probe')
  else sendNew(c, Math.min(1, seqDiff(c.sendEnd, c.snd.nxt)), 'zero-window probe', true, false)
  c.timing = false
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
    c.rto.endBackoff()
    c.retries = 0
    // (Unless it was taken: then the front is what has followed it.)
    if (first?.length === 1) c.flight.markLost(first, false)
    c.ownRecovery().again += c.snd.mss
  } else if (first !== null && c.timeoutAt > c.env.now) {
    resumeRetransmission(c)
  }
}
