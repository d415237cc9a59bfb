/** The events of a run: the segments on the wire, the states of both ends, the calls of their applications. */

import type { PathObserver, Ticket } from '../link/path/transit.ts'
import type { ConnectionId, TimerKind, TraceEvent, TraceSink } from '../tcp/block/events.ts'
import type { State, StateEvent } from '../tcp/state.ts'
import type { LadderEvent } from '../trace/ladder.ts'
import { type ObservedSegment, observeSegment } from '../trace/observed-segment.ts'
import { connectionName } from '../trace/transition-text.ts'
import type { SenderWindow } from '../view/parts/story.ts'
import { copyOf } from '../wire/bytes.ts'

export type EndName = 'client' | 'server'

/** Bytes of a packet that are kept: the largest headers. */
const HEADERS = 120
/** Segments, transitions and notes of a run, and no more. */
const MOST = 200_000
/** Segments that have been made and have not entered the path yet. */
const UNDER_WAY = 1000

/** A transition of one end's connection or listener. */
export interface RunTransition {
  /** ms */
  readonly time: number
  readonly end: EndName
  /** Both ends of the connection as its owner sees it, such as '198.18.0.1:4000 198.18.0.2:80'; a listener has `*`. */
  readonly connection: string
  readonly from: State
  readonly to: State
  /** Unknown where a kernel reports. */
  readonly event: StateEvent | null
  readonly section: string | null
}

/** A segment under way in a run. */
export interface RunSegment extends ObservedSegment {
  readonly from: EndName
}

/** An event of an end's application: a call, or its answer. */
export interface RunNote {
  readonly time: number
  readonly end: EndName
  readonly text: string
}

export interface RunTimer {
  readonly time: number
  readonly end: EndName
  readonly timer: TimerKind
  readonly action: 'armed' | 'fired' | 'stopped'
  /** The time at which it is due, for 'armed'. */
  readonly at: number | null
}

/** All that was seen, each list in order of time. */
export interface Run {
  readonly segments: readonly RunSegment[]
  readonly transitions: readonly RunTransition[]
  readonly notes: readonly RunNote[]
  readonly timers: readonly RunTimer[]
  /** Windows of the ends that tell of them: ours. */
  readonly windows?: readonly SenderWindow[]
  /** All of it together. */
  readonly events: readonly LadderEvent[]
}

/** The windows of a connection, in bytes; null when it is gone. */
export type WindowsOf = (c: ConnectionId) => { readonly cwnd: number; readonly ssthresh: number } | null

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

class Journey implements Ticket {
  readonly #segment: Mutable<RunSegment> & { arrivals: number[] }
  readonly #arrived: (time: number) => void

  constructor(segment: Mutable<RunSegment> & { arrivals: number[] }, arrived: (time: number) => void) {
    this.#segment = segment
    this.#arrived = arrived
  }

  note(what: string): void {
    this.#segment.fate += this.#segment.fate === '' ? what : `, ${what}`
  }

  delivered(time: number): void {
    this.#segment.arrivals.push(time)
    this.#arrived(time)
  }
}

const IGNORED: Ticket = { note() {}, delivered() {} }

/** Watches a run: the paths between the ends, and the event streams of those that have one. */
export class Recorder implements PathObserver, Run {
  readonly segments: RunSegment[] = []
  readonly transitions: RunTransition[] = []
  readonly notes: RunNote[] = []
  readonly timers: RunTimer[] = []
  readonly windows: SenderWindow[] = []
  readonly events: LadderEvent[] = []
  /** The source of the windows of an end's connections. */
  readonly #windows = new Map<EndName, WindowsOf>()
  /** The windows last seen, by connection. */
  readonly #last = new Map<string, SenderWindow>()
  /** Told of everything that happens, after it was recorded. */
  onChange: () => void = () => {}
  /** The path that leads from the client. */
  readonly #fromClient: string
  /** The reasons of the segments that are about to leave, by source and sequence number. */
  #stopped = false
  readonly #reasons: { readonly end: EndName; readonly seq: number; readonly reason: string }[] = []

  /** @param fromClient the name of the path from the client to the server */
  constructor(fromClient: string) {
    this.#fromClient = fromClient
  }

  entered(direction: string, time: number, b: Uint8Array, start: number, length: number): Ticket {
    const from: EndName = direction === this.#fromClient ? 'client' : 'server'
    const seen = observeSegment(copyOf(b, start, start + Math.min(length, HEADERS)), time)
    if (typeof seen === 'string' || this.#stopped || this.events.length >= MOST) return IGNORED
    const segment = { ...seen, from, arrivals: [] as number[], reason: this.#reasonOf(from, seen) }
    this.segments.push(segment)
    this.events.push({ kind: 'sent', time, segment })
    this.onChange()
    return new Journey(segment, at => {
      if (!this.#stopped) this.events.push({ kind: 'arrived', time: at, segment })
    })
  }

  /** A reader of one end's event stream. */
  sink(end: EndName): TraceSink {
    return event => this.#event(end, event)
  }

  /** Hears of nothing more: what follows is no part of the run. */
  stop(): void {
    this.#stopped = true
  }

  /** Lets the windows of an end's connections be recorded as they change. */
  watchWindows(end: EndName, windows: WindowsOf): void {
    this.#windows.set(end, windows)
  }

  #sample(end: EndName, time: number, c: ConnectionId): void {
    const now = this.#windows.get(end)?.(c) ?? null
    if (now === null || this.windows.length >= MOST) return
    const connection = connectionName(c)
    const key = `${end} ${connection}`
    const last = this.#last.get(key)
    if (last?.cwnd === now.cwnd && last.ssthresh === now.ssthresh) return
    const sample = { time, connection, cwnd: now.cwnd, ssthresh: now.ssthresh }
    this.#last.set(key, sample)
    this.windows.push(sample)
  }

  /** Notes a call of an application, or its answer. */
  note(end: EndName, time: number, text: string): void {
    if (this.#stopped) return
    this.notes.push({ time, end, text })
    this.#mark(end, time, text)
  }

  transition(transition: RunTransition): void {
    if (this.#stopped) return
    this.transitions.push(transition)
    this.#mark(transition.end, transition.time, transition.to)
    this.onChange()
  }

  #mark(end: EndName, time: number, text: string): void {
    if (this.events.length < MOST)
      this.events.push({ kind: 'mark', time, end: end === 'client' ? 0 : 1, text })
  }

  #event(end: EndName, e: TraceEvent): void {
    if (e.type === 'transition') {
      const c = e.connection
      this.transition({
        time: e.time,
        end,
        connection: connectionName(c),
        from: e.from,
        to: e.to,
        event: e.event,
        section: e.section,
      })
    } else if (e.type === 'segment-out') {
      this.#reasons.push({ end, seq: e.seq >>> 0, reason: e.reason })
      if (this.#reasons.length > UNDER_WAY) this.#reasons.shift()
      this.#sample(end, e.time, e.connection)
    } else if (e.type === 'timer') {
      if (this.timers.length < MOST && !this.#stopped)
        this.timers.push({ time: e.time, end, timer: e.timer, action: e.action, at: e.at ?? null })
    }
  }

  /** Segments enter their path in the order in which they were made; a super-segment enters as several. */
  #reasonOf(end: EndName, s: ObservedSegment): string {
    const at = this.#reasons.findIndex(r => r.end === end && r.seq === s.seq)
    if (at < 0) return ''
    const [found] = this.#reasons.splice(at, 1)
    return found!.reason
  }
}
