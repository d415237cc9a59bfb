/** Recognizes TLS that reads a socket of ours, which to Node is any stream. */
import type { Duplex } from 'node:stream'

/** Listeners of 'data', and whether they are Node's, for a handle of its own. */
const known = new WeakMap<object, boolean>()

/** Node keeps its wrapper of a stream to itself; this tells it from other listeners. */
const feedsHandle = (listener: object): boolean => {
  let feeds = known.get(listener)
  if (feeds === undefined) {
    feeds = String(listener).includes('this._handle.readBuffer(')
    known.set(listener, feeds)
  }
  return feeds
}

/** Returns whether a handle of Node's takes all that the socket reads, as TLS over a stream does. */
export const readsNatively = (socket: Duplex): boolean => {
  if (socket.readableFlowing !== true || socket.readableLength > 0) return false
  const [listener, ...others] = socket.listeners('data')
  return listener !== undefined && others.length === 0 && feedsHandle(listener)
}
