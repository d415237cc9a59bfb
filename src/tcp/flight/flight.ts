import { type Seq, seqAdd, seqDiff, seqGeq, seqGt, seqLeq, seqLt } from '../../wire/sequence.ts'
import { SequenceList } from '../queues/sequence-list.ts'
import { Departures } from './departures.ts'
import { SegmentCounts } from './segment-counts.ts'
import type { DeliveryReader, LossReader, Transmission } from './transmission.ts'
import {
  copyDeparture,
  cutOff,
  freeTransmission,
  MOST_TRANSMISSIONS,
  SACKED,
  takeTransmission,
  WAITING,
} from './transmission.ts'
import { WindowUsage } from './window-usage.ts'

/** Steps from the last SACK block, or from the first transmission, before a block is looked up in the tree. */
const NEAR = 8

/**
 * Everything sent and not acknowledged: the retransmission queue of RFC 9293 §3.10, and the scoreboard of RFC 6675 §4
 * and RFC 8985 §5. The transmissions lie end to end from SND.UNA to SND.NXT; SACKed neighbours are joined. The time that
 * anything takes grows at most with the logarithm of their number, but for a timeout, which goes through all. Bytes.
 */
export class Flight {
  readonly #list = new SequenceList<Transmission>()
  /** The transmissions that are under way (RFC 8985 §6.2: the oldest is looked at first). */
  readonly departures = new Departures()
  /** Under way: RFC 6675's pipe, RFC 9937's inflight. */
  underWay = 0
  sacked = 0
  /** Found lost and not yet sent again. */
  lost = 0
  /** The end of the highest SACKed range, meaningful while {@link sacked} is not 0. */
  highestSacked: Seq = 0
  /** All that was ever found lost in it. */
  lostInAll = 0
  /** The listener for each loss, or null. */
  lossReader: LossReader | null = null
  /** The lowest that waits to be sent again. */
  nextLost: Transmission | null = null
  /**
   * Below these the count of SACKs has found lost what it can, and there is no hole to fill (RFC 6675;
   * sack-recovery.ts).
   */
  countedTo: Seq = 0
  filledTo: Seq = 0
  /** The part of the window that it uses. */
  readonly usage = new WindowUsage()
  /** The place to which the last SACK block led: the next one is mostly near. */
  #hint: Transmission | null = null
  /** Null as long as nobody has asked. */
  #counts: SegmentCounts | null = null

  /** The first and the last by sequence number. */
  get first(): Transmission | null {
    return this.#list.first
  }
  get last(): Transmission | null {
    return this.#list.last
  }

  /** True when no transmission is on record. {@link size}: how many are. */
  get empty(): boolean {
    return this.#list.first === null
  }
  get size(): number {
    return this.#list.size
  }

  /** There are so many that nothing is to be added, or cut in pieces, that need not be. */
  get crowded(): boolean {
    return this.#list.size >= MOST_TRANSMISSIONS
  }

  /** All of it in segments of so many bytes. To ask with another size takes time for each transmission. */
  segments(mss: number): Readonly<SegmentCounts> {
    if (this.#counts?.mss !== mss) {
      this.#counts = new SegmentCounts(mss)
      for (let t = this.first; t !== null; t = t.next) {
        t.counted = 0
        this.#counts.update(t)
      }
    }
    return this.#counts
  }

  /** Notes that [seq, end) has been sent for the first time. It begins where the last one ended. */
  append(seq: Seq, end: Seq, now: number): Transmission {
    const t = takeTransmission()
    t.seq = seq
    t.end = end
    t.sentAt = now
    this.#list.append(t)
    this.underWay += t.length
    this.#launch(t)
    return t
  }

  /** Notes that a transmission has been sent again. */
  resend(t: Transmission, now: number): void {
    if (t.waits) {
      this.#leaveLost(t)
      t.resent = true
      this.underWay += t.length
    } else {
      this.departures.remove(t)
    }
    t.retransmitted = true
    t.forgotten = false
    t.sentAt = now
    this.#launch(t)
  }

  /** A transmission under way is lost: it waits to be sent again. `tell`: whether it is a sign of congestion. */
  markLost(t: Transmission, tell = true): void {
    if (!t.underWay) return
    this.departures.remove(t)
    this.underWay -= t.length
    this.#enterLost(t, tell)
  }

