import { seqDiff } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'

/** RFC 6928 (1), with the number of segments an option, bytes. */
export const initialWindow = (c: Connection): number => {
  const { initialWindow: segments, initialWindowInSegments } = c.options
  const { mss } = c.snd
  return initialWindowInSegments
    ? segments * mss
    : Math.min(segments * mss, Math.max(2 * mss, segments * 1460))
}

/** RFC 3390 (1), bytes: what a path that could not bear more begins with. */
const conservativeWindow = ({ snd: { mss } }: Connection): number =>
  Math.min(4 * mss, Math.max(2 * mss, 4380))

/** The window after idle time: the initial one, unless that was too much for this path (RFC 6928 §2). */
export const restartWindow = (c: Connection): number =>
  c.troubles.initialLoss ? Math.min(initialWindow(c), conservativeWindow(c)) : initialWindow(c)

/** Something was lost: remembers it if it was of the first flight, and that was more than what RFC 3390 allows. */
export const noteInitialLoss = (c: Connection): void => {
  const start = seqDiff(c.snd.una, c.snd.iss)
  if (start <= initialWindow(c) && seqDiff(c.snd.nxt, c.snd.iss) > conservativeWindow(c))
    c.ownTroubles().initialLoss = true
}
