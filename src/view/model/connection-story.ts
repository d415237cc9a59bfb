/** The story of a connection, as far as it is kept, up to the moment that is shown: for the ladder and the plots. */
import type { TimerKind } from '../../tcp/block/events.ts'
import { observeError } from '../../trace/icmp-error.ts'
import type { LadderEvent } from '../../trace/ladder.ts'
import type { ObservedSegment } from '../../trace/observed-segment.ts'
import type { SenderWindow, Side, Story, StoryTransition } from '../parts/story.ts'
import type { Entry, History, ViewConnection } from './history.ts'
import type { ViewRecovery } from './view-event.ts'

export interface ConnectionStory extends Story {
  /** The entry that a segment on the ladder is of, and back. */
  readonly entryOf: ReadonlyMap<ObservedSegment, Entry>
  readonly segmentOf: ReadonlyMap<number, ObservedSegment>
  /** Events before and after those on the ladder. */
  readonly earlier: number
  readonly later: number
  /** Round-trip times and retransmission timeouts, as our segments left; ms. */
  readonly rounds: readonly { readonly time: number; readonly srtt: number; readonly rto: number }[]
}

type Way = ObservedSegment & { arrivals: number[]; fate: string }

/** The same connection as the other end's host tells of it, where that is told too. */
export const peerOf = (history: History, c: ViewConnection): ViewConnection | null => {
  for (let host = 0; host < 4; host++) {
    const peer = host === c.host ? null : history.find(host, c.remote, c.local)
    if (peer !== null) return peer
  }
  return null
}

/** The part of a segment that two hosts see alike. */
const likeness = (s: ObservedSegment): string =>
  `${s.source} ${s.seq} ${s.ack} ${s.flags} ${s.length} ${s.window}`

/** The timers whose end is worth a line, and its words; the others show in the segments that they send. */
const TIMER_WORDS: Readonly<Partial<Record<TimerKind, string>>> = {
  retransmission: 'RTO over',
  'tail-loss-probe': 'TLP timer',
  reordering: 'RACK timer',
  persist: 'persist timer',
  'keep-alive': 'idle',
  '2msl': '2 MSL over',
  'fin-wait-2': 'waited enough',
}

/**
 * @param most events on the ladder
 * @param back how many of the last ones are not on it
 */
export const connectionStory = (
  history: History,
  c: ViewConnection,
  most: number,
  back = 0,
): ConnectionStory => new Teller(history, c).story(most, back)

class Teller {
  readonly #c: ViewConnection
  readonly #peer: ViewConnection | null
  readonly #left: string
  readonly #entries: Entry[]
  readonly #events: LadderEvent[] = []
  readonly #segments: ObservedSegment[] = []
  readonly #transitions: StoryTransition[] = []
  /** The places of the transitions among the events. */
  readonly #places: number[] = []
  readonly #windows: SenderWindow[] = []
  readonly #rounds: ConnectionStory['rounds'][number][] = []
  readonly #entryOf = new Map<ObservedSegment, Entry>()
  readonly #segmentOf = new Map<number, Way>()
  /** Segments that have left one host and not come to the other. */
  readonly #underWay = new Map<string, Way[]>()

  constructor(history: History, c: ViewConnection) {
    this.#c = c
    this.#peer = peerOf(history, c)
    this.#left = c.active || this.#peer?.active === false ? c.local : c.remote
    if (c.remote === '*') this.#left = c.local
    const entries = [c, this.#peer]
      .flatMap(each => each?.entries.slice(0) ?? [])
      .filter(({ number }) => number < history.shown)
    this.#entries = this.#peer === null ? entries : entries.sort((a, b) => a.number - b.number)
  }

  story(most: number, back: number): ConnectionStory {
    for (const entry of this.#entries) this.#tell(entry)
    const to = Math.max(0, this.#events.length - back)
    const from = Math.max(0, to - most)
    const { local, remote } = this.#c
    const right = this.#left === local ? remote : local
    const left = this.#left
    return {
      name: `${left} and ${right}`,
      ends: [left, right],
      events: this.#events.slice(from, to),
      before: this.#before(from),
      segments: this.#segments,
      isLeft: endpoint => endpoint === left,
      transitions: this.#transitions,
      windows: this.#windows,
      says: ({ reason, fate }) => [reason, fate].filter(text => text !== ''),
      entryOf: this.#entryOf,
      segmentOf: this.#segmentOf,
      earlier: from,
      later: this.#events.length - to,
      rounds: this.#rounds,
    }
  }

  /** The transitions that have led to the states at the beginning of the ladder. */
  #before(event: number): readonly [StoryTransition | null, StoryTransition | null] {
    const found: [StoryTransition | null, StoryTransition | null] = [null, null]
    this.#transitions.forEach((transition, i) => {
      if (this.#places[i]! < event) found[transition.end] = transition
    })
    return found
  }

  #side({ host }: Entry['event']): Side {
    const owner = host === this.#c.host ? this.#c.local : this.#c.remote
    return owner === this.#left ? 0 : 1
  }

