/**
 * The first segment in flight leaves again whatever the congestion window says: a fast retransmit, the timer's, a
 * smaller one.
 */
import { seqAdd } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import type { SendReason } from '../block/events.ts'
import { sendMss } from '../send/mss.ts'
import { resend } from '../send/transmit.ts'

/** Takes the first segment for lost, and has the next output send it. */
export const loseFront = (c: Connection, reason: SendReason): void => {
  const { flight } = c
  const { first } = flight
  if (first === null) return
  const r = c.ownRecovery()
  // Only one segment of a super-segment is known to be lost.
  const mss = sendMss(c)
  if (!c.sack && r.phase !== 'loss' && first.length > mss) flight.split(first, seqAdd(first.seq, mss))
  flight.markLost(first)
  r.front = reason
  c.wake()
}

/** Sends the first segment again, if that is due. A window that has shrunk still lets one octet through (§3.8.6). */
export const sendFront = (c: Connection): void => {
  const reason = c.recovery.front
  if (reason === null) return
  c.ownRecovery().front = null
  const { first } = c.flight
  if (first !== null) resend(c, first, Math.min(sendMss(c), Math.max(1, c.snd.wnd)), reason)
}
