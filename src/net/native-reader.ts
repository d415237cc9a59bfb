/** Parts of Node's in C++ that read a connection in JavaScript's place: TLS and HTTP/2, by handles of their own. */
import type { Duplex } from 'node:stream'
import type { NativeCall } from '../base/turns.ts'
import { finishEmpty } from './handle-stream.ts'
import { type JsStream, type StreamRequest, streamClasses } from './js-stream.ts'

export interface NativeReader {
  /** Returns the call that gives it the bytes. */
  begin(bytes: Uint8Array): NativeCall
  /** It was given them. @returns whether it takes more */
  end(): boolean
}

/** TLS or a session of HTTP/2 in C++, which can be given bytes as well as read them from a handle. */
export interface Receiver {
  receive(bytes: Uint8Array): void
}

type Listener = (bytes: Uint8Array) => void

const NOTHING = new Uint8Array(0)

/** Listeners of 'data', and the handles that they feed: null for those that are not Node's wrappers of streams. */
const known = new WeakMap<object, JsStream | null>()

/**
 * True for an arrow function of the name that Node's listener has. The text of no other need be looked at: V8 makes it anew for
 * each, and servers have a listener of their own for each connection.
 */
const hasItsName = (listener: Listener): boolean =>
  listener.name === 'ondata' && !Object.hasOwn(listener, 'prototype')

/** Node keeps its wrapper to itself; this tells its listener from others, and the handle is the one to which it gives nothing. */
const fedBy = (listener: Listener): JsStream | null => {
  const prototype = streamClasses()?.JsStream.prototype
  if (prototype === undefined || !String(listener).includes('this._handle.readBuffer(')) return null
  const { readBuffer } = prototype
  let handle: JsStream | null = null
  prototype.readBuffer = function (this: JsStream) {
    handle = this
  }
  try {
    listener(NOTHING)
  } finally {
    prototype.readBuffer = readBuffer
  }
  return handle
}

type OnWrite = (this: JsStream, request: StreamRequest, chunks: Uint8Array[]) => number

/** TLS writes on while its write of nothing is under way, and Node's wrapper, which knows one write only, ends the process. */
const takeEmptyWrites = (handle: JsStream & { onwrite?: OnWrite }): void => {
  const { onwrite } = handle
  if (onwrite === undefined) return
  handle.onwrite = function (request, chunks) {
    return finishEmpty(this, request, chunks) ? 0 : onwrite.call(this, request, chunks)
  }
}

const handleOf = (listener: Listener): JsStream | null => {
  let handle = known.get(listener)
  if (handle === undefined) {
    handle = fedBy(listener)
    if (handle !== null) takeEmptyWrites(handle)
    known.set(listener, handle)
  }
  return handle
}

/** The one listener of 'data', or null: Node keeps a single one as it is, and would make a list of it for each read that asks. */
const onlyListener = (socket: Duplex): Listener | null => {
  const { _events: events } = socket as { readonly _events?: { readonly data?: unknown } }
  const listener = events?.data
  return typeof listener === 'function' ? (listener as Listener) : null
}

/** The taker of all that the socket reads, as TLS over a stream is one; null for none. */
export const nativeReader = (socket: Duplex): NativeReader | null => {
  const listener = onlyListener(socket)
  if (listener === null || !hasItsName(listener)) return null
  if (socket.readableFlowing !== true || socket.readableLength > 0 || socket.readableEncoding !== null)
    return null
  const handle = handleOf(listener)
  // (A stream that was paused meanwhile keeps the next bytes itself.)
  return handle && { begin: bytes => [handle.readBuffer, handle, bytes], end: () => !socket.destroyed }
}
