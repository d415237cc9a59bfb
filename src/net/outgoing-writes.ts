import type { SendMemory } from './send-memory.ts'

/** One chunk as a Writable hands it over. */
export interface WriteEntry {
  readonly chunk: Uint8Array | string
  readonly encoding: BufferEncoding
}

/** Blocks of at most this many bytes are made of what is written. */
const LARGEST_BLOCK = 65_536

/**
 * What was written and the connection has not taken yet. It is cut, and joined, into blocks as there is room
 * for them, so that a large buffer is never copied whole.
 */
export class OutgoingWrites {
  readonly #entries: readonly WriteEntry[]
  #next = 0
  /** What is left of the entry that was begun. */
  #begun: Uint8Array | null = null
  /** Bytes left. */
  length = 0
  /** The last chunk of which everything is taken. */
  ended: Uint8Array | null = null

  constructor(entries: readonly WriteEntry[]) {
    this.#entries = entries
    for (const { chunk, encoding } of entries)
      this.length += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length
  }

  /** The next block, of about `room` bytes, in memory of its own. */
  take(room: number, memory: SendMemory): Uint8Array {
    const size = Math.min(this.length, room, LARGEST_BLOCK)
    const first = this.#peek()
    if (first.length >= size) {
      this.#advance(first, size)
      return memory.copy(first.subarray(0, size))
    }
    const block = Buffer.allocUnsafeSlow(size)
    for (let at = 0; at < size; ) {
      const bytes = this.#peek()
      const length = Math.min(bytes.length, size - at)
      block.set(length === bytes.length ? bytes : bytes.subarray(0, length), at)
      this.#advance(bytes, length)
      at += length
    }
    return block
  }

  #peek(): Uint8Array {
    while (this.#begun === null) {
      const { chunk, encoding } = this.#entries[this.#next++]!
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
      if (bytes.length > 0) this.#begun = bytes
    }
    return this.#begun
  }

  #advance(bytes: Uint8Array, length: number): void {
    this.length -= length
    this.#begun = length === bytes.length ? null : bytes.subarray(length)
    if (this.#begun === null) this.ended = this.#whole
  }
}
