/** The stories of the pages: a run of an experiment, or a connection of a capture. */
import type { Story } from '../../view/parts/story.ts'
import type { Explanation } from '../explain/replay.ts'
import { startOf, toldLadder } from '../explain/told.ts'
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
  const { events, what } = toldLadder(e)
  const start = startOf(e)
  return {
    name,
    ends: e.ends,
    events,
    segments: [...what.keys()],
    isLeft: endpoint => endpoint === e.ends[0],
    transitions: e.transitions.map(t => ({
      ...t,
      time: t.time - start,
      connection: `${e.ends[t.end]} ${e.ends[t.end === 0 ? 1 : 0]}`,
    })),
    windows: [],
    says: segment => what.get(segment) ?? [],
  }
}
