/**
 * Connections that open with the first text of the peer (the option deferAccept, as Linux's TCP_DEFER_ACCEPT): the bare ACK
 * that would end the handshake is dropped, so that a user is not woken for a peer that has nothing to say yet. When the time
 * is over, the SYN,ACK leaves again, and the ACK that this draws opens the connection.
 */
import type { Segment } from '../wire/tcp.ts'
import type { Connection } from './block/connection.ts'

/** Returns whether the ACK of our SYN,ACK must wait for text; then it is dropped, and known to have come. */
export const waitsForText = (c: Connection, segment: Segment): boolean => {
  if (c.options.deferAccept <= c.retries || c.active || c.fastOpen?.opened) return false
  // A SYN cookie was that SYN,ACK: nothing would send it again, nor end the wait. As Linux does.
  if (!c.retransmitTimer.armed) return false
  if (segment.sequenceLength > 0) return false
  c.handshakeAcked = true
  c.env.drop('deferred-accept')
  return true
}

/** Timeouts of the SYN,ACK before a half-open connection is given up: the peer that has answered is waited for. */
export const synAckLimit = ({ options, handshakeAcked }: Connection): number =>
  handshakeAcked ? Math.max(options.synAckRetries, options.deferAccept) : options.synAckRetries

/** Returns whether the SYN,ACK leaves again: the peer has not acknowledged it, or the time to wait for text ends. */
export const resendsSynAck = (c: Connection): boolean =>
  !c.handshakeAcked || c.retries >= c.options.deferAccept
