/** Between one connection of the core and the stream that shows it. */
import { AsyncResource } from 'node:async_hooks'
import type { Place } from '../host/registry.ts'
import {
  abort,
  close,
  keepsForSending,
  receive,
  receiveInto,
  release,
  send,
  sendRoom,
  sendUrgent,
  unacknowledged,
} from '../tcp/calls.ts'
import type { Connection, ConnectionUser } from '../tcp/connection.ts'
import { type ErrorCode, TcpError } from '../tcp/error.ts'
import { sendBufferSize } from '../tcp/send-buffer.ts'
import { destroyedInWrite, transferError } from './errors.ts'
import type { NetStack } from './host-port.ts'
import { Hold, isDelivered, type Lingerer } from './keeper.ts'
import { OutgoingWrites, type WriteEntry } from './outgoing-writes.ts'
import { allocateKept, allocateRead } from './read-memory.ts'
import { nextTick } from './real-timers.ts'
import { SendMemory } from './send-memory.ts'

/** Chunks that are not large are put together for the reader, up to as much as a read of a kernel's gives, bytes. */
const LARGEST_READ = 65_536
/** What is written in chunks up to this size is copied at once, bytes. */
const SHORT = 16_384

const EMPTY = Buffer.alloc(0)

/** Who holds a connection that was given up. */
const NOBODY: ConnectionUser = { established() {}, readable() {}, writable() {}, closed() {} }

type WriteCallback = (error?: Error | null) => void

/** What a channel tells its owner of: functions that all owners share, an object for each would cost more than it. */
export interface ChannelEvents<Owner> {
  established(owner: Owner): void
  /** Whether bytes for the reader wait until it comes for them. */
  keeps?(owner: Owner): boolean
  /** Bytes for the reader. False: no more until {@link Channel.read}. */
  data(owner: Owner, bytes: Buffer): boolean
  /** The peer has sent its FIN, and everything before it is read. */
  end(owner: Owner): void
  /** Something was sent, received or acknowledged. */
  activity(owner: Owner): void
  /** The connection is gone. */
  closed(owner: Owner, error: ErrorCode | null): void
  urgent(owner: Owner): void
  softError(owner: Owner, code: ErrorCode, text: string): void
}

export class Channel implements ConnectionUser {
  /** Set as soon as there is one. */
  connection: Connection | null = null
  bytesRead = 0
  bytesWritten = 0
  /** Whether the process stays for it. */
  readonly hold: Hold
  readonly #stack: NetStack
  readonly #owner: object
  readonly #events: ChannelEvents<object>
  /** What node:net has a handle for: its user is called in the context in which the channel was made. */
  readonly #context: AsyncResource
  readonly #memory = new SendMemory()
  /** What the connection was told of it, bytes. */
  #kept = 0
  /** The reader takes more. */
  #wanted = false
  #reading = false
  #pulling = false
  #ended = false
  #released = false
  /** As long as the peer does not have everything. */
  #lingering: Place<Lingerer> | null = null
  /** Among the stack's. */
  #place: Place<object> | null = null
  #failure: ErrorCode | null = null
  /** A write that waits for room, with what is left of it. */
  #writes: OutgoingWrites | null = null
  #written: WriteCallback | null = null
  /** Chunks that end urgent data; null as long as there were none. */
  #urgentChunks: WeakSet<Uint8Array> | null = null

  constructor(stack: NetStack, owner: object, events: ChannelEvents<never>, referenced: boolean) {
    this.#stack = stack
    this.#owner = owner
    this.#events = events as ChannelEvents<object>
    this.#context = new AsyncResource('TCPWRAP')
    this.hold = new Hold(stack.keeper, referenced)
  }

  /** Calls back as the connection does. */
  inContext(callback: () => void): void {
    this.#context.runInAsyncScope(callback)
  }

  /** Takes the connection on; the stack waits for its end when it is to be closed. */
  attach(connection: Connection): void {
    this.connection = connection
    connection.user = this
    if (connection.state !== 'CLOSED') this.#place ??= this.#stack.channels.add(this)
  }

  /** Gives the connection up, to take on another. */
  detach(): void {
    const { connection } = this
    this.connection = null
    if (connection === null) return
    connection.user = NOBODY
    release(connection)
  }

  // Reading.

