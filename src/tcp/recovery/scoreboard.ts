/** The sender's reading of SACK options: RFC 2018 §5, RFC 2883 §4, RFC 6675 §4. */
import { type Seq, seqDiff, seqGeq, seqGt, seqLeq, seqLt, seqMax } from '../../wire/sequence.ts'
import type { Segment } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { AckReport } from '../flight/ack-report.ts'

/** Takes the SACK blocks of an ACK. Blocks outside of the flight are ignored: they are old, or made up. */
export const takeSacks = (c: Connection, segment: Segment, report: AckReport): void => {
  const { sackEdges: edges, sackCount } = segment
  const { snd, flight } = c
  const lowest = seqMax(snd.una, segment.ack)
  const first = isDuplicate(segment) ? 1 : 0
  if (first === 1) takeDuplicate(c, edges[0]!, edges[1]!, report)
  for (let n = first; n < sackCount; n++) {
    const left = seqMax(edges[2 * n]!, lowest)
    const right = edges[2 * n + 1]!
    if (seqGeq(left, right) || seqGt(right, snd.nxt)) continue
    flight.sack(left, right, c.snd.mss, report)
  }
  report.sacked = report.delivered
}

/**
 * RFC 2883 §5: the first block is a D-SACK when it lies below the segment's own acknowledgment number (not SND.UNA: the
 * ACK may be an old one), or within the second block.
 */
const isDuplicate = (segment: Segment): boolean => {
  const { sackEdges: edges, sackCount, ack } = segment
  if (sackCount === 0) return false
  const left = edges[0]!
  const right = edges[1]!
  if (seqLeq(right, ack) && seqLt(left, right)) return true
  return sackCount > 1 && seqGeq(left, edges[2]!) && seqLeq(right, edges[3]!) && seqLt(left, right)
}

/** Believed only of what could have been in flight lately, and is no longer than that. */
const takeDuplicate = (c: Connection, left: Seq, right: Seq, report: AckReport): void => {
  const { snd } = c
  if (seqGt(right, snd.nxt) || seqDiff(snd.nxt, left) > 2 * snd.maxWnd + snd.mss) return
  if (seqLt(left, snd.iss) && seqDiff(snd.nxt, snd.iss) > 0) return
  report.hasDuplicate = true
  report.duplicateLeft = left
  report.duplicateRight = right
}
