/** A handle for HTTP/2, which takes any stream, but over one that has none loses what it wrote just before its end. */
import type { Socket as NodeSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Channel } from './channel.ts'
import { HandleStream } from './handle-stream.ts'
import { type JsStream, type OnRead, type StreamRequest, streamClasses } from './js-stream.ts'

/** A handle with which a session of HTTP/2 reads and writes, natively, what a channel has. */
export interface SessionHandle extends JsStream {
  /** Gives the session what was read. @returns whether it takes more */
  give(bytes: Uint8Array): boolean
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
    readonly #socket: Duplex

    constructor(socket: Duplex, channel: Channel) {
      super()
      this.#socket = socket
      this.#stream = new HandleStream(this, channel)
      // The end, and all that comes once the session is gone, go to the stream.
      this.onread = ((bytes?: ArrayBuffer) => {
        socket.push(bytes === undefined ? null : Buffer.from(bytes))
        if (bytes === undefined) socket.read(0)
      }) as OnRead
    }

    give(bytes: Uint8Array): boolean {
      return this.#stream.give(bytes)
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
 * Returns whether a session of HTTP/2 has bound the socket: it notes itself there, by a key that Node keeps to itself,
 * before it looks for a handle. Nobody else is shown one, HTTP/1 and TLS being as well off with a stream.
 */
export const hasSession = (socket: object): boolean =>
  Reflect.ownKeys(socket).some(key => {
    const value = (socket as NodeSocket & Record<string | symbol, unknown>)[key]
    return typeof value === 'object' && value !== null && SESSIONS.includes(value.constructor?.name)
  })
