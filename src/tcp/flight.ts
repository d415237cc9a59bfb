import { type Seq, seqAdd, seqDiff, seqGeq, seqGt, seqLeq, seqLt } from '../wire/sequence.ts'
import { WindowUsage } from './window-usage.ts'

/**
 * A range of sequence numbers that left in one segment (a super-segment counts as one), or what is left of it: text,
 * and the FIN if it was on it. It is in one of three conditions: under way, lost and waiting to be sent again, or
 * SACKed.
 */
export class Transmission {
  seq: Seq = 0
  end: Seq = 0
  /** When it was last sent, ms. */
  sentAt = 0
  /** Sent more than once: Karn's rule and RACK want to know. */
  retransmitted = false
  sacked = false
  /** It was found lost; {@link resent} says whether it is under way again. */
  lost = false
  resent = false
  /** It had been SACKed before a timeout made us forget it: delivered again it proves nothing (RFC 5682 §3). */
  forgotten = false
  /** The connection's delivery-rate state when it was last sent. */
  delivered = 0
  deliveredAt = 0
  firstSentAt = 0
  appLimited = false
  /** Bytes under way when it had just been sent, itself among them, and all that had been lost before. */
  sentInFlight = 0
  lostBefore = 0
  /** Neighbours by sequence number. */
  previous: Transmission | null = null
  next: Transmission | null = null
  /** Neighbours by time of transmission, among those that are under way. */
  older: Transmission | null = null
  newer: Transmission | null = null

  /** Sequence numbers it takes: bytes, and one for a FIN. */
  get length(): number {
    return seqDiff(this.end, this.seq)
  }

  get underWay(): boolean {
    return !this.sacked && (!this.lost || this.resent)
  }
}

/** Who is told of what an acknowledgment delivers. */
export interface DeliveryReader {
  /** Whole transmissions, acknowledged or SACKed for the first time, before they are forgotten. */
  takeWhole(transmission: Transmission): void
  /** Bytes at the front of a transmission, cumulatively acknowledged. */
  takePart(transmission: Transmission, bytes: number): void
}

/** Who is told of what is found lost. */
export interface LossReader {
  takeLost(transmission: Transmission): void
}

/** Transmissions, and flights, that are kept for reuse, by all connections together. */
const POOL = 4096
const pool: Transmission[] = []
const flights: Flight[] = []

/**
 * What was sent and is not acknowledged: the retransmission queue of RFC 9293 §3.10, and the scoreboard of RFC 6675 §4
 * and RFC 8985 §5. The transmissions lie end to end from SND.UNA to SND.NXT; SACKed neighbours are joined, so there are
 * never more than twice as many as there are holes, and those under way. All sizes in bytes.
 */
export class Flight {
  /** The first and the last by sequence number. */
  first: Transmission | null = null
  last: Transmission | null = null
  /** By time of transmission, among those that are under way (RFC 8985 §6.2: what was sent first is looked at first). */
  oldest: Transmission | null = null
  newest: Transmission | null = null
  /** Under way: RFC 6675's pipe, RFC 9937's inflight. */
  underWay = 0
  sacked = 0
  /** Found lost and not yet sent again. */
  lost = 0
  /** The end of the highest SACKed range, meaningful while {@link sacked} is not 0. */
  highestSacked: Seq = 0
  /** All that was ever found lost. */
  lostInAll = 0
  /** Who hears of each loss, or null. */
  lossReader: LossReader | null = null
  /** The lowest that waits to be sent again. */
  nextLost: Transmission | null = null
  /** How much of the window it uses. */
  readonly usage = new WindowUsage()
  /** Where the last SACK block led to: the next one is mostly near. */
  #hint: Transmission | null = null

  /** Whether a transmission is on record. */
  get empty(): boolean {
    return this.first === null
  }

  /** Notes that [seq, end) has been sent for the first time. It begins where the last one ended. */
  append(seq: Seq, end: Seq, now: number): Transmission {
    const t = pool.pop() ?? new Transmission()
    t.seq = seq
    t.end = end
    t.sentAt = now
    t.previous = this.last
    if (this.last === null) this.first = t
    else this.last.next = t
    this.last = t
    this.underWay += t.length
    this.#launch(t)
    return t
  }

  /** Notes that a transmission has been sent again. */
  resend(t: Transmission, now: number): void {
    if (t.lost && !t.resent) {
      this.#leaveLost(t)
      t.resent = true
      this.underWay += t.length
    } else {
      this.#land(t)
    }
    t.retransmitted = true
    t.forgotten = false
    t.sentAt = now
    this.#launch(t)
  }

  /** A transmission under way is lost: it waits to be sent again. */
  markLost(t: Transmission, tell = true): void {
    if (!t.underWay) return
    this.#land(t)
    this.underWay -= t.length
    t.lost = true
    t.resent = false
    this.lost += t.length
    this.lostInAll += t.length
    if (this.nextLost === null || seqLt(t.seq, this.nextLost.seq)) this.nextLost = t
    if (tell) this.lossReader?.takeLost(t)
  }

