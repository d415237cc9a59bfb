/** The memory that a log has of connections, of a fixed size. */
import { seqLeq, seqLt } from '../../wire/sequence.ts'
import { ACK } from '../../wire/tcp.ts'
import { type ObservedSegment, sequenceLength } from '../observed-segment.ts'

/** Connections that are remembered, and their segments under way, all together. The one that was idle longest is forgotten first. */
const MOST_FLOWS = 16_384
const MOST_UNDER_WAY = 65_536

interface UnderWay {
  readonly number: number
  readonly seq: number
  readonly end: number
}

/** A connection, as far as its events refer to one another. */
export class Flow {
  /** The group of its events: a number, as the same four numbers may come again, and both ends. */
  readonly group: string
  /** The names of the last metrics, and their values. */
  readonly metrics = new Map<string, number>()
  /** The phase of recovery. */
  phase = 'open'
  /** The cause of the recovery that it is in. */
  cause = ''
  readonly #flows: Flows
  #sent = 0
  #received = 0
  #underWay: UnderWay[] = []

  constructor(group: string, flows: Flows) {
    this.group = group
    this.#flows = flows
  }

  get underWay(): number {
    return this.#underWay.length
  }

  /** Returns the number of a segment that leaves. */
  sent(s: ObservedSegment): number {
    const number = this.#sent++
    const length = sequenceLength(s)
    if (length === 0) return number
    this.#underWay.push({ number, seq: s.seq | 0, end: (s.seq + length) | 0 })
    if (this.#flows.underWay === MOST_UNDER_WAY) this.#underWay.shift()
    else this.#flows.underWay++
    return number
  }

  /** Returns the number of a segment that has arrived. */
  received(): number {
    return this.#received++
  }

  /** Returns the number of the segment that arrived last. */
  get lastReceived(): number {
    return this.#received - 1
  }

  /** Returns the numbers of those that an arriving segment acknowledges first, by its field or a block. */
  acknowledged(s: ObservedSegment): number[] {
    if (!(s.flags & ACK)) return []
    return this.#take(
      ({ seq, end }) =>
        seqLeq(end, s.ack | 0) ||
        s.sack.some(([left, right]) => seqLeq(left | 0, seq) && seqLeq(end, right | 0)),
    )
  }

  /** Returns the numbers of those that hold some of a range that is sent again, as they were lost. */
  lost(from: number, to: number): number[] {
    return this.#take(({ seq, end }) => seqLt(seq, to) && seqLt(from, end))
  }

  /** Takes segments out, and returns their numbers. */
  #take(gone: (one: UnderWay) => boolean): number[] {
    const numbers: number[] = []
    const left: UnderWay[] = []
    for (const one of this.#underWay)
      if (gone(one)) numbers.push(one.number)
      else left.push(one)
    this.#underWay = left
    this.#flows.underWay -= numbers.length
    return numbers
  }
}

/** Connections by their ends. */
export class Flows {
  /** Segments of all that are under way. */
  underWay = 0
  readonly #flows = new Map<string, Flow>()
  #count: number

  /** @param first the number of the first connection */
  constructor(first = 1) {
    this.#count = first - 1
  }

  /** @param local the end that the log is written at, or the opener */
  of(local: string, remote: string): Flow {
    const ends = `${local} ${remote}`
    let flow = this.#flows.get(ends)
    if (flow !== undefined) this.#flows.delete(ends)
    else flow = new Flow(`${++this.#count} ${ends}`, this)
    this.#flows.set(ends, flow)
    if (this.#flows.size > MOST_FLOWS) {
      const [oldest] = this.#flows.keys()
      this.#forget(oldest!)
    }
    return flow
  }

  /** A segment with the same ends belongs to another connection from now on. */
  end(local: string, remote: string): void {
    this.#forget(`${local} ${remote}`)
  }

  #forget(ends: string): void {
    const flow = this.#flows.get(ends)
    if (flow === undefined) return
    this.underWay -= flow.underWay
    this.#flows.delete(ends)
  }
}
