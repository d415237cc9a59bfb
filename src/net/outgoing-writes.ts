import { type SendMemory, SHORTEST_LENT } from './send-memory.ts'

/** One chunk as a Writable hands it over. */
export interface WriteEntry {
  readonly chunk: Uint8Array | string
  readonly encoding: BufferEncoding
}

/** Blocks of at most this many bytes are made of what is written. */
const LARGEST_BLOCK = 65_536

/**
 * Data that was written and the connection has not taken yet. It is cut, and joined, into blocks as there is room
 * for them, so that a large buffer is never copied whole; what is lent, or was made here of a text, is not copied at all.
 */
export class OutgoingWrites {
  readonly #entries: readonly WriteEntry[]
  /** Chunks that end urgent data; null when there are none. */
  readonly #urgent: WeakSet<Uint8Array> | null
  /** Nobody changes the chunks any more. */
  readonly lent: boolean
  #next = 0
  /** The rest of the entry that was begun. */
  #begun: Uint8Array | null = null
  #beginsUrgent = false
  /** Nobody changes the entry that was begun. */
  #beginsLent = false
  /** Bytes left. */
  length = 0
  /** As many were left when somebody asked for progress; -1 before. */
  #lengthBefore = -1
  /** True when the block that was taken last ends urgent data. */
  endsUrgent = false

  constructor(entries: readonly WriteEntry[], urgent: WeakSet<Uint8Array> | null, lent: boolean) {
    this.#entries = entries
    this.#urgent = urgent
    this.lent = lent
    for (const { chunk, encoding } of entries)
      this.length += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length
  }

  /** Returns whether the connection has taken some since this was last asked. */
  progressed(): boolean {
    const before = this.#lengthBefore
    this.#lengthBefore = this.length
    return this.length !== before
  }

  /** The next block, of at most `room` bytes (at least one), in memory from `memory`, or lent. */
  take(room: number, memory: SendMemory): Uint8Array {
    const first = this.peek()
    if (this.#beginsLent) {
      const bytes = first.length <= room ? first : first.subarray(0, room)
      if (memory.lend(bytes, first.length)) {
        this.advance(first, bytes.length)
        return bytes
      }
    }
    const size = Math.min(this.length, room, LARGEST_BLOCK)
    if (first.length >= size || this.#beginsUrgent) {
      const bytes = first.subarray(0, size)
      this.advance(first, bytes.length)
      return memory.copy(bytes)
    }
    const block = memory.allocate(size)
    let at = 0
    do {
      const bytes = this.peek()
      const length = Math.min(bytes.length, size - at)
      block.set(length === bytes.length ? bytes : bytes.subarray(0, length), at)
      this.advance(bytes, length)
      at += length
    } while (at < size && !this.endsUrgent && !this.lentFollows)
    if (at === size) return block
    memory.giveBack(size - at)
    return block.subarray(0, at)
  }

  /** True when the next entry need not be copied. */
  private get lentFollows(): boolean {
    return this.length > 0 && this.peek().length >= SHORTEST_LENT && this.#beginsLent
  }

  private peek(): Uint8Array {
    while (this.#begun === null) {
      const { chunk, encoding } = this.#entries[this.#next++]!
      const text = typeof chunk === 'string'
      const bytes = text ? Buffer.from(chunk, encoding) : chunk
      if (bytes.length === 0) continue
      this.#begun = bytes
      this.#beginsLent = text || this.lent
      this.#beginsUrgent = this.#urgent?.has(bytes) ?? false
    }
    return this.#begun
  }

  private advance(bytes: Uint8Array, length: number): void {
    this.length -= length
    const all = length === bytes.length
    this.#begun = all ? null : bytes.subarray(length)
    this.endsUrgent = all && this.#beginsUrgent
  }
}
