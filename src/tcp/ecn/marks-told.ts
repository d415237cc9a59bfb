/**
 * Accurate ECN of a sender: which of its packets were marked, as the ACE field and the option tell (RFC 9768 §3.2.2.2,
 * §3.2.2.5.2, §3.2.3.1, §3.2.3.2).
 */
import { seqGt } from '../../wire/sequence.ts'
import type { Segment } from '../../wire/tcp.ts'
import {
  type AccurateEcn,
  type EcnCounters,
  INITIAL_CEP,
  OPTION_EMPTY,
  OPTION_FAILED,
  OPTION_SEEN,
  OPTION_UNSEEN,
} from '../block/accurate-ecn.ts'
import type { Connection } from '../block/connection.ts'
import type { AckReport } from '../flight/ack-report.ts'

/** Values of the ACE field. */
const ACE_VALUES = 8
/** Values of a counter of the option. */
const OPTION_VALUES = 2 ** 24
/** A first option that comes later than that, in bytes sent, says nothing: its counters may have wrapped. */
const LATEST_FIRST_OPTION = 2 ** 23
/** A factor by which a counter may be ahead of all that was sent: packets are duplicated on the way. */
const DUPLICATION = 2
const SLACK = 2 ** 16
/** ACKs for more packets than that, on the average, are thinned out or merged: one of them is no sign that others are lost. */
const THINNED = 4
const AVERAGE_OVER = 64
/** Round trips at the beginning in which every packet was marked: then it is no router that marks (§3.2.2.3). */
const ALL_MARKED_ROUNDS = 4

/**
 * The first option of the peer's may show that a middlebox zeroes its counters: ECT(0) and ECT(1) begin at 1 (§3.2.3.2.4).
 * An option with nothing wrong opens the way for ours.
 */
export const firstOption = (
  c: Connection,
  a: AccurateEcn,
  from: Pick<Segment, 'hasAccEcn' | 'e0b' | 'ceb' | 'e1b'>,
): void => {
  if (a.optionSeen >= OPTION_SEEN) return
  if (!from.hasAccEcn) {
    if (a.optionSeen === OPTION_UNSEEN && c.traffic.bytesSent >= LATEST_FIRST_OPTION)
      a.optionSeen = OPTION_FAILED
    return
  }
  if (from.e0b < 0 && from.e1b < 0) a.optionSeen = OPTION_EMPTY
  else a.optionSeen = from.e0b === 0 || from.e1b === 0 ? OPTION_FAILED : OPTION_SEEN
}

/** A counter of ours follows one of the option. Returns by how much; -1 where it went back, or beyond what was sent. */
const follow = (s: EcnCounters, name: 'e0b' | 'ceb' | 'e1b', told: number, most: number): number => {
  const step = (told - (s[name] % OPTION_VALUES) + OPTION_VALUES) % OPTION_VALUES
  if (step >= OPTION_VALUES / 2 || s[name] + step > most) return -1
  s[name] += step
  return step
}

/** Takes the option, if there is one. Returns the bytes that it tells were newly marked CE; -1 when it does not say. */
const takeOption = (c: Connection, a: AccurateEcn, ack: AckReport): number => {
  firstOption(c, a, ack)
  if (!ack.hasAccEcn || a.optionSeen !== OPTION_SEEN) return -1
  const most = DUPLICATION * c.traffic.bytesSent + SLACK
  if (ack.e0b >= 0) follow(a.s, 'e0b', ack.e0b, most)
  if (ack.e1b >= 0) follow(a.s, 'e1b', ack.e1b, most)
  return ack.ceb < 0 ? -1 : follow(a.s, 'ceb', ack.ceb, most)
}

/**
 * Returns how many packets an ACE field tells of that has moved by `step`, where the ACK is for so many that it may have
 * wrapped. The bytes that an option tells decide (§3.2.3.2.5); without one it is the most that is likely: all but what does
 * not fit the field, unless ACKs are for many packets as a rule (§3.2.2.5.2).
 */
const unwrap = (c: Connection, a: AccurateEcn, step: number, packets: number, ceBytes: number): number => {
  const most = packets - ((packets - step) % ACE_VALUES)
  if (ceBytes === 0) return step
  if (ceBytes > 0) {
    const least = Math.ceil(ceBytes / c.snd.mss)
    const wraps = Math.max(0, Math.ceil((least - step) / ACE_VALUES))
    return Math.min(most, step + wraps * ACE_VALUES)
  }
  a.certain = false
  return a.packetsPerAck > THINNED ? step : most
}

/** Reads what an ACK says of marks, into the report; older ACKs than one that has come say nothing (appendix A.1). */
export const takeFeedback = (c: Connection, a: AccurateEcn, ack: AckReport): void => {
  if (ack.ace < 0 || !(ack.acked > 0 || ack.delivered > 0 || a.newer)) return
  const ceBytes = takeOption(c, a, ack)
  const { packets } = ack
  if (packets > 0)
    a.packetsPerAck =
      a.packetsPerAck === 0 ? packets : a.packetsPerAck + (packets - a.packetsPerAck) / AVERAGE_OVER
  if (!isBelievable(c, a, ack)) return
  const step = (ack.ace - (a.s.cep % ACE_VALUES) + ACE_VALUES) % ACE_VALUES
  const marked = packets < ACE_VALUES ? step : unwrap(c, a, step, packets, ceBytes)
  a.s.cep += marked
  ack.markedPackets = marked
  ack.marked = markedBytes(a, ack, marked, ceBytes)
  checkConsistency(c, a)
  checkContinuous(c, a, ack)
  ack.ecnEcho = marked > 0 && a.heeds
}

/** The first count is no zero, or something on the way has made it so (§3.2.2.4). */
const isBelievable = (c: Connection, a: AccurateEcn, ack: AckReport): boolean => {
  if (!a.checked) {
    a.checked = true
    if (ack.ace === 0) {
      c.ecn.disclaim()
      a.heeds = false
    }
  }
  return a.heeds
}

/** Bytes that the marks were on: those of the option, or so many as packets have on the average (appendix A.3). */
const markedBytes = (a: AccurateEcn, ack: AckReport, marked: number, ceBytes: number): number => {
  if (ceBytes >= 0) {
    const counted = Math.min(a.estimated, ceBytes)
    a.estimated = 0
    return Math.min(ack.delivered, ceBytes - counted)
  }
  if (marked === 0) return 0
  const bytes = Math.min(ack.delivered, Math.round((marked * ack.delivered) / Math.max(1, ack.packets)))
  a.estimated += bytes
  return bytes
}

/** More bytes marked than the marked packets can have held: something mangles the feedback (§3.2.3.2.5). */
const checkConsistency = (c: Connection, a: AccurateEcn): void => {
  const largest = Math.max(c.snd.mss, c.snd.largestSent)
  if (a.certain && a.s.ceb > (a.s.cep - INITIAL_CEP) * largest) c.ecn.disclaim()
}

/** Everything is marked from the beginning on: by what, it does not say (§3.2.2.3). */
const checkContinuous = (c: Connection, a: AccurateEcn, ack: AckReport): void => {
  if (a.markedRounds < 0 || ack.packets === 0 || !c.options.ecnFallback) return
  if (ack.markedPackets < ack.packets) {
    a.markedRounds = -1
    return
  }
  const { una, nxt } = c.snd
  if (!seqGt(una, a.roundEnd)) return
  a.roundEnd = nxt
  if (++a.markedRounds <= ALL_MARKED_ROUNDS) return
  c.ecn.disclaim()
  a.heeds = false
}
