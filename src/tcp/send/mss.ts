/**
 * The maximum segment size in each of its meanings (RFC 9293 §3.7.1): the one we advertise, the one the peer takes, and the
 * one that leaves. All are bytes of text.
 */
import type { Flow } from '../../ip/flow.ts'
import type { Route } from '../../ip/route.ts'
import { type Segment, TCP_HEADER, TIMESTAMPS_LENGTH, USER_TIMEOUT_LENGTH } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { Environment } from '../block/environment.ts'
import { optionLength } from '../ecn/option.ts'

/** The MSS that the peer's SYN names, or what a peer takes that names none (MUST-15), or 0 (as Linux has it). */
export const namedMss = (env: Environment, flow: Flow, syn: Segment): number =>
  syn.mss <= 0 ? env.route(flow).family.defaultMss : syn.mss

/** The value of the MSS option we send: the largest packet the link takes, less the fixed headers (MUST-67). */
export const largestSegment = ({ mtu, family }: Route): number =>
  Math.min(0xffff, mtu - family.header - TCP_HEADER)

/** Decides the MSS that our SYN offers. */
export const advertiseMss = (c: Connection): void => {
  const route = c.env.route(c)
  const { family } = route
  c.advertisedMss = Math.min(c.options.maxSegment || 0xffff, largestSegment(route))
  if (c.options.offersPathMss) {
    const path = c.env.knownPath(c)
    if (path !== null) c.advertisedMss = Math.min(c.advertisedMss, path.mtu - family.header - TCP_HEADER)
  }
  c.rcv.mss = Math.min(c.advertisedMss, family.defaultMss)
}

/** Takes the MSS of the peer's SYN; a peer that names a tiny one must not multiply our work (`minMss`). */
export const takePeerMss = (c: Connection, syn: Segment): void => {
  const named = namedMss(c.env, c, syn)
  c.peerMss = syn.mss <= 0 ? named : Math.max(named, c.options.minMss)
}

/** Bytes of headers that a full segment of this connection has, the options of IP and TCP included. */
export const fullHeaders = (c: Connection): number =>
  c.env.route(c).header + TCP_HEADER + (c.timestamps ? TIMESTAMPS_LENGTH : 0)

/** Eff.snd.MSS = min(SendMSS + 20, MMS_S) - TCPhdrsize - IPoptionsize (§3.7.1, MUST-16; RFC 1191 §6.4). */
export const computeMss = (c: Connection): void => {
  const { snd, pathMtu } = c
  const text = Math.min(c.peerMss, c.options.maxSegment || 0xffff)
  const fits = Math.min(text + c.env.route(c).family.header + TCP_HEADER, pathMtu.size)
  const mss = Math.max(1, fits - fullHeaders(c))
  if (mss === snd.mss) return
  snd.mss = mss
  c.congestion.segmentSize(mss)
}

/** Bytes of the options that come and go on a segment that leaves now (RFC 6691 §2). */
export const passingOptions = (c: Connection): number => {
  const accurate = c.ecn.accurate !== null
  if (c.sackBlocks === null && !c.userTimeoutDue && !accurate) return 0
  const sack = c.sackBlocks?.size(c.timestamps) ?? 0
  return sack + (accurate ? optionLength(c) : 0) + (c.userTimeoutDue ? USER_TIMEOUT_LENGTH : 0)
}

/**
 * Half of the largest window that the peer has offered: of one that has room for less than two segments, and ACKs every
 * second, the first would wait for its ACK until the peer's timer expires (as Linux's tcp_bound_to_half_wnd()).
 */
const halfWindow = ({ snd: { maxWnd }, options: { wholeWindow } }: Connection): number => {
  if (maxWnd === 0) return Number.POSITIVE_INFINITY
  return maxWnd <= wholeWindow ? maxWnd : Math.max(1, maxWnd >> 1)
}

/** The text of a full segment that leaves now: of Eff.snd.MSS the timestamps are taken off already. */
export const sendMss = (c: Connection, passing = passingOptions(c)): number => {
  const mss = Math.max(1, c.snd.mss - passing)
  return c.snd.maxWnd >= 2 * mss ? mss : Math.min(mss, halfWindow(c))
}
