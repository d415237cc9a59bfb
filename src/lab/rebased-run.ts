/** A run whose time begins with what happens first: real ends take a while to set up. */
import { smallest } from '../trace/extremes.ts'
import type { LadderEvent } from '../trace/ladder.ts'
import type { Run, RunSegment } from './recorder.ts'

export const rebased = (run: Run): Run => {
  const begin = smallest([run.segments, run.transitions, run.notes].map(list => list[0]?.time ?? Infinity))
  if (!Number.isFinite(begin)) return run
  const earlier = <T extends { readonly time: number }>(what: T): T => ({ ...what, time: what.time - begin })
  const segments = new Map<unknown, RunSegment>(
    run.segments.map(s => [s, { ...earlier(s), arrivals: s.arrivals.map(time => time - begin) }]),
  )
  const event = (e: LadderEvent): LadderEvent =>
    e.kind === 'mark' ? earlier(e) : { ...earlier(e), segment: segments.get(e.segment) ?? e.segment }
  return {
    segments: [...segments.values()],
    transitions: run.transitions.map(earlier),
    notes: run.notes.map(earlier),
    timers: run.timers.map(t => ({ ...earlier(t), at: t.at === null ? null : t.at - begin })),
    events: run.events.map(event),
  }
}
