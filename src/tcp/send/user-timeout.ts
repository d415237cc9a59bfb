/** The user timeout, RFC 9293 §3.9.1.3, and the option that tells the peer of ours, RFC 5482. Times in ms. */
import type { Segment } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import { NOTICE_USER_TIMEOUT } from '../block/connection-user.ts'

const SECOND = 1000
const MINUTE = 60_000
/** The G bit: minutes instead of seconds (§3.3); and what the other 15 can say. */
const MINUTES = 0x8000
const LARGEST = 0x7fff

/** The option's field for a timeout: whole seconds, or beyond nine hours minutes, rounded up. Never a zero (§3.4). */
export const encodeUserTimeout = (ms: number): number => {
  const seconds = Math.max(1, Math.ceil(ms / SECOND))
  return seconds <= LARGEST ? seconds : MINUTES | Math.min(LARGEST, Math.ceil(ms / MINUTE))
}

const decodeUserTimeout = (field: number): number => (field & LARGEST) * (field & MINUTES ? MINUTE : SECOND)

/** ADV_UTO; 0 when there is nothing to tell: we would wait for ever. */
export const advertisedUserTimeout = (c: Connection): number =>
  c.options.advertisedUserTimeout || c.options.userTimeout

/** Returns whether the peer's word counts: in the synchronized states (§3.3), if the application has not said how long. */
export const peerDecides = (c: Connection): boolean =>
  c.troubles.remoteUserTimeout > 0 &&
  c.options.userTimeoutOption &&
  c.options.userTimeoutChangeable &&
  c.synchronized

/**
 * USER_TIMEOUT as it is in force now; 0 for ever. By §3.1: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)), L_LIMIT above
 * the RTO.
 */
export const userTimeout = (c: Connection): number => {
  const { options, troubles } = c
  if (!peerDecides(c)) return options.userTimeout
  const lower = Math.max(options.minUserTimeout, c.rto.value + 1)
  const ours = advertisedUserTimeout(c) || Number.POSITIVE_INFINITY
  return Math.min(options.maxUserTimeout, Math.max(ours, troubles.remoteUserTimeout, lower))
}

/**
 * Returns whether it counts also while the peer keeps its window shut and answers probes (RFC 6429 §4 leaves it to the
 * user and to the system): after CLOSE, when the user waits for nothing else any more; before, where it is asked for.
 */
export const countsWhileShut = (c: Connection): boolean => c.finQueued || c.options.userTimeoutWhileShut

/** A timer's `delay`, cut short where the user timeout ends first (§3.10.8). */
export const untilTimeout = (c: Connection, delay: number): number => {
  const limit = userTimeout(c)
  return limit > 0 ? Math.max(0, Math.min(delay, c.progressAt + limit - c.env.now)) : delay
}

/** An acceptable segment, or the peer's SYN, has the option. The user hears of each new value (§3.1). */
export const takeUserTimeout = (c: Connection, segment: Segment): void => {
  if (!c.options.userTimeoutOption || segment.userTimeout < 0) return
  const remote = decodeUserTimeout(segment.userTimeout)
  if (remote === c.troubles.remoteUserTimeout) return
  c.ownTroubles().remoteUserTimeout = remote
  c.env.trace?.({
    type: 'user-timeout',
    time: c.env.now,
    connection: c,
    remote,
    adopted: c.options.userTimeoutChangeable,
  })
  c.wake(NOTICE_USER_TIMEOUT)
}