  /** The reader takes more. */
  read(): void {
    this.#wanted = true
    if (this.#released) return
    this.hold.reading = !this.#ended
    const c = this.connection
    if (c === null || this.#reading || this.#pulling || !(c.receiveQueue.length > 0 || c.finReceived)) return
    // A kernel's socket is read later, and in its own context, not in the one of whoever asks.
    this.#pulling = true
    this.#context.runInAsyncScope(nextTick, null, () => {
      this.#pulling = false
      this.#pull()
    })
  }

  /** Gives the reader what it had no room for, in the context of the connection. Whether it takes more. */
  giveAgain(): boolean {
    return this.#context.runInAsyncScope(this.#events.data, null, this.#owner, EMPTY)
  }

  /** The reader takes no more for now. */
  pause(): void {
    this.#wanted = false
    this.hold.reading = false
  }

  #pull(): void {
    const c = this.connection
    // A reader may ask for more while it is given some.
    if (c === null || this.#reading) return
    this.#reading = true
    try {
      while (this.#wanted && !this.#released) {
        const bytes = this.#receive(c)
        if (bytes === null) break
        this.bytesRead += bytes.length
        this.#wanted = false
        // A listener that throws has not said that it wants no more.
        let more = true
        try {
          more = this.#events.data(this.#owner, bytes)
        } finally {
          if (more) this.#wanted = true
        }
      }
    } finally {
      this.#reading = false
      this.hold.reading = this.#wanted && !this.#ended && !this.#released
    }
    if (!c.finReceived || c.receiveQueue.length > 0 || !this.#wanted || this.#ended || this.#released) return
    this.#ended = true
    this.hold.reading = false
    this.#events.end(this.#owner)
  }

  #receive(c: Connection): Buffer | null {
    if (c.receiveQueue.length === 0) return null
    if (this.#events.keeps?.(this.#owner)) {
      const kept = allocateKept(Math.min(c.receiveQueue.length, LARGEST_READ))
      receiveInto(c, kept)
      return kept
    }
    const short = c.receiveQueue.lengthBeforeLarge
    if (short === 0) return asBuffer(receive(c)!)
    // The one copy from where the link has put it. Per-chunk costs of a stream, and of its users, are far above it.
    const bytes = allocateRead(Math.min(short, LARGEST_READ))
    receiveInto(c, bytes)
    return bytes
  }

  // Writing.

  /** Bytes that the connection has not taken yet. */
  get bytesWaiting(): number {
    return this.#writes?.length ?? 0
  }

  /**
   * Sends the entries, copied; `callback` once the connection has taken all and has room for more, or with the
   * error. One call at a time.
   */
  write(entries: readonly WriteEntry[], callback: WriteCallback): void {
    this.#writes = new OutgoingWrites(entries, this.#urgentChunks)
    this.bytesWritten += this.#writes.length
    this.#written = callback
    this.#feed()
    this.#afterWrite()
  }

  /** As {@link write}, for a single chunk. */
  writeOne(chunk: Uint8Array | string, encoding: BufferEncoding, callback: WriteCallback): void {
    const c = this.connection!
    const size = sendBufferSize(c)
    const longest = Math.min(SHORT, size)
    const short = typeof chunk === 'string' ? chunk.length * 3 <= longest : chunk.length <= longest
    if (!short || size <= unacknowledged(c)) {
      this.write([{ chunk, encoding }], callback)
      return
    }
    try {
      if (typeof chunk === 'string') {
        const bytes = this.#memory.encode(chunk, encoding)
        this.bytesWritten += bytes.length
        send(c, bytes)
      } else {
        this.bytesWritten += chunk.length
        const urgent = this.#urgentChunks?.has(chunk) ?? false
        const bytes = this.#memory.copy(chunk)
        if (urgent) sendUrgent(c, bytes)
        else send(c, bytes)
      }
    } catch (error) {
      this.#memory.abandon()
      callback(writeError(error))
      return
    }
    this.#written = callback
    this.#tellKept()
    this.#feed()
    this.#afterWrite()
  }

  /** The connection counts what its copies take, not what they are long. */
  #tellKept(): void {
    const { bytes } = this.#memory
    if (bytes === this.#kept) return
    this.#kept = bytes
    if (bytes > 0) keepsForSending(this.connection!, bytes)
  }

