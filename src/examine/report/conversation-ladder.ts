/** The packets of a check as a ladder: the examiner at the left, the examined at the right. */
import type { LadderEvent } from '../../trace/ladder.ts'
import { type ObservedSegment, observeSegment } from '../../trace/observed-segment.ts'
import type { Logged } from '../trial.ts'

export interface ConversationLadder {
  readonly names: readonly ['examiner', 'examined']
  readonly isLeft: (endpoint: string) => boolean
  readonly segments: readonly ObservedSegment[]
  /** Times are ms from the first packet on; ICMP errors are marks. */
  readonly events: readonly LadderEvent[]
}

export const conversationLadder = (log: readonly Logged[]): ConversationLadder => {
  const start = log[0]?.time ?? 0
  const left = new Set<string>()
  const segments: ObservedSegment[] = []
  const events: LadderEvent[] = []
  for (const { time, direction, bytes, text } of log) {
    const segment = observeSegment(bytes, time - start)
    if (typeof segment === 'string') {
      events.push({ kind: 'mark', time: time - start, end: direction === 'out' ? 0 : 1, text })
      continue
    }
    if (direction === 'out') left.add(segment.source)
    segments.push(segment)
    events.push({ kind: 'sent', time: segment.time, segment })
  }
  return { names: ['examiner', 'examined'], isLeft: endpoint => left.has(endpoint), segments, events }
}
