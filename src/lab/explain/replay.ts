/** Replays both ends of a captured connection through the state table. */

import { isSynchronized, type State, type StateEvent, TRANSITIONS } from '../../tcp/state.ts'
import type { ObservedSegment } from '../../trace/observed-segment.ts'
import { isLost } from '../../trace/observed-segment.ts'
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts'
import type { Conversation } from './conversations.ts'
import { type Milestones, milestones, type Placed, place } from './facts.ts'
import { Narrator } from './narrator.ts'

/** A transition that an end must have made. */
export interface ReplayedTransition {
  /** ms, of the segment that shows it. */
  readonly time: number
  /** The place of that segment in the connection. */
  readonly segment: number
  readonly end: 0 | 1
  readonly from: State
  readonly to: State
  readonly event: StateEvent
  readonly section: string
  /** True when it comes before the segment leaves (its sender has made it), false when it comes as it arrives. */
  readonly before: boolean
}

export interface ExplainedSegment {
  readonly segment: ObservedSegment
  /** Its sender: the opener (0) or the other. */
  readonly from: 0 | 1
  /** Its effects, the most important first. */
  readonly what: readonly string[]
}

/** A connection, explained. */
export interface Explanation {
  readonly ends: readonly [string, string]
  readonly joined: boolean
  /** From 1, in the capture. */
  readonly number: number
  /** The interface that it passed, where the capture tells of several. */
  readonly place: string | null
  readonly segments: readonly ExplainedSegment[]
  readonly transitions: readonly ReplayedTransition[]
  /** The states in which the capture leaves them. */
  readonly states: readonly [State, State]
  /** Bytes of text that each end sent, retransmissions not counted. */
  readonly bytes: readonly [number, number]
  /** Remarks of an expert, one line each. */
  readonly remarks: readonly string[]
}

const ROWS = new Map(TRANSITIONS.map(row => [`${row.from} ${row.event}`, row]))

/** Explains a connection. Total: any segments have an explanation. */
export const explain = (c: Conversation): Explanation => new Replay(c).run()

class Replay {
  readonly #conversation: Conversation
  readonly #placed: readonly Placed[]
  readonly #of: readonly [Milestones, Milestones]
  readonly #states: [State, State]
  readonly #transitions: ReplayedTransition[] = []
  readonly #finSent: [boolean, boolean] = [false, false]

  constructor(c: Conversation) {
    this.#conversation = c
    this.#placed = place(c)
    this.#of = [milestones(this.#placed, 0), milestones(this.#placed, 1)]
    this.#states = c.joined ? ['ESTABLISHED', 'ESTABLISHED'] : ['CLOSED', 'CLOSED']
  }

  run(): Explanation {
    const first = this.#placed[0]
    // An end that answers a SYN by SYN,ACK without having sent one of its own was listening.
    if (first !== undefined && !this.#conversation.joined) {
      const answer = this.#placed.find(p => p.from === 1 && p.segment.flags & SYN)
      if (answer !== undefined && answer.segment.flags & ACK) this.#apply(1, 'passive OPEN', first, true)
      // The SYN itself was before the capture began.
      if (first.from === 1) this.#apply(0, 'active OPEN', first, true)
    }
    const narrator = new Narrator()
    const segments = this.#placed.map(p => {
      const before: [State, State] = [...this.#states]
      this.#leaves(p)
      this.#arrives(p)
      const what = narrator.tell(p, before, this.#of)
      return { segment: p.segment, from: p.from, what }
    })
    return {
      ends: this.#conversation.ends,
      joined: this.#conversation.joined,
      number: this.#conversation.number,
      place: this.#conversation.place,
      segments,
      transitions: this.#transitions,
      states: this.#states,
      bytes: narrator.bytes,
      remarks: narrator.remarks(this.#states, this.#placed, this.#transitions),
    }
  }

  /** An event of the table; one that a state does not have is none: what was captured need not make sense. */
  #apply(end: 0 | 1, event: StateEvent, p: Placed, before: boolean): void {
    const row = ROWS.get(`${this.#states[end]} ${event}`)
    if (row === undefined) return
    this.#states[end] = row.to
    this.#transitions.push({
      time: p.segment.time,
      segment: p.index,
      end,
      from: row.from,
      to: row.to,
      event,
      section: row.section,
      before,
    })
  }

  /** Moves the sender on by the transitions that it must have made. */
  #leaves(p: Placed): void {
    const { flags } = p.segment
    const { from } = p
    if (flags & RST) {
      this.#apply(from, 'ABORT', p, true)
      return
    }
    if (flags & SYN && !(flags & ACK)) this.#apply(from, 'active OPEN', p, true)
    if (flags & FIN && !this.#finSent[from]) {
      this.#finSent[from] = true
      this.#apply(from, 'CLOSE', p, true)
    }
  }

  /** Moves the receiver on: the segment has passed, and so it has arrived unless it was lost. */
  #arrives(p: Placed): void {
    if (p.segment.flags & RST) {
      if (!isLost(p.segment)) this.#reset(p, p.from === 0 ? 1 : 0)
      return
    }
    for (const end of [0, 1] as const) this.#at(p, end, this.#of[end], this.#of[end === 0 ? 1 : 0])
  }

  /** The knowledge of an end by now: of its own SYN and FIN, and of the other side's. */
  #at(p: Placed, end: 0 | 1, own: Milestones, other: Milestones): void {
    if (p.index === other.synArrives) {
      if (this.#states[end] === 'SYN_SENT' && own.synAcked <= p.index) this.#apply(end, 'SYN,ACK', p, false)
      else this.#apply(end, 'SYN', p, false)
    }
    if (p.index >= own.synAcked && p.from !== end) this.#apply(end, 'ack of SYN', p, false)
    const acked = p.index === own.finAcked
    const arrives = p.index === other.finArrives
    if (acked && arrives && this.#states[end] === 'FIN_WAIT_1') {
      this.#apply(end, 'FIN, our FIN acked', p, false)
      return
    }
    if (acked) this.#apply(end, 'ack of FIN', p, false)
    if (arrives) this.#apply(end, 'FIN', p, false)
  }

  #reset(p: Placed, to: 0 | 1): void {
    const state = this.#states[to]
    // §3.10.7.3: in SYN-SENT only one that acknowledges the SYN counts.
    if (state === 'SYN_SENT' && p.ack !== 1) return
    if (state === 'SYN_RECEIVED' && to === 1) this.#apply(to, 'RST after passive OPEN', p, false)
    else if (isSynchronized(state) || state === 'SYN_SENT' || state === 'SYN_RECEIVED')
      this.#apply(to, 'RST', p, false)
  }
}
