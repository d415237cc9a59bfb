/** A handle for HTTP/2, which takes any stream, but over one that has none loses what it wrote just before its end. */
import type { Duplex } from 'node:stream'
import type { Channel } from './channel.ts'
import { HandleStream } from './handle-stream.ts'
import { type JsStream, type OnRead, type StreamRequest, streamClasses } from './js-stream.ts'
import type { NativeReader, Receiver } from './native-reader.ts'

/** A handle with which a session of HTTP/2 reads and writes, natively, what a channel has. */
export interface SessionHandle extends JsStream {
  /** The session, which reads. */
  readonly reader: NativeReader
  /** The socket is destroyed. */
  close(): void
}

type SessionHandleClass = new (socket: Duplex, channel: Channel) => SessionHandle

let Handle: SessionHandleClass | null | undefined

/** The class of handles is Node's, and looked for when the first one is needed. Null: this Node has none. */
const handleClass = (): SessionHandleClass | null => {
  const classes = streamClasses()
  if (classes === null) return null
  return class extends classes.JsStream implements SessionHandle {
    readonly #stream: HandleStream
    readonly reader: NativeReader
    readonly #socket: Duplex

    constructor(socket: Duplex, channel: Channel) {
      super()
      this.#socket = socket
      this.reader = this.#stream = new HandleStream(this, channel, () => sessionReceiver(socket))
      // The end, and all that comes once the session is gone, go to the stream.
      this.onread = ((bytes?: ArrayBuffer) => {
        socket.push(bytes === undefined ? null : Buffer.from(bytes))
        if (bytes === undefined) socket.read(0)
      }) as OnRead
    }

    close(): void {
      this.#stream.close()
    }

    // Node calls these.

    isClosing(): boolean {
      return this.#socket.destroyed
    }

    onreadstart(): number {
      return this.#stream.readStart()
    }

    onreadstop(): number {
      return this.#stream.readStop()
    }

    onwrite(request: StreamRequest, chunks: Uint8Array[]): number {
      return this.#stream.write(request, chunks, true)
    }

    onshutdown(request: StreamRequest): number {
      return this.#stream.shutDown(request)
    }
  }
}

/** A handle for the session that has bound this socket; null where this Node has none. */
export const sessionHandle = (socket: Duplex, channel: Channel): SessionHandle | null => {
  if (Handle === undefined) Handle = handleClass()
  return Handle === null ? null : new Handle(socket, channel)
}

const SESSIONS: readonly unknown[] = ['ServerHttp2Session', 'ClientHttp2Session']

/**
 * The part of an object that is one of these classes: Node keeps its keys to itself. (One of them is 'undefined' in Node 22,
 * by mistake.)
 */
const partOf = (owner: object, classes: readonly unknown[]): object | null => {
  for (const key of Reflect.ownKeys(owner)) {
    const value = (owner as Record<string | symbol, unknown>)[key]
    if (typeof value === 'object' && value !== null && classes.includes(value.constructor?.name)) return value
  }
  return null
}

/**
 * Returns whether a session of HTTP/2 has bound the socket: it notes itself there before it looks for a handle. Nobody else is
 * shown one, HTTP/1 and TLS being as well off with a stream.
 */
export const hasSession = (socket: object): boolean => partOf(socket, SESSIONS) !== null

/** The part in C++ of the session that has bound the socket; null when there is none, or none any more. */
export const sessionReceiver = (socket: object): Receiver | null => {
  const session = partOf(socket, SESSIONS)
  return session && (partOf(session, ['Http2Session']) as Receiver | null)
}