  #tell(entry: Entry): void {
    const { event } = entry
    switch (event.kind) {
      case 'packet':
        if (entry.segment === null) {
          this.#mark(entry, observeError(event.bytes, event.length)?.text ?? '')
          return
        }
        if (event.direction === 'in' && this.#arrives(entry)) return
        this.#leaves(entry, event.direction === 'out' ? event.reason : '')
        if (event.sample !== null) {
          const { cwnd, ssthresh, srtt, rto } = event.sample
          const [from, to] = [entry.connection!.local, entry.connection!.remote]
          this.#windows.push({ time: event.time, connection: `${from} ${to}`, cwnd, ssthresh })
          if (srtt >= 0) this.#rounds.push({ time: event.time, srtt, rto })
        }
        break
      case 'loss': {
        const lost = entry.about === null ? undefined : this.#segmentOf.get(entry.about.number)
        if (lost !== undefined) lost.fate = event.fate
        else this.#leaves(entry, '', event.fate)
        break
      }
      case 'drop': {
        const dropped = entry.about === null ? undefined : this.#segmentOf.get(entry.about.number)
        if (dropped !== undefined) dropped.fate = `not used: ${event.reason}`
        break
      }
      case 'transition': {
        const end = this.#side(event)
        const { from, to, time, section } = event
        const connection = `${entry.connection!.local} ${entry.connection!.remote}`
        this.#places.push(this.#events.length)
        this.#transitions.push({ time, end, connection, from, to, event: event.event, section })
        this.#events.push({ kind: 'mark', time, end, text: to })
        break
      }
      case 'timer':
        if (event.action === 'fired') this.#mark(entry, TIMER_WORDS[event.timer] ?? '')
        break
      case 'recovery':
        this.#mark(entry, recoveryWords(event))
        break
      case 'path-mtu':
        this.#mark(entry, `packets of ${event.to} bytes`)
        break
      case 'note':
        this.#mark(entry, event.text)
        break
    }
  }

  #mark(entry: Entry, text: string): void {
    const { event } = entry
    if (text === '') return
    this.#events.push({ kind: 'mark', time: event.time, end: this.#side(event), text })
  }

  #leaves(entry: Entry, reason: string, fate = ''): void {
    if (entry.segment === null) return
    const way: Way = { ...entry.segment, arrivals: [], reason, fate }
    this.#segments.push(way)
    this.#events.push({ kind: 'sent', time: entry.event.time, segment: way })
    this.#entryOf.set(way, entry)
    this.#segmentOf.set(entry.number, way)
    if (this.#peer === null) return
    const key = likeness(way)
    this.#underWay.set(key, [...(this.#underWay.get(key) ?? []), way])
  }

  /** Returns whether it is a segment that the other host has told of as it left. */
  #arrives({ segment, event, number }: Entry): boolean {
    if (segment === null || this.#peer === null) return false
    const waiting = this.#underWay.get(likeness(segment))
    const way = waiting?.find(each => !each.fate.startsWith('lost')) ?? undefined
    if (way === undefined) return false
    waiting!.splice(waiting!.indexOf(way), 1)
    way.arrivals.push(event.time)
    this.#segmentOf.set(number, way)
    this.#events.push({ kind: 'arrived', time: event.time, segment: way })
    return true
  }
}

const recoveryWords = ({ undone, phase, cause }: ViewRecovery): string => {
  if (undone) return 'nothing was lost'
  return phase === 'open' ? cause : `${phase}: ${cause}`
}
