/** Every segment of a connection leaves here, but for resets. */

import { aceFlags } from '../../wire/accurate-ecn.ts'
import { ECT_0, ECT_1 } from '../../wire/ecn.ts'
import { type Seq, seqAdd, seqMin } from '../../wire/sequence.ts'
import { ACK, CWR, ECE, FIN, SYN, USER_TIMEOUT_LENGTH } from '../../wire/tcp.ts'
import { OPTION_SPACE, tcpOptionsLength } from '../../wire/tcp-options.ts'
import type { AccurateEcn } from '../block/accurate-ecn.ts'
import type { Connection } from '../block/connection.ts'
import type { SendReason } from '../block/events.ts'
import { OutgoingSegment, sendSegment } from '../block/outgoing.ts'
import { ACK_NONE } from '../block/packed-flags.ts'
import { countOut } from '../block/traffic-counters.ts'
import { putUrgentPointer } from '../block/urgent.ts'
import { ecnSetup, handshakeAce, optionOnSynAck } from '../ecn/negotiation.ts'
import { planOption, putInitialOption, putOption } from '../ecn/option.ts'
import { startTiming } from '../flight/round-trip.ts'
import { offerWindow, windowShift } from '../queues/receive-window.ts'
import { earlyText, fastOpenOption } from './fast-open.ts'
import { passingOptions, sendMss } from './mss.ts'
import { advertisedUserTimeout, encodeUserTimeout } from './user-timeout.ts'

const out = new OutgoingSegment()

/**
 * Sends one segment: `length` bytes of queued text from `seq`. Everything that leaves for a connection but
 * resets goes through here: acknowledgment, window, urgent pointer and options are filled in, and what it
 * acknowledges is no longer owed. `ecnCapable`: new text, that routers may mark (RFC 3168 §6.1.2). `whole`: one packet,
 * though it is larger than a full segment (a probe of the path MTU).
 */
export const emit = (
  c: Connection,
  seq: Seq,
  length: number,
  flags: number,
  reason: SendReason,
  ecnCapable = false,
  whole = false,
): void => {
  const syn = (flags & SYN) !== 0
  out.reset(seq, flags & ACK ? c.rcv.nxt : 0, flags, offerWindow(c, syn), reason)
  out.length = length
  out.dontFragment = c.options.pathMtuDiscovery && !c.pathMtu.fragment
  if (length > 0) sizeText(c, length, whole || syn)
  putUrgentPointer(c, seq, out)
  if (syn) synOptions(c, flags)
  else {
    out.timestamps = c.timestamps
    if (flags & ACK) feedback(c)
    if (c.ecn.on) ecnFields(c, length, ecnCapable)
    if (c.userTimeoutDue && flags & ACK) tellUserTimeout(c)
  }
  if (out.timestamps) {
    out.tsVal = c.tsNow
    out.tsEcr = flags & ACK ? c.tsRecent : 0
  }
  if (flags & ACK) {
    c.rcv.lastAck = c.rcv.nxt
    c.ackDue = ACK_NONE
    c.unackedBytes = 0
    c.delayedAckTimer = c.disarm(c.delayedAckTimer)
  }
  if (length > 0) c.sentAt = c.env.now
  countOut(c, length, out.segmentSize, (flags & ACK) !== 0)
  sendSegment(c.env, c, out)
}

/** The size of the segments that text leaves in: a link cuts what is longer, unless it is `whole`, one packet. */
const sizeText = (c: Connection, length: number, whole: boolean): void => {
  const passing = passingOptions(c)
  const mss = sendMss(c, passing)
  if (length > mss && !whole) out.segmentSize = mss
  const full = (whole ? length : Math.min(length, mss)) + passing
  if (full > c.snd.largestSent) c.snd.largestSent = full
}

/** A SYN,ACK carries what the SYN has offered (RFC 7323 §2.2, §3.2; RFC 2018 §2); a SYN what we would like. */
const synOptions = (c: Connection, flags: number): void => {
  const { options } = c
  const offers = (flags & ACK) === 0
  out.mss = c.advertisedMss
  if (offers ? options.windowScaling : c.scalingAgreed)
    out.windowScale = offers ? windowShift(options) : c.rcv.scale
  out.timestamps = offers ? options.timestamps : c.timestamps
  out.sackPermitted = offers ? options.sack : c.sack
  const withOption = !offers && optionOnSynAck(c)
  out.flags |= ecnSetup(c, flags)
  if (c.options.userTimeoutOption) putUserTimeout(c)
  out.fastOpen = fastOpenOption(c)
  out.fastOpenExperiment = c.fastOpen?.experiment ?? false
  if (withOption) putInitialOption(out, tcpOptionsLength(out))
}

