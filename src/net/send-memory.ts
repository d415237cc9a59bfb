import { LARGEST, leaveBlock, SMALLEST, takeBlock } from './send-blocks.ts'

/** A block that is full, and how many bytes had been given when it was. */
interface FullBlock {
  readonly block: Buffer
  readonly end: number
}

/**
 * The memory in which sent bytes wait for their acknowledgment: the user may change a buffer as soon as the
 * write is called back. Each connection has its own blocks, so that one slow reader pins little more than its own bytes;
 * chunks written in a row come to lie side by side. All that is sent has to come from here, in its order: what is
 * acknowledged is used again, by whoever needs it next, and no collector has to find it.
 */
export class SendMemory {
  /** Bytes of the blocks that it has. */
  bytes = 0
  #block: Buffer | null = null
  #used = 0
  #size = SMALLEST
  /** Bytes given in all. */
  #given = 0
  readonly #full: FullBlock[] = []

  /** A copy of the bytes, at most 65536. */
  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    const block = this.#room(length)
    block.set(bytes, this.#used)
    return this.#take(block, length)
  }

  /** Memory for at most 65536 bytes, to be filled. */
  allocate(length: number): Uint8Array {
    return this.#take(this.#room(length), length)
  }

  /** The last bytes of what {@link allocate} has just given are not needed. */
  giveBack(bytes: number): void {
    this.#used -= bytes
    this.#given -= bytes
  }

  /** The text, of at most 21845 UTF-16 units, as bytes. */
  encode(text: string, encoding: BufferEncoding): Uint8Array {
    // No encoding makes more than three bytes of a UTF-16 unit.
    const block = this.#room(text.length * 3)
    return this.#take(block, block.write(text, this.#used, encoding))
  }

  /** Of all that was given, only the last `unacknowledged` bytes are still needed. */
  acknowledged(unacknowledged: number): void {
    const full = this.#full
    if (unacknowledged > 0) {
      const needed = this.#given - unacknowledged
      let n = 0
      while (n < full.length && full[n]!.end <= needed) this.#leave(full[n++]!.block)
      if (n > 0) full.splice(0, n)
      return
    }
    // No need to keep memory while nothing is going on.
    if (full.length > 0) for (const { block } of full.splice(0)) this.#leave(block)
    if (this.#block !== null) this.#leave(this.#block)
    this.#block = null
    this.#size = SMALLEST
  }

  /** Nothing is sent any more, nor was the last block: the blocks are left to the collector. */
  abandon(): void {
    this.#full.length = 0
    this.#block = null
    this.bytes = 0
  }

  #leave(block: Buffer): void {
    this.bytes -= block.length
    leaveBlock(block)
  }

  #room(length: number): Buffer {
    if (this.#block !== null) {
      if (this.#block.length - this.#used >= length) return this.#block
      this.#full.push({ block: this.#block, end: this.#given })
    }
    let size = this.#size
    while (size < length) size *= 2
    this.#size = Math.min(size * 2, LARGEST)
    this.#block = takeBlock(size)
    this.bytes += size
    this.#used = 0
    return this.#block
  }

  #take(block: Buffer, length: number): Uint8Array {
    const start = this.#used
    this.#used += length
    this.#given += length
    return block.subarray(start, this.#used)
  }
}
