/** SEGMENT ARRIVES in LISTEN, RFC 9293 §3.10.7.2. */
import { ACK, RST, type Segment, SYN } from '../wire/tcp.ts'
import type { Connection } from './connection.ts'
import { sendSyn } from './emit.ts'
import { refuse } from './ending.ts'
import type { Environment } from './environment.ts'
import { advertiseMss, learnFromSyn, takeWindow } from './handshake.ts'
import type { SegmentSource } from './outgoing.ts'
import { armTimeout } from './retransmit-timer.ts'

/**
 * A segment for a listener has arrived. `accept` makes the connection for an acceptable SYN, in LISTEN, or says
 * null when there is no room for it. Text on the SYN is not taken: the peer sends it again (§3.4, NX-5).
 */
export const listenArrives = (
  env: Environment,
  source: SegmentSource,
  segment: Segment,
  accept: () => Connection | null,
): void => {
  // First, RST; second, ACK; third, SYN; fourth, anything else.
  if (segment.flags & RST) {
    env.drop('listen-rst')
    return
  }
  if (segment.flags & ACK) {
    env.drop('listen-flags')
    refuse(env, source, segment)
    return
  }
  if (!(segment.flags & SYN)) {
    env.drop('listen-flags')
    return
  }
  const c = accept()
  if (c === null) {
    env.drop('backlog-full')
    return
  }
  advertiseMss(c)
  learnFromSyn(c, segment)
  takeWindow(c, segment)
  c.transition('SYN', 'segment')
  c.progressAt = env.now
  sendSyn(c, 'SYN,ACK')
  armTimeout(c)
}
