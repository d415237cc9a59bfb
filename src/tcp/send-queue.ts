import type { PacketBatch } from '../wire/batch.ts'
import { type Seq, seqAdd, seqDiff } from '../wire/sequence.ts'

/** Acknowledged chunks at the front are forgotten when there are this many, to keep the arrays short. */
const COMPACT_AT = 256

/** Chunks up to this size (bytes) are joined, to at most {@link JOINED}. */
const SMALL = 512
const JOINED = 4096

/** The lists of every queue that is empty, as most are at most times: nothing is ever added to them. */
const NO_CHUNKS: Uint8Array[] = []
const NO_POSITIONS: number[] = []

/**
 * The bytes that the user has sent and the peer has not acknowledged: one queue for what waits and what is in
 * flight. Chunks are kept by reference (only small ones that pile up are copied together) and must not change until they are acknowledged.
 */
export class SendQueue {
  /** Sequence number of the first byte held: SND.UNA once the connection is established. */
  seq: Seq
  /** Bytes held. */
  length = 0
  #chunks: Uint8Array[] = NO_CHUNKS
  /** Position in the stream of each chunk's first byte, ascending. */
  #positions: number[] = NO_POSITIONS
  #first = 0
  /** The last chunk, when it was joined from small ones and may grow. */
  #joined: Uint8Array | null = null
  /** Position in the stream of the first byte held. */
  #base = 0
  /** The chunk that the last look-up ended in: the next one mostly goes on from there. */
  #hint = 0

  constructor(seq: Seq) {
    this.seq = seq
  }

  /** The sequence number after the last byte held. */
  get end(): Seq {
    return seqAdd(this.seq, this.length)
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (chunk.length <= SMALL && this.#chunks.length > this.#first + 1) chunk = this.#joinable(chunk)
    if (chunk.length === 0) return
    if (this.#chunks === NO_CHUNKS) {
      this.#chunks = [chunk]
      this.#positions = [this.#base]
    } else {
      this.#positions.push(this.#base + this.length)
      this.#chunks.push(chunk)
    }
    this.length += chunk.length
  }

  /**
   * Small chunks behind others are copied together, so that a segment never consists of more pieces than a system
   * call can write at once (IOV_MAX, 1024). Returns what is to be added as a new chunk: the beginning of a buffer
   * with room for more, or nothing when the last chunk had room.
   */
  #joinable(chunk: Uint8Array): Uint8Array {
    const i = this.#chunks.length - 1
    const last = this.#chunks[i]!
    if (last === this.#joined && last.length + chunk.length <= JOINED) {
      const whole = new Uint8Array(last.buffer, 0, last.length + chunk.length)
      whole.set(chunk, last.length)
      this.#chunks[i] = whole
      this.#joined = whole
      this.length += chunk.length
      return EMPTY
    }
    const start = new Uint8Array(new ArrayBuffer(JOINED), 0, chunk.length)
    start.set(chunk)
    this.#joined = start
    return start
  }

  /** Forgets the first `bytes` (at most {@link length}). */
  acknowledge(bytes: number): void {
    this.seq = seqAdd(this.seq, bytes)
    this.length -= bytes
    this.#base += bytes
    if (this.length === 0) {
      this.#chunks = NO_CHUNKS
      this.#positions = NO_POSITIONS
      this.#joined = null
      this.#first = 0
      this.#hint = 0
      return
    }
    let first = this.#first
    while (this.#positions[first]! + this.#chunks[first]!.length <= this.#base) {
      this.#chunks[first] = EMPTY
      first++
    }
    this.#first = first
    if (first >= COMPACT_AT && first * 2 >= this.#chunks.length) {
      this.#chunks.splice(0, first)
      this.#positions.splice(0, first)
      this.#hint = Math.max(0, this.#hint - first)
      this.#first = 0
    }
  }

  /** Forgets all but the first `bytes`, which have been sent. */
  keep(bytes: number): void {
    while (this.length > bytes) {
      const last = this.#chunks.length - 1
      const chunk = this.#chunks[last]!
      const cut = Math.min(chunk.length, this.length - bytes)
      this.length -= cut
      if (cut === chunk.length) {
        this.#chunks.pop()
        this.#positions.pop()
      } else this.#chunks[last] = chunk.subarray(0, chunk.length - cut)
      this.#joined = null
    }
    this.#hint = this.#first
  }

  clear(): void {
    this.acknowledge(this.length)
  }

  /** Adds `length` bytes from sequence number `from`, all held, to the packet begun in `batch`. */
  addPieces(batch: PacketBatch, from: Seq, length: number): void {
    let position = this.#base + seqDiff(from, this.seq)
    let n = this.#find(position)
    while (length > 0) {
      const chunk = this.#chunks[n]!
      const offset = position - this.#positions[n]!
      const bytes = Math.min(length, chunk.length - offset)
      batch.addPiece(chunk, offset, bytes)
      position += bytes
      length -= bytes
      this.#hint = n
      n++
    }
  }

  /** The chunk that holds `position`. */
  #find(position: number): number {
    const positions = this.#positions
    const hint = this.#hint
    if (hint >= this.#first && hint < positions.length && positions[hint]! <= position) {
      if (hint + 1 === positions.length || positions[hint + 1]! > position) return hint
      if (hint + 2 === positions.length || positions[hint + 2]! > position) return hint + 1
    }
    let low = this.#first
    let high = positions.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (positions[middle]! <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}

const EMPTY = new Uint8Array(0)
