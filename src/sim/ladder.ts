import type { PathObserver, Ticket } from '../link/path/transit.ts'
import { widest } from '../trace/extremes.ts'
import { SegmentLines } from '../trace/segment-line.ts'
import { copyOf } from '../wire/bytes.ts'
import { dissect } from '../wire/dissect.ts'
import { SYN } from '../wire/tcp.ts'

/** Bytes of the largest headers: all that a line shows. */
const HEADERS = 120
/** Beginnings of connections that are remembered, to show later numbers relative to them. */
const BEGINNINGS = 4096
/** Arrivals of one packet that a line shows. */
const ARRIVALS = 3

/** One packet on one path, and what became of it. */
class Rung implements Ticket {
  readonly time: number
  readonly direction: string
  readonly head: Uint8Array
  readonly length: number
  #notes = ''
  #arrivals = 0

  constructor(time: number, direction: string, head: Uint8Array, length: number) {
    this.time = time
    this.direction = direction
    this.head = head
    this.length = length
  }

  note(what: string): void {
    this.#add(what)
  }

  delivered(time: number): void {
    if (++this.#arrivals <= ARRIVALS) this.#add(`at ${time.toFixed(3)}`)
    else if (this.#arrivals === ARRIVALS + 1) this.#add('…')
  }

  get fate(): string {
    return this.#notes === '' ? 'under way' : this.#notes
  }

  #add(text: string): void {
    this.#notes += this.#notes === '' ? text : `, ${text}`
  }
}

/**
 * The last packets of a network, a line each: when and where it entered a path, the segment as tcpdump shows it, and
 * what became of it. Nothing is formatted before it is asked for.
 */
export class Ladder implements PathObserver {
  readonly #limit: number
  /** A ring: the next one takes the place of the oldest. */
  readonly #rungs: Rung[] = []
  #next = 0
  /** SYNs that have left the ring. */
  readonly #beginnings: Rung[] = []
  #seen = 0

  /** @param limit lines kept */
  constructor(limit: number) {
    this.#limit = limit
  }

  entered(direction: string, time: number, b: Uint8Array, start: number, length: number): Ticket {
    const head = copyOf(b, start, start + Math.min(length, HEADERS))
    const rung = new Rung(time, direction, head, length)
    this.#seen++
    if (this.#rungs.length < this.#limit) {
      this.#rungs.push(rung)
    } else {
      this.#leaves(this.#rungs[this.#next]!)
      this.#rungs[this.#next] = rung
      this.#next = (this.#next + 1) % this.#limit
    }
    return rung
  }

  #leaves(rung: Rung): void {
    const { tcp } = dissect(rung.head, 0, rung.length)
    if (tcp < 0 || !(rung.head[tcp + 13]! & SYN)) return
    this.#beginnings.push(rung)
    if (this.#beginnings.length > 2 * BEGINNINGS) this.#beginnings.splice(0, BEGINNINGS)
  }

  toString(): string {
    const rungs = [...this.#rungs.slice(this.#next), ...this.#rungs.slice(0, this.#next)]
    const lines = new SegmentLines()
    for (const rung of this.#beginnings) lines.line(rung.head, 0, rung.length)
    const time = widest(rungs.map(rung => rung.time.toFixed(3)))
    const direction = widest(rungs.map(rung => rung.direction))
    const text = rungs.map(rung => {
      const segment = lines.line(rung.head, 0, rung.length).replace(/^IP6? /, '')
      return `${rung.time.toFixed(3).padStart(time)} ${rung.direction.padEnd(direction)}  ${segment}  → ${rung.fate}`
    })
    const before = this.#seen - rungs.length
    return [...(before > 0 ? [`… ${before} packets before`] : []), ...text].join('\n')
  }
}
