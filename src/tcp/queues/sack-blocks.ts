/** The receiver's SACK option: RFC 2018 §4, RFC 2883 §4. */
import { type Seq, seqGeq, seqGt, seqLeq, seqLt, seqMin } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import type { OutgoingSegment } from '../block/outgoing.ts'
import type { ReceiveQueue } from './receive-queue.ts'

/** Blocks that are remembered; at most four fit on a segment (RFC 2018 §3). */
const MOST = 4
/** With the timestamps option beside it. */
const MOST_WITH_TIMESTAMPS = 3

/** The blocks to report to the peer: text that lies above a gap, and text that has come twice. */
export class SackBlocks {
  /** Edges of the blocks, the most recently changed first. */
  readonly #left = new Int32Array(MOST)
  readonly #right = new Int32Array(MOST)
  #count = 0
  #duplicate = false
  #duplicateLeft: Seq = 0
  #duplicateRight: Seq = 0

  /** [left, right) has come and is held above the gap: its block goes to the front, with what it touches (RFC 2018 §4). */
  add(left: Seq, right: Seq, queue: Readonly<ReceiveQueue>): void {
    let kept = 0
    const count = this.#count
    const lefts = this.#left
    const rights = this.#right
    for (let n = 0; n < count; n++) {
      const l = lefts[n]!
      const r = rights[n]!
      if (seqLeq(l, right) && seqGeq(r, left)) {
        if (seqLt(l, left)) left = l
        if (seqGt(r, right)) right = r
      } else {
        lefts[kept] = l
        rights[kept] = r
        kept++
      }
    }
    // A block that was no longer remembered may touch it too: the first must be the whole run.
    const [first, end] = queue.runAround(left, right)
    kept = Math.min(kept, MOST - 1)
    lefts.copyWithin(1, 0, kept)
    rights.copyWithin(1, 0, kept)
    lefts[0] = first
    rights[0] = end
    this.#count = kept + 1
  }

  /** RCV.NXT has moved: what lies below it is acknowledged. */
  advance(next: Seq): void {
    let kept = 0
    for (let n = 0; n < this.#count; n++) {
      if (seqLeq(this.#right[n]!, next)) continue
      this.#left[kept] = this.#left[n]!
      this.#right[kept] = this.#right[n]!
      kept++
    }
    this.#count = kept
  }

  /** Nothing from `end` on is held any more: there was no room for it. */
  forget(end: Seq): void {
    let kept = 0
    for (let n = 0; n < this.#count; n++) {
      if (seqGeq(this.#left[n]!, end)) continue
      this.#left[kept] = this.#left[n]!
      this.#right[kept] = seqGt(this.#right[n]!, end) ? end : this.#right[n]!
      kept++
    }
    this.#count = kept
  }

  /** [left, right) has come again: the next ACK says so, once (RFC 2883 §4). */
  duplicate(left: Seq, right: Seq): void {
    this.#duplicate = true
    this.#duplicateLeft = left
    this.#duplicateRight = right
  }

  /** Bytes that the option takes on a segment that leaves now, with its two NOPs. */
  size(timestamps: boolean): number {
    const count = this.count(timestamps)
    return count === 0 ? 0 : 4 + 8 * count
  }

  /** The beginning of text that has come twice and of which the next ACK tells; null when none has. */
  get duplicateLeft(): Seq | null {
    return this.#duplicate ? this.#duplicateLeft : null
  }

  /** Puts the option on a segment, with `count` blocks: at most as many as {@link count} says. */
  report(out: OutgoingSegment, count: number): void {
    out.sackCount = count
    if (count === 0) return
    const edges = out.sackEdges
    let n = 0
    // A block that holds the duplicate is the first of ours, for it has just grown by it: so it comes second (RFC 2883 §4 (3)).
    if (this.#duplicate) {
      edges[0] = this.#duplicateLeft
      edges[1] = this.#duplicateRight
      n = 1
      this.#duplicate = false
    }
    for (let block = 0; n < count; n++, block++) {
      edges[2 * n] = this.#left[block]!
      edges[2 * n + 1] = this.#right[block]!
    }
  }

  /** The number of blocks to report, as far as a header has room for them. */
  count(timestamps: boolean): number {
    return Math.min(timestamps ? MOST_WITH_TIMESTAMPS : MOST, this.#count + (this.#duplicate ? 1 : 0))
  }
}

/** The segment has text below RCV.NXT, up to `end`: the next ACK says that it has come twice (RFC 2883 §4). */
export const noteDuplicate = (c: Connection, left: Seq, right: Seq): void => {
  if (!c.sack || !seqLt(left, right)) return
  c.sackBlocks ??= new SackBlocks()
  c.sackBlocks.duplicate(left, right)
}

/**
 * Text in order has repeated some that was held above the gap: its first part is reported (RFC 2883 §4), if the segment has
 * not begun with older text.
 */
export const noteHeldDuplicate = (c: Connection): void => {
  const { receiveQueue, rcv, sackBlocks } = c
  if (sackBlocks !== null && sackBlocks.duplicateLeft !== null) return
  const left = receiveQueue.startAbove
  if (seqLt(left, rcv.nxt)) noteDuplicate(c, left, seqMin(rcv.nxt, receiveQueue.runAround(left, left)[1]))
}