  /** `tell`: whether it is a sign of congestion. */
  markAllLost(tell = true): void {
    for (let t = this.first; t !== null; t = t.next) this.markLost(t, tell)
  }

  /** What was taken for lost is under way after all (a spurious timeout or retransmission). */
  unmarkLost(): void {
    for (let t = this.nextLost; t !== null && this.lost > 0; t = t.next) {
      if (!t.lost || t.resent) continue
      this.lost -= t.length
      this.underWay += t.length
      t.lost = false
      this.#launchInOrder(t)
    }
    this.nextLost = null
  }

  /**
   * After a timeout what was SACKed may not be relied on: the receiver may have thrown it away (RFC 2018 §8). It is under
   * way again, as if just sent when it was sent last.
   */
  forgetSacks(): void {
    if (this.sacked === 0) return
    for (let t = this.first; t !== null; t = t.next) {
      if (!t.sacked) continue
      t.sacked = false
      t.forgotten = true
      t.lost = false
      t.resent = false
      this.underWay += t.length
      this.#launchInOrder(t)
    }
    this.sacked = 0
  }

  /** Everything below `una` is acknowledged. */
  acknowledge(una: Seq, reader: DeliveryReader): void {
    let t = this.first
    while (t !== null && seqLeq(t.end, una)) {
      if (!t.sacked) reader.takeWhole(t)
      const { next } = t
      this.#remove(t)
      t = next
    }
    if (t === null || !seqLt(t.seq, una)) return
    const cut = seqDiff(una, t.seq)
    t.seq = una
    if (t.sacked) this.sacked -= cut
    else {
      if (t.underWay) this.underWay -= cut
      else this.lost -= cut
      reader.takePart(t, cut)
    }
  }

  /**
   * The receiver holds [left, right). Of a transmission that is only partly covered, whole segments of `mss` bytes count:
   * a peer that acknowledges odd bytes must not cut the queue to pieces.
   */
  sack(left: Seq, right: Seq, mss: number, reader: DeliveryReader): void {
    let t = this.#find(left)
    while (t !== null && seqLt(t.seq, right)) {
      let part: Transmission | null = t
      if (!t.sacked) {
        part = this.#covered(t, left, right, mss)
        if (part !== null) part = this.#markSacked(part, reader)
      }
      if (part !== null) this.#hint = part
      t = (part ?? t).next
    }
  }

  /** Cuts a transmission in two at `at`, within it; returns the second. */
  split(t: Transmission, at: Seq): Transmission {
    const rest = pool.pop() ?? new Transmission()
    rest.seq = at
    rest.end = t.end
    rest.sentAt = t.sentAt
    rest.retransmitted = t.retransmitted
    rest.sacked = t.sacked
    rest.lost = t.lost
    rest.resent = t.resent
    rest.forgotten = t.forgotten
    rest.delivered = t.delivered
    rest.deliveredAt = t.deliveredAt
    rest.firstSentAt = t.firstSentAt
    rest.appLimited = t.appLimited
    rest.sentInFlight = t.sentInFlight
    rest.lostBefore = t.lostBefore
    t.end = at
    rest.previous = t
    rest.next = t.next
    if (t.next === null) this.last = rest
    else t.next.previous = rest
    t.next = rest
    if (t.underWay) {
      rest.older = t
      rest.newer = t.newer
      if (t.newer === null) this.newest = rest
      else t.newer.older = rest
      t.newer = rest
    }
    return rest
  }

  /** Joins a transmission that waits to be sent again with the one after it, if that waits too. */
  joinLost(t: Transmission): void {
    const { next } = t
    if (next === null || !next.lost || next.resent) return
    const { length } = next
    this.#leaveLost(next)
    this.#unlink(next)
    t.end = seqAdd(t.end, length)
    this.lost += length
    this.#free(next)
  }

  /** What follows the last transmission, a FIN or text, leaves with it this time: `by` sequence numbers. */
  extend(t: Transmission, by: number): void {
    t.end = seqAdd(t.end, by)
    if (t.underWay) this.underWay += by
    else this.lost += by
  }

  clear(): void {
    for (let t = this.first; t !== null; ) {
      const { next } = t
      this.#free(t)
      t = next
    }
    this.first = this.last = this.oldest = this.newest = this.nextLost = this.#hint = null
    this.underWay = this.sacked = this.lost = 0
  }

