import type { Seq } from '../wire/sequence.ts'
import { type Insertion, TextAbove } from './text-above.ts'

/** Text up to this size (bytes) is joined with its like, to chunks of at most {@link JOINED}. */
const SMALL = 512
const JOINED = 4096

/** Borrowed text is copied in chunks of at most so many bytes, or a segment. */
const LARGEST_COPY = 65_536

/** A chunk of so many bytes is handed over with the memory that it lies in, a shorter one is copied. */
export const LARGE = 16_384

/** In place of a packet's number: memory of the queue's own. */
const OWN = -1

/** The lists of every queue that is empty, as most are at most times: nothing is ever added to them. */
const NO_CHUNKS: Uint8Array[] = []
const NO_PACKETS: number[] = []

/** Whose memory borrowed text lies in. */
export interface Lender {
  /** Leaves the memory of a packet of this batch to whoever has views of it. */
  keep(packet: number): void
}

/**
 * What has arrived and the user has not taken: bytes in order, and pieces above a gap (SHLD-31). Text that has just come
 * in order lies where the link has put it, borrowed: a user who reads at once makes the only copy, or takes large text
 * together with its memory. What is left when the batch is processed {@link settle} copies. All other memory in it is its
 * own.
 */
export class ReceiveQueue {
  /** Bytes in order, not yet taken. */
  length = 0
  #chunks: Uint8Array[] = NO_CHUNKS
  /** For each chunk the packet that it is borrowed from, or OWN. */
  #packets: number[] = NO_PACKETS
  #first = 0
  #borrowed = 0
  /** The last chunk, when it was joined from small ones and may grow. */
  #joined: Uint8Array | null = null
  /** What lies above a gap; null while nothing does. */
  #above: TextAbove | null = null

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

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.length += bytes.length
    if (bytes.length <= SMALL && this.#joins && this.#join(bytes)) return
    this.#append(bytes, OWN)
  }

  /** As {@link push}, of bytes that are a packet's until {@link settle} is called; those of packet -1 nobody else needs. */
  borrow(bytes: Uint8Array, packet: number): void {
    if (packet === OWN || bytes.length === 0) {
      this.push(bytes)
      return
    }
    this.length += bytes.length
    this.#borrowed++
    this.#append(bytes, packet)
  }

  #append(bytes: Uint8Array, packet: number): void {
    if (this.#chunks === NO_CHUNKS) {
      this.#chunks = [bytes]
      this.#packets = [packet]
    } else {
      this.#chunks.push(bytes)
      this.#packets.push(packet)
    }
  }

  /** Whether there are borrowed bytes. */
  get borrows(): boolean {
    return this.#borrowed > 0
  }

  /** Copies what is borrowed, into memory that `allocate` gives. */
  settle(allocate: (bytes: number) => Uint8Array): void {
    const chunks = this.#chunks
    const packets = this.#packets
    const first = this.#first
    const joined = this.#joined
    this.#empty()
    for (let next = first; next < chunks.length; ) {
      const from = next
      let bytes = chunks[next]!.length
      if (packets[next++] === OWN) {
        this.#append(chunks[from]!, OWN)
        this.#joined = chunks[from] === joined ? joined : null
        continue
      }
      while (next < chunks.length && packets[next] !== OWN && bytes + chunks[next]!.length <= LARGEST_COPY)
        bytes += chunks[next++]!.length
      const copy = allocate(bytes)
      let at = 0
      for (let n = from; n < next; n++) {
        copy.set(chunks[n]!, at)
        at += chunks[n]!.length
      }
      this.length -= bytes
      this.push(copy)
    }
  }

  /** Whether small text may be joined to the last chunk. */
  get #joins(): boolean {
    const last = this.#chunks.length - 1
    return last >= this.#first && this.#packets[last] === OWN
  }

  /** Appends small text to small text: a peer that sends octet by octet must not cost a chunk for each. */
  #join(bytes: Uint8Array): boolean {
    const i = this.#chunks.length - 1
    const last = this.#chunks[i]!
    if (last.length > SMALL && last !== this.#joined) return false
    const used = last.length
    if (used + bytes.length > JOINED) return false
    let whole: Uint8Array
    if (last === this.#joined) {
      whole = new Uint8Array(last.buffer, 0, used + bytes.length)
    } else {
      whole = new Uint8Array(new ArrayBuffer(JOINED), 0, used + bytes.length)
      whole.set(last)
    }
    whole.set(bytes, used)
    this.#chunks[i] = whole
    this.#joined = whole
    return true
  }

  /** The bytes before the first {@link LARGE} chunk. */
  get lengthBeforeLarge(): number {
    let bytes = 0
    for (let n = this.#first; n < this.#chunks.length; n++) {
      const { length } = this.#chunks[n]!
      if (length >= LARGE) break
      bytes += length
    }
    return bytes
  }

  /** Takes the next chunk in order, or at most `limit` bytes of it; null when there is none. The bytes are the caller's. */
  shift(lender: Lender, limit = Number.POSITIVE_INFINITY): Uint8Array | null {
    if (this.length === 0) return null
    const packet = this.#packets[this.#first]!
    const bytes = this.#take(limit)
    if (packet === OWN) return bytes
    if (bytes.length < LARGE) return new Uint8Array(bytes)
    lender.keep(packet)
    return bytes
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
    if (this.#packets[this.#first] !== OWN) this.#borrowed--
    this.#first++
    if (this.#first === this.#chunks.length) this.#empty()
    this.length -= chunk.length
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
  insert(seq: Seq, bytes: Uint8Array, limit: number): Insertion {
    this.#above ??= new TextAbove()
    return this.#above.insert(seq, bytes, limit)
  }

  /** The end of the highest text above a gap; meaningful when there is some. */
  get endAbove(): Seq {
    return this.#above?.end ?? 0
  }

  /** Where the run of text that [seq, end) is part of begins and ends. */
  runAround(seq: Seq, end: Seq): readonly [Seq, Seq] {
    return this.#above?.runAround(seq, end) ?? [seq, end]
  }

  /** Moves what has come in order at `next` to the readable bytes; returns the RCV.NXT after it. */
  collect(next: Seq): Seq {
    const above = this.#above
    if (above === null) return next
    next = above.collect(next, bytes => this.push(bytes))
    if (above.pieces === 0) this.#above = null
    return next
  }

  clear(): void {
    this.skip()
    this.#above = null
  }

  #empty(): void {
    this.#chunks = NO_CHUNKS
    this.#packets = NO_PACKETS
    this.#joined = null
    this.#first = 0
    this.#borrowed = 0
  }
}
