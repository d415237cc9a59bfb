/** Sorts the segments of a capture into connections. */
import { type CaptureInterface, ONLY_INTERFACE } from '../../trace/captured-packet.ts'
import type { ObservedSegment } from '../../trace/observed-segment.ts'
import { ACK, SYN } from '../../wire/tcp.ts'
import { Hops } from './hops.ts'

/** One connection as it was captured. The first end is who opened it, or who was seen first. */
export interface Conversation {
  readonly ends: readonly [string, string]
  readonly segments: readonly ObservedSegment[]
  /** The capture begins in the middle of it: no SYN was seen. */
  readonly joined: boolean
  /** From 1, in the order in which the connections of the capture began. */
  readonly number: number
  /** The interface that it passed, where the capture tells of several; null otherwise. */
  readonly place: string | null
}

/** The segments to keep; everything that is absent chooses all. */
export interface Choice {
  /** Connections from or to this port. */
  readonly port?: number | undefined
  /** The connection of this number. */
  readonly connection?: number | undefined
  /** ms after the first packet of the capture: what is before, and from where on nothing is kept. */
  readonly from?: number | undefined
  readonly until?: number | undefined
  /** Segments that are kept at most. */
  readonly most?: number | undefined
}

/** A connection in few words: all of its segments, chosen or not. */
export interface Summary {
  readonly number: number
  readonly ends: readonly [string, string]
  readonly seen: number
  /** Bytes of text, those that were sent again included. */
  readonly text: number
  /** The times of its first and its last segment, ms. */
  readonly began: number
  readonly ended: number
}

interface Open extends Summary {
  readonly place: string | null
  ends: [string, string]
  readonly segments: ObservedSegment[]
  joined: boolean
  seen: number
  text: number
  ended: number
  /** The SYN's sequence number, by source. */
  readonly iss: Map<string, number>
}

/** Collects connections; a SYN with another sequence number begins the next one of the same four numbers. */
export class Conversations {
  /** Connections, and segments of those that were chosen. */
  count = 0
  chosen = 0
  readonly #choice: Choice
  readonly #current = new Map<string, Open>()
  readonly #kept: Open[] = []
  readonly #every: Open[] = []
  readonly #hops = new Hops()

  constructor(choice: Choice = {}) {
    this.#choice = choice
  }

  /**
   * @param since ms after the first packet of the capture
   * @param at the interface that it passed: what passed another one is told apart
   */
  add(s: ObservedSegment, since = 0, at: CaptureInterface = ONLY_INTERFACE): void {
    const forth = s.source < s.destination
    const pair = forth ? `${s.source} ${s.destination}` : `${s.destination} ${s.source}`
    const hop = this.#hops.of(pair, forth, at)
    const key = `${pair} ${hop.number}`
    let open = this.#current.get(key)
    if (open === undefined || beginsAnew(open, s)) {
      this.count++
      open = {
        ends: [s.source, s.destination],
        segments: [],
        joined: !(s.flags & SYN),
        number: this.count,
        // A second hop may show itself later.
        get place() {
          return hop.name
        },
        seen: 0,
        text: 0,
        began: s.time,
        ended: s.time,
        iss: new Map(),
      }
      this.#every.push(open)
      // The sender of a SYN,ACK did not open the connection.
      if (s.flags & SYN && s.flags & ACK) open.ends = [s.destination, s.source]
      this.#current.set(key, open)
    }
    if (s.flags & SYN && !open.iss.has(s.source)) open.iss.set(s.source, s.seq)
    open.seen++
    open.text += s.length
    open.ended = s.time
    if (!this.#isChosen(open, since)) return
    this.chosen++
    if (this.chosen > (this.#choice.most ?? Number.POSITIVE_INFINITY)) {
      this.#drop()
      return
    }
    if (open.segments.length === 0) {
      this.#kept.push(open)
      // The segments before were not kept.
      if (!(s.flags & SYN)) open.joined = true
    }
    open.segments.push(s)
  }

  /** There are more than were to be kept: nothing of it is. */
  #drop(): void {
    for (const open of this.#kept) open.segments.length = 0
    this.#kept.length = 0
  }

  #isChosen({ ends, number }: Open, since: number): boolean {
    const {
      port,
      connection,
      from = Number.NEGATIVE_INFINITY,
      until = Number.POSITIVE_INFINITY,
    } = this.#choice
    if (connection !== undefined && connection !== number) return false
    if (port !== undefined && !ends.some(end => end.endsWith(`:${port}`))) return false
    return since >= from && since < until
  }

  /** Those that were chosen, in the order in which their segments began; none when there are more than were to be kept. */
  get all(): readonly Conversation[] {
    return this.#kept
  }

  /** All connections, in the order in which they began. */
  get summaries(): readonly Summary[] {
    return this.#every
  }
}

const beginsAnew = (open: Open, s: ObservedSegment): boolean => {
  if (!(s.flags & SYN) || s.flags & ACK) return false
  const iss = open.iss.get(s.source)
  // SYNs may cross; a second SYN with another number is another connection.
  return iss === undefined ? open.joined || open.seen > 1 : iss !== s.seq
}
