/**
 * A half-open connection, as little of it as is enough to go on: the entry of a SYN cache (RFC 4987 §3.5). A control block
 * in SYN-RECEIVED that no more has befallen than the peer's SYN, and each of the two sent again, follows from these numbers
 * and its listener's options. No rule is applied to them: whatever happens to the connection, the block is made again first.
 */
import { type Seq, seqAdd, seqDiff } from '../wire/sequence.ts'
import { AccurateEcn, BEGINNING, type EcnCounters, OPTION_UNSEEN } from './block/accurate-ecn.ts'
import type { Connection } from './block/connection.ts'
import { Ecn, ecnFeedback, NO_ECN } from './block/ecn.ts'
import { NO_HOLDING } from './block/memory.ts'
import { PathMtu } from './block/path-mtu-state.ts'
import { NO_RECOVERY } from './block/recovery-state.ts'
import { NO_TIMER } from './block/timer.ts'
import { NO_TRAFFIC } from './block/traffic-counters.ts'
import { isBuiltIn } from './congestion/registry.ts'
import { noAnswerText } from './giving-up.ts'
import { beginWindow, windowShift } from './queues/receive-window.ts'
import { initialWindow } from './send/initial-window.ts'

/** The contents of a packed connection. One is reused for all. Sizes are bytes, times ms. */
export class HalfOpenState {
  iss: Seq = 0
  irs: Seq = 0
  tsRecent = 0
  /** {@link Flags.flagBits} */
  flags = 0
  /** The windows of both SYNs, which no option scales. */
  peerWindow = 0
  offered = 0
  peerMss = 0
  advertisedMss = 0
  sendMss = 0
  receiveMss = 0
  pathSize = 0
  pathVersion = 0
  trafficClass = 0
  /** Snd.Wind.Shift */
  scale = 0
  segmentsIn = 0
  segmentsOut = 0
  timeouts = 0
  /** SYN,ACKs that were sent again, for whatever reason. */
  resent = 0
  challenges = 0
  /** ECN_ bits, and the two fields above them. */
  ecn = 0
  createdAt = 0
  ackSentAt = 0
  timeoutSince = -1
  challengesSince = 0
}

const ECN_CLASSIC = 1 << 0
const ECN_ACCURATE = 1 << 1
const ECN_NOT_SENT = 1 << 2
const ECN_CLAIMED_LESS = 1 << 3
/** A packet of the peer's was ECN-capable, and its SYN had text: for TCP_INFO alone. */
const ECN_SEEN = 1 << 4
const TEXT_SEEN = 1 << 5
const ECN_SYN_ACK_SENT = 1 << 6
/** Fields of {@link HalfOpenState.ecn} with more bits: where each begins. */
const SYN_FIELD = 7
const LAST_FIELD = 9
const FIELD_MASK = 3

/** The largest numbers that there is room for. */
const WORD = 0xffff
const OCTET = 0xff

/**
 * Takes down what a connection is made of.
 * @returns false for one that is more than these numbers say: it has to stay as it is
 */
export const takeDown = (c: Connection, s: HalfOpenState): boolean => {
  if (!isBare(c) || !isOfSyn(c)) return false
  const { snd, rcv } = c
  s.iss = snd.iss
  s.irs = rcv.irs
  s.tsRecent = c.tsRecent
  s.flags = c.flagBits
  s.peerWindow = snd.wnd
  s.offered = rcv.maxWnd
  s.peerMss = c.peerMss
  s.advertisedMss = c.advertisedMss
  s.sendMss = snd.mss
  s.receiveMss = rcv.mss
  s.pathSize = c.pathMtu.size
  s.pathVersion = c.pathMtu.version
  s.trafficClass = rcv.trafficClass
  s.scale = snd.scale
  s.segmentsIn = c.segmentsIn
  s.segmentsOut = c.segmentsOut
  s.createdAt = c.createdAt
  s.ackSentAt = c.ackSentAt
  s.ecn = 0
  return takeTroubles(c, s) && takeTraffic(c, s) && takeEcn(c, s)
}

