/** Text above gaps that is thrown away for want of memory, SACKed or not ("reneging", RFC 2018 §8). */
import type { Connection } from '../block/connection.ts'
import { account } from '../block/memory.ts'

/**
 * Drops all text above gaps, though SACKs may have reported it: a receiver may, and its peer sends it again (RFC 2018 §8).
 * Returns how many bytes it was.
 */
export const shedText = (c: Connection): number => {
  const bytes = c.receiveQueue.bytesAbove
  c.receiveQueue.dropAbove()
  c.sackBlocks?.forget(c.rcv.nxt)
  c.taken()
  account(c)
  return bytes
}
