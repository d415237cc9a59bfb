/** The facts of one connection at a moment, and how an event changes them. */
import type { TimerKind } from '../../tcp/block/events.ts'
import type { State } from '../../tcp/state.ts'
import type { ObservedSegment } from '../../trace/observed-segment.ts'
import type { Sample, ViewEvent } from './view-event.ts'

/** All that is known of a connection at a moment. Never changed: a moment that is gone back to is still there. */
export interface Facts {
  /** Null while nothing has told it: the viewer has come in the middle. */
  readonly state: State | null
  /** The time at which it entered the state, ms. */
  readonly since: number
  /** The time at which anything last happened to it, ms. */
  readonly last: number
  readonly segmentsIn: number
  readonly segmentsOut: number
  /** Bytes of text, each time that they were sent or came. */
  readonly textIn: number
  readonly textOut: number
  readonly retransmissions: number
  /** Segments that the path lost, and those that were not used. */
  readonly lost: number
  readonly dropped: number
  readonly sample: Sample | null
  /** The timers that are armed, and when they are due (ms). */
  readonly timers: Readonly<Partial<Record<TimerKind, number>>>
}

export const NOTHING_KNOWN: Facts = {
  state: null,
  since: 0,
  last: 0,
  segmentsIn: 0,
  segmentsOut: 0,
  textIn: 0,
  textOut: 0,
  retransmissions: 0,
  lost: 0,
  dropped: 0,
  sample: null,
  timers: {},
}

/** Reasons for sending what was sent before. */
const AGAIN: ReadonlySet<string> = new Set([
  'SYN retransmission',
  'SYN,ACK again',
  'retransmission timeout',
  'after timeout',
  'third duplicate ACK',
  'partial ACK',
  'lost',
  'rescue',
])

const without = <K extends string>(all: Readonly<Partial<Record<K, number>>>, name: K) => {
  const { [name]: _, ...rest } = all
  return rest as Partial<Record<K, number>>
}

const only = <K extends string>(all: Readonly<Partial<Record<K, number>>>, name: K) => {
  const { [name]: at } = all
  return (at === undefined ? {} : { [name]: at }) as Partial<Record<K, number>>
}

/** The facts after an event. @param segment the segment of a packet */
export const factsAfter = (before: Facts, e: ViewEvent, segment: ObservedSegment | null): Facts => {
  const facts = { ...before, last: e.time }
  switch (e.kind) {
    case 'packet': {
      if (segment === null) return facts
      const { length } = segment
      if (e.direction === 'in')
        return { ...facts, segmentsIn: before.segmentsIn + 1, textIn: before.textIn + length }
      return {
        ...facts,
        segmentsOut: before.segmentsOut + 1,
        textOut: before.textOut + length,
        retransmissions: before.retransmissions + (AGAIN.has(e.reason) ? 1 : 0),
        sample: e.sample ?? before.sample,
      }
    }
    case 'loss':
      return { ...facts, lost: before.lost + 1 }
    case 'drop':
      return { ...facts, dropped: before.dropped + 1 }
    case 'transition':
      return {
        ...facts,
        state: e.to,
        since: e.time,
        timers: e.to === 'CLOSED' ? {} : e.to === 'TIME_WAIT' ? only(before.timers, '2msl') : before.timers,
      }
    case 'timer':
      return {
        ...facts,
        timers:
          e.action === 'armed' ? { ...before.timers, [e.timer]: e.at } : without(before.timers, e.timer),
      }
    default:
      return facts
  }
}
