/** The subject of a picture: one run of an experiment, or one connection, whoever's stacks they were. */
import type { State, StateEvent } from '../../tcp/state.ts'
import type { LadderEvent } from '../../trace/ladder.ts'
import { beginnings, type ObservedSegment } from '../../trace/observed-segment.ts'

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

/** The limits of a sender at a moment, in bytes. */
export interface SenderWindow {
  readonly time: number
  /** Both ends of the connection as its owner sees it, such as '198.18.0.1:4000 198.18.0.2:80'. */
  readonly connection: string
  readonly cwnd: number
  readonly ssthresh: number
}

export interface Story {
  /** The names of the two TCPs, or of the connection. */
  readonly name: string
  readonly ends: readonly [string, string]
  /** In order of time, ms from the beginning. */
  readonly events: readonly LadderEvent[]
  /** The transitions of both ends that came last before the events, where those are not the first. */
  readonly before?: readonly [StoryTransition | null, StoryTransition | null]
  readonly segments: readonly ObservedSegment[]
  readonly isLeft: (endpoint: string) => boolean
  readonly transitions: readonly StoryTransition[]
  /** The limits of the senders, where they are known. */
  readonly windows: readonly SenderWindow[]
  /** The purpose of a segment, and its fate. */
  readonly says: (segment: ObservedSegment) => readonly string[]
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
