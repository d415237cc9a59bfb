/**
 * Writing to one connection: data is copied unless it is lent, handed over as the connection has room, and called back.
 *
 * A long write waits for its acknowledgments if they come almost at once (another program on this machine, a peer in memory):
 * until it is called back its writer may not change it, so that what was acknowledged by then needs no copy. Elsewhere
 * that would cost a round trip for each write.
 */
import { AsyncResource } from 'node:async_hooks'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { type ErrorCode, TcpError } from '../tcp/block/error.ts'
import {
  keepsForSending,
  replaceText,
  send,
  sendBuffer,
  sendRoom,
  sendUrgent,
  unacknowledged,
} from '../tcp/calls.ts'
import { transferError } from './errors.ts'
import { OutgoingWrites, type WriteEntry } from './outgoing-writes.ts'
import { SendMemory, SHORTEST_LENT } from './send-memory.ts'

/** Chunks up to this size are copied at once, bytes. */
const SHORT = 16_384
/** Bytes that a write which waits for acknowledgments need not wait for: they keep the path busy while the next is written. */
const KEEPS_BUSY = 131_072
/** Round trips up to this are worth waiting for, ms. */
const NEAR = 0.25

export type WriteCallback = (error?: Error | null) => void

export class Sending {
  /** Bytes of all writes so far. */
  bytesWritten = 0
  /** True when writers lend their chunks: nobody changes them any more. */
  lends = false
  readonly #memory = new SendMemory()
  /** Bytes of it that the connection was told of. */
  #kept = 0
  /** A write that waits for room, with what is left of it. */
  #writes: OutgoingWrites | null = null
  /** The rest of it when somebody asked for progress. */
  #leftBefore = 0
  #callback: WriteCallback | null = null
  #error: Error | null = null
  /** Chunks that end urgent data; null as long as there were none. */
  #urgentChunks: WeakSet<Uint8Array> | null = null

  /** True when a write has yet to be called back. */
  get waits(): boolean {
    return this.#callback !== null
  }

  /** Bytes that the connection has not taken yet. */
  get bytesWaiting(): number {
    return this.#writes?.length ?? 0
  }

  /** Returns whether a write waits of which the connection has taken some since it was last asked so. */
  progressed(): boolean {
    const before = this.#leftBefore
    this.#leftBefore = this.bytesWaiting
    return this.#writes !== null && this.#leftBefore !== before
  }

  /**
   * Sends the entries, copied unless they are lent. Entries that the connection takes at once are called back at once, and
   * so is an error; the rest is called back by {@link finish}. One call at a time.
   */
  write(c: Connection, entries: readonly WriteEntry[], callback: WriteCallback, lent = this.lends): void {
    if (this.#urgentChunks === null && this.#gathered(c, entries, callback, lent)) return
    this.#writes = new OutgoingWrites(entries, this.#urgentChunks, lent)
    this.bytesWritten += this.#writes.length
    this.#writes.borrows = this.#writes.length > KEEPS_BUSY && isNear(c)
    this.#feed(c)
    if (!this.#hasToWait(c)) {
      this.#keepBorrowed(c)
      const error = this.#error
      this.#error = null
      callback(error)
      return
    }
    this.#leftBefore = -1
    // A write that has to wait is called back in the context of its writer.
    const context = new AsyncResource('WRITEWRAP')
    this.#callback = error => context.runInAsyncScope(callback, null, error)
  }

  /** Sends short entries as one, such as an HTTP response with its headers; false when they are not short, or there is no room. */
  #gathered(c: Connection, entries: readonly WriteEntry[], callback: WriteCallback, lent: boolean): boolean {
    let most = 0
    for (const { chunk } of entries) most += mostBytes(chunk)
    const size = sendBuffer(c)
    const longest = lent ? SHORTEST_LENT - 1 : SHORT
    if (most === 0 || most > Math.min(longest, size) || size <= unacknowledged(c)) return false
    try {
      const bytes = this.#memory.gather(entries, most)
      this.bytesWritten += bytes.length
      if (bytes.length > 0) send(c, bytes)
    } catch (error) {
      this.#memory.abandon()
      callback(writeError(error))
      return true
    }
    this.#tellKept(c)
    callback(null)
    return true
  }