  /** Nothing is lost after all: everything taken for lost is under way (a spurious timeout or retransmission). */
  unmarkLost(): void {
    for (let t = this.nextLost; t !== null; ) {
      const next = this.#list.nextMarked(t, WAITING)
      this.#list.unmark(t, WAITING)
      this.lost -= t.length
      this.underWay += t.length
      this.departures.restore(t)
      this.#counts?.update(t)
      t = next
    }
    this.nextLost = null
    this.#searchAnew()
  }

  /**
   * After a timeout SACKs may not be relied on: the receiver may have thrown the text away (reneging, RFC 2018 §8). It is under
   * way again, as if just sent when it was sent last. Then the first is lost, and all that left at `until` (ms) or before.
   */
  timedOut(until: number): void {
    for (let t = this.first; t !== null; t = t.next) {
      const lost = t.sentAt <= until || t.previous === null
      if (t.sacked) {
        this.#list.unmark(t, SACKED)
        t.forgotten = true
        if (lost) this.#enterLost(t, true)
        else {
          this.underWay += t.length
          this.departures.restore(t)
          this.#counts?.update(t)
        }
      } else if (lost) this.markLost(t)
    }
    this.sacked = 0
    this.#searchAnew()
  }

  /** Everything below `una` is acknowledged. */
  acknowledge(una: Seq, reader: DeliveryReader): void {
    let t = this.first
    for (; t !== null && seqLeq(t.end, una); t = this.first) {
      if (!t.sacked) reader.takeWhole(t)
      this.#removeFirst(t)
    }
    if (t === null) this.#counts = null
    else if (seqLt(t.seq, una)) this.#acknowledgePart(t, una, reader)
  }

  /**
   * The receiver holds [left, right). Of a transmission that is only partly covered, whole segments count, of the size in
   * which it left, or of `mss` bytes: a peer that acknowledges odd bytes must not cut the queue to pieces.
   */
  sack(left: Seq, right: Seq, mss: number, reader: DeliveryReader): void {
    let t = this.find(left)
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
    const rest = cutOff(t, at)
    this.#list.insertAfter(t, rest)
    if (t.underWay) this.departures.split(t, rest)
    this.#counts?.update(t)
    this.#counts?.update(rest)
    return rest
  }

  /** Joins a transmission that waits to be sent again with the one after it, if that waits too. */
  joinLost(t: Transmission): void {
    const { next } = t
    if (next === null || !next.waits) return
    const { length } = next
    t.pushed ||= next.pushed
    this.#leaveLost(next)
    this.#drop(next)
    t.end = seqAdd(t.end, length)
    this.lost += length
    this.#counts?.update(t)
  }

  /** Joins a transmission that was just sent again with the one before it, if that is under way again too: as young. */
  joinResent(t: Transmission): void {
    const { previous } = t
    if (!previous?.underWay || !previous.retransmitted) return
    this.departures.remove(previous)
    this.departures.remove(t)
    previous.end = t.end
    previous.sentAt = t.sentAt
    previous.pushed = t.pushed
    copyDeparture(t, previous)
    this.#drop(t)
    this.departures.add(previous)
    this.#counts?.update(previous)
  }

  /** The last transmission leaves again with more at its end, text or a FIN: `by` sequence numbers. */
  extend(t: Transmission, by: number): void {
    t.end = seqAdd(t.end, by)
    if (t.underWay) this.underWay += by
    else this.lost += by
    this.#counts?.update(t)
  }

  clear(): void {
    for (let t = this.first; t !== null; ) {
      const { next } = t
      if (t.underWay) this.departures.remove(t)
      freeTransmission(t)
      t = next
    }
    this.#counts = null
    this.#list.clear()
    this.nextLost = this.#hint = null
    this.underWay = this.sacked = this.lost = 0
  }

  /** The transmission that `seq` lies in; the first one when it lies below all, the last one when above. */
  find(seq: Seq): Transmission | null {
    const { first, last } = this
    if (first === null || seqLeq(seq, first.seq)) return first
    if (seqGeq(seq, last!.seq)) return last
    // The first SACK block of a loss begins right behind what was lost.
    let t: Transmission | null = this.#hint ?? first
    for (let steps = 0; t !== null && steps < NEAR; steps++) {
      if (seqGt(t.seq, seq)) t = t.previous
      else if (seqLeq(t.end, seq)) t = t.next
      else return t
    }
    return this.#list.find(seq)
  }

