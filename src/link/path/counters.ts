/** The cause of a packet's loss: 'queue' has no room for it, 'aqm' is the queue's management. */
export type LossReason = 'blackhole' | 'script' | 'random' | 'burst' | 'mtu' | 'queue' | 'aqm'

/** Counts of everything a path has done to packets so far. */
export class PathCounters {
  /** Packets that entered: a super-segment as the segments it stands for. */
  entered = 0
  /** Packets handed on, and their bytes. */
  delivered = 0
  bytes = 0
  readonly lost: Record<LossReason, number> = {
    blackhole: 0,
    script: 0,
    random: 0,
    burst: 0,
    mtu: 0,
    queue: 0,
    aqm: 0,
  }
  duplicated = 0
  corrupted = 0
  /** Changed with their checksums. */
  tampered = 0
  /** ECN's field or flags were changed, or options taken off. */
  mangled = 0
  /** Held back. */
  reordered = 0
  /** Marked CE. */
  marked = 0
  /** Packets cut into fragments, and the fragments. */
  fragmented = 0
  fragments = 0
  /** Errors sent back: fragmentation needed, packet too big. */
  icmp = 0
}

/** A loss, as ladders tell of it. */
export const LOST: Record<LossReason, string> = {
  blackhole: 'black hole',
  script: 'script',
  random: 'random',
  burst: 'burst',
  mtu: 'too large',
  queue: 'queue full',
  aqm: 'queue managed',
}
