/** A run whose transitions are read from its segments: a kernel tells nobody of them. */

import type { State } from '../tcp/state.ts'
import { pushAll } from '../trace/extremes.ts'
import type { LadderEvent } from '../trace/ladder.ts'
import type { ObservedSegment } from '../trace/observed-segment.ts'
import { Conversations } from './explain/conversations.ts'
import { explain } from './explain/replay.ts'
import type { EndName, Run, RunSegment, RunTransition } from './recorder.ts'

interface Shown extends RunTransition {
  /** Null when none shows it. */
  readonly segment: RunSegment | null
  /** True when it comes before the segment leaves, false when it comes as it arrives. */
  readonly before: boolean
}

/** The transitions of an end that its segments show, in order of time: what it sent and what reached it. */
const shown = (run: Run, end: EndName): Shown[] => {
  const seen: { readonly segment: ObservedSegment; readonly of: RunSegment }[] = []
  for (const of of run.segments) {
    if (of.from === end) seen.push({ segment: of, of })
    else for (const time of of.arrivals) seen.push({ segment: { ...of, time, fate: '' }, of })
  }
  seen.sort((a, b) => a.segment.time - b.segment.time)
  const conversations = new Conversations()
  for (const { segment } of seen) conversations.add(segment)
  const origin = new Map(seen.map(({ segment, of }) => [segment, of]))
  const own = new Set(run.segments.map(s => (s.from === end ? s.source : s.destination)))
  const all: Shown[] = []
  for (const c of conversations.all) {
    const { transitions, ends } = explain(c)
    for (const t of transitions) {
      if (!own.has(ends[t.end]) || t.event === 'passive OPEN') continue
      const segment = c.segments[t.segment]!
      all.push({
        time: segment.time,
        end,
        connection: `${ends[t.end]} ${ends[t.end === 0 ? 1 : 0]}`,
        from: t.from,
        to: t.to,
        event: t.event,
        section: t.section,
        segment: origin.get(segment)!,
        before: origin.get(segment)!.from === end,
      })
    }
  }
  return all.sort((a, b) => a.time - b.time)
}

/** A kernel has told that a connection was CLOSED. */
export interface ToldEnd {
  readonly end: EndName
  readonly connection: string
  /** Out of which state. */
  readonly from: State
  /** ms, of the run */
  readonly time: number
}

/** Left by timeouts and calls that send nothing. In FIN_WAIT_2 and TIME_WAIT the kernel has no socket to tell of. */
const SILENT: ReadonlySet<State> = new Set([
  'SYN_SENT',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'CLOSE_WAIT',
  'LAST_ACK',
])

/** The ends of which no segment tells. */
const silentEnds = (found: readonly Shown[], told: readonly ToldEnd[]): Shown[] => {
  const last = new Map(found.map(t => [`${t.end} ${t.connection}`, t]))
  return told.flatMap(({ end, connection, from, time }) => {
    const before = last.get(`${end} ${connection}`)
    if (before === undefined || before.to !== from || !SILENT.has(from)) return []
    return [{ ...before, time, from, to: 'CLOSED' as const, event: null, section: null, segment: null }]
  })
}

/**
 * The run, with the transitions of these ends as their segments show them.
 * @param told what their kernels have told: ends of connections show in no segment when they are silent
 */
export const replayed = (run: Run, ends: readonly EndName[], told: readonly ToldEnd[] = []): Run => {
  const seen = ends.flatMap(end => shown(run, end))
  const found = [...seen, ...silentEnds(seen, told)]
  const transitions = [
    ...run.transitions.filter(t => !ends.includes(t.end)),
    ...found.map(({ segment, before, ...transition }) => transition),
  ].sort((a, b) => a.time - b.time)
  const { segments, notes, timers, windows } = run
  return {
    segments,
    notes,
    timers,
    ...(windows === undefined ? {} : { windows }),
    transitions,
    events: withMarks(run.events, found),
  }
}

/** A mark for each transition, beside the segment that shows it. */
const withMarks = (events: readonly LadderEvent[], found: readonly Shown[]): LadderEvent[] => {
  const marks = (of: readonly Shown[]): LadderEvent[] =>
    of.map(({ time, end, to }) => ({ kind: 'mark', time, end: end === 'client' ? 0 : 1, text: to }))
  const left = new Set(found)
  const take = (fits: (t: Shown) => boolean): Shown[] => {
    const taken = [...left].filter(fits)
    for (const t of taken) left.delete(t)
    return taken
  }
  const all: LadderEvent[] = []
  for (const event of events) {
    if (event.kind === 'sent') pushAll(all, marks(take(t => t.segment === event.segment && t.before)))
    all.push(event)
    if (event.kind === 'arrived') pushAll(all, marks(take(t => t.segment === event.segment)))
  }
  for (const mark of marks([...left])) {
    const at = all.findIndex(({ time }) => time > mark.time)
    all.splice(at < 0 ? all.length : at, 0, mark)
  }
  return all
}
