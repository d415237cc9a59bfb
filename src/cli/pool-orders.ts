/** Orders about faults for all workers of a pool. */
import { sum, together } from '../base/sums.ts'
import { dropCounter } from '../faults/drop-next.ts'
import type { PathCounters } from '../link/path/counters.ts'
import { PATIENCE } from '../pool/pool-worker.ts'
import type { StackPool } from '../pool/stack-pool.ts'
import type { Direction, FaultAnswer } from './fault-orders.ts'
import type { FaultQuestion } from './pool-messages.ts'

/** Lost packets are counted by reason. */
const countersTogether = (all: readonly PathCounters[]): PathCounters => ({
  ...together(all),
  lost: together(all.map(({ lost }) => lost)),
})

export class PoolOrders {
  readonly #pool: StackPool
  /** The faults that were set, for workers that begin later. */
  #faults: FaultAnswer['faults'] = {}

  constructor(pool: StackPool) {
    this.#pool = pool
    pool.on('restart', () => void this.#setAgain())
  }

  /** @throws Error (a promise of it) as FaultOrders */
  async obey(fault: unknown): Promise<FaultAnswer> {
    const answer = await this.#ask({ fault, ...leftOf(fault) })
    this.#faults = answer.faults
    return answer
  }

  async #ask(question: FaultQuestion): Promise<FaultAnswer> {
    const all = (await this.#pool.ask(question, { timeout: PATIENCE })) as FaultAnswer[]
    const [first] = all
    if (first === undefined) throw new Error('no worker is there at the moment: try again')
    const directions = Object.keys(first.counters) as Direction[]
    return {
      ...first,
      counters: Object.fromEntries(
        directions.map(d => [d, countersTogether(all.map(({ counters }) => counters[d] as PathCounters))]),
      ),
      ...(first.reset === undefined ? {} : { reset: sum(all.map(({ reset = 0 }) => reset)) }),
    }
  }

  /** A worker has begun that knows of no faults; to the others it is nothing new. */
  async #setAgain(): Promise<void> {
    for (const [direction, faults] of Object.entries(this.#faults))
      if (Object.keys(faults ?? {}).length > 0)
        // The pool may be closed meanwhile.
        await this.#ask({ fault: { do: 'set', faults, direction } }).catch(() => {})
  }
}

/** The number of packets of `drop-next`, in memory that all workers share. */
const leftOf = (fault: unknown): Pick<FaultQuestion, 'left'> => {
  const { do: name, count = 1 } = Object(fault) as { do?: unknown; count?: unknown }
  if (name !== 'drop-next' || typeof count !== 'number') return {}
  return { left: dropCounter(count, new SharedArrayBuffer(4)) }
}
