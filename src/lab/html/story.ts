/** The subject of a page: one run of an experiment, or one connection of a capture, whoever's stacks they were. */
import type { State, StateEvent } from '../../tcp/state.ts'
import type { LadderEvent } from '../../trace/ladder.ts'
import { beginnings, type ObservedSegment } from '../../trace/observed-segment.ts'
import type { Explanation } from '../explain/replay.ts'
import type { Run, RunWindow } from '../recorder.ts'

/** An end of a story: the left one, or the right one. */
export type Side = 0 | 1

export interface StoryTransition {
  readonly time: number
  readonly end: Side
  /** The connection as this end sees it. */
  readonly connection: string
  readonly from: State
  readonly to: State
  /** Null where a kernel does not tell. */
  readonly event: StateEvent | null
  readonly section: string | null
}

export interface Story {
  /** The names of the two TCPs, or of the connection. */
  readonly name: string
  readonly ends: readonly [string, string]
  /** In order of time, ms from the beginning. */
  readonly events: readonly LadderEvent[]
  readonly segments: readonly ObservedSegment[]
  readonly isLeft: (endpoint: string) => boolean
  readonly transitions: readonly StoryTransition[]
  /** The limits of the senders, where they are known. */
  readonly windows: readonly RunWindow[]
  /** The purpose of a segment, and its fate. */
  readonly says: (segment: ObservedSegment) => readonly string[]
}

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

/** The first sequence numbers of a story. */
export const beginningsOf = ({ segments }: Story): ReadonlyMap<string, number> => beginnings(segments)

/** `30`, `30.5`, `1610.2`, `60030`: ms as precise as there is room for. */
export const timeText = (ms: number): string => {
  const digits = Math.abs(ms) >= 10_000 ? 0 : Math.abs(ms) >= 1000 ? 1 : 3
  return String(Number(ms.toFixed(digits)))
}

/** `850 ms`, `1.01 s`, `59.9 s`, `2 min 5 s` */
export const spanText = (ms: number): string => {
  if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`
  if (ms < 120_000) return `${Number((ms / 1000).toPrecision(3))} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`
}
