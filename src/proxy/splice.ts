/** Two sockets made one connection: what one end does, the other end sees. */
import { Socket as KernelSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Flow } from './flow.ts'

/** A socket of either kind. Its peer's end must not be its own (`allowHalfOpen`). */
export interface Spliced extends Duplex {
  readonly connecting: boolean
  resetAndDestroy(): unknown
  /** Destroys it when all that was written has gone out. */
  destroySoon(): unknown
}

/** Both directions of a splice. */
export interface Splice {
  /** From the first socket to the second, and back. */
  readonly there: Flow
  readonly back: Flow
  /**
   * Closes the connection in order: the sink of this flow as soon as the end that its caller is about to pass on has come to it,
   * and then the other socket, when what is on its way there has arrived.
   */
  close(flow: Flow): void
}

/**
 * Passes on the stream both ways, as fast as the slower side takes it; the end of a direction alone; and a reset, or
 * whatever else ends one of them before its time, as a reset of the other.
 * @param told whether the first has been told in another way that the second has ended before its time
 * @param reached calls back when the far end of the second knows of the connection
 */
export const splice = (
  one: Spliced,
  other: Spliced,
  told: () => boolean = () => false,
  reached: (then: () => void) => void = then => then(),
): Splice => {
  let closing = false
  const there = follow(one, other, () => closing, reached)
  const back = follow(other, one, () => closing || told())
  return {
    there,
    back,
    close(flow) {
      if (closing) return
      closing = true
      const [sink, opposite] = flow === there ? [other, back] : [one, there]
      for (const each of [there, back]) each.closeAtEnd()
      // From one that is being connected nothing is on its way.
      if (sink.destroyed || sink.connecting) opposite.end()
      else sink.once('close', () => opposite.end())
    },
  }
}

/**
 * Ends a socket by a reset, at once; one that has none, such as a UNIX socket, just ends. (`resetAndDestroy` of node:net
 * sends what is left first, and the end of the stream before the reset: the peer would see an end, or wait for ever.)
 */
export const abort = (socket: Spliced): void => {
  if (socket.destroyed) return
  if (socket.connecting) {
    socket.destroy()
    return
  }
  if (!(socket instanceof KernelSocket)) {
    socket.resetAndDestroy()
    return
  }
  if (socket.remoteAddress !== undefined) Object.assign(socket, { resetAndClosing: true })
  socket.destroy()
}

const follow = (
  from: Spliced,
  to: Spliced,
  told: () => boolean,
  reached: (then: () => void) => void = then => then(),
): Flow => {
  // 'close' comes after it.
  from.on('error', () => {})
  const passOn = () => {
    if (!(from.readableEnded && from.writableFinished) && !told()) abort(to)
  }
  if (from.destroyed) passOn()
  else from.on('close', passOn)
  return new Flow(from, to, reached)
}
