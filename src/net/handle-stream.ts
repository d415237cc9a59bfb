import type { NativeCall } from '../base/turns.ts'
import { withImmediates } from '../link/alone.ts'
import type { Channel } from './channel.ts'
import type { SystemError } from './errors.ts'
import type { JsStream, StreamRequest } from './js-stream.ts'
import type { NativeReader, Receiver } from './native-reader.ts'
import { nextTick } from './real-timers.ts'
import { statusOf } from './system-status.ts'

/**
 * The status of a write that is done at once. It is not 0, for the class of JavaScript streams takes only a write that fails for
 * done at once, and it is no errno either. HTTP/2 looks at nothing else; for JavaScript it has to become 0.
 */
export const WRITTEN_AT_ONCE = 1

/**
 * Tells what TLS has written that it is done, as it does itself when a kernel takes it at once: by an immediate of C++'s, with no
 * JavaScript beneath, for several functions of the program's are called then. Beneath JavaScript an exception of one would be lost when
 * the next returns.
 */
export const finishSoon = (finish: () => NativeCall | null): void => {
  if (!withImmediates(finish)) nextTick(() => callNow(finish()))
}

export const callNow = (call: NativeCall | null): void => {
  if (call !== null) Reflect.apply(call[0], call[1], call.slice(2))
}

/**
 * Finishes an empty write with the immediates, as TLS does with a kernel's socket: TLS may write more while it waits. Returns
 * false when there is something to write.
 */
export const finishEmpty = (
  handle: JsStream,
  request: StreamRequest,
  chunks: readonly Uint8Array[],
): boolean => {
  if (chunks.some(chunk => chunk.length > 0)) return false
  finishSoon(() => [handle.finishWrite, handle, request, 0])
  return true
}

/** Reads and writes for a handle of Node's class for JavaScript streams, by a channel. */
export class HandleStream implements NativeReader {
  readonly #handle: JsStream
  readonly #channel: Channel
  readonly #receiver: () => Receiver | null
  /** Node takes no more for now. */
  #stopped = false
  #write: StreamRequest | null = null
  /** The connection has taken it, and Node has not heard of it yet. */
  #taken = false
  /** Node has ended its direction: a second time, as the socket beneath TLS may, it is refused. */
  #ended = false
  #closed = false

  /**
   * @param receiver who reads the handle, where that is known: given the bytes itself, it has each exception reported when it is
   *   thrown, while Node ≥ 22 keeps those that come from under a handle of JavaScript's until the call is over
   */
  constructor(handle: JsStream, channel: Channel, receiver: () => Receiver | null) {
    this.#handle = handle
    this.#channel = channel
    this.#receiver = receiver
  }

  get isClosing(): boolean {
    return this.#closed
  }

  // Reading.

  /** Node wants to read. */
  readStart(): number {
    this.#stopped = false
    this.#channel.read()
    return 0
  }

  readStop(): number {
    this.#stopped = true
    this.#channel.pause()
    return 0
  }

  /** Gives Node what was read. @returns whether it takes more */
  give(bytes: Uint8Array): boolean {
    this.#handle.readBuffer(bytes)
    return this.end()
  }

  begin(bytes: Uint8Array): NativeCall {
    const receiver = this.#receiver()
    return receiver === null
      ? [this.#handle.readBuffer, this.#handle, bytes]
      : [receiver.receive, receiver, bytes]
  }

  end(): boolean {
    return !this.#stopped
  }

  // Writing.

  /**
   * Node writes, once at a time. It has made the chunks for this call alone (JSStream::DoWrite), so they are not copied.
   * @param atOnce whether the writer takes that a write is done when its call returns
   * @returns 0 when it is told later, {@link WRITTEN_AT_ONCE}, or an errno, negative
   */
  write(request: StreamRequest, chunks: readonly Uint8Array[], atOnce: boolean): number {
    if (this.#closed) return statusOf('EBADF')
    if (this.#channel.connection === null) return statusOf('EPIPE')
    if (!atOnce && finishEmpty(this.#handle, request, chunks)) return 0
    let dispatched = false
    let status: number | null = null
    this.#channel.write(
      chunks.map(chunk => ({ chunk, encoding: 'utf8' })),
      error => {
        status = error == null ? 0 : ((error as SystemError).errno ?? statusOf('EPIPE'))
        if (!dispatched) return
        if (atOnce) this.#tell(status)
        else this.#finishSoon(status)
      },
      true,
    )
    dispatched = true
    if (status === null) this.#write = request
    else if (status !== 0 || atOnce) return status || WRITTEN_AT_ONCE
    else {
      this.#write = request
      this.#taken = true
      this.#finishSoon(0)
    }
    return 0
  }

  #finishSoon(status: number): void {
    finishSoon(() => this.#written(status))
  }

  #tell(status: number): void {
    callNow(this.#written(status))
  }

  /** The call that tells that the write is done; null when that was told. */
  #written(status: number): NativeCall | null {
    const request = this.#write
    if (request === null) return null
    // A handle that is closed has its requests cancelled, a turn later.
    if (this.#closed && !this.#taken) status = statusOf('ECANCELED')
    this.#write = null
    this.#taken = false
    return [this.#handle.finishWrite, this.#handle, request, status]
  }

  /** Node ends its direction; TLS does not wait for its last write. */
  shutDown(request: StreamRequest): number {
    if (this.#closed || this.#ended || this.#channel.connection === null) return statusOf('ENOTCONN')
    this.#ended = true
    this.#channel.end(() => {
      this.#handle.finishShutdown(request, this.#closed ? statusOf('ECANCELED') : 0)
    })
    return 0
  }

  // Closing.

  /** Nothing is read or written any more; what waits is cancelled when the channel is closed. */
  close(): void {
    this.#closed = true
  }

  /** The channel is closed: a writer that has yet to hear that its write is done hears it now. */
  closed(): void {
    this.#tell(0)
  }
}
