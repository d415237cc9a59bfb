import { put } from '../../base/bits.ts'
import { type Seq, seqDiff } from '../../wire/sequence.ts'
import { Member } from '../queues/sequence-list.ts'

/** The marks of transmissions, which the flight's list counts: lost and not sent again yet, and SACKed. */
export const WAITING = 0x1
export const SACKED = 0x1_0000

const RETRANSMITTED = 1 << 0
const RESENT = 1 << 1
const FORGOTTEN = 1 << 2
const PUSHED = 1 << 3
const APP_LIMITED = 1 << 4
const RESTORED = 1 << 5

/**
 * A range of sequence numbers that left in one segment (a super-segment counts as one), or what is left of it: text,
 * and the FIN if it was on it. It is in one of three conditions: under way, lost and waiting to be sent again, or
 * SACKed. Its marks say which.
 */
export class Transmission extends Member {
  end: Seq = 0
  /** The time at which it was last sent, ms. */
  sentAt = 0
  /** The flags below: in JavaScript each would take a word of its own, and thousands of transmissions may be in flight. */
  #flags = 0
  /** Text bytes of each segment on the wire that it was last sent in, the last may have less; 0: a full one. */
  segmentSize = 0
  /** The connection's delivery-rate state when it was last sent, with {@link appLimited}. */
  delivered = 0
  deliveredAt = 0
  firstSentAt = 0
  /** Bytes under way when it had just been sent, itself among them, and all that had been lost before. */
  sentInFlight = 0
  lostBefore = 0
  /** Neighbours by time of transmission, among those that are under way; or siblings among the restored, see there. */
  older: Transmission | null = null
  newer: Transmission | null = null
  /** The first of those that left after it, when it is {@link restored}. */
  child: Transmission | null = null
  /** Its part in SegmentCounts; 0 where nobody counts. */
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

  /** It was found lost, and is under way again. */
  get resent(): boolean {
    return (this.#flags & RESENT) !== 0
  }
  set resent(on: boolean) {
    this.#flags = put(this.#flags, RESENT, on)
  }

  /** Sent more than once: Karn's rule and RACK want to know. */
  get retransmitted(): boolean {
    return (this.#flags & RETRANSMITTED) !== 0
  }
  set retransmitted(on: boolean) {
    this.#flags = put(this.#flags, RETRANSMITTED, on)
  }

  /** It had been SACKed before a timeout made us forget it: delivered again it proves nothing (RFC 5682 §3). */
  get forgotten(): boolean {
    return (this.#flags & FORGOTTEN) !== 0
  }
  set forgotten(on: boolean) {
    this.#flags = put(this.#flags, FORGOTTEN, on)
  }

  /** It has left with PSH, which it keeps when it is sent again. */
  get pushed(): boolean {
    return (this.#flags & PUSHED) !== 0
  }
  set pushed(on: boolean) {
    this.#flags = put(this.#flags, PUSHED, on)
  }

  /** The application had nothing more to send when it left. */
  get appLimited(): boolean {
    return (this.#flags & APP_LIMITED) !== 0
  }
  set appLimited(on: boolean) {
    this.#flags = put(this.#flags, APP_LIMITED, on)
  }

  /** It is under way by {@link Departures.restore}. */
  get restored(): boolean {
    return (this.#flags & RESTORED) !== 0
  }
  set restored(on: boolean) {
    this.#flags = put(this.#flags, RESTORED, on)
  }

  /** Takes the flags of one of which it is a part, but for its place among the departures. */
  copyFlags(t: Transmission): void {
    this.#flags = t.#flags & ~RESTORED
  }

  /** Is as new, for reuse. */
  reset(): void {
    this.previous = this.next = null
    this.#flags = this.segmentSize = this.marks = this.counted = 0
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

/**
 * Transmissions of one connection that may be kept apart. Each takes some 170 bytes, whatever text it stands for, and a
 * timeout goes through all of them: with so many no peer holds up the others, and a path is full that carries 24 MB in
 * segments of 1460 bytes.
 */
export const MOST_TRANSMISSIONS = 16_384

/** Transmissions that are kept for reuse, by all connections together: as many as make up the longest flight. */
const POOL = MOST_TRANSMISSIONS
const pool: Transmission[] = []

export const takeTransmission = (): Transmission => pool.pop() ?? new Transmission()

/** Takes back a transmission that is no longer under way. */
export const freeTransmission = (t: Transmission): void => {
  t.reset()
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
  rest.marks = t.marks
  rest.copyFlags(t)
  // PSH stands where the text ends that was pushed.
  t.pushed = false
  rest.segmentSize = t.segmentSize
  copyDeparture(t, rest)
  t.end = at
  return rest
}
