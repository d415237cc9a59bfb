/** Small packets are cut from chunks (bytes): an allocation costs more than the copy into it. */
const CHUNK = 65_536
/** Larger ones have memory of their own, so that a reader who keeps one keeps no more than that. */
const SMALL = 2048

/** Room for packets on their way, in memory that is never written to again: a receiver may keep what it is given. */
export class PacketMemory {
  /** The place where {@link reserve} found room last. */
  buffer: Uint8Array = new Uint8Array(0)
  start = 0
  #chunk = new Uint8Array(0)
  #used = 0

  /** Finds room for a packet of `length` bytes: in {@link buffer}, from {@link start}. */
  reserve(length: number): void {
    if (length > SMALL) {
      this.buffer = new Uint8Array(length)
      this.start = 0
      return
    }
    if (this.#used + length > CHUNK || this.#chunk.length === 0) {
      this.#chunk = new Uint8Array(CHUNK)
      this.#used = 0
    }
    this.buffer = this.#chunk
    this.start = this.#used
    // The next one begins with a word.
    this.#used = (this.#used + length + 3) & ~3
  }
}
