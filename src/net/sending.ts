/**
 * Writing to one connection: data is copied unless it is lent, handed over as the connection has room, and called back.
 *
 * A near peer (another program on this machine, or one in memory) has few copies on their way at a time: more would be no faster, and
 * what is copied is still in the processor's own cache when it is sent.
 */
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { type ErrorCode, TcpError } from '../tcp/block/error.ts'
import { keepsForSending, send, sendBuffer, sendRoom, sendUrgent, unacknowledged } from '../tcp/calls.ts'
import { transferError } from './errors.ts'
import { OutgoingWrites, type WriteEntry } from './outgoing-writes.ts'
import { requested } from './request.ts'
import { leaveMemory, type SendMemory, SHORTEST_LENT, takeMemory } from './send-memory.ts'

/** Chunks up to this size are copied at once, bytes. */
const SHORT = 16_384
/** Round trips up to this are those of a near peer, ms. */
const NEAR = 0.25
/** Bytes that may be on their way to one: more than such a path holds at four gigabytes a second. */
const MOST_NEAR = 2 ** 20

export type WriteCallback = (error?: Error | null) => void

export class Sending {
  /** Bytes of all writes so far. */
  bytesWritten = 0
  /** True when writers lend their chunks: nobody changes them any more. */
  lends = false
  /** It has one while something is under way. */
  #memory: SendMemory | null = null
  /** Bytes of it that the connection was told of. */
  #kept = 0
  /** A write that waits for room, with what is left of it. */
  #writes: OutgoingWrites | null = null
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
    return this.#writes?.progressed() ?? false
  }

  /**
   * Sends the entries, copied unless they are lent. Entries that the connection takes at once are called back at once, and
   * so is an error; the rest is called back by {@link finish}. One call at a time.
   */
  write(c: Connection, entries: readonly WriteEntry[], callback: WriteCallback, lent = this.lends): void {
    if (this.#urgentChunks === null && this.gathered(c, entries, callback, lent)) return
    this.#writes = new OutgoingWrites(entries, this.#urgentChunks, lent)
    this.bytesWritten += this.#writes.length
    this.feed(c)
    if (this.#writes === null) {
      const error = this.#error
      this.#error = null
      callback(error)
      return
    }
    // A write that has to wait is called back in the context of its writer.
    this.#callback = requested('WRITEWRAP', callback)
  }

  /** Sends short entries as one, such as an HTTP response with its headers; false when they are not short, or there is no room. */
  private gathered(
    c: Connection,
    entries: readonly WriteEntry[],
    callback: WriteCallback,
    lent: boolean,
  ): boolean {
    let most = 0
    for (const { chunk } of entries) most += mostBytes(chunk)
    const size = sendBuffer(c)
    const longest = lent ? SHORTEST_LENT - 1 : SHORT
    if (most === 0 || most > Math.min(longest, size) || size <= unacknowledged(c)) return false
    this.#memory ??= takeMemory()
    try {
      const bytes = this.#memory.gather(entries, most)
      this.bytesWritten += bytes.length
      if (bytes.length > 0) send(c, bytes)
    } catch (error) {
      this.#memory.abandon()
      callback(writeError(error))
      return true
    }
    this.tellKept(c)
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
    const waiting = unacknowledged(c)
    this.#memory?.acknowledged(waiting)
    if (this.#writes === null && waiting === 0) this.leaveMemory()
    this.tellKept(c)
    if (this.#writes === null) return false
    this.feed(c)
    return this.#writes === null
  }

  /** The connection is gone. Returns whether the write that waits is to be called back now. */
  fail(code: ErrorCode): boolean {
    this.#memory?.acknowledged(0)
    this.leaveMemory()
    // A write counts as written once the connection has taken it, as with a kernel's.
    if (this.#writes === null) return false
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
  finish(): void {
    const callback = this.#callback
    const error = this.#error
    this.#callback = null
    this.#error = null
    callback?.(error)
  }

  private leaveMemory(): void {
    if (this.#memory !== null) leaveMemory(this.#memory)
    this.#memory = null
  }

  /** The connection counts what copies and lent buffers take, not what they are long. */
  private tellKept(c: Connection): void {
    const bytes = this.#memory === null ? 0 : this.#memory.bytes
    if (bytes === this.#kept) return
    this.#kept = bytes
    if (bytes > 0) keepsForSending(c, bytes)
  }

  /** Gives the connection as much as it has room for. */
  private feed(c: Connection): void {
    this.#memory ??= takeMemory()
    try {
      while (this.#writes !== null) {
        if (this.#writes.length > 0) {
          const room = this.#writes.lent ? sendRoom(c) : Math.min(sendRoom(c), nearRoom(c))
          if (room <= 0) return
          // Going somewhat beyond the send buffer is better than many small pieces.
          const least = Math.min(SHORT, sendBuffer(c) >> 1)
          const block = this.#writes.take(Math.max(room, least), this.#memory)
          if (this.#writes.endsUrgent) sendUrgent(c, block)
          else send(c, block)
          this.tellKept(c)
        } else if (c.state === 'CLOSED') throw new TcpError(c.error ?? 'EPIPE', 'write')
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

/** The bytes that may yet be on their way, as far as the peer is near; below 0 when there are more already. */
const nearRoom = (c: Connection): number => {
  const { value } = c.minRtt
  return value >= 0 && value <= NEAR ? MOST_NEAR - unacknowledged(c) : Infinity
}

const writeError = (error: unknown): Error =>
  error instanceof TcpError ? transferError(error.code, 'write') : (error as Error)
