/** Moments of a replay, for its watchers. */
import type { TraceEvent } from '../../tcp/block/events.ts'
import type { State } from '../../tcp/state.ts'
import { connectionName } from '../transition-text.ts'
import type { ReplayDifference } from './difference.ts'

/** A moment of a replay. */
export interface ReplayMoment {
  /** From 1. */
  readonly number: number
  /** ms */
  readonly time: number
  readonly end: string
  readonly event: TraceEvent
  readonly line: string
  /** The states of all connections and listeners that are not CLOSED, oldest first. */
  readonly states: ReadonlyMap<string, State>
}

/** A moment of a replay. */
export interface ReplayOptions {
  /** Hears of each event as it happens, within the core's own call. */
  readonly onEvent?: (moment: ReplayMoment) => void
}

/** The end of a replay. */
export interface Replayed {
  /** Events that happened. */
  readonly events: number
  /** Null when all are as they were. */
  readonly difference: ReplayDifference | null
  /** True when the recording has no end: the process that wrote it was killed. It is played up to there. */
  readonly cut: boolean
}

/** Counts the events of a replay and keeps the states. */
export class Moments {
  count = 0
  readonly #states = new Map<string, State>()
  readonly #onEvent: ((moment: ReplayMoment) => void) | undefined

  constructor({ onEvent }: ReplayOptions) {
    this.#onEvent = onEvent
  }

  see(end: string, event: TraceEvent, line: string): void {
    this.count++
    if (event.type === 'transition') {
      const name = `${end}  ${connectionName(event.connection)}`
      if (event.to === 'CLOSED') this.#states.delete(name)
      else this.#states.set(name, event.to)
    }
    this.#onEvent?.({ number: this.count, time: event.time, end, event, line, states: this.#states })
  }
}
