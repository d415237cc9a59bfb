import type { PacketBatch } from '../../wire/batch.ts'
import type { Seq } from '../../wire/sequence.ts'
import { BUFFER_WEIGHT, QUEUE_WEIGHT, VIEW_WEIGHT } from '../block/memory.ts'
import { append, roomFor } from './small-text.ts'
import { type Allocate, type Insertion, TextAbove } from './text-above.ts'

/** Borrowed text is copied in chunks of at most so many bytes, or a segment. */
const LARGEST_COPY = 65_536

/** A chunk of so many bytes is handed over with the memory that it lies in, a shorter one is copied. */
export const LARGE = 16_384

/** Chunks at the front that were taken are forgotten when there are so many, to keep the lists short. */
const COMPACT_AT = 256
const TAKEN = new Uint8Array(0)

/** The lists of every queue that is empty, as most are at most times: nothing is ever added to them. */
const NO_CHUNKS: Uint8Array[] = []
const NO_PLACES: number[] = []

/** The batch of packets whose memory borrowed text lies in. */
export type Lender = Pick<PacketBatch, 'take'>

/**
 * Text that has arrived and the user has not taken: bytes in order, and pieces above a gap (SHLD-31). Text that has
 * just come in order lies where the link has put it, borrowed: a user who reads at once makes the only copy, or takes
 * large text together with its memory. The rest is copied by {@link settle} when the batch is processed. All other memory
 * in it is its own.
 */
export class ReceiveQueue {
  /** Bytes in order, not yet taken. */
  length = 0
  #chunks: Uint8Array[] = NO_CHUNKS
  /** For each chunk which packet of the lender's it is borrowed from; or, below 0, how many bytes of memory it has to itself. */
  #places: number[] = NO_PLACES
  /** The batch that all borrowed chunks are of: they are settled before the next one comes. */
  #lender: Lender | null = null
  /** Their sum. */
  #memory = 0
  #first = 0
  #borrowed = 0
  /** Something may lie in memory of others, for a reader who takes it soon. */
  #lies = false
  /** The last chunk, when it was joined from small ones and may grow. */
  #joined: Uint8Array | null = null
  /** The text above a gap; null while there is none. */
  #above: TextAbove | null = null