  /** Marks a chunk, which is the connection's from now on, as the end of urgent data once it is written. */
  markUrgent(chunk: Uint8Array): void {
    this.#urgentChunks ??= new WeakSet()
    this.#urgentChunks.add(chunk)
  }

  /** The peer has acknowledged some. Returns whether the write that waits is to be called back now. */
  acknowledged(c: Connection): boolean {
    this.#memory.acknowledged(unacknowledged(c))
    this.#tellKept(c)
    if (this.#callback === null) return false
    this.#feed(c)
    return !this.#hasToWait(c)
  }

  /** Returns whether the write that was begun cannot be called back yet. */
  #hasToWait(c: Connection): boolean {
    return this.#writes !== null || (this.#memory.borrows && unacknowledged(c) > KEEPS_BUSY && !isShut(c))
  }

  /** The connection is gone. Returns whether the write that waits is to be called back now. */
  fail(code: ErrorCode): boolean {
    const borrowed = this.#memory.borrows
    this.#memory.acknowledged(0)
    // A write counts as written once the connection has taken it, as with a kernel's.
    if (this.#writes === null) return borrowed
    this.#writes = null
    this.#error = transferError(code, 'write')
    return true
  }

  /** Nobody writes any more: what waits goes nowhere, and is called back without an error, as by node:net. */
  cancel(): void {
    this.#writes = null
    this.#error = null
  }

  /** Calls back the write that has waited. */
  finish(c: Connection): void {
    this.#keepBorrowed(c)
    const callback = this.#callback
    const error = this.#error
    this.#callback = null
    this.#error = null
    callback?.(error)
  }

  /** The writer may change what it wrote from now on. */
  #keepBorrowed(c: Connection): void {
    if (!this.#memory.borrows) return
    this.#memory.keepBorrowed((bytes, copy) => replaceText(c, bytes, copy))
    this.#tellKept(c)
  }

  /** The connection counts what copies and lent buffers take, not what they are long. */
  #tellKept(c: Connection): void {
    const { bytes } = this.#memory
    if (bytes === this.#kept) return
    this.#kept = bytes
    if (bytes > 0) keepsForSending(c, bytes)
  }

  /** Gives the connection as much as it has room for. */
  #feed(c: Connection): void {
    try {
      while (this.#writes !== null) {
        if (this.#writes.length > 0) {
          const room = sendRoom(c)
          if (room === 0) return
          // Going somewhat beyond the send buffer is better than many small pieces.
          const least = Math.min(SHORT, sendBuffer(c) >> 1)
          const block = this.#writes.take(Math.max(room, least), this.#memory)
          if (this.#writes.endsUrgent) sendUrgent(c, block)
          else send(c, block)
          this.#tellKept(c)
        }
        if (this.#writes.length === 0) this.#writes = null
      }
    } catch (error) {
      this.#memory.abandon()
      this.#writes = null
      this.#error = writeError(error)
    }
  }
}

/** No encoding makes more than three bytes of a UTF-16 unit. */
const mostBytes = (chunk: Uint8Array | string): number =>
  typeof chunk === 'string' ? 3 * chunk.length : chunk.length

const writeError = (error: unknown): Error =>
  error instanceof TcpError ? transferError(error.code, 'write') : (error as Error)

/** Returns whether acknowledgments come so soon that they are worth waiting for. */
const isNear = ({ minRtt }: Connection): boolean => minRtt.value >= 0 && minRtt.value <= NEAR

/**
 * Returns whether the peer takes nothing for now: its program may wait for what ours does once its write is called back, as
 * it would be with a kernel's buffer.
 */
const isShut = ({ snd, inFlight }: Connection): boolean => inFlight === 0 && snd.wnd < snd.mss
