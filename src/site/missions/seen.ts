/** The events of an experiment, as those who judge it ask for them. */
import type { State } from '../../tcp/state.ts'
import { largest } from '../../trace/extremes.ts'
import { type ObservedSegment, observeSegment } from '../../trace/observed-segment.ts'
import type { Ends, ViewEvent, ViewTransition } from '../../view/model/view-event.ts'
import { otherOf, type Which } from '../experiment/plan.ts'

/** A segment as its sender or its receiver saw it, or as it was lost. */
export interface SeenSegment extends ObservedSegment {
  /** The place of its event. */
  readonly event: number
  /** The host that sent it. */
  readonly by: Which
  readonly where: 'sent' | 'received' | 'lost'
  /** Its path's word on a lost one. */
  readonly why: string
}

/** Both ends of a connection as one of its hosts sees it. */
const nameOf = (ends: Ends): string => `${ends.localPort} ${ends.remotePort}`

export class Seen {
  readonly #segments: SeenSegment[] = []
  readonly #transitions: ViewTransition[] = []
  readonly #notes: readonly [string[], string[]] = [[], []]
  #events = 0
  #now = 0

  constructor(events: Iterable<ViewEvent> = []) {
    for (const event of events) this.add(event)
  }

  add(event: ViewEvent): void {
    const place = this.#events++
    const host = event.host as Which
    this.#now = event.time
    if (event.kind === 'packet' || event.kind === 'loss') {
      const segment = observeSegment(event.bytes, event.time)
      if (typeof segment === 'string') return
      const lost = event.kind === 'loss'
      const sent = lost || event.direction === 'out'
      this.#segments.push({
        ...segment,
        event: place,
        by: sent ? host : otherOf(host),
        where: lost ? 'lost' : sent ? 'sent' : 'received',
        why: lost ? event.fate : '',
        reason: lost ? '' : event.reason,
      })
    } else if (event.kind === 'transition') this.#transitions.push(event)
    else if (event.kind === 'note') this.#notes[host].push(event.text)
  }

  get segments(): readonly SeenSegment[] {
    return this.#segments
  }

  get transitions(): readonly ViewTransition[] {
    return this.#transitions
  }

  /** ms, of the last event. */
  get now(): number {
    return this.#now
  }

  sent(by: Which): SeenSegment[] {
    return this.segments.filter(s => s.by === by && s.where === 'sent')
  }

  received(by: Which): SeenSegment[] {
    return this.segments.filter(s => s.by === by && s.where === 'received')
  }

  get lost(): SeenSegment[] {
    return this.segments.filter(s => s.where === 'lost')
  }

  /** The transitions of a host into a state. */
  into(host: Which, state: State): ViewTransition[] {
    return this.transitions.filter(t => t.host === host && t.to === state)
  }

  /** Returns whether a connection of a host has gone from one state to another. */
  went(host: Which, from: State, to: State): boolean {
    return this.into(host, to).some(t => t.from === from)
  }

  /** Connections of a host that are in a state now. */
  inState(host: Which, state: State): number {
    return this.#countsOf(host, state).at(-1) ?? 0
  }

  /** The most connections of a host that have been in a state at the same time. */
  peak(host: Which, state: State): number {
    return largest(this.#countsOf(host, state), 0)
  }

  /** Connections in a state after each transition of a host. */
  #countsOf(host: Which, state: State): number[] {
    const within = new Set<string>()
    return this.transitions.flatMap(({ host: whose, ends, to }) => {
      if (whose !== host) return []
      if (to === state) within.add(nameOf(ends))
      else within.delete(nameOf(ends))
      return [within.size]
    })
  }

  /** The calls of a host's programs and the answers, such as `write(100): EPIPE`. */
  notes(host: Which): readonly string[] {
    return this.#notes[host]
  }
}
