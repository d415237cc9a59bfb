import { type Seq, seqDiff, seqLeq } from '../../wire/sequence.ts'
import type { Segment } from '../../wire/tcp.ts'

/** TS.Recent is too old to compare with after 24 days without a segment (RFC 7323 §5.5). */
const OUTDATED = 24 * 86_400_000

/** The state of PAWS, in a connection or its TIME-WAIT record. */
export interface RecentTimestamp {
  tsRecent: number
  tsRecentAt: number
}

/** PAWS, RFC 7323 §5.3 R1: whether the segment's timestamp is older than what was seen. RSTs are exempt. */
export const isOldDuplicate = (memory: RecentTimestamp, segment: Segment, now: number): boolean =>
  seqDiff(segment.tsVal, memory.tsRecent) < 0 && now - memory.tsRecentAt < OUTDATED

/**
 * RFC 7323 §4.3 (2): the timestamp to echo is that of the segment the next ACK is due to. PAWS has let it pass, so
 * it is no older than what is remembered, or that is out of date.
 */
export const rememberTimestamp = (
  memory: RecentTimestamp,
  segment: Segment,
  lastAck: Seq,
  now: number,
): void => {
  if (!seqLeq(segment.seq, lastAck)) return
  memory.tsRecent = segment.tsVal
  memory.tsRecentAt = now
}
