import { seqGt, seqLeq } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'

/** Returns whether the last of what is queued may leave though it does not fill a segment: the Nagle algorithm (§3.7.4). */
export const mayLeaveSmall = (c: Connection): boolean => {
  if (c.finQueued || c.flushing) return true
  if (c.holding || c.options.corked) return false
  if (c.options.noDelay || c.allAcked) return true
  return c.options.minshall && !(seqGt(c.snd.small, c.snd.una) && seqLeq(c.snd.small, c.snd.nxt))
}
