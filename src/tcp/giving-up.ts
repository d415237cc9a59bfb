/** Gives a connection up: by the user timeout (RFC 9293 §3.9.1.3), or after R2 retransmissions (§3.8.3). */
import type { Connection } from './block/connection.ts'
import { NOTICE_SOFT_ERROR } from './block/connection-user.ts'
import type { ErrorCode } from './block/error.ts'
import { synAckLimit } from './deferred-accept.ts'
import { fail, sendReset } from './ending.ts'
import { peerDecides, userTimeout } from './send/user-timeout.ts'

/** §3.10.8 lets the connection go without a word (as Linux does): what the peer may yet send draws a reset (§3.10.7.1). */
export const giveUp = (c: Connection): void => {
  if (c.options.resetOnGivingUp && c.synchronized) sendReset(c)
}

/** §3.10.8: data (or a SYN) has been unacknowledged for longer than the user wants to wait. */
export const givenUp = (c: Connection): boolean => {
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

/** The text of the soft error after so many retransmissions. */
export const noAnswerText = (attempts: number): string => `no acknowledgment after ${attempts} attempts`

/** §3.8.3: counts a retransmission of the front of the queue against R1 and R2; true when R2 is passed. */
export const exhausted = (c: Connection, limit: number): boolean => {
  c.retries++
  if (c.retries === c.options.softRetries) softError(c, 'ETIMEDOUT', noAnswerText(c.retries))
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

export const retryLimit = (c: Connection, syn: boolean): number => {
  // A longer user timeout is of no use if R2 ends it all before.
  if (!syn) return peerDecides(c) ? Number.POSITIVE_INFINITY : c.options.retries
  if (!c.active) return synAckLimit(c)
  return c.options.synRetries + (c.state === 'SYN_SENT' ? c.options.synLinearTimeouts : 0)
}
