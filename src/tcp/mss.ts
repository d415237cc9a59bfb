/**
 * The maximum segment size in each of its meanings (RFC 9293 §3.7.1): the one we advertise, the one the peer takes, and the
 * one that leaves. All are bytes of text.
 */
import type { Address } from '../wire/address.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { type Segment, TCP_HEADER, TIMESTAMPS_LENGTH, USER_TIMEOUT_LENGTH } from '../wire/tcp.ts'
import type { Connection } from './connection.ts'
import type { Environment } from './environment.ts'

/** A peer that sends no MSS option takes this much (MUST-15). */
export const DEFAULT_MSS = 536

/** The MSS that the peer's SYN names, or the default. */
export const namedMss = (syn: Segment): number => (syn.mss < 0 ? DEFAULT_MSS : syn.mss)

/** The value of the MSS option we send: the largest packet the link takes, less the fixed headers (MUST-67). */
export const largestSegment = (env: Environment, remoteAddress: Address): number =>
  Math.min(0xffff, env.mtu(remoteAddress) - IPV4_HEADER - TCP_HEADER)

/** Decides the MSS that our SYN offers. */
export const advertiseMss = (c: Connection): void => {
  c.advertisedMss = Math.min(c.options.maxSegment || 0xffff, largestSegment(c.env, c.remoteAddress))
  if (c.options.offersPathMss) {
    const path = c.env.knownPath(c.remoteAddress)
    if (path !== null) c.advertisedMss = Math.min(c.advertisedMss, path.mtu - IPV4_HEADER - TCP_HEADER)
  }
  c.rcv.mss = Math.min(c.advertisedMss, DEFAULT_MSS)
}

/** Takes the MSS of the peer's SYN; a peer that names a tiny one must not multiply our work (`minMss`). */
export const takePeerMss = (c: Connection, syn: Segment): void => {
  c.peerMss = syn.mss < 0 ? DEFAULT_MSS : Math.max(syn.mss, c.options.minMss)
}

/** Bytes of headers that a full segment of this connection has, the options of IP and TCP included. */
export const fullHeaders = (c: Connection): number =>
  IPV4_HEADER +
  (c.sourceRoute === null ? 0 : c.sourceRoute.option.length) +
  TCP_HEADER +
  (c.timestamps ? TIMESTAMPS_LENGTH : 0)

/** Eff.snd.MSS = min(SendMSS + 20, MMS_S) - TCPhdrsize - IPoptionsize (§3.7.1, MUST-16; RFC 1191 §6.4). */
export const computeMss = (c: Connection): void => {
  const { snd, pathMtu } = c
  const text = Math.min(c.peerMss, c.options.maxSegment || 0xffff)
  const fits = Math.min(text + IPV4_HEADER + TCP_HEADER, pathMtu.size)
  const mss = Math.max(1, fits - fullHeaders(c))
  if (mss === snd.mss) return
  snd.mss = mss
  c.congestion.segmentSize(mss)
}

/**
 * The text of a full segment that leaves now. Eff.snd.MSS has the timestamps taken off, but not the options that come
 * and go (RFC 6691 §2).
 */
export const sendMss = (c: Connection): number => {
  if (c.sackBlocks === null && !c.userTimeoutDue) return c.snd.mss
  const sack = c.sackBlocks?.size(c.timestamps) ?? 0
  return Math.max(1, c.snd.mss - sack - (c.userTimeoutDue ? USER_TIMEOUT_LENGTH : 0))
}
