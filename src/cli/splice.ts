/** Two sockets made one connection of: what one end does, the other end sees. */
import type { Duplex } from 'node:stream'

/** A socket of either kind. Its peer's end must not be its own (`allowHalfOpen`). */
export interface Spliced extends Duplex {
  readonly connecting: boolean
  resetAndDestroy(): unknown
}

/**
 * Passes on the stream both ways, as fast as the slower side takes it; the end of a direction alone; and a reset, or
 * whatever else ends one of them before its time, as a reset of the other.
 */
export const splice = (one: Spliced, other: Spliced): void => {
  follow(one, other)
  follow(other, one)
}

const follow = (from: Spliced, to: Spliced): void => {
  from.pipe(to)
  // 'close' comes after it.
  from.on('error', () => {})
  from.on('close', () => {
    if (to.destroyed || (from.readableEnded && from.writableFinished)) return
    if (to.connecting) to.destroy()
    else to.resetAndDestroy()
  })
}
