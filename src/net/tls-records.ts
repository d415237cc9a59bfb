/**
 * How much is given to Node's TLS at once: one record. It calls its user once for each record of a read; if a tick that
 * follows the first call throws, Node finds its contexts out of order at the second, and ends the process.
 */

/** Type, version and length: RFC 8446 §5.1. */
const HEADER = 5
const FIRST_TYPE = 20
const LAST_TYPE = 24
const MAJOR_VERSION = 3
/** RFC 5246 §6.2.3, which allows more than RFC 8446. */
const LONGEST = 16_384 + 2048

export class TlsRecords {
  /** Bytes of the record that was begun which are still to come. */
  #body = 0
  /** Bytes of its header that have come. */
  #header = 0
  #length = 0
  /** Null before the first bytes have come. */
  #isTls: boolean | null = null

  /**
   * The beginning of `bytes`, which is given now: the rest of a record, and the header of the one after it, of which TLS tells
   * nothing. All of them where records are not to be seen: it is another protocol, or its beginning went elsewhere. So the first
   * bytes are given whole, too: TLS begins with its handshake, which has no text for the user.
   */
  cut<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
    const given = this.#fits(bytes.length) ? bytes : (bytes.subarray(0, this.#limit) as Bytes)
    this.#take(given)
    return given
  }

  get #limit(): number {
    return this.#body > 0 ? this.#body + HEADER : HEADER - this.#header
  }

  #fits(length: number): boolean {
    return this.#isTls !== true || length <= this.#limit
  }

  #take(bytes: Uint8Array): void {
    this.#isTls ??= true
    for (let at = 0; this.#isTls && at < bytes.length; ) {
      if (this.#body > 0) {
        const taken = Math.min(this.#body, bytes.length - at)
        this.#body -= taken
        at += taken
      } else this.#takeHeader(bytes[at++]!)
    }
  }

  #takeHeader(byte: number): void {
    switch (this.#header++) {
      case 0:
        this.#isTls = byte >= FIRST_TYPE && byte <= LAST_TYPE
        break
      case 1:
        this.#isTls = byte === MAJOR_VERSION
        break
      case 3:
        this.#length = byte << 8
        break
      case 4:
        this.#body = this.#length | byte
        this.#header = 0
        this.#isTls = this.#body <= LONGEST
    }
  }
}
