/** The timers of a connection, RFC 9293 §3.10.8 and §3.8. */
import { seqDiff } from '../wire/sequence.ts'
import type { Connection } from './block/connection.ts'
import { NOTICE_SOFT_ERROR } from './block/connection-user.ts'
import type { ErrorCode } from './block/error.ts'
import type { TimerKind } from './block/events.ts'
import { ACK_NONE } from './block/packed-flags.ts'
import { fail, sendReset } from './ending.ts'
import { loseFlight } from './recovery/phases.ts'
import { reorderingTimeout, timedOut } from './recovery/recovery.ts'
import { armPersist, armTimeout, superviseSending } from './recovery/retransmit-timer.ts'
import { sendTailLossProbe } from './recovery/tail-loss-probe.ts'
import { sendAck, sendSyn } from './send/emit.ts'
import { keepAliveTimeout } from './send/keep-alive.ts'
import { largestText } from './send/super-segments.ts'
import { sendNew, sendWindowProbe } from './send/transmit.ts'
import { peerDecides, userTimeout } from './send/user-timeout.ts'

/** A timer of the connection has expired. */
export const timeout = (c: Connection, kind: TimerKind): void => {
  c.env.trace?.({ type: 'timer', time: c.env.now, connection: c, timer: kind, action: 'fired' })
  switch (kind) {
    case 'retransmission':
      retransmissionTimeout(c)
      break
    case 'persist':
      persistTimeout(c)
      break
    case 'tail-loss-probe':
      tailLossTimeout(c)
      break
    case 'reordering':
      reorderingTimeout(c)
      superviseSending(c)
      break
    case 'pacing':
      c.wake()
      break
    case 'delayed-ack':
      if (c.ackDue !== ACK_NONE) sendAck(c, 'delayed ACK')
      break
    case 'keep-alive':
      keepAliveTimeout(c)
      break
    case 'fin-wait-2':
      fail(c, 'FIN_WAIT_2 timeout', 'timeout', null)
      break
  }
}

/** §3.10.8 lets the connection go without a word (as Linux does): what the peer may yet send draws a reset (§3.10.7.1). */
const giveUp = (c: Connection): void => {
  if (c.options.resetOnGivingUp && c.synchronized) sendReset(c)
}

/** §3.10.8: data (or a SYN) has been unacknowledged for longer than the user wants to wait. */
const givenUp = (c: Connection): boolean => {
  const limit = userTimeout(c)
  if (limit === 0 || c.env.now < c.progressAt + limit) return false
  // A peer that has answered the last probe of its shut window is there to hear of it.
  if (c.synchronized && c.snd.wnd === 0 && c.retries === 0) sendReset(c)
  else giveUp(c)
  fail(c, 'user timeout', 'timeout', c.troubles.icmpErrorCode ?? 'ETIMEDOUT')
  return true
}

/** Tells of a trouble that does not end the connection (MUST-47, SHLD-9, SHLD-25). */
export const softError = (c: Connection, code: ErrorCode, text: string): void => {
  const troubles = c.ownTroubles()
  troubles.softErrorCode = code
  troubles.softErrorText = text
  c.env.trace?.({ type: 'soft-error', time: c.env.now, connection: c, code, text })
  c.wake(NOTICE_SOFT_ERROR)
}

/** §3.8.3: counts a retransmission of the front of the queue against R1 and R2; true when R2 is passed. */
const exhausted = (c: Connection, limit: number): boolean => {
  c.retries++
  if (c.retries === c.options.softRetries)
    softError(c, 'ETIMEDOUT', `no acknowledgment after ${c.retries} attempts`)
  if (c.retries <= limit) return false
  giveUp(c)
  fail(
    c,
    'retransmission timeout',
    'timeout',
    // An ICMP error heard on the way says more than the silence (SHLD-25).
    c.troubles.icmpErrorCode ?? 'ETIMEDOUT',
  )
  return true
}

const retryLimit = (c: Connection, syn: boolean): number => {
  // A longer user timeout is of no use if R2 ends it all before.
  if (!syn) return peerDecides(c) ? Number.POSITIVE_INFINITY : c.options.retries
  return c.active ? c.options.synRetries : c.options.synAckRetries
}

const retransmissionTimeout = (c: Connection): void => {
  if (givenUp(c)) return
  const syn = !c.synAcked
  if (exhausted(c, retryLimit(c, syn))) return
  c.rto.backoff++
  c.ownTroubles().timedOut(c.env.now)
  if (syn) {
    sendSyn(c, c.state === 'SYN_SENT' ? 'SYN retransmission' : 'SYN,ACK again')
  } else {
    timedOut(c)
  }
  armTimeout(c)
}

/** RFC 8985 §7.3: the probe leaves, and the retransmission timer takes over. */
const tailLossTimeout = (c: Connection): void => {
  if (givenUp(c)) return
  sendTailLossProbe(c)
  armTimeout(c)
}

/** §3.8.6.1: the window is shut (or too small for a decent segment) and nothing is under way. */
const persistTimeout = (c: Connection): void => {
  if (givenUp(c)) return
  if (c.snd.wnd > 0 && !c.allAcked) {
    superviseSending(c)
    return
  }
  if (c.snd.wnd > 0) {
    // The override of §3.8.6.2.1 (4): what fits is better than nothing.
    c.sendQueue.markPushed()
    const pending = seqDiff(c.sendEnd, c.snd.nxt)
    sendNew(c, Math.min(pending, c.snd.wnd, largestText(c)), 'data', false)
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
  c.rto.backoff++
  // What was in flight when the window shut has been so for as long as a retransmission waits.
  if (!c.windowProbed && !c.allAcked) loseFlight(c)
  c.windowProbed = true
  sendWindowProbe(c)
  armPersist(c)
}