const putUserTimeout = (c: Connection): void => {
  const ms = advertisedUserTimeout(c)
  if (ms > 0) out.userTimeout = encodeUserTimeout(ms)
}

/** On the first segment that is no SYN, and when it has changed (RFC 5482 §3); where SACKs leave no room, on the next. */
const tellUserTimeout = (c: Connection): void => {
  if (tcpOptionsLength(out) + USER_TIMEOUT_LENGTH > OPTION_SPACE) return
  c.userTimeoutDue = false
  putUserTimeout(c)
}

/** Reports of arrivals: the SACK option and the AccECN option share the room that there is. */
const feedback = (c: Connection): void => {
  const { sackBlocks } = c
  const a = c.ecn.accurate
  if (a === null) {
    sackBlocks?.report(out, sackBlocks.count(c.timestamps))
    return
  }
  const plan = planOption(c, sackBlocks?.count(c.timestamps) ?? 0, c.timestamps)
  const repeated = sackBlocks?.duplicateLeft ?? null
  sackBlocks?.report(out, plan.blocks)
  if (plan.fields >= 0) putOption(a, plan, out)
  a.repeated = plan.fields >= 0 ? repeated : null
}

const ecnFields = (c: Connection, length: number, capable: boolean): void => {
  const a = c.ecn.accurate
  if (a !== null) {
    accurateFields(c, a, length, capable)
    return
  }
  if (c.ecn.echoing) out.flags |= ECE
  if (!capable || length === 0) return
  if (c.ecn.ect) out.ecn = ECT_0
  // The echoes of a peer end by it, whether or not our packets claim ECN by now.
  if (!c.ecn.telling) return
  out.flags |= CWR
  c.ecn.told()
}

/** The count of marks; on the pure ACK of a SYN,ACK how that has come (RFC 9768 §3.2.2). */
const accurateFields = (c: Connection, a: AccurateEcn, length: number, capable: boolean): void => {
  const pure = length === 0 && !(out.flags & FIN) && out.sackCount === 0
  out.flags |= a.reflects && pure ? handshakeAce(a.synField) : aceFlags(a.r.cep)
  a.reflects = false
  if (out.flags & ACK) a.pending = 0
  if (c.ecn.ect && ((capable && length > 0) || c.options.ecnOnAllSegments))
    out.ecn = c.congestion.l4s === true ? ECT_1 : ECT_0
}

/** The right edge of the window that the peer has offered last. A SYN's window counts from our first octet. */
export const sendEdge = (c: Connection): Seq =>
  seqAdd(c.synAcked ? c.snd.una : seqAdd(c.snd.iss, 1), c.snd.wnd)

/**
 * SND.NXT for a segment without text. When more is out than the peer's window takes (a probe of a shut window), its
 * right edge stands for it, or the peer would have to refuse the segment (appendix A.2; as Linux does).
 */
export const acceptableSeq = (c: Connection): Seq => seqMin(c.snd.nxt, sendEdge(c))

/** An empty segment <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
export const sendAck = (c: Connection, reason: SendReason): void => {
  emit(c, acceptableSeq(c), 0, ACK, reason)
}

/** A keep-alive probe: an old sequence number, so that the peer answers; no text (SHLD-12). */
export const sendKeepAlive = (c: Connection): void => emit(c, seqAdd(c.snd.nxt, -1), 0, ACK, 'keep-alive')

/** Our SYN, or SYN,ACK once the peer's SYN has come, at ISS. */
export const sendSyn = (c: Connection, reason: SendReason): void => {
  const first = c.snd.nxt === c.snd.iss
  let text = 0
  if (first) {
    c.snd.nxt = seqAdd(c.snd.iss, 1)
    if (c.state === 'SYN_SENT') text = sendEarlyText(c)
    startTiming(c, c.snd.nxt)
  } else {
    // Karn: which of the two will be acknowledged?
    c.timing = false
    // A SYN,ACK after crossing SYNs is no sign of a loss.
    if (reason !== 'SYN,ACK') {
      const troubles = c.ownTroubles()
      troubles.synRetransmissions++
      troubles.retransmissions++
      if (c.state === 'SYN_SENT') c.env.fastOpenFailed(c)
    }
  }
  emit(c, c.snd.iss, text, c.state === 'SYN_SENT' ? SYN : SYN | ACK, reason)
}

/** Text that our first SYN takes with it (RFC 7413 §4.2.2); returns how many bytes. */
const sendEarlyText = (c: Connection): number => {
  const text = earlyText(c)
  if (text === 0) return 0
  const seq = c.snd.nxt
  c.snd.nxt = seqAdd(seq, text)
  c.ownRate().sent(c.ownFlight().append(seq, c.snd.nxt, c.env.now), true, c.env.now)
  c.fastOpen!.text = text
  return text
}
