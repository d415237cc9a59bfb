import type { Address } from '../wire/address.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { seqAdd } from '../wire/sequence.ts'
import { type Segment, SYN, TCP_HEADER } from '../wire/tcp.ts'
import { type Connection, NEWS_ESTABLISHED } from './connection.ts'
import { negotiateEcn } from './ecn.ts'
import type { Environment } from './environment.ts'
import { initialWindow } from './initial-window.ts'
import { armKeepAlive } from './keep-alive.ts'
import { beginPathMtu } from './path-mtu.ts'
import { MAX_WINDOW_SHIFT, windowShift } from './receive-window.ts'
import { takeSourceRoute } from './source-route.ts'
import { takeUserTimeout } from './user-timeout.ts'

/** What a peer takes that does not say (MUST-15). */
const DEFAULT_MSS = 536

/** The MSS option we send: the largest packet the link takes, less the fixed headers (MUST-67). */
export const largestSegment = (env: Environment, remoteAddress: Address): number =>
  Math.min(0xffff, env.mtu(remoteAddress) - IPV4_HEADER - TCP_HEADER)

export const advertiseMss = (c: Connection): void => {
  c.advertisedMss = Math.min(c.options.maxSegment || 0xffff, largestSegment(c.env, c.remoteAddress))
  if (c.options.offersPathMss) {
    const path = c.env.knownPath(c.remoteAddress)
    if (path !== null) c.advertisedMss = Math.min(c.advertisedMss, path.mtu - IPV4_HEADER - TCP_HEADER)
  }
  c.rcv.mss = Math.min(c.advertisedMss, DEFAULT_MSS)
}

/** Takes IRS and the options of the peer's SYN or SYN,ACK (§3.10.7.2, §3.10.7.3; RFC 7323 §2.2, §3.2). */
export const learnFromSyn = (c: Connection, segment: Segment): void => {
  const { rcv, snd } = c
  rcv.irs = segment.seq
  rcv.trafficClass = segment.trafficClass
  rcv.nxt = seqAdd(segment.seq, 1)
  rcv.lastAck = rcv.nxt
  // What our SYN has offered so far; a passive opener offers with its SYN,ACK.
  rcv.edge = c.active ? seqAdd(rcv.nxt, Math.min(0xffff, c.receiveBuffer.size)) : rcv.nxt
  c.peerMss = segment.mss < 0 ? DEFAULT_MSS : Math.max(segment.mss, c.options.minMss)
  c.scalingAgreed = segment.windowScale >= 0 && c.options.windowScaling
  if (c.scalingAgreed) {
    snd.scale = Math.min(segment.windowScale, MAX_WINDOW_SHIFT)
    rcv.scale = windowShift(c.options)
  }
  c.timestamps = segment.hasTimestamps && c.options.timestamps
  if (c.timestamps) {
    c.tsRecent = segment.tsVal
    c.tsRecentAt = c.env.now
  }
  c.sack = segment.sackPermitted && c.options.sack
  c.ecn = negotiateEcn(segment, c.active && c.state === 'SYN_SENT', c.options.ecn, c.asksEcn)
  takeUserTimeout(c, segment)
  if (segment.sourceRoute !== null) takeSourceRoute(c, segment.sourceRoute)
  beginPathMtu(c)
  c.congestion.start(c.snd.mss, initialWindow(c), c.env.now)
}

/** SND.WND and what goes with it from a segment (§3.10.7.4, SA-56). A SYN's window is not scaled. */
export const takeWindow = (c: Connection, segment: Segment): void => {
  const { snd } = c
  snd.wnd = segment.flags & SYN ? segment.window : segment.window << snd.scale
  if (snd.wnd > snd.maxWnd) snd.maxWnd = snd.wnd
  snd.wl1 = segment.seq
  snd.wl2 = segment.ack
}

/** The handshake is complete: data may flow. */
export const becomeEstablished = (c: Connection): void => {
  if (c.incidents.synRetransmissions > 0) c.rto.afterLostSyn()
  // One lost SYN or SYN,ACK may be chance, two are congestion: one segment (RFC 5681 §3.1, RFC 6928 §2).
  if (c.incidents.synRetransmissions > 1) c.congestion.start(c.snd.mss, c.snd.mss, c.env.now)
  c.progressAt = c.env.now
  // A CLOSE that had to wait for the data before it (UC-18).
  if (c.finQueued) c.transition('CLOSE', 'call')
  armKeepAlive(c)
  c.env.established(c)
  c.wake(NEWS_ESTABLISHED)
}
