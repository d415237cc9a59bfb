/** The fuzzer's input, read as numbers; zeros when there is no more. */
export class Reader {
  #bytes
  #at = 0

  constructor(bytes) {
    this.#bytes = bytes
  }

  get ended() {
    return this.#at >= this.#bytes.length
  }

  byte() {
    return this.#bytes[this.#at++] ?? 0
  }

  uint16() {
    return (this.byte() << 8) | this.byte()
  }

  signed16() {
    return (this.uint16() << 16) >> 16
  }

  uint32() {
    return (this.uint16() << 16) | this.uint16()
  }

  /** So many, or what is left. */
  bytes(length) {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return bytes
  }
}
