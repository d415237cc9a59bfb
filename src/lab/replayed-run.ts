/** A run whose transitions are read from its segments: a kernel tells nobody of them. */
import { Conversations } from './explain/conversations.ts'
import { explain } from './explain/replay.ts'
import type { EndName, Run, RunTransition } from './recorder.ts'

/** The transitions of an end that its segments show, in order of time. */
export const replayedTransitions = (run: Run, end: EndName): RunTransition[] => {
  const conversations = new Conversations()
  for (const segment of run.segments) conversations.add(segment)
  const own = new Set(run.segments.map(s => (s.from === end ? s.source : s.destination)))
  const all: RunTransition[] = []
  for (const c of conversations.all) {
    const { transitions, ends } = explain(c)
    for (const t of transitions) {
      if (!own.has(ends[t.end]) || t.event === 'passive OPEN') continue
      all.push({
        time: t.time,
        end,
        connection: `${ends[t.end]} ${ends[t.end === 0 ? 1 : 0]}`,
        from: t.from,
        to: t.to,
        event: t.event,
        section: t.section,
      })
    }
  }
  return all.sort((a, b) => a.time - b.time)
}

/** The run, with the transitions of these ends as their segments show them. */
export const replayed = (run: Run, ends: readonly EndName[]): Run => {
  const transitions = [
    ...run.transitions.filter(t => !ends.includes(t.end)),
    ...ends.flatMap(end => replayedTransitions(run, end)),
  ].sort((a, b) => a.time - b.time)
  return { ...runOf(run), transitions }
}

const runOf = ({ segments, notes, timers, events }: Run): Omit<Run, 'transitions'> => ({
  segments,
  notes,
  timers,
  events,
})
