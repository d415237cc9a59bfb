/** Chunks up to this many bytes are put together in a slab; longer ones get memory of their own. */
const SMALL = 4096
const FIRST_SLAB = 2048
const LARGEST_SLAB = 65_536

/**
 * The memory in which sent bytes wait for their acknowledgment: the user may change a buffer as soon as the
 * write is called back. Each connection has its own, so that one slow reader pins no more than its own bytes;
 * small chunks written in a row come to lie side by side.
 */
export class SendMemory {
  #slab: Buffer | null = null
  #used = 0
  #size = FIRST_SLAB

  /** A copy of the bytes. */
  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    if (length > SMALL) {
      const own = Buffer.allocUnsafeSlow(length)
      own.set(bytes)
      return own
    }
    const slab = this.#room(length)
    slab.set(bytes, this.#used)
    return this.#take(slab, length)
  }

  /** The text as bytes. */
  encode(text: string, encoding: BufferEncoding): Uint8Array {
    // No encoding makes more than three bytes of a UTF-16 unit.
    const most = text.length * 3
    if (most > SMALL) return Buffer.from(text, encoding)
    const slab = this.#room(most)
    return this.#take(slab, slab.write(text, this.#used, encoding))
  }

  /** Everything sent is acknowledged: no need to keep memory while nothing is going on. */
  rest(): void {
    this.#slab = null
    this.#size = FIRST_SLAB
  }

  #room(length: number): Buffer {
    if (this.#slab !== null && this.#slab.length - this.#used >= length) return this.#slab
    this.#slab = Buffer.allocUnsafeSlow(Math.max(this.#size, length))
    this.#size = Math.min(this.#size * 2, LARGEST_SLAB)
    this.#used = 0
    return this.#slab
  }

  #take(slab: Buffer, length: number): Uint8Array {
    const start = this.#used
    this.#used += length
    return slab.subarray(start, this.#used)
  }
}