/** Returns whether it is half-open, and has nothing that few connections have. */
const isBare = (c: Connection): boolean =>
  c.state === 'SYN_RECEIVED' &&
  !c.active &&
  !c.awake &&
  c.user === null &&
  c.error === null &&
  c.fastOpen === null &&
  c.sackBlocks === null &&
  c.recovery === NO_RECOVERY &&
  c.held === NO_HOLDING &&
  c.retransmitTimer.armed &&
  c.retransmitTimer.kind === 'retransmission' &&
  c.delayedAckTimer === NO_TIMER &&
  c.receiveBuffer.shared &&
  c.pathMtu.shared &&
  (c.route === null || c.route.sourceRoute === null) &&
  // The author of a controller is told that it is made once for each connection.
  isBuiltIn(c.options.congestionControl)

/** Returns whether it is as the peer's SYN has made it: no other segment has changed it since. */
const isOfSyn = (c: Connection): boolean => {
  const { snd, rcv, createdAt } = c
  return (
    c.receivedAt === createdAt &&
    c.progressAt === createdAt &&
    (!c.timestamps || c.tsRecentAt === createdAt) &&
    snd.maxWnd === snd.wnd &&
    seqDiff(rcv.edge, rcv.nxt) === rcv.maxWnd &&
    rcv.maxWnd <= WORD &&
    c.pathMtu.size <= WORD &&
    c.segmentsIn <= WORD &&
    c.segmentsOut <= WORD
  )
}

/** All of them but what a handshake that gets no answer leads to. */
const takeTroubles = (c: Connection, s: HalfOpenState): boolean => {
  const { troubles: t, retries, options } = c
  s.timeouts = retries
  s.resent = t.synRetransmissions
  s.challenges = t.challenges
  s.challengesSince = t.challengesSince
  s.timeoutSince = t.timeoutSince
  return (
    retries <= OCTET &&
    t.synRetransmissions <= OCTET &&
    t.challenges <= OCTET &&
    t.timeouts === retries &&
    t.timeoutRecoveries === Math.min(1, retries) &&
    c.rto.backoff === retries &&
    t.retransmissions === t.synRetransmissions &&
    t.softErrorText === softErrorText(retries, options.softRetries) &&
    t.icmpErrorCode === null &&
    t.remoteUserTimeout === 0 &&
    t.textRefused === 0
  )
}

const softErrorText = (retries: number, softRetries: number): string =>
  retries < softRetries ? '' : noAnswerText(softRetries)

const takeTraffic = ({ traffic, createdAt }: Connection, s: HalfOpenState): boolean => {
  if (traffic === NO_TRAFFIC) return true
  if (traffic.ecnSeen) s.ecn |= ECN_SEEN
  if (traffic.segmentsIn === 0) return true
  s.ecn |= TEXT_SEEN
  return traffic.segmentsIn === 1 && traffic.receivedAt === createdAt
}

const takeEcn = ({ ecn, snd }: Connection, s: HalfOpenState): boolean => {
  if (ecn === NO_ECN) return true
  const { accurate: a } = ecn
  s.ecn |= (a === null ? ECN_CLASSIC : ECN_ACCURATE) | (ecn.ect ? 0 : ECN_NOT_SENT)
  if (a === null) return !ecn.echoing
  s.ecn |=
    (a.claimedLess ? ECN_CLAIMED_LESS : 0) |
    (a.synAckSent ? ECN_SYN_ACK_SENT : 0) |
    (a.synField << SYN_FIELD) |
    (a.lastField << LAST_FIELD)
  return (
    isBeginning(a.r) &&
    isBeginning(a.s) &&
    a.pending + a.changed + a.ever + a.demand === 0 &&
    a.repeated === null &&
    a.optionSeen === OPTION_UNSEEN &&
    a.roundEnd === snd.iss
  )
}