  /** The memory that it takes, bytes; what is borrowed is its lender's. */
  get weight(): number {
    if (this.#chunks.length === 0 && this.#above === null) return 0
    const own = this.#chunks.length - this.#first - this.#borrowed
    const inOrder = own === 0 ? 0 : QUEUE_WEIGHT + this.#memory + own * (VIEW_WEIGHT + BUFFER_WEIGHT)
    return inOrder + (this.#above?.weight ?? 0)
  }

  /** Bytes above a gap, and the pieces that they came in. */
  get bytesAbove(): number {
    return this.#above?.bytes ?? 0
  }

  get piecesAbove(): number {
    return this.#above?.pieces ?? 0
  }

  /** The pieces above a gap, lowest first. */
  pieces(): readonly { readonly seq: Seq; readonly bytes: Uint8Array }[] {
    return this.#above?.list() ?? []
  }

  /** Adds bytes that lie in `memory` bytes of memory, which are the queue's from now on. */
  push(bytes: Uint8Array, memory = bytes.length): void {
    if (bytes.length === 0) return
    this.length += bytes.length
    if (this.#join(bytes)) return
    this.#memory += memory
    this.#append(bytes, -memory)
  }

  /**
   * As {@link push}, of bytes that are packet `index` of the lender's until {@link settle} is called. Without a lender nobody
   * else needs their memory.
   */
  borrow(bytes: Uint8Array, lender: Lender | null, index: number): void {
    if (bytes.length === 0) return
    if (lender === null) {
      // Unless it is a small part of a datagram.
      if (2 * bytes.length < bytes.buffer.byteLength) this.push(new Uint8Array(bytes))
      else this.push(bytes, bytes.buffer.byteLength)
      return
    }
    this.length += bytes.length
    this.#borrowed++
    this.#lender = lender
    this.#append(bytes, index)
  }

  #append(bytes: Uint8Array, place: number): void {
    if (this.#chunks === NO_CHUNKS) {
      this.#chunks = [bytes]
      this.#places = [place]
    } else {
      this.#chunks.push(bytes)
      this.#places.push(place)
    }
  }

  /** True when there are borrowed bytes. */
  get borrows(): boolean {
    return this.#borrowed > 0
  }

  /**
   * Copies what is borrowed, into memory that `allocate` gives. Older chunks are not looked at. For a reader who takes them
   * soon, {@link LARGE} chunks stay where they lie, if the lender leaves their memory to us.
   */
  settle(allocate: Allocate, readSoon = false): void {
    let first = this.#chunks.length
    for (let borrowed = this.#borrowed; borrowed > 0; ) if (this.#places[--first]! >= 0) borrowed--
    if (readSoon) first = this.#leaveLarge(first)
    const lender = this.#lender
    this.#lender = null
    if (this.#borrowed === 0) return
    if (first === this.#chunks.length - 1) {
      this.#copyLast(allocate, readSoon)
      return
    }
    const chunks = this.#chunks.splice(first)
    const places = this.#places.splice(first)
    this.#borrowed = 0
    for (let next = 0; next < chunks.length; ) {
      const from = next
      const place = places[next]!
      let bytes = chunks[next++]!.length
      if (place < 0) {
        this.#append(chunks[from]!, place)
        continue
      }
      if (readSoon && bytes >= LARGE && lender!.take(place)) {
        this.#append(chunks[from]!, place)
        this.#own(this.#chunks.length - 1)
        continue
      }
      while (
        next < chunks.length &&
        places[next]! >= 0 &&
        bytes + chunks[next]!.length <= LARGEST_COPY &&
        (!readSoon || chunks[next]!.length < LARGE)
      )
        bytes += chunks[next++]!.length
      const copy = allocate(bytes)
      let at = 0
      for (let n = from; n < next; n++) {
        copy.set(chunks[n]!, at)
        at += chunks[n]!.length
      }
      if (readSoon) this.#lies = true
      this.length -= bytes
      this.push(copy)
    }
  }

  /** Copies the last chunk, which alone is borrowed: mostly one packet has come, and needs no lists of what to copy. */
  #copyLast(allocate: Allocate, readSoon: boolean): void {
    const chunk = this.#chunks.pop()!
    this.#places.pop()
    this.#borrowed = 0
    if (readSoon) this.#lies = true
    const copy = allocate(chunk.length)
    copy.set(chunk)
    this.length -= chunk.length
    this.push(copy)
  }

  /** Leaves {@link LARGE} borrowed chunks in a row, from `n` on, where they lie; returns where the row ends. */
  #leaveLarge(n: number): number {
    for (; n < this.#chunks.length; n++) {
      const place = this.#places[n]!
      if (place < 0) continue
      if (this.#chunks[n]!.length < LARGE || !this.#lender!.take(place)) break
      this.#borrowed--
      this.#own(n)
    }
    return n
  }

  /** A chunk's lender leaves its memory to the queue. */
  #own(n: number): void {
    const { length } = this.#chunks[n]!
    this.#lies = true
    this.#memory += length
    this.#places[n] = -length
  }

  /**
   * The reader does not come after all: what {@link settle} has left in memory of others, or put into memory that is shared
   * with others, is copied to memory of just its size.
   */
  moveOut(allocate: Allocate): void {
    if (!this.#lies) return
    this.#lies = false
    const chunks = this.#chunks
    for (let n = this.#first; n < chunks.length; n++) {
      const chunk = chunks[n]!
      if (this.#places[n]! >= 0 || chunk === this.#joined || chunk.buffer.byteLength <= 2 * chunk.length)
        continue
      const copy = allocate(chunk.length)
      copy.set(chunk)
      chunks[n] = copy
      this.#memory += chunk.length + this.#places[n]!
      this.#places[n] = -chunk.length
    }
  }

  /** Appends small text to the last chunk, if that is small too. */
  #join(bytes: Uint8Array): boolean {
    const i = this.#chunks.length - 1
    if (i < this.#first || this.#places[i]! >= 0) return false
    const last = this.#chunks[i]!
    // A reader has the rest of a chunk's memory once it was given a part of it.
    const joined = last === this.#joined
    const before = joined ? -this.#places[i]! : last.length
    const memory = roomFor(last, bytes, before, joined)
    if (memory === 0) return false
    const whole = append(last, bytes, before, memory)
    this.#memory += memory + this.#places[i]!
    this.#places[i] = -memory
    this.#chunks[i] = whole
    this.#joined = whole
    return true
  }

  /** The bytes of the next chunk, 0 for none. */
  get lengthOfFirst(): number {
    return this.#chunks[this.#first]?.length ?? 0
  }

  /** The bytes before the first {@link LARGE} chunk, where they are several chunks; otherwise 0. */
  get lengthOfShort(): number {
    let bytes = 0
    let n = this.#first
    for (; n < this.#chunks.length; n++) {
      const { length } = this.#chunks[n]!
      if (length >= LARGE) break
      bytes += length
    }
    return n - this.#first > 1 || this.#borrowed > 0 ? bytes : 0
  }

  /** Takes the next chunk in order, or at most `limit` bytes of it; null when there is none. The bytes are the caller's. */
  shift(limit = Number.POSITIVE_INFINITY): Uint8Array | null {
    if (this.length === 0) return null
    const place = this.#places[this.#first]!
    const lender = this.#lender
    const bytes = this.#take(limit)
    if (place < 0) return bytes
    return bytes.length >= LARGE && lender!.take(place) ? bytes : new Uint8Array(bytes)
  }

  /** Takes bytes in order, as many as there are or as `target` has room for; returns how many. */
  read(target: Uint8Array): number {
    let at = 0
    while (at < target.length && this.length > 0) {
      const bytes = this.#take(target.length - at)
      target.set(bytes, at)
      at += bytes.length
    }
    return at
  }

  /** At most `limit` bytes of the first chunk, which there is. */
  #take(limit: number): Uint8Array {
    const chunk = this.#chunks[this.#first]!
    if (chunk === this.#joined) this.#joined = null
    if (chunk.length > limit) {
      this.#chunks[this.#first] = chunk.subarray(limit)
      this.length -= limit
      return chunk.subarray(0, limit)
    }
    const place = this.#places[this.#first]!
    if (place < 0) this.#memory += place
    else this.#borrowed--
    this.length -= chunk.length
    if (this.#first + 1 === this.#chunks.length) {
      this.#empty()
      return chunk
    }
    // The reader that has it now may let go of it.
    this.#chunks[this.#first++] = TAKEN
    if (this.#first >= COMPACT_AT && 2 * this.#first >= this.#chunks.length) {
      this.#chunks.splice(0, this.#first)
      this.#places.splice(0, this.#first)
      this.#first = 0
    }
    return chunk
  }

  /** Takes all bytes in order. */
  skip(): void {
    this.#empty()
    this.length = 0
  }

  /** A copy of the next bytes in order, at most `limit`; they stay. */
  peek(limit: number): Uint8Array {
    const bytes = new Uint8Array(Math.min(limit, this.length))
    let at = 0
    for (let n = this.#first; at < bytes.length; n++) {
      const part = this.#chunks[n]!.subarray(0, bytes.length - at)
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  /** Keeps text that starts above RCV.NXT, see {@link TextAbove.insert}. */
  insert(seq: Seq, bytes: Uint8Array, limit: number, allocate: Allocate): Insertion {
    this.#above ??= new TextAbove()
    return this.#above.insert(seq, bytes, limit, allocate)
  }

  /** Lets go of text above a gap from `seq` on. */
  cutAt(seq: Seq): void {
    this.#above?.cutAt(seq)
    if (this.#above?.pieces === 0) this.#above = null
  }

  /** The start of the lowest text above a gap; meaningful when there is some. */
  get startAbove(): Seq {
    return this.#above?.start ?? 0
  }

  /** The end of the highest text above a gap; meaningful when there is some. */
  get endAbove(): Seq {
    return this.#above?.end ?? 0
  }

  /** The ends of the run of text that [seq, end) is part of. */
  runAround(seq: Seq, end: Seq): readonly [Seq, Seq] {
    return this.#above?.runAround(seq, end) ?? [seq, end]
  }

  /** Moves what has come in order at `next` to the readable bytes; returns the RCV.NXT after it. */
  collect(next: Seq): Seq {
    const above = this.#above
    if (above === null) return next
    next = above.collect(next, (bytes, memory) => this.push(bytes, memory))
    if (above.pieces === 0) this.#above = null
    return next
  }

  clear(): void {
    this.skip()
    this.dropAbove()
  }

  /** Drops all text above gaps. */
  dropAbove(): void {
    this.#above = null
  }

  #empty(): void {
    if (this.#chunks.length === 1) {
      // As it is with a reader who takes each chunk at once: the next one needs no new lists.
      this.#chunks.pop()
      this.#places.pop()
    } else {
      this.#chunks = NO_CHUNKS
      this.#places = NO_PLACES
    }
    this.#joined = null
    this.#first = 0
    this.#borrowed = 0
    this.#lender = null
    this.#memory = 0
    this.#lies = false
  }
}
