/** Challenge ACKs, and the ration of them and of all ACKs to what is not acceptable: RFC 5961 §3.2, §4.2, §5.2, §7. */
import { seqDiff } from '../../wire/sequence.ts'
import { FIN, type Segment, SYN } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { SendReason } from '../block/events.ts'
import type { TcpQuirks } from '../block/quirks.ts'
import { piecesOf } from '../block/traffic-counters.ts'
import { ackNow } from './acknowledgment.ts'

/** Duplicates that may be answered beside the ration, once so many segments were taken. */
const MOST_DUPLICATES = 1024

/** The used part of a ration, and the time since which it is counted, ms. */
export interface Ration {
  challenges: number
  challengesSince: number
}

/** Takes one of a ration of `challengeAcks` in `challengeInterval`, if one is left (RFC 5961 §7). */
export const takeRation = (
  ration: Ration,
  options: { readonly challengeAcks: number; readonly challengeInterval: number },
  now: number,
): boolean => {
  if (now - ration.challengesSince >= options.challengeInterval) {
    ration.challengesSince = now
    ration.challenges = 0
  }
  if (ration.challenges >= options.challengeAcks) return false
  ration.challenges++
  return true
}

/**
 * Owes an ACK to a segment that may be an attacker's or the sign of a loop (RFC 5961 §3.2, §4.2; §3.10.7.4),
 * unless this connection has sent its share of them: RFC 5961 §7 counts for all, ours tell nobody anything.
 */
export const challenge = (c: Connection, reason: SendReason = 'challenge ACK'): void => {
  if (takeRation(c.ownTroubles(), c.options, c.env.now)) ackNow(c, reason)
}

/**
 * Owes <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> to a segment that is not acceptable (§3.10.7.4). All such answers are rationed,
 * for a peer that sends something again on each would go on for ever. Text that we have taken before is answered beside
 * the ration, as often as there was text to repeat: its sender goes by D-SACKs (RFC 2883).
 */
export const answerUnacceptable = (c: Connection, segment: Segment): void => {
  if (besideRation(segment, c.options) || repeats(c, segment)) ackNow(c, 'duplicate ACK')
  else challenge(c, 'duplicate ACK')
}

/** It has text or a FIN, and the options say that such segments are no sign of a loop. */
export const besideRation = (segment: Segment, { textBesideRation }: TcpQuirks): boolean =>
  textBesideRation && segment.sequenceLength > 0 && !(segment.flags & SYN)

const repeats = (c: Connection, segment: Segment): boolean => {
  if (segment.length === 0) return false
  const troubles = c.ownTroubles()
  const pieces = piecesOf(segment)
  troubles.textRefused += pieces
  const end = seqDiff(segment.seq, c.rcv.nxt) + segment.length + (segment.flags & FIN ? 1 : 0)
  if (end > 0) return false
  const taken = c.traffic.segmentsIn - troubles.textRefused
  const answered = Math.max(troubles.duplicatesAnswered, taken - MOST_DUPLICATES)
  if (answered >= taken) return false
  troubles.duplicatesAnswered = answered + pieces
  return true
}
