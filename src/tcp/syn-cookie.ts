/**
 * The contents of a SYN cookie beside its hash, and the two segments of a handshake without memory (RFC 4987 §3.6): the
 * SYN,ACK that carries it, and the connection that the ACK of it makes. The options of the peer's SYN that the cookie
 * itself has no room for ride in the low bits of TSval, which comes back as TSecr; without timestamps they are off. As
 * Linux does.
 */
import type { Flow } from '../ip/flow.ts'
import { ACE, aceOf } from '../wire/accurate-ecn.ts'
import { NOT_ECT } from '../wire/ecn.ts'
import { type Seq, seqAdd, seqDiff, seqMax } from '../wire/sequence.ts'
import { ACK, CWR, ECE, Segment, SYN } from '../wire/tcp.ts'
import { tcpOptionsLength } from '../wire/tcp-options.ts'
import type { Connection } from './block/connection.ts'
import { ecnField } from './block/ecn.ts'
import type { Environment } from './block/environment.ts'
import type { TcpOptions } from './block/options.ts'
import { OutgoingSegment, type SegmentSource, sendSegment } from './block/outgoing.ts'
import { acceptsAccurate, asksForClassic, handshakeAce, kindOfSyn } from './ecn/negotiation.ts'
import { putInitialOption } from './ecn/option.ts'
import { learnFromSyn, takeWindow } from './handshake.ts'
import { MAX_WINDOW_SHIFT, offerWindow, windowShift } from './queues/receive-window.ts'
import { advertiseMss, largestSegment, namedMss } from './send/mss.ts'

/**
 * The MSS that a cookie can name, over IPv4 and over IPv6; what a peer takes is rounded down to one. The lowest stands for
 * minMss.
 */
const MSS_CLASSES = {
  4: [1, 256, 536, 1024, 1300, 1440, 1460, 8960],
  6: [1, 536, 1024, 1220, 1300, 1420, 1440, 8940],
} as const
/** The number of them. */
export const COOKIE_CLASSES = 8

/** The class of the MSS that a SYN names. */
export const mssClass = (env: Environment, flow: Flow, segment: Segment): number => {
  const mss = namedMss(env, flow, segment)
  const classes = MSS_CLASSES[env.route(flow).family.version]
  let n = COOKIE_CLASSES - 1
  while (n > 0 && classes[n]! > mss) n--
  return n
}

/** The low bits of TSval: the peer's window scale (15: none), SACK, ECN. */
const BITS = 6
const MASK = (1 << BITS) - 1
const SCALE = 15
const SACK_BIT = 16
const ECN_BIT = 32

const asksForAccurate = (syn: Segment, options: Readonly<TcpOptions>): boolean =>
  acceptsAccurate(options) && kindOfSyn(syn.flags) === 'accurate'

const asksForEcn = (syn: Segment, options: Readonly<TcpOptions>): boolean =>
  options.ecn !== 'off' && asksForClassic(syn.flags) && !asksForAccurate(syn, options)

/** ACE values that an ACK of a SYN,ACK has only where that has agreed to accurate ECN (RFC 9768 §5.1). */
const LEAST_ACCURATE = 0b010

const optionBits = (syn: Segment, options: Readonly<TcpOptions>): number =>
  (options.windowScaling && syn.windowScale >= 0 ? Math.min(syn.windowScale, MAX_WINDOW_SHIFT) : SCALE) |
  (options.sack && syn.sackPermitted ? SACK_BIT : 0) |
  (asksForEcn(syn, options) ? ECN_BIT : 0)

/** The newest TSval with these low bits that is not ahead of our clock: it must not go back later. */
const stamped = (tsNow: number, bits: number): number => {
  const stamp = (tsNow & ~MASK) | bits
  return seqDiff(stamp, tsNow) > 0 ? seqAdd(stamp, -(MASK + 1)) : stamp
}

/** The window that a SYN,ACK with a cookie offers, which no option scales (RFC 7323 §2.2). */
const cookieWindow = (options: Readonly<TcpOptions>): number => Math.min(0xffff, options.receiveBuffer)

const out = new OutgoingSegment()

/**
 * Answers a SYN with <SEQ=cookie><ACK=SEG.SEQ+1><CTL=SYN,ACK> and keeps nothing. `tsNow` is TSval of this pair at this
 * time. It is not sent again: the peer's SYN is.
 */
export const sendCookie = (
  env: Environment,
  source: SegmentSource,
  syn: Segment,
  cookie: Seq,
  tsNow: number,
  options: Readonly<TcpOptions>,
): void => {
  const timestamps = syn.hasTimestamps && options.timestamps
  const accurate = asksForAccurate(syn, options)
  const ecn = timestamps && asksForEcn(syn, options)
  const agreed = accurate ? handshakeAce(ecnField(syn)) : ecn ? ECE : 0
  out.reset(cookie, seqAdd(syn.seq, 1), SYN | ACK | agreed, cookieWindow(options), 'SYN cookie')
  out.mss = largestSegment(env.route(source))
  if (timestamps) {
    out.timestamps = true
    out.tsVal = stamped(tsNow, optionBits(syn, options))
    out.tsEcr = syn.tsVal
    out.sackPermitted = syn.sackPermitted && options.sack
    if (syn.windowScale >= 0 && options.windowScaling) out.windowScale = windowShift(options)
  }
  if (accurate && options.accEcnOption !== 'never') putInitialOption(out, tcpOptionsLength(out))
  sendSegment(env, source, out)
}

/** The peer's SYN, as far as the ACK tells of it. */
const syn = new Segment()

const restoreSyn = (ack: Segment, irs: Seq, c: Connection, mss: number): Segment => {
  const { options } = c
  const bits = ack.hasTimestamps && options.timestamps ? ack.tsEcr & MASK : SCALE
  syn.seq = irs
  // The ACK itself shows what accurate ECN agreed on. The SYN,ACK had told how the SYN came.
  const accurate = acceptsAccurate(options) && aceOf(ack.flags) >= LEAST_ACCURATE
  syn.flags = SYN | (accurate ? ACE : bits & ECN_BIT ? ECE | CWR : 0)
  syn.trafficClass = NOT_ECT
  // The SYN's window is lost. The ACK's own follows.
  syn.window = 0
  syn.mss = MSS_CLASSES[c.env.route(c).family.version][mss]!
  syn.windowScale = (bits & SCALE) !== SCALE ? bits & SCALE : -1
  syn.sackPermitted = (bits & SACK_BIT) !== 0
  syn.hasTimestamps = ack.hasTimestamps
  syn.tsVal = ack.tsVal
  return syn
}

/**
 * Takes a connection in LISTEN, whose ISS is the cookie, to SYN-RECEIVED as if it had been there all the time: `ack` is
 * the segment that returns the cookie, `irs` the peer's ISN, `mss` the class it names. The segment is then to be processed as
 * usual.
 */
export const openByCookie = (c: Connection, ack: Segment, irs: Seq, mss: number): void => {
  const segment = restoreSyn(ack, irs, c, mss)
  advertiseMss(c)
  learnFromSyn(c, segment)
  takeWindow(c, segment)
  c.transition('SYN', 'segment')
  c.progressAt = c.env.now
  c.snd.nxt = seqAdd(c.snd.iss, 1)
  // Nothing is taken back of what the SYN,ACK has offered (RFC 9293 §3.8.6, SHLD-14).
  offerWindow(c, true)
  c.rcv.edge = seqMax(c.rcv.edge, seqAdd(c.rcv.nxt, cookieWindow(c.options)))
}
