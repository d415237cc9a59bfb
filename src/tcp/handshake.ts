import { seqAdd, seqDiff } from '../wire/sequence.ts'
import { type Segment, SYN } from '../wire/tcp.ts'
import type { Connection } from './block/connection.ts'
import { NOTICE_ESTABLISHED } from './block/connection-user.ts'
import { ecnFeedback } from './block/ecn.ts'
import { negotiateEcn } from './ecn/negotiation.ts'
import { beginWindow, firstWindow, MAX_WINDOW_SHIFT, windowShift } from './queues/receive-window.ts'
import { beginPathMtu } from './recovery/path-mtu-discovery.ts'
import { initialWindow } from './send/initial-window.ts'
import { armKeepAlive } from './send/keep-alive.ts'
import { takePeerMss } from './send/mss.ts'
import { takeSourceRoute } from './send/source-route.ts'
import { takeUserTimeout } from './send/user-timeout.ts'

/** Takes IRS and the options of the peer's SYN or SYN,ACK (§3.10.7.2, §3.10.7.3; RFC 7323 §2.2, §3.2). */
export const learnFromSyn = (c: Connection, segment: Segment): void => {
  const { rcv, snd } = c
  rcv.irs = segment.seq
  rcv.trafficClass = segment.trafficClass
  rcv.nxt = seqAdd(segment.seq, 1)
  rcv.lastAck = rcv.nxt
  // So much our SYN has offered; a passive opener offers with its SYN,ACK.
  rcv.edge = c.active ? seqAdd(rcv.nxt, firstWindow(c)) : rcv.nxt
  takePeerMss(c, segment)
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
  // Text on the SYN may come before our SYN,ACK leaves.
  if (!c.active) beginWindow(c)
  c.sack = segment.sackPermitted && c.options.sack
  negotiateEcn(c, segment)
  takeUserTimeout(c, segment)
  if (segment.sourceRoute !== null) takeSourceRoute(c, segment.sourceRoute)
  beginPathMtu(c)
  c.congestion.start(c.snd.mss, initialWindow(c), c.env.now, ecnFeedback(c))
}

/** SND.WND and what goes with it from a segment (§3.10.7.4, SA-56). A SYN's window is not scaled. */
export const takeWindow = (c: Connection, segment: Segment): void => {
  const { snd } = c
  snd.wnd = segment.flags & SYN ? segment.window : segment.window << snd.scale
  if (snd.wnd > snd.maxWnd) snd.maxWnd = snd.wnd
  snd.wl1 = segment.seq
  snd.wl2 = segment.ack
}

/** Returns whether the answer echoes our first SYN (or SYN,ACK), though it was sent again: it was only late (RFC 3522). */
const answersFirstSyn = (c: Connection, segment: Segment): boolean =>
  c.timestamps && segment.hasTimestamps && seqDiff(segment.tsEcr, c.timestampAt(c.createdAt)) === 0

/** Begins with one segment instead of the initial window. */
const startSmall = (c: Connection): void =>
  c.congestion.start(c.snd.mss, c.snd.mss, c.env.now, ecnFeedback(c))

/** The handshake is complete by the peer's answer: data may flow. */
export const becomeEstablished = (c: Connection, answer: Segment): void => {
  if (!answersFirstSyn(c, answer)) {
    if (c.troubles.synRetransmissions > 0) c.rto.afterLostSyn()
    // One lost SYN or SYN,ACK may be chance, two are congestion (RFC 5681 §3.1, RFC 6928 §2).
    if (c.troubles.synRetransmissions > 1) startSmall(c)
  }
  // A mark in the handshake is answered as well (RFC 9768 §3.2.2.2): as RFC 5562 §3.2 has it.
  if (c.ecn.accurate?.openingMarked) startSmall(c)
  c.progressAt = c.env.now
  // A CLOSE that had to wait for the data before it (UC-18).
  if (c.finQueued) c.transition('CLOSE', 'call')
  armKeepAlive(c)
  c.env.established(c)
  c.wake(NOTICE_ESTABLISHED)
}
