import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { readText } from './read-memory.ts'
import { TlsRecords } from './tls-records.ts'

/** What a connection has for its reader: TLS in C++ is given one record at a time of what was read. */
export class IncomingText {
  #records: TlsRecords | null = null
  /** Of what was read, that which the reader was not given yet; null for nothing. */
  #held: Buffer | null = null

  /** Returns whether there is something for the reader. */
  has(c: Connection): boolean {
    return this.#held !== null || c.receiveQueue.length > 0
  }

  /** The next bytes, of which there are some: as {@link readText}, and for C++ no more than {@link TlsRecords.cut}. */
  next(c: Connection, limit: number, keeps: boolean, native: boolean): Buffer {
    const bytes = this.#held ?? readText(c, limit, keeps)
    this.#held = null
    if (!native) return bytes
    this.#records ??= new TlsRecords()
    const given = this.#records.cut(bytes)
    if (given.length < bytes.length) this.#held = bytes.subarray(given.length)
    return given
  }
}
