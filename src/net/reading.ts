import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { LARGEST_READ, readText } from './read-memory.ts'

/** As many bytes as libuv reads in a row, before others have their turn. */
const READ_IN_ROW = 32 * LARGEST_READ

/** How a reader is given what a connection has: by reads as libuv's. */
export class Reading {
  /** Bytes that were read. */
  bytes = 0
  /** Bytes that a read brings at most. */
  limit = LARGEST_READ
  /** The reader takes more. */
  wanted = false
  /** The reader is given something. */
  underWay = false
  /** It has heard of the end. */
  ended = false
  /** Bytes that were read in this wake-up. */
  #inRow = 0

  /** Bytes for the reader, of which there are some; it may ask for more while it is given them. */
  begin(c: Connection, keeps: boolean): Buffer {
    const bytes = readText(c, this.limit, keeps)
    this.bytes += bytes.length
    this.#inRow += bytes.length
    this.wanted = false
    this.underWay = true
    return bytes
  }

  /** It has them, and takes `more`. */
  finish(more: boolean): void {
    this.underWay = false
    if (more) this.wanted = true
  }

  /** Returns whether another read follows in this wake-up. */
  goesOn(c: Connection): boolean {
    if (c.receiveQueue.length > 0) return this.#inRow < READ_IN_ROW
    // A read that is full is followed by another, which finds the end.
    return c.finReceived && this.#inRow % this.limit === 0
  }

  /** The wake-up is over. */
  pause(): void {
    this.#inRow = 0
  }
}
