import { ackNow } from './acknowledgment.ts'
import type { Connection } from './connection.ts'
import type { SendReason } from './events.ts'

/**
 * Owes an ACK to a segment that may be an attacker's or the sign of a loop (RFC 5961 §3.2, §4.2; §3.10.7.4),
 * unless this connection has sent its share of them: RFC 5961 §7 counts for all, ours tell nobody anything.
 */
export const challenge = (c: Connection, reason: SendReason = 'challenge ACK'): void => {
  if (c.env.now - c.challengesSince >= c.options.challengeInterval) {
    c.challengesSince = c.env.now
    c.challenges = 0
  }
  if (c.challenges >= c.options.challengeAcks) return
  c.challenges++
  ackNow(c, reason)
}