  /** A write that has to wait is called back in the context of its writer. */
  #afterWrite(): void {
    if (this.#written === null) return
    const written = this.#written
    const context = new AsyncResource('WRITEWRAP')
    this.#written = error => context.runInAsyncScope(written, null, error)
    this.hold.writing = true
  }

  /** Marks a chunk, which is the connection's from now on, as the end of urgent data once it is written. */
  markUrgent(chunk: Uint8Array): void {
    this.#urgentChunks ??= new WeakSet()
    this.#urgentChunks.add(chunk)
  }

  #feed(): void {
    const c = this.connection!
    if (this.#written === null) return
    try {
      while (this.#writes !== null) {
        const room = sendRoom(c)
        if (room === 0) return
        if (this.#writes.length > 0) {
          // Going somewhat beyond the send buffer is better than many small pieces.
          const least = Math.min(SHORT, sendBufferSize(c) >> 1)
          const block = this.#writes.take(Math.max(room, least), this.#memory)
          if (this.#writes.endsUrgent) sendUrgent(c, block)
          else send(c, block)
          this.#tellKept()
        }
        if (this.#writes.length === 0) this.#writes = null
      }
    } catch (error) {
      this.#memory.abandon()
      this.#finishWrite(writeError(error))
      return
    }
    if (sendRoom(c) > 0) this.#finishWrite(null)
  }

  #finishWrite(error: Error | null): void {
    const callback = this.#written
    this.#written = null
    this.#writes = null
    this.hold.writing = false
    callback?.(error)
  }

  /** A FIN follows what was written. */
  end(): void {
    close(this.connection!)
  }

  /**
   * Nobody reads or writes any more. What the connection has taken is still delivered; when that takes longer than
   * `linger` (ms), it is reset.
   */
  release(linger: number | null): void {
    this.#letGo(release)
    const { connection } = this
    if (connection === null) return
    if (isDelivered(connection)) return
    this.#lingering = this.#stack.keeper.linger(linger ?? undefined)
    if (linger === null) return
    const { clock } = this.#stack.host
    clock.schedule(clock.now() + linger, () => {
      if (!isDelivered(connection)) abort(connection)
    })
  }

  /** As {@link release}, by a RST. */
  abort(): void {
    this.#letGo(abort)
  }

  #letGo(how: (c: Connection) => void): void {
    if (this.#released) return
    this.#released = true
    this.hold.connecting = false
    this.hold.reading = false
    if (this.connection !== null) how(this.connection)
    if (this.#written === null) return
    // What was taken is as good as written; the rest goes nowhere, and its writer should know.
    if (this.#failure !== null) this.#finishWrite(transferError(this.#failure, 'write'))
    else this.#finishWrite(this.#writes === null ? null : destroyedInWrite())
  }

  /** The process need not stay for what is delivered. */
  #settle(): void {
    if (!isDelivered(this.connection!)) return
    this.#stack.keeper.delivered(this.#lingering!)
    this.#lingering = null
  }

  // ConnectionUser.

  established(): void {
    if (!this.#released) this.#context.runInAsyncScope(this.#events.established, null, this.#owner)
  }

  readable(): void {
    if (this.#released) return
    this.#events.activity(this.#owner)
    this.#context.runInAsyncScope(this.#pull, this)
  }

  writable(): void {
    this.#memory.acknowledged(unacknowledged(this.connection!))
    this.#tellKept()
    if (this.#lingering !== null) this.#settle()
    if (this.#released) return
    this.#events.activity(this.#owner)
    if (this.#written !== null) this.#feed()
  }

  urgent(): void {
    if (!this.#released) this.#context.runInAsyncScope(this.#events.urgent, null, this.#owner)
  }

  softError(code: ErrorCode, text: string): void {
    if (!this.#released) this.#context.runInAsyncScope(this.#events.softError, null, this.#owner, code, text)
  }

  closed(error: ErrorCode | null): void {
    if (this.#place !== null) this.#stack.channels.delete(this.#place)
    this.#place = null
    if (this.#lingering !== null) this.#settle()
    this.#memory.acknowledged(0)
    this.#failure = error
    if (!this.#released) this.#context.runInAsyncScope(this.#events.closed, null, this.#owner, error)
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

const writeError = (error: unknown): Error =>
  error instanceof TcpError ? transferError(error.code, 'write') : (error as Error)
