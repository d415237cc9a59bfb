/** Plays a lab and keeps all its events, or plays it again and holds the events against those that were kept. */

import type { TraceEvent } from '../../tcp/events.ts'
import type { State } from '../../tcp/state.ts'
import type { Lab } from '../lab.ts'
import { connectionName, type EndName } from '../recorder.ts'
import { type LabResult, runVirtual } from '../run-virtual.ts'
import { eventLine } from './event-line.ts'
import type { Recording } from './recording.ts'

type Watch = (end: EndName, event: TraceEvent) => void

const play = (lab: Lab, seed: number | string, short: boolean, watch: Watch): Promise<LabResult> =>
  runVirtual(
    lab,
    seed,
    { client: e => watch('client', e), server: e => watch('server', e) },
    { pace: { short, patient: !short } },
  )

export interface RecordOptions {
  /** Default: the lab's name. */
  readonly seed?: number | string
  /** As if somebody waited: shorter timers. */
  readonly short?: boolean
}

/** Plays a lab in virtual time, and records it. */
export const record = async (
  lab: Lab,
  { seed = lab.name, short = false }: RecordOptions = {},
): Promise<Recording & { readonly result: LabResult }> => {
  const events: string[] = []
  const result = await play(lab, seed, short, (end, e) => events.push(eventLine(end, e)))
  return { lab: lab.name, seed, short, events, result }
}

/** The first event that is not as it was. */
export interface ReplayDifference {
  /** From 1. */
  readonly number: number
  /** Null when there was none. */
  readonly recorded: string | null
  /** Null when there is none. */
  readonly replayed: string | null
}

/** A moment of a replay. */
export interface ReplayMoment {
  /** From 1. */
  readonly number: number
  /** ms */
  readonly time: number
  readonly end: EndName
  readonly event: TraceEvent
  readonly line: string
  /** The states of all connections and listeners that are not CLOSED, oldest first. */
  readonly states: ReadonlyMap<string, State>
}

export interface ReplayOptions {
  /** Hears of each event as it happens, within the core's own call. */
  readonly onEvent?: (moment: ReplayMoment) => void
}

export interface Replayed {
  /** Events that happened. */
  readonly events: number
  /** Null when all are as they were. */
  readonly difference: ReplayDifference | null
}

/** Plays what was recorded again, by the same core. */
export const replay = async (
  recording: Recording,
  lab: Lab,
  { onEvent }: ReplayOptions = {},
): Promise<Replayed> => {
  let number = 0
  let difference: ReplayDifference | null = null
  const states = new Map<string, State>()
  await play(lab, recording.seed, recording.short, (end, event) => {
    const line = eventLine(end, event)
    const recorded = recording.events[number] ?? null
    number++
    if (recorded !== line) difference ??= { number, recorded, replayed: line }
    if (event.type === 'transition') {
      const name = `${end}  ${connectionName(event.connection)}`
      if (event.to === 'CLOSED') states.delete(name)
      else states.set(name, event.to)
    }
    onEvent?.({ number, time: event.time, end, event, line, states })
  })
  const missing = recording.events[number]
  if (missing !== undefined) difference ??= { number: number + 1, recorded: missing, replayed: null }
  return { events: number, difference }
}

/** The fields in which two events differ: `"flags":16 was "flags":17`; where one is missing, the other. */
export const differenceText = ({ number, recorded, replayed }: ReplayDifference): string => {
  if (recorded === null) return `event ${number} was not there: ${shown(replayed!)}`
  if (replayed === null) return `event ${number} is missing: ${shown(recorded)}`
  const [was, is] = [JSON.parse(recorded), JSON.parse(replayed)] as Record<string, unknown>[]
  const keys = [...new Set([...Object.keys(was!), ...Object.keys(is!)])].filter(
    key => JSON.stringify(was![key]) !== JSON.stringify(is![key]),
  )
  const fields = keys.map(key =>
    key === 'bytes'
      ? bytesText(was!.bytes, is!.bytes)
      : `${key}: was ${JSON.stringify(was![key])}, is ${JSON.stringify(is![key])}`,
  )
  return `event ${number} differs (${fields.join('; ') || 'in the order of its fields'})\n  was ${shown(recorded)}\n  is  ${shown(replayed)}`
}

const bytesText = (was: unknown, is: unknown): string => {
  const [a, b] = [was, is].map(text => Buffer.from(typeof text === 'string' ? text : '', 'base64')) as [
    Buffer,
    Buffer,
  ]
  if (a.length !== b.length) return `packet: was ${a.length} bytes, is ${b.length}`
  const at = a.findIndex((byte, i) => byte !== b[i])
  return `packet, byte ${at}: was ${a[at]}, is ${b[at]}`
}

const shown = (line: string): string => (line.length <= 300 ? line : `${line.slice(0, 300)} …`)
