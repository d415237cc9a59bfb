/** A segment is cut down to the text that is new and in the window before it is taken (SA-31). */
import { seqAdd, seqDiff } from '../wire/sequence.ts'
import { FIN, type Segment } from '../wire/tcp.ts'
import type { Connection } from './block/connection.ts'
import { noteDuplicate } from './queues/sack-blocks.ts'

/** Goes on to the first octet after the SYN; the urgent pointer counts from there. */
export const passSyn = (segment: Segment): void => {
  segment.seq = seqAdd(segment.seq, 1)
  segment.urgent--
}

/** Cuts off what is old and what is beyond the window (SA-31). The segment is acceptable. */
export const trimToWindow = (c: Connection, segment: Segment): void => {
  const old = seqDiff(c.rcv.nxt, segment.seq)
  if (old > 0) {
    const cut = Math.min(old, segment.length)
    noteDuplicate(c, segment.seq, seqAdd(segment.seq, cut))
    segment.start += cut
    segment.length -= cut
    segment.seq = c.rcv.nxt
    segment.urgent -= old
    if (old > cut) segment.flags &= ~FIN
  }
  const room = Math.max(0, seqDiff(c.rcv.edge, segment.seq))
  if (segment.length <= room) return
  segment.length = room
  segment.flags &= ~FIN
}
