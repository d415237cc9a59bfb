/** Silly window avoidance at both ends, RFC 9293 §3.8.6.2: neither sends, nor lets the other send, crumbs. */
import type { Connection } from '../block/connection.ts'
import { mayLeaveSmall } from './nagle.ts'

/**
 * Returns how many of the `fits` bytes that the windows allow are worth a segment: the sender's silly-window algorithm
 * of §3.8.6.2.1, in which (1) full segments go at once, (2) the rest of the data goes if Nagle does not hold it
 * back, (3) a part of it only if it is half of the largest window ever offered. (4), the override timer, is
 * the persist timer's.
 */
export const worthSending = (
  c: Connection,
  fits: number,
  pending: number,
  offered: number,
  mss: number,
): number => {
  const rest = fits % mss
  if (fits === pending) {
    if (rest === 0 || mayLeaveSmall(c)) return fits
    // Nothing but the small rest is held.
    return fits - rest
  }
  if (fits >= mss) return fits - rest
  return fits === offered && (c.allAcked || c.options.noDelay) && fits >= c.snd.maxWnd / 2 ? fits : 0
}

/**
 * The receiver's rule of §3.8.6.2.2 (MUST-39): the right edge of the window moves by at least so many bytes, or not at
 * all. `buffer` and `segment`: the bytes of each.
 */
export const leastStep = (buffer: number, segment: number): number => Math.min(buffer >> 1, segment)
