import { put } from '../base/bits.ts'
import { LONG, timed } from '../base/turn-time.ts'
import type { Turn } from '../base/turns.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { LARGEST_READ, readText, readToCopy } from './read-memory.ts'

/** As many bytes as libuv reads in a row, before others have their turn. */
const READ_IN_ROW = 32 * LARGEST_READ

/**
 * A read of 64 KB takes one reader a few microseconds. For another it is two thousand requests, everybody else waits until they
 * are answered, and what all of them keep has to be let go of at once when their connection is reset. So a fair reader is given as
 * much at once as it takes in {@link LONG}, but never less than this, bytes: a short message stays in one piece. As much is it
 * given at first, when nothing is known of it.
 */
export const LEAST_SHARE = 1024

// The flags of a reading.
const WANTED = 1
const UNDER_WAY = 2
const ENDED = 4
const ENDS_AS_READ = 8
const HUNG_UP = 16

/** The bytes that a fair reader is given at once. */
class FairShare {
  /** Bytes of which it makes, as far as is known, no long turn. */
  size = LEAST_SHARE
  /** Bytes that it was given in this turn. */
  inTurn = 0

  /** A reader who is quick with all of its share is given twice as much: {@link tookLong} tells when it was not. */
  note(length: number): void {
    this.inTurn = length
    if (length === this.size) this.size = Math.min(2 * this.size, LARGEST_READ)
  }

  tookLong(ms: number): void {
    if (this.inTurn === 0) return
    this.size = Math.max(LEAST_SHARE, Math.floor((this.inTurn * LONG) / ms))
  }
}

/** The way in which a reader is given what a connection has: by reads as libuv's, or by fair ones. */
export class Reading {
  /** Bytes that were read. */
  bytes = 0
  /** Bytes that a read brings at most. */
  limit = LARGEST_READ
  #bits = 0
  /** Bytes that were read in this wake-up. */
  #inRow = 0
  /** Null: reads are libuv's. */
  #share: FairShare | null = null

  /** The reader takes more. */
  get wanted(): boolean {
    return (this.#bits & WANTED) !== 0
  }
  set wanted(on: boolean) {
    this.#bits = put(this.#bits, WANTED, on)
  }

  /** The reader is given something. */
  get underWay(): boolean {
    return (this.#bits & UNDER_WAY) !== 0
  }

  /** It has heard of the end. */
  get ended(): boolean {
    return (this.#bits & ENDED) !== 0
  }
  set ended(on: boolean) {
    this.#bits = put(this.#bits, ENDED, on)
  }

  /** What was read in this wake-up is followed by the end, though the connection may have ended by an error. */
  private get endsAsRead(): boolean {
    return (this.#bits & ENDS_AS_READ) !== 0
  }

  /** Both directions were over when this wake-up began. */
  private get hungUp(): boolean {
    return (this.#bits & HUNG_UP) !== 0
  }

  get isFair(): boolean {
    return this.#share !== null
  }

  /** False: the reader gave memory of no bytes, which libuv takes for an error, ENOBUFS. */
  get hasRoom(): boolean {
    return this.limit > 0
  }

  /** Returns whether the reader, who has read everything, comes to the end, not to an error. */
  ends(c: Connection): boolean {
    return (c.finReceived || this.endsAsRead) && this.hasRoom
  }

  /** From the beginning: a read is as much as the reader takes in {@link LONG}, and others have their turn before the next. */
  beFair(): void {
    this.#share = new FairShare()
  }

  /** The turn that reads, and tells other things of the connection. */
  turn(take: () => unknown): Turn {
    const share = this.#share
    if (share === null) return take
    const turn = () => {
      share.inTurn = 0
      return take()
    }
    return Object.assign(turn, { tookLong: (ms: number) => share.tookLong(ms) })
  }

  /**
   * A turn in which the owner hears of something else. A fair reader's has its time counted, as its reads have: a peer that
   * has made a thousand requests has a thousand of them end with its connection.
   */
  otherTurn(tell: () => unknown): Turn {
    return this.isFair ? timed(tell) : tell
  }

  /**
   * Bytes for the reader, of which there are some; it may ask for more while it is given them.
   * @param keeps whether they are kept for later
   * @param takes whether the reader takes them now: from one that puts them aside nobody learns what they will cost
   * @param copies whether it copies them before the next read
   */
  begin(c: Connection, keeps: boolean, takes: boolean, copies: boolean): Buffer {
    const share = this.#share
    if (this.#inRow === 0) this.#bits = put(this.#bits, HUNG_UP, isHungUp(c))
    const limit = Math.min(this.limit, share === null ? LARGEST_READ : share.size)
    const bytes = copies ? readToCopy(c, limit) : readText(c, limit, keeps)
    if (share !== null && takes) share.note(bytes.length)
    this.bytes += bytes.length
    this.#inRow += bytes.length
    this.#bits = (this.#bits & ~WANTED) | UNDER_WAY
    return bytes
  }

  /** It has them, and takes `more`. */
  finish(more: boolean): void {
    this.#bits = (this.#bits & ~UNDER_WAY) | (more ? WANTED : 0)
  }

  /** Returns whether another read follows in this wake-up, if the reader takes more when ticks and promises have settled. */
  goesOn(c: Connection): boolean {
    if (c.receiveQueue.length > 0) return !this.isFair && this.#inRow < READ_IN_ROW
    // A read that is full is followed by another, which finds the end, or the error.
    if (this.#inRow % this.limit === 0) return !this.isFair && (c.finReceived || c.error !== null)
    const { hungUp } = this
    this.#bits = put(this.#bits, ENDS_AS_READ, hungUp)
    return hungUp
  }

  /** The wake-up is over. */
  pause(): void {
    this.#inRow = 0
    this.#bits &= ~ENDS_AS_READ
  }
}

/** libuv up to 1.51 (Node up to 22) looks at it; later ones read once more, when they have polled again. */
const LOOKS_AT_POLLHUP = /^1\.([0-9]|[1-4][0-9]|5[01])\./.test(process.versions.uv ?? '')

/** POLLHUP: libuv took it for the end when a read had found less than it had room for, and asked for no error that may be there. */
const isHungUp = ({ state }: Connection): boolean =>
  LOOKS_AT_POLLHUP &&
  (state === 'CLOSING' || state === 'LAST_ACK' || state === 'TIME_WAIT' || state === 'CLOSED')
