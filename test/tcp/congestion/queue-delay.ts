/** The time that packets of a bottleneck wait, by the queue that they are in. */

import type { PathOptions } from '../../../src/link/path/options.ts'
import type { PathObserver, Ticket } from '../../../src/link/path/transit.ts'
import { ecnOf } from '../../../src/wire/ecn.ts'

/** Delays in ms of the packets that have crossed since {@link forget}: ECT(1) and CE, and the rest. */
export class QueueDelays implements PathObserver {
  readonly low: number[] = []
  readonly classic: number[] = []
  /** ECN fields that have come in, by number. */
  readonly fields = [0, 0, 0, 0]
  readonly #path: PathOptions

  constructor(path: PathOptions) {
    this.#path = path
  }

  entered(_direction: string, time: number, b: Uint8Array, start: number, length: number): Ticket {
    const { delay = 0, rate = Number.POSITIVE_INFINITY } = this.#path
    const field = ecnOf(b, start)
    this.fields[field]!++
    const list = field & 1 ? this.low : this.classic
    return { note: () => {}, delivered: at => list.push(at - time - delay - (length * 8000) / rate) }
  }

  forget(): void {
    this.low.length = this.classic.length = 0
    this.fields.fill(0)
  }
}

/** The value that a part of all are below. */
export const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? Number.NaN
