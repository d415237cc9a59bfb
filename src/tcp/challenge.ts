import { ackNow } from './acknowledgment.ts'
import type { Connection } from './connection.ts'
import type { SendReason } from './events.ts'

/**
 * Owes an ACK to a segment that may be an attacker's or the sign of a loop (RFC 5961 §3.2, §4.2; §3.10.7.4),
 * unless this connection has sent its share of them: RFC 5961 §7 counts for all, ours tell nobody anything.
 */
export const challenge = (c: Connection, reason: SendReason = 'challenge ACK'): void => {
  const i = c.incident()
  if (c.env.now - i.challengesSince >= c.options.challengeInterval) {
    i.challengesSince = c.env.now
    i.challenges = 0
  }
  if (i.challenges >= c.options.challengeAcks) return
  i.challenges++
  ackNow(c, reason)
}
