/** Plays a lab and keeps all its events, or plays it again and holds the events against those that were kept. */

import type { TraceEvent } from '../../tcp/block/events.ts'
import type { ReplayDifference } from '../../trace/record/difference.ts'
import { eventLine } from '../../trace/record/event-line.ts'
import type { Replayed, ReplayOptions } from '../../trace/record/moments.ts'
import { Moments } from '../../trace/record/moments.ts'
import type { Lab } from '../lab.ts'
import type { EndName } from '../recorder.ts'
import { type LabResult, runVirtual } from '../run-virtual.ts'
import type { Recording } from './recording.ts'

type Watch = (end: EndName, event: TraceEvent) => void

const play = (
  lab: Lab,
  { seed, short, family }: Pick<Recording, 'seed' | 'short' | 'family'>,
  watch: Watch,
): Promise<LabResult> =>
  runVirtual(
    lab,
    seed,
    { client: e => watch('client', e), server: e => watch('server', e) },
    { pace: { short, patient: !short }, family },
  )

export interface RecordOptions {
  /** Default: the lab's name. */
  readonly seed?: number | string
  /** As if somebody waited: shorter timers. */
  readonly short?: boolean
  /** The version of IP between the ends; default 4. */
  readonly family?: 4 | 6
}

/** Plays a lab in virtual time, and records it. */
export const record = async (
  lab: Lab,
  { seed = lab.name, short = false, family = 4 }: RecordOptions = {},
): Promise<Recording & { readonly result: LabResult }> => {
  const events: string[] = []
  const how = { seed, short, family }
  const result = await play(lab, how, (end, e) => events.push(eventLine(end, e)))
  return { lab: lab.name, ...how, events, result }
}

/** Plays what was recorded again, by the same core. */
export const replay = async (
  recording: Recording,
  lab: Lab,
  options: ReplayOptions = {},
): Promise<Replayed> => {
  const moments = new Moments(options)
  let difference: ReplayDifference | null = null
  await play(lab, recording, (end, event) => {
    const line = eventLine(end, event)
    const recorded = recording.events[moments.count] ?? null
    if (recorded !== line) difference ??= { number: moments.count + 1, recorded, replayed: line }
    moments.see(end, event, line)
  })
  const missing = recording.events[moments.count]
  if (missing !== undefined) difference ??= { number: moments.count + 1, recorded: missing, replayed: null }
  return { events: moments.count, difference, cut: false }
}
