/** An explained connection in the order in which it is told. */
import type { LadderEvent } from '../../trace/ladder.ts'
import type { ObservedSegment } from '../../trace/observed-segment.ts'
import type { ExplainedSegment, Explanation, ReplayedTransition } from './replay.ts'

/** A segment between the transitions that it shows. */
export interface ToldSegment extends ExplainedSegment {
  /** Those that its sender has made before it left. */
  readonly before: readonly ReplayedTransition[]
  /** Those that it brings about as it arrives. */
  readonly after: readonly ReplayedTransition[]
}

export function* told({ segments, transitions }: Explanation): Generator<ToldSegment> {
  let next = 0
  const take = (index: number, before: boolean): ReplayedTransition[] => {
    const first = next
    while (transitions[next]?.segment === index && transitions[next]!.before === before) next++
    return transitions.slice(first, next)
  }
  for (const [index, explained] of segments.entries())
    yield { ...explained, before: take(index, true), after: take(index, false) }
}

/** The first segment's time, ms: that from which the times of a ladder count. */
export const startOf = ({ segments }: Explanation): number => segments[0]?.segment.time ?? 0

export interface ToldLadder {
  readonly events: readonly LadderEvent[]
  /** The segments of the events, in their order, with what each does. */
  readonly what: ReadonlyMap<ObservedSegment, readonly string[]>
}

/** The events of its ladder; times count from the first segment on. */
export const toldLadder = (e: Explanation): ToldLadder => {
  const start = startOf(e)
  const events: LadderEvent[] = []
  const what = new Map<ObservedSegment, readonly string[]>()
  const mark = (t: ReplayedTransition) =>
    events.push({ kind: 'mark', time: t.time - start, end: t.end, text: t.to })
  for (const one of told(e)) {
    one.before.forEach(mark)
    const segment = { ...one.segment, time: one.segment.time - start }
    what.set(segment, one.what)
    events.push({ kind: 'sent', time: segment.time, segment })
    one.after.forEach(mark)
  }
  return { events, what }
}
