import type { PacketBatch } from '../../wire/batch.ts'
import { type Seq, seqAdd, seqDiff } from '../../wire/sequence.ts'
import { BUFFER_WEIGHT, QUEUE_WEIGHT, VIEW_WEIGHT } from '../block/memory.ts'
import { RecordEnds } from './record-ends.ts'

/** Acknowledged chunks at the front are forgotten when there are this many, to keep the arrays short. */
const COMPACT_AT = 256

/** Chunks up to this size (bytes) are joined, to at most {@link JOINED}. */
const SMALL = 512
const JOINED = 4096

/** The contents of a queue. They exist only while there are any: most queues are empty at most times. */
class Chunks {
  readonly list: Uint8Array[]
  /** Position of each chunk's first byte, ascending. They count from when the queue was last empty. */
  readonly positions: number[]
  first = 0
  /** The position up to which the user has pushed. */
  pushed = -1
  /** The last chunk, when it was joined from small ones and may grow. */
  joined: Uint8Array | null = null
  /** Position of the first byte held. */
  base = 0
  /** The chunk that the last look-up ended in: the next one mostly goes on from there. */
  hint = 0
  /** The buffers that small chunks were joined in, null as long as none were; and the text in them, bytes. */
  joins: Set<ArrayBufferLike> | null = null
  joinedText = 0
  /** The memory that the user keeps for the chunks, bytes: its copies of what was sent. */
  kept = 0
  /** The ends of records; null while there are none. */
  records: RecordEnds | null = null

  constructor(chunk: Uint8Array) {
    this.list = [chunk]
    this.positions = [0]
  }

  /** A chunk has left the queue, where some may have been joined. */
  left(chunk: Uint8Array): void {
    if (this.joins?.delete(chunk.buffer)) this.joinedText -= chunk.length
  }

  /**
   * Small chunks behind others are copied together, so that a segment never consists of more pieces than a system
   * call can write at once (IOV_MAX, 1024). Returns what is to be added as a new chunk, the beginning of a buffer
   * with room for more; or null when the last chunk had room.
   */
  join(chunk: Uint8Array): Uint8Array | null {
    const i = this.list.length - 1
    const last = this.list[i]!
    if (last === this.joined && last.length + chunk.length <= JOINED) {
      const whole = new Uint8Array(last.buffer, 0, last.length + chunk.length)
      whole.set(chunk, last.length)
      this.joinedText += chunk.length
      this.list[i] = whole
      this.joined = whole
      return null
    }
    const start = new Uint8Array(new ArrayBuffer(JOINED), 0, chunk.length)
    start.set(chunk)
    this.joined = start
    this.joinedText += chunk.length
    this.joins ??= new Set()
    this.joins.add(start.buffer)
    return start
  }

