import type { Alarm, Clock } from '../host/clock.ts'

interface Entry extends Alarm {
  readonly order: number
  callback: (() => void) | null
}

/** Time that passes only when it is told to: a test of a 15-minute timeout takes no time at all. */
export class VirtualClock implements Clock {
  #now = 0
  #order = 0
  /** A binary heap by time, then by order of scheduling. */
  readonly #heap: Entry[] = []
  #deferred: (() => void)[] = []

  now(): number {
    return this.#now
  }

  schedule(at: number, callback: () => void): Alarm {
    const entry: Entry = { at: Math.max(at, this.#now), order: this.#order++, callback }
    const heap = this.#heap
    let i = heap.push(entry) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(entry, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = entry
    return entry
  }

  cancel(alarm: Alarm): void {
    ;(alarm as Entry).callback = null
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback)
  }

  /** Runs what was deferred, and all that it defers in turn. Time stands still. */
  settle(): void {
    while (this.#deferred.length > 0) {
      const deferred = this.#deferred
      this.#deferred = []
      for (const callback of deferred) callback()
    }
  }

  /** Whether there is anything left to run at or before `until` (ms). */
  pending(until = Number.POSITIVE_INFINITY): boolean {
    const next = this.#next()
    return this.#deferred.length > 0 || (next <= until && next !== Number.POSITIVE_INFINITY)
  }

  /** Runs what is deferred, or else the next alarm; false when there is neither at or before `until` (ms). */
  step(until = Number.POSITIVE_INFINITY): boolean {
    if (this.#deferred.length > 0) {
      this.settle()
      return true
    }
    const next = this.#next()
    if (next > until || next === Number.POSITIVE_INFINITY) return false
    const entry = this.#pop()
    this.#now = Math.max(this.#now, entry.at)
    entry.callback?.()
    this.settle()
    return true
  }

  /**
   * Lets time pass until `until` (ms), or until nothing is left to happen.
   * @throws Error after `limit` events: something re-arms itself for ever
   */
  run(until = Number.POSITIVE_INFINITY, limit = 50_000_000): void {
    for (let n = 0; this.step(until); n++) if (n >= limit) throw endless(limit, this.#now)
    if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until)
  }

  /** Lets `ms` pass. */
  advance(ms: number): void {
    this.run(this.#now + ms)
  }

  /**
   * As {@link run}, for programs with promises and streams: lets them settle before each step.
   * @param turn waits until everything that is ready to run has run; by default a few turns of the event loop
   */
  async runAsync(
    until = Number.POSITIVE_INFINITY,
    limit = 5_000_000,
    turn: () => Promise<void> = eventLoopTurn,
  ): Promise<void> {
    for (let n = 0; ; n++) {
      if (n >= limit) throw endless(limit, this.#now)
      await turn()
      if (!this.step(until)) break
    }
    if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until)
  }

  #next(): number {
    const heap = this.#heap
    while (heap.length > 0 && heap[0]!.callback === null) this.#pop()
    return heap.length === 0 ? Number.POSITIVE_INFINITY : heap[0]!.at
  }

  #pop(): Entry {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    const size = heap.length
    if (size > 0) {
      let i = 0
      for (;;) {
        let child = 2 * i + 1
        if (child >= size) break
        if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++
        if (!before(heap[child]!, last)) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
    }
    return top
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

const endless = (limit: number, now: number): Error =>
  new Error(`virtual time: still busy after ${limit} events, at ${now} ms`)

const eventLoopTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
