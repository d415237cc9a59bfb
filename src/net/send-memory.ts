import type { WriteEntry } from './outgoing-writes.ts'
import { LARGEST, leaveBlock, SMALLEST, takeBlock } from './send-blocks.ts'

/** Shorter chunks are copied although they are lent: that costs less than a piece of their own, bytes. */
export const SHORTEST_LENT = 8192
/** A lent chunk pins its whole buffer: at least one of so many bytes in it must be on their way. */
const LARGEST_SHARE = 8

/** Memory that nothing more is put into: a block that is full, or a writer's buffer. */
interface Closed {
  /** Null for what was lent. */
  readonly block: Buffer | null
  readonly buffer: ArrayBufferLike
  /** The count of bytes given when the last of them came from here. */
  end: number
}

/** Memories that are kept for reuse, by all connections together. */
const POOL = 1024
const pool: SendMemory[] = []

/** A memory for a connection that sends: most have nothing to send at most times. */
export const takeMemory = (): SendMemory => pool.pop() ?? new SendMemory()

/** Nothing is in it any more. */
export const leaveMemory = (memory: SendMemory): void => {
  if (pool.length < POOL) pool.push(memory)
}

/**
 * The memory in which sent bytes wait for their acknowledgment: the user may change a buffer as soon as the
 * write is called back, unless it has lent it. Each connection has its own blocks, so that one slow reader pins little more
 * than its own bytes; chunks written in a row come to lie side by side. All that is sent has to come from here, in its
 * order: what is acknowledged is used again, by the next connection that needs it, and no collector has to find it.
 */
export class SendMemory {
  /** Bytes of the blocks that it has, and of the buffers that it was lent parts of. */
  bytes = 0
  #block: Buffer | null = null
  #used = 0
  #size = SMALLEST
  /** Bytes given in all. */
  #given = 0
  readonly #closed: Closed[] = []

  /**
   * Takes bytes that nobody changes any more as they are, where that is worth while: `rest` of them, these included, are yet
   * to be sent from their buffer. Returns whether it does; otherwise they need a copy.
   */
  lend(bytes: Uint8Array, rest: number): boolean {
    const { buffer, length } = bytes
    if (length < SHORTEST_LENT || rest < buffer.byteLength / LARGEST_SHARE) return false
    this.#given += length
    const last = this.#closed.at(-1)
    if (last?.block === null && last.buffer === buffer) last.end = this.#given
    else {
      this.#closed.push({ block: null, buffer, end: this.#given })
      this.bytes += buffer.byteLength
    }
    return true
  }

  /** A copy of the bytes, at most 65536. */
  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    const block = this.room(length)
    block.set(bytes, this.#used)
    return this.take(block, length)
  }

  /** Memory for at most 65536 bytes, to be filled. */
  allocate(length: number): Uint8Array {
    return this.take(this.room(length), length)
  }

  /** The last bytes of what {@link allocate} has just given are not needed. */
  giveBack(bytes: number): void {
    this.#used -= bytes
    this.#given -= bytes
  }

  /** All entries in a row, as bytes: at most `most` (65536), which allows for the most that an encoding makes of a text. */
  gather(entries: readonly WriteEntry[], most: number): Uint8Array {
    const block = this.room(most)
    let at = this.#used
    for (const { chunk, encoding } of entries) {
      if (typeof chunk === 'string') at += block.write(chunk, at, encoding)
      else {
        block.set(chunk, at)
        at += chunk.length
      }
    }
    return this.take(block, at - this.#used)
  }

  /** Only the last `unacknowledged` bytes of all that was given are still needed. */
  acknowledged(unacknowledged: number): void {
    const closed = this.#closed
    if (unacknowledged > 0) {
      const needed = this.#given - unacknowledged
      let n = 0
      while (n < closed.length && closed[n]!.end <= needed) this.letGo(closed[n++]!)
      if (n > 0) closed.splice(0, n)
      return
    }
    // No need to keep memory while nothing is going on.
    if (closed.length > 0) for (const each of closed.splice(0)) this.letGo(each)
    if (this.#block !== null) this.leave(this.#block)
    this.#block = null
    this.#size = SMALLEST
  }

  /** Nothing is sent any more, nor was the last block: the blocks are left to the collector. */
  abandon(): void {
    this.#closed.length = 0
    this.#block = null
    this.bytes = 0
  }

  private letGo({ block, buffer }: Closed): void {
    if (block === null) this.bytes -= buffer.byteLength
    else this.leave(block)
  }

  private leave(block: Buffer): void {
    this.bytes -= block.length
    leaveBlock(block)
  }

  private room(length: number): Buffer {
    if (this.#block !== null) {
      if (this.#block.length - this.#used >= length) return this.#block
      this.#closed.push({ block: this.#block, buffer: this.#block.buffer, end: this.#given })
    }
    let size = this.#size
    while (size < length) size *= 2
    this.#size = Math.min(size * 2, LARGEST)
    this.#block = takeBlock(size)
    this.bytes += size
    this.#used = 0
    return this.#block
  }

  private take(block: Buffer, length: number): Uint8Array {
    const start = this.#used
    this.#used += length
    this.#given += length
    return block.subarray(start, this.#used)
  }
}