  /** The transmission that `seq` lies in, or the first one when it lies below all. */
  #find(seq: Seq): Transmission | null {
    if (this.first === null || seqLeq(seq, this.first.seq)) return this.first
    if (seqGeq(seq, this.last!.seq)) return this.last
    let t = this.#hint ?? this.last!
    while (seqGt(t.seq, seq)) t = t.previous!
    while (seqLeq(t.end, seq)) t = t.next!
    return t
  }

  /** The part of `t`, cut out of it, that consists of whole segments within [left, right); null when there is none. */
  #covered(t: Transmission, left: Seq, right: Seq, mss: number): Transmission | null {
    if (seqLt(t.seq, left)) {
      const skip = Math.ceil(seqDiff(left, t.seq) / mss) * mss
      if (skip >= t.length) return null
      const from = seqAdd(t.seq, skip)
      if (seqGeq(from, right)) return null
      if (seqLt(right, t.end) && seqDiff(right, from) < mss) return null
      t = this.split(t, from)
    }
    if (seqLt(right, t.end)) {
      const whole = Math.floor(seqDiff(right, t.seq) / mss) * mss
      if (whole === 0) return null
      this.split(t, seqAdd(t.seq, whole))
    }
    return t
  }

  /** Returns the transmission that it has become part of. */
  #markSacked(t: Transmission, reader: DeliveryReader): Transmission {
    reader.takeWhole(t)
    const { length } = t
    if (t.underWay) {
      this.#land(t)
      this.underWay -= length
    } else {
      this.#leaveLost(t)
    }
    if (this.sacked === 0 || seqGt(t.end, this.highestSacked)) this.highestSacked = t.end
    this.sacked += length
    t.sacked = true
    t.lost = false
    t.resent = false
    if (t.next?.sacked) this.#join(t, t.next)
    if (t.previous?.sacked) {
      const { previous } = t
      this.#join(previous, t)
      return previous
    }
    return t
  }

  /** Joins two SACKed neighbours. */
  #join(t: Transmission, next: Transmission): void {
    t.end = next.end
    t.retransmitted ||= next.retransmitted
    if (next.sentAt > t.sentAt) t.sentAt = next.sentAt
    this.#unlink(next)
    this.#free(next)
  }

  #remove(t: Transmission): void {
    if (t.sacked) this.sacked -= t.length
    else if (t.underWay) {
      this.#land(t)
      this.underWay -= t.length
    } else {
      this.#leaveLost(t)
    }
    this.#unlink(t)
    this.#free(t)
  }

  /** Takes `t` from those that wait to be sent again. */
  #leaveLost(t: Transmission): void {
    this.lost -= t.length
    if (this.nextLost !== t) return
    let next = this.lost > 0 ? t.next : null
    while (next !== null && (!next.lost || next.resent)) next = next.next
    this.nextLost = next
  }

  #unlink(t: Transmission): void {
    if (this.#hint === t) this.#hint = t.previous ?? t.next
    if (t.previous === null) this.first = t.next
    else t.previous.next = t.next
    if (t.next === null) this.last = t.previous
    else t.next.previous = t.previous
  }

  #free(t: Transmission): void {
    t.previous = t.next = t.older = t.newer = null
    t.retransmitted = t.sacked = t.lost = t.resent = t.forgotten = false
    if (pool.length < POOL) pool.push(t)
  }

  /** Puts `t` at the end of those under way: it has just been sent. */
  #launch(t: Transmission): void {
    t.older = this.newest
    t.newer = null
    t.sentInFlight = this.underWay
    t.lostBefore = this.lostInAll
    if (this.newest === null) this.oldest = t
    else this.newest.newer = t
    this.newest = t
  }

  /** Puts `t` among those under way, where the time it was sent at says. */
  #launchInOrder(t: Transmission): void {
    let after = this.newest
    while (after !== null && sentAfter(after, t)) after = after.older
    t.older = after
    t.newer = after === null ? this.oldest : after.newer
    if (t.newer === null) this.newest = t
    else t.newer.older = t
    if (after === null) this.oldest = t
    else after.newer = t
  }

  /** Takes `t` from those under way. */
  #land(t: Transmission): void {
    if (t.older === null) this.oldest = t.newer
    else t.older.newer = t.newer
    if (t.newer === null) this.newest = t.older
    else t.newer.older = t.older
    t.older = t.newer = null
  }
}

/** Of a connection that has nothing in flight: one for all, to which nothing is ever added. */
export const NO_FLIGHT = new Flight()

/** A flight to add to: what lies below `una` is acknowledged. */
export const takeFlight = (una: Seq): Flight => {
  const flight = flights.pop() ?? new Flight()
  flight.usage.begin(una)
  return flight
}

/** What a connection keeps of its flight: nothing, if that is over and had no losses to remember. */
export const letGoOf = (flight: Flight): Flight => {
  if (!flight.empty || flight.lostInAll > 0 || flight.lossReader !== null) return flight
  if (flight !== NO_FLIGHT && flights.length < POOL) flights.push(flight)
  return NO_FLIGHT
}

/** RFC 8985 §5.2: whether `a` was sent after `b`; what left together is told apart by its place in the sequence. */
const sentAfter = (a: Transmission, b: Transmission): boolean =>
  a.sentAt > b.sentAt || (a.sentAt === b.sentAt && seqGt(a.end, b.end))
