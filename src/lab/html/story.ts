/** The stories of the pages: a run of an experiment, or a connection of a capture. */
import type { LadderEvent } from '../../trace/ladder.ts'
import type { ObservedSegment } from '../../trace/observed-segment.ts'
import type { Story } from '../../view/parts/story.ts'
import type { Explanation } from '../explain/replay.ts'
import type { Run } from '../recorder.ts'

/** The story of a run. */
export const storyOfRun = (name: string, run: Run): Story => {
  const left = new Set(run.segments.map(s => (s.from === 'client' ? s.source : s.destination)))
  return {
    name,
    ends: ['client', 'server'],
    events: run.events,
    segments: run.segments,
    isLeft: endpoint => left.has(endpoint),
    transitions: run.transitions.map(({ end, ...t }) => ({ ...t, end: end === 'client' ? 0 : 1 })),
    windows: run.windows ?? [],
    says: ({ reason, fate }) => [reason, fate].filter(text => text !== ''),
  }
}

/** The story of a connection in a capture; times count from its first segment on. */
export const storyOfConnection = (name: string, e: Explanation): Story => {
  const start = e.segments[0]?.segment.time ?? 0
  const events: LadderEvent[] = []
  const segments: ObservedSegment[] = []
  const says = new Map<ObservedSegment, readonly string[]>()
  const shown = e.transitions.map(t => ({
    ...t,
    time: t.time - start,
    connection: `${e.ends[t.end]} ${e.ends[t.end === 0 ? 1 : 0]}`,
  }))
  let next = 0
  const marks = (index: number, before: boolean): void => {
    for (; next < shown.length; next++) {
      const t = shown[next]!
      if (t.segment !== index || t.before !== before) return
      events.push({ kind: 'mark', time: t.time, end: t.end, text: t.to })
    }
  }
  e.segments.forEach(({ segment, what }, index) => {
    marks(index, true)
    const moved = { ...segment, time: segment.time - start }
    segments.push(moved)
    says.set(moved, what)
    events.push({ kind: 'sent', time: moved.time, segment: moved })
    marks(index, false)
  })
  return {
    name,
    ends: e.ends,
    events,
    segments,
    isLeft: endpoint => endpoint === e.ends[0],
    transitions: shown,
    windows: [],
    says: segment => says.get(segment) ?? [],
  }
}
