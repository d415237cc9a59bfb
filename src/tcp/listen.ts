/** SEGMENT ARRIVES in LISTEN, RFC 9293 §3.10.7.2. */
import { ACK, FIN, RST, type Segment, SYN } from '../wire/tcp.ts'
import type { Connection } from './block/connection.ts'
import type { Environment } from './block/environment.ts'
import type { SegmentSource } from './block/outgoing.ts'
import { countIn } from './block/traffic-counters.ts'
import { refuse } from './ending.ts'
import { learnFromSyn, takeWindow } from './handshake.ts'
import { armTimeout } from './recovery/retransmit-timer.ts'
import { sendSyn } from './send/emit.ts'
import { takeEarlyText } from './send/fast-open.ts'
import { advertiseMss } from './send/mss.ts'

/** The listener's side of it: its queues, and what it does when they are full. */
export interface PassiveOpener {
  /** The listener's option of that name. */
  readonly dropsSynWithFin: boolean
  /** Makes the connection for an acceptable SYN, in LISTEN, or says null when there is no room for it. */
  accept(segment: Segment): Connection | null
  /** No room for a SYN: answers it with a SYN cookie (RFC 4987 §3.6), or has it dropped; or says that it does neither. */
  answerByCookie(segment: Segment): boolean
  /** An ACK for no connection: says whether it was one that returns a cookie, and then has done all that it asks for. */
  redeemCookie(segment: Segment): boolean
}

/**
 * A segment for a listener has arrived. Text on the SYN is not taken: the peer sends it again (§3.4, NX-5); but for fast
 * open's (RFC 7413 §4.2.2), which the user gets at once.
 */
export const listenArrives = (
  env: Environment,
  source: SegmentSource,
  segment: Segment,
  opener: PassiveOpener,
): void => {
  // First, RST; second, ACK; third, SYN; fourth, anything else.
  if (segment.flags & RST) {
    env.drop('listen-rst')
    return
  }
  if (segment.flags & ACK) {
    if (!(segment.flags & SYN) && opener.redeemCookie(segment)) return
    env.drop('listen-flags')
    refuse(env, source, segment)
    return
  }
  if (!(segment.flags & SYN)) {
    env.drop('listen-flags')
    return
  }
  if (segment.flags & FIN && opener.dropsSynWithFin) {
    env.drop('listen-flags')
    return
  }
  const c = opener.accept(segment)
  if (c === null) {
    if (!opener.answerByCookie(segment)) env.drop('backlog-full')
    return
  }
  countIn(c, segment)
  advertiseMss(c)
  learnFromSyn(c, segment)
  takeWindow(c, segment)
  c.transition('SYN', 'segment')
  c.progressAt = env.now
  if (c.fastOpen?.opened) {
    takeEarlyText(c, segment)
    env.established(c)
  }
  sendSyn(c, 'SYN,ACK')
  armTimeout(c)
}
