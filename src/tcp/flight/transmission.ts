import { type Seq, seqDiff } from '../../wire/sequence.ts'
import { Member } from '../queues/sequence-list.ts'

/** The marks of transmissions, which the flight's list counts: lost and not sent again yet, and SACKed. */
export const WAITING = 0x1
export const SACKED = 0x1_0000

/**
 * A range of sequence numbers that left in one segment (a super-segment counts as one), or what is left of it: text,
 * and the FIN if it was on it. It is in one of three conditions: under way, lost and waiting to be sent again, or
 * SACKed. Its marks say which.
 */
export class Transmission extends Member {
  end: Seq = 0
  /** When it was last sent, ms. */
  sentAt = 0
  /** Sent more than once: Karn's rule and RACK want to know. */
  retransmitted = false
  /** It was found lost, and is under way again. */
  resent = false
  /** It had been SACKed before a timeout made us forget it: delivered again it proves nothing (RFC 5682 §3). */
  forgotten = false
  /** It has left with PSH, which it keeps when it is sent again. */
  pushed = false
  /** Text bytes of each segment on the wire that it was last sent in, the last may have less; 0: a full one. */
  segmentSize = 0
  /** The connection's delivery-rate state when it was last sent. */
  delivered = 0
  deliveredAt = 0
  firstSentAt = 0
  appLimited = false
  /** Bytes under way when it had just been sent, itself among them, and all that had been lost before. */
  sentInFlight = 0
  lostBefore = 0
  /** Neighbours by time of transmission, among those that are under way; or siblings among the restored, see there. */
  older: Transmission | null = null
  newer: Transmission | null = null
  /** True when it is under way by {@link Departures.restore}, and then the first of those that left after it. */
  restored = false
  child: Transmission | null = null
  /** What it counts as, see SegmentCounts; 0 where nobody counts. */
  counted = 0

  /** Sequence numbers it takes: bytes, and one for a FIN. */
  get length(): number {
    return seqDiff(this.end, this.seq)
  }

  get underWay(): boolean {
    return this.marks === 0
  }

  /** True when it is lost and was not sent again yet. */
  get waits(): boolean {
    return (this.marks & WAITING) !== 0
  }

  get sacked(): boolean {
    return (this.marks & SACKED) !== 0
  }

  /** True when it was found lost, even if it is under way again. */
  get lost(): boolean {
    return this.waits || this.resent
  }
}

/** Is told of everything that an acknowledgment delivers. */
export interface DeliveryReader {
  /** Whole transmissions, acknowledged or SACKed for the first time, before they are forgotten. */
  takeWhole(transmission: Transmission): void
  /** Bytes at the front of a transmission, cumulatively acknowledged. */
  takePart(transmission: Transmission, bytes: number): void
}

/** Is told of every transmission that is found lost. */
export interface LossReader {
  takeLost(transmission: Transmission): void
}

/** Transmissions that are kept for reuse, by all connections together. */
const POOL = 4096
const pool: Transmission[] = []

export const takeTransmission = (): Transmission => pool.pop() ?? new Transmission()

/** Takes back a transmission that is no longer under way. */
export const freeTransmission = (t: Transmission): void => {
  t.previous = t.next = null
  t.segmentSize = t.marks = t.counted = 0
  t.retransmitted = t.resent = t.forgotten = t.pushed = false
  if (pool.length < POOL) pool.push(t)
}

/** Copies the departure of a transmission to a part of it. */
export const copyDeparture = (from: Transmission, to: Transmission): void => {
  to.delivered = from.delivered
  to.deliveredAt = from.deliveredAt
  to.firstSentAt = from.firstSentAt
  to.appLimited = from.appLimited
  to.sentInFlight = from.sentInFlight
  to.lostBefore = from.lostBefore
}

/** Ends a transmission at `at`, within it; returns one for the rest, in the same condition and as old. */
export const cutOff = (t: Transmission, at: Seq): Transmission => {
  const rest = takeTransmission()
  rest.seq = at
  rest.end = t.end
  rest.sentAt = t.sentAt
  rest.retransmitted = t.retransmitted
  rest.marks = t.marks
  rest.resent = t.resent
  rest.forgotten = t.forgotten
  // PSH stands where the text ends that was pushed.
  rest.pushed = t.pushed
  t.pushed = false
  rest.segmentSize = t.segmentSize
  copyDeparture(t, rest)
  t.end = at
  return rest
}