  /** The next SACKed transmission below `t`, or null. */
  sackedBelow(t: Transmission): Transmission | null {
    return this.#list.previousMarked(t, SACKED)
  }

  /** The part of `t`, cut out of it, that consists of whole segments within [left, right); null when there is none. */
  #covered(t: Transmission, left: Seq, right: Seq, mss: number): Transmission | null {
    const size = t.segmentSize || mss
    if (this.crowded && (seqLt(t.seq, left) || seqLt(right, t.end))) return null
    if (seqLt(t.seq, left)) {
      const skip = Math.ceil(seqDiff(left, t.seq) / size) * size
      if (skip >= t.length) return null
      const from = seqAdd(t.seq, skip)
      if (seqGeq(from, right)) return null
      if (seqLt(right, t.end) && seqDiff(right, from) < size) return null
      t = this.split(t, from)
    }
    if (seqLt(right, t.end)) {
      const whole = Math.floor(seqDiff(right, t.seq) / size) * size
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
      this.departures.remove(t)
      this.underWay -= length
    } else {
      this.#leaveLost(t)
    }
    if (this.sacked === 0) this.#searchAnew()
    if (this.sacked === 0 || seqGt(t.end, this.highestSacked)) this.highestSacked = t.end
    this.sacked += length
    t.resent = false
    const { previous, next } = t
    if (previous?.sacked) {
      this.#join(previous, t)
      t = previous
    } else {
      this.#list.mark(t, SACKED)
      this.#counts?.update(t)
    }
    if (next?.sacked) {
      this.#list.unmark(next, SACKED)
      this.#join(t, next)
    }
    return t
  }

  /** Joins a SACKed transmission with the one after it, which bears no mark but is SACKed, too. */
  #join(t: Transmission, next: Transmission): void {
    t.end = next.end
    t.retransmitted ||= next.retransmitted
    if (next.sentAt > t.sentAt) t.sentAt = next.sentAt
    this.#counts?.update(t)
    this.#drop(next)
  }

  /** `una` lies within `t`. */
  #acknowledgePart(t: Transmission, una: Seq, reader: DeliveryReader): void {
    const cut = seqDiff(una, t.seq)
    t.seq = una
    this.#counts?.update(t)
    if (t.sacked) this.sacked -= cut
    else {
      if (t.underWay) this.underWay -= cut
      else this.lost -= cut
      reader.takePart(t, cut)
    }
  }

  #removeFirst(t: Transmission): void {
    if (t.underWay) {
      this.departures.remove(t)
      this.underWay -= t.length
    } else this.#unmark(t)
    if (this.#hint === t) this.#hint = t.next
    this.#list.removeFirst()
    this.#free(t)
  }

  /** `t`, SACKed or lost, is neither any more. */
  #unmark(t: Transmission): void {
    if (!t.sacked) {
      this.#leaveLost(t)
      return
    }
    this.sacked -= t.length
    this.#list.unmark(t, SACKED)
  }

  /** Puts `t` among those that wait to be sent again. It is not under way. */
  #enterLost(t: Transmission, tell: boolean): void {
    t.resent = false
    this.#list.mark(t, WAITING)
    this.lost += t.length
    this.lostInAll += t.length
    if (this.nextLost === null || seqLt(t.seq, this.nextLost.seq)) this.nextLost = t
    this.#counts?.update(t)
    if (tell) this.lossReader?.takeLost(t)
  }

  /** Takes `t` from those that wait to be sent again. */
  #leaveLost(t: Transmission): void {
    this.lost -= t.length
    this.#list.unmark(t, WAITING)
    if (this.nextLost === t) this.nextLost = this.lost > 0 ? this.#list.nextMarked(t, WAITING) : null
  }

  /** Forgets `t`, which is in no condition any more. */
  #drop(t: Transmission): void {
    if (this.#hint === t) this.#hint = t.previous ?? t.next
    this.#list.remove(t)
    this.#free(t)
  }

  #free(t: Transmission): void {
    this.#counts?.forget(t)
    freeTransmission(t)
  }

  /** `t` has just left. */
  #launch(t: Transmission): void {
    t.sentInFlight = this.underWay
    t.lostBefore = this.lostInAll
    this.departures.add(t)
    this.#counts?.update(t)
  }

  /** Text that was found lost, or SACKed, is so no more. */
  #searchAnew(): void {
    this.countedTo = this.filledTo = this.first?.seq ?? 0
  }
}