  /** The chunk that holds `position`. */
  find(position: number): number {
    const { positions, hint } = this
    if (hint >= this.first && hint < positions.length && positions[hint]! <= position) {
      if (hint + 1 === positions.length || positions[hint + 1]! > position) return hint
      if (hint + 2 === positions.length || positions[hint + 2]! > position) return hint + 1
    }
    let low = this.first
    let high = positions.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (positions[middle]! <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}

/**
 * The bytes that the user has sent and the peer has not acknowledged: one queue for what waits and what is in flight.
 * Chunks are kept by reference (only small ones that pile up are copied together) and must not change until they are
 * acknowledged.
 */
export class SendQueue {
  /** Sequence number of the first byte held: SND.UNA once the connection is established. */
  seq: Seq
  /** Bytes held. */
  length = 0
  /** Null while there are none. */
  #chunks: Chunks | null = null

  constructor(seq: Seq) {
    this.seq = seq
  }

  /**
   * The memory that it takes, bytes: for each chunk a view; the buffers of joined ones; and what the user keeps, or, where
   * it has not said how much that is, as much as the text is long.
   */
  get weight(): number {
    const c = this.#chunks
    if (c === null) return 0
    // A chunk is held whole until the last of it is acknowledged.
    const text = c.base + this.length - c.positions[c.first]! - c.joinedText
    const joined = c.joins === null ? 0 : c.joins.size * (JOINED + BUFFER_WEIGHT)
    const records = c.records === null ? 0 : c.records.weight
    return QUEUE_WEIGHT + (c.list.length - c.first) * VIEW_WEIGHT + joined + records + Math.max(c.kept, text)
  }

  /** The user keeps so many bytes for what is held. */
  keeps(bytes: number): void {
    if (this.#chunks !== null) this.#chunks.kept = bytes
  }

  /** The sequence number after the last byte held. */
  get end(): Seq {
    return seqAdd(this.seq, this.length)
  }

  /** The end of what the user has pushed, or null: PSH belongs there (MUST-60, MUST-61). */
  get pushed(): Seq | null {
    const c = this.#chunks
    return c === null || c.pushed < 0 ? null : seqAdd(this.seq, c.pushed - c.base)
  }

  /** The user pushes all that is held. */
  markPushed(): void {
    const c = this.#chunks
    if (c !== null) c.pushed = c.base + this.length
  }

  /** A record ends with what is held: what is pushed next shares no segment with it. */
  endRecord(): void {
    const c = this.#chunks
    if (c === null) return
    c.records ??= new RecordEnds()
    c.records.add(c.base + this.length)
  }

  /** Bytes from `from` to the next end of a record; Infinity if there is none. */
  untilRecordEnd(from: Seq): number {
    const c = this.#chunks
    if (c === null || c.records === null) return Number.POSITIVE_INFINITY
    const position = c.base + seqDiff(from, this.seq)
    return c.records.after(position) - position
  }

  /** Returns whether a record ends at `seq`. */
  endsRecord(seq: Seq): boolean {
    const c = this.#chunks
    return c?.records?.has(c.base + seqDiff(seq, this.seq)) ?? false
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    const c = this.#chunks
    if (c === null) this.#chunks = new Chunks(chunk)
    else {
      if (chunk.length <= SMALL && c.list.length > c.first + 1) {
        const rest = c.join(chunk)
        if (rest === null) {
          this.length += chunk.length
          return
        }
        chunk = rest
      }
      c.positions.push(c.base + this.length)
      c.list.push(chunk)
    }
    this.length += chunk.length
  }

  /** Forgets the first `bytes` (at most {@link length}). */
  acknowledge(bytes: number): void {
    this.seq = seqAdd(this.seq, bytes)
    this.length -= bytes
    const c = this.#chunks
    if (c === null) return
    if (this.length === 0) {
      this.#chunks = null
      return
    }
    c.base += bytes
    c.records?.forget(c.base)
    let { first } = c
    while (c.positions[first]! + c.list[first]!.length <= c.base) {
      if (c.joins !== null) c.left(c.list[first]!)
      c.list[first] = EMPTY
      first++
    }
    c.first = first
    if (first >= COMPACT_AT && first * 2 >= c.list.length) {
      c.list.splice(0, first)
      c.positions.splice(0, first)
      c.hint = Math.max(0, c.hint - first)
      c.first = 0
    }
  }

  /** Forgets all but the first `bytes`, which have been sent. */
  keep(bytes: number): void {
    const c = this.#chunks
    if (c === null) return
    while (this.length > bytes) {
      const last = c.list.length - 1
      const chunk = c.list[last]!
      const cut = Math.min(chunk.length, this.length - bytes)
      this.length -= cut
      if (cut === chunk.length) {
        c.left(chunk)
        c.list.pop()
        c.positions.pop()
      } else {
        if (c.joins?.has(chunk.buffer)) c.joinedText -= cut
        c.list[last] = chunk.subarray(0, chunk.length - cut)
      }
      c.joined = null
    }
    c.hint = c.first
    c.records?.cut(c.base + this.length)
    if (this.length === 0) this.#chunks = null
  }

  clear(): void {
    this.acknowledge(this.length)
  }

  /** Adds `length` bytes from sequence number `from`, all held, to the packet begun in `batch`. */
  addPieces(batch: PacketBatch, from: Seq, length: number): void {
    if (length <= 0) return
    const c = this.#chunks!
    let position = c.base + seqDiff(from, this.seq)
    let n = c.find(position)
    while (length > 0) {
      const chunk = c.list[n]!
      const offset = position - c.positions[n]!
      const bytes = Math.min(length, chunk.length - offset)
      batch.addPiece(chunk, offset, bytes)
      position += bytes
      length -= bytes
      c.hint = n
      n++
    }
  }
}

const EMPTY = new Uint8Array(0)