const isBeginning = ({ cep, ceb, e0b, e1b }: Readonly<EcnCounters>): boolean =>
  cep === BEGINNING.cep && ceb === BEGINNING.ceb && e0b === BEGINNING.e0b && e1b === BEGINNING.e1b

/**
 * Makes of a new control block, with the ISS that was taken down, the one that it was; but for its place at the host and its
 * timer. Its state is the one that it had: there is no transition to report.
 */
export const restore = (c: Connection, s: HalfOpenState): void => {
  const { snd, rcv, options } = c
  c.state = 'SYN_RECEIVED'
  c.flagBits = s.flags
  c.createdAt = c.stateSince = c.receivedAt = c.progressAt = c.timedAt = s.createdAt
  c.ackSentAt = s.ackSentAt
  c.segmentsIn = s.segmentsIn
  c.segmentsOut = s.segmentsOut
  c.peerMss = s.peerMss
  c.advertisedMss = s.advertisedMss
  c.pathMtu = PathMtu.unknown(s.pathSize, s.pathVersion)
  snd.nxt = c.timedSeq = seqAdd(s.iss, 1)
  snd.wnd = snd.maxWnd = s.peerWindow
  snd.wl1 = rcv.irs = s.irs
  snd.scale = s.scale
  rcv.nxt = rcv.lastAck = seqAdd(s.irs, 1)
  rcv.edge = seqAdd(rcv.nxt, s.offered)
  rcv.maxWnd = s.offered
  rcv.mss = s.receiveMss
  rcv.trafficClass = s.trafficClass
  if (c.scalingAgreed) rcv.scale = windowShift(options)
  if (c.timestamps) {
    c.tsRecent = s.tsRecent
    c.tsRecentAt = s.createdAt
  }
  beginWindow(c)
  restoreTroubles(c, s)
  if (s.ecn !== 0) restoreEcn(c, s)
  if (s.sendMss !== snd.mss) {
    snd.mss = s.sendMss
    c.congestion.segmentSize(s.sendMss)
  }
  c.congestion.start(snd.mss, initialWindow(c), s.createdAt, ecnFeedback(c))
}

const restoreTroubles = (c: Connection, s: HalfOpenState): void => {
  c.retries = s.timeouts
  for (let n = 0; n < s.timeouts; n++) c.rto.backOff()
  if (s.timeouts + s.resent + s.challenges === 0) return
  const t = c.ownTroubles()
  t.timeouts = s.timeouts
  t.timeoutRecoveries = Math.min(1, s.timeouts)
  t.timeoutSince = s.timeoutSince
  t.synRetransmissions = t.retransmissions = s.resent
  t.challenges = s.challenges
  t.challengesSince = s.challengesSince
  t.softErrorText = softErrorText(s.timeouts, c.options.softRetries)
}

const restoreEcn = (c: Connection, s: HalfOpenState): void => {
  const bits = s.ecn
  if (bits & (ECN_SEEN | TEXT_SEEN)) {
    const traffic = c.ownTraffic()
    traffic.ecnSeen = (bits & ECN_SEEN) !== 0
    if (bits & TEXT_SEEN) {
      traffic.segmentsIn = 1
      traffic.receivedAt = s.createdAt
    }
  }
  if (!(bits & (ECN_CLASSIC | ECN_ACCURATE))) return
  const ecn = new Ecn()
  ecn.on = true
  ecn.ect = !(bits & ECN_NOT_SENT)
  c.ecn = ecn
  if (!(bits & ECN_ACCURATE)) return
  const a = new AccurateEcn((bits >> LAST_FIELD) & FIELD_MASK, s.iss)
  a.synField = (bits >> SYN_FIELD) & FIELD_MASK
  a.synAckSent = (bits & ECN_SYN_ACK_SENT) !== 0
  a.claimedLess = (bits & ECN_CLAIMED_LESS) !== 0
  ecn.accurate = a
}
