/** The class of handles that Node has for streams made in JavaScript. */
import { Duplex } from 'node:stream'
import tls from 'node:tls'

/** A request of Node's for a write or a shutdown, to be finished later. */
export type StreamRequest = object

export type OnRead = (this: unknown, ...args: unknown[]) => Uint8Array | undefined

/**
 * A handle for a net.Socket, TLS, HTTP and HTTP/2, with the bytes coming from and going to JavaScript. It calls
 * its own `onreadstart`, `onreadstop`, `onwrite`, `onshutdown` and `isClosing`.
 */
export interface JsStream {
  /** Called with bytes that were read. */
  get onread(): OnRead
  set onread(theirs: OnRead)
  /** The sink of bytes that are read, instead of memory of Node's. */
  useUserBuffer(buffer: Uint8Array): void
  /** Bytes to whoever reads; copied. */
  readBuffer(bytes: Uint8Array): void
  emitEOF(): void
  /** `status` is 0, or an errno, negative. Never before the write was begun. */
  finishWrite(request: StreamRequest, status: number): void
  finishShutdown(request: StreamRequest, status: number): void
}

/** A socket of Node's around a Duplex, whose handle is a {@link JsStream}: what TLS stands on over streams. */
export interface StreamSocket extends Duplex {
  readonly _handle: object
}

export interface StreamClasses {
  readonly JsStream: new () => JsStream
  readonly StreamSocket: new (stream: Duplex) => StreamSocket
}

let classes: StreamClasses | null | undefined

/**
 * Node exports them nowhere, but has TLS over a plain Duplex begin with one of each. (The other way,
 * process.binding('js_stream'), is deprecated.)
 * @returns null when this Node has none there
 */
export const streamClasses = (): StreamClasses | null => {
  if (classes === undefined) classes = find()
  return classes
}

const find = (): StreamClasses | null => {
  const secured = new tls.TLSSocket(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }))
  const { _handle } = secured as unknown as {
    _handle?: {
      _parent?: { constructor?: StreamClasses['JsStream'] }
      _parentWrap?: { constructor?: StreamClasses['StreamSocket'] }
    }
  }
  const JsStream = _handle?._parent?.constructor
  const StreamSocket = _handle?._parentWrap?.constructor
  secured.destroy()
  if (typeof JsStream?.prototype?.readBuffer !== 'function' || StreamSocket === undefined) return null
  return { JsStream, StreamSocket }
}
