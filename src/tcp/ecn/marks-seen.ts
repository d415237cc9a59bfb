/** Accurate ECN of a receiver: the marks that come are counted, and told in time (RFC 9768 §3.2, §3.2.2.5.1). */
import { CE, ECT_0, NOT_ECT } from '../../wire/ecn.ts'
import { seqAdd, seqDiff } from '../../wire/sequence.ts'
import type { Segment } from '../../wire/tcp.ts'
import { type AccurateEcn, CHANGED_CEB, CHANGED_E0B, CHANGED_E1B } from '../block/accurate-ecn.ts'
import type { Connection } from '../block/connection.ts'
import { ecnField } from '../block/ecn.ts'
import { piecesOf } from '../block/traffic-counters.ts'
import { ackNow } from '../send/acknowledgment.ts'
import { sendAck } from '../send/emit.ts'

/** CE marks after which an ACK leaves: while text waits for one, and else (§3.2.2.5.1's n). */
const MARKS_WITH_TEXT = 2
const MARKS_WITHOUT = 3
/** A counter is told at least once in so many bytes (§3.2.3.3). */
const TOLD_EVERY = 2 ** 22
/** Options that follow a change. */
const REPEATED = 2

/**
 * Counts the marks of an acceptable packet. A super-segment counts for all that it was on the wire: a device merges what has
 * the same ECN field.
 */
const countMarks = (a: AccurateEcn, segment: Segment): void => {
  if (ecnField(segment) === CE) {
    const pieces = piecesOf(segment)
    a.r.cep += pieces
    a.pending += pieces
  }
  countText(a, segment)
}

/** Counts the payload: of acceptable packets, a SYN,ACK among them, but not of a SYN (§3.2). */
export const countText = (a: AccurateEcn, segment: Segment): void => {
  const field = ecnField(segment)
  if (segment.length === 0 || field === NOT_ECT) return
  const { r } = a
  const bit = field === CE ? CHANGED_CEB : field === ECT_0 ? CHANGED_E0B : CHANGED_E1B
  const name = field === CE ? 'ceb' : field === ECT_0 ? 'e0b' : 'e1b'
  const before = r[name]
  r[name] += segment.length
  a.changed |= bit
  a.ever |= bit
  if (field !== a.lastField) a.demand = REPEATED
  else if (Math.floor(before / TOLD_EVERY) !== Math.floor(r[name] / TOLD_EVERY)) a.demand ||= 1
}

/** An acceptable packet has come, and its text is not taken yet. Returns whether an ACK is to leave once it is. */
export const marksArrive = (c: Connection, a: AccurateEcn, segment: Segment): boolean => {
  const field = ecnField(segment)
  a.newer = c.timestamps && segment.hasTimestamps && seqDiff(segment.tsVal, c.tsRecent) > 0
  countMarks(a, segment)
  const edge = field !== a.lastField && (field === CE || c.options.ecnOnAllSegments)
  a.lastField = field
  return edge && segment.length > 0
}

/** The packet is taken: an ACK leaves where its mark, or their number, asks for one. */
export const tellMarks = (c: Connection, a: AccurateEcn, changed: boolean): void => {
  if (a.pending >= (c.unackedBytes > 0 ? MARKS_WITH_TEXT : MARKS_WITHOUT)) sendAck(c, 'ACK')
  else if (changed && c.unackedBytes > 0) ackNow(c, 'ACK')
}

/**
 * Text comes that was acknowledged before. Where the ACK that said so had an option and the text still comes
 * again, options do not get through (§3.2.3.2.2).
 */
export const repeatArrives = (c: Connection, segment: Segment): void => {
  const a = c.ecn.accurate
  if (a === null) return
  if (a.repeated === segment.seq && c.options.accEcnOption !== 'persistent') a.blocked = true
  if (c.options.marksOfRepeatsCount && seqAdd(segment.seq, segment.length) === c.rcv.nxt)
    countMarks(a, segment)
}
