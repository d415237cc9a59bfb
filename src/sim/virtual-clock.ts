import type { Alarm, Clock } from '../base/clock.ts'
import { dueBefore, popDue, pushDue } from '../base/due-heap.ts'
import { type Alone, type Phase, type Turn, TurnQueue } from '../base/turns.ts'
import { task } from '../link/task.ts'

interface Entry extends Alarm {
  readonly order: number
  /** Null once it has been called, or cancelled. */
  callback: (() => void) | null
}

export interface VirtualClockOptions {
  /** When it begins, ms; 0. */
  readonly start?: number
  /** Calls what turns leave to be called so; by default it is called as everything else. */
  readonly alone?: Alone
  /** Calls back in the closing phase of the event loop; by default among its immediates. */
  readonly closing?: (callback: () => void) => void
}

/** Callbacks after which something is taken to go on for ever. */
const LIMIT = 50_000_000

/** Alarms that have run are cleared out once there are this many of them. */
const CLEAR_FROM = 1024

/**
 * Time that passes only when it is told to: a test of a 15-minute timeout takes no time at all.
 *
 * Programs are told each thing in a turn of its own, as on an event loop, when {@link VirtualClock.runAsync} lets time
 * pass: ticks, promises and immediates settle in between. {@link VirtualClock.run}, {@link VirtualClock.step},
 * {@link VirtualClock.settle} and {@link VirtualClock.advance} do not return to the event loop: turns come one after the
 * other, and what they have begun settles when the caller lets it. They are for programs of callbacks only.
 */
export class VirtualClock implements Clock {
  readonly takesRests = true
  #now: number
  #order = 0
  /** A binary heap by time, then by order of scheduling. */
  #heap: Entry[] = []
  /** The number of cancelled alarms in the heap. */
  #cancelled = 0
  readonly #deferred = new Queue()
  /** They come before what is deferred. */
  readonly #turns = new TurnQueue()
  /** A round that is taken asynchronously. */
  #rounding: Promise<number> | null = null
  /** The number of callers that let time pass asynchronously, or turns without them; and whether the event loop will look for turns. */
  #runs = 0
  #expected = false
  /** What was closed while nobody let time pass is told after the immediates that follow. */
  #closesLater = false

  readonly #alone: Alone
  readonly #closing: (callback: () => void) => void

  constructor({ start = 0, alone = () => false, closing = immediate }: VirtualClockOptions = {}) {
    this.#now = start
    this.#alone = alone
    this.#closing = closing
  }

  now(): number {
    return this.#now
  }

  schedule(at: number, callback: () => void): Alarm {
    // The past, and NaN, are now.
    const entry: Entry = { at: Math.max(at || 0, this.#now), order: this.#order++, callback }
    pushDue(this.#heap, entry)
    return entry
  }

  cancel(alarm: Alarm): void {
    const entry = alarm as Entry
    if (entry.callback === null) return
    entry.callback = null
    if (++this.#cancelled < Math.max(CLEAR_FROM, this.#heap.length / 2)) return
    // A sorted array is a heap, too.
    this.#heap = this.#heap.filter(e => e.callback !== null).sort(dueBefore)
    this.#cancelled = 0
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback)
  }

  turn(callback: Turn, phase: Phase = 'poll'): void {
    this.#turns.add(callback, phase)
    if (phase === 'closing' && this.#runs === 0) this.#closeLater()
    else this.#expectTurns()
  }

  /** The event loop looks for turns while nobody lets time pass: they need none. */
  #expectTurns(): void {
    if (this.#runs > 0 || this.#expected || !this.#turns.waits) return
    this.#expected = true
    task(() => {
      this.#expected = false
      if (this.#runs > 0 || !this.#turns.waits) return
      this.#runs++
      void this.#round(LIMIT, !this.#closesLater).finally(() => this.#endRun())
    })
  }

  #closeLater(): void {
    if (this.#closesLater) return
    this.#closesLater = true
    this.#closing(() => {
      this.#closesLater = false
      this.#expectTurns()
    })
  }

  /** True when nothing is left to run, however long one waits. */
  get idle(): boolean {
    return !this.pending()
  }

  /** Returns whether there is anything left to run at or before `until` (ms). */
  pending(until = Number.POSITIVE_INFINITY): boolean {
    return this.#isReady || this.#isDue(until)
  }

  /** The time of the next callback (ms): now when it is deferred or overdue, Infinity when nothing is left to run. */
  get nextAt(): number {
    if (this.#isReady) return this.#now
    return this.#isDue(Number.POSITIVE_INFINITY) ? this.#heap[0]!.at : Number.POSITIVE_INFINITY
  }

  /** Lets time pass until `until` (ms), or until something is to happen; nothing is called. */
  pass(until: number): void {
    this.#reach(Math.min(until, this.nextAt))
  }

  /**
   * Runs turns and what was deferred, and all that follows from them. Time stands still.
   * @throws Error after `limit` callbacks: they defer each other for ever
   */
  settle(limit = LIMIT): void {
    this.#settle(limit)
    if (this.#isReady) throw endless(limit, this.#now)
  }

  /**
   * Runs what is ready, or else the next alarm with what it makes ready; false when there is neither at or before
   * `until` (ms).
   */
  step(until = Number.POSITIVE_INFINITY): boolean {
    return this.pending(until) && this.#step(LIMIT) > 0
  }

  /**
   * Lets time pass until `until` (ms), or until nothing is left to happen.
   * @throws Error after `limit` callbacks: something re-arms itself for ever
   */
  run(until = Number.POSITIVE_INFINITY, limit = LIMIT): void {
    for (let n = 0; this.pending(until); ) {
      if (n >= limit) throw endless(limit, this.#now)
      n += this.#step(limit - n)
    }
    this.#reach(until)
  }

  /** Lets `ms` pass. */
  advance(ms: number): void {
    this.run(this.#now + ms)
  }

  /**
   * As {@link run}, for programs with promises and streams: before each alarm, and between turns, it lets them settle.
   * @param turn waits until everything that is ready to run has run; by default one turn of the event loop. Who
   *   waits for more (a thread pool, a file) gives a longer one.
   */
  async runAsync(
    until = Number.POSITIVE_INFINITY,
    limit = LIMIT,
    turn: () => Promise<void> = eventLoopTurn,
  ): Promise<void> {
    this.#runs++
    try {
      await turn()
      for (let n = 0; this.#rounding !== null || this.pending(until); await turn()) {
        if (n >= limit) throw endless(limit, this.#now)
        n += await this.#stepAsync(limit - n)
      }
    } finally {
      this.#endRun()
    }
    this.#reach(until)
  }

  #endRun(): void {
    this.#runs--
    // The immediates that the last round has asked for come first.
    if (this.#turns.waits) immediate(() => this.#expectTurns())
  }

  /** As {@link step}, for programs with promises and streams. */
  async stepAsync(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.#rounding === null && !this.pending(until)) return false
    this.#runs++
    try {
      await this.#stepAsync(LIMIT)
      return true
    } finally {
      this.#endRun()
    }
  }

  /** True when a round may begin. */
  get #turnsWait(): boolean {
    return this.#turns.waits && this.#turns.round === null
  }

  /** True when there is anything to run before time passes. */
  get #isReady(): boolean {
    return this.#turnsWait || this.#deferred.size > 0
  }

  /** {@link step} when something is pending, but for what would be more than `limit` callbacks; returns how many. */
  #step(limit: number): number {
    if (this.#isReady) return this.#settle(limit)
    return this.#ring() + this.#settle(limit - 1)
  }

  /** As {@link #step}: a round of turns, or what is deferred, or an alarm. */
  async #stepAsync(limit: number): Promise<number> {
    if (this.#rounding !== null) {
      await this.#rounding
      return 0
    }
    if (this.#turns.waits) return await this.#round(limit)
    // Alarms, too, come in tasks of their own: what they call is called as by a timer of the event loop.
    return await new Promise((resolve, reject) =>
      task(() => {
        try {
          const n = this.#deferred.size > 0 ? 0 : this.#ring()
          resolve(this.#turnsWait ? n : n + this.#runDeferred(limit - n))
        } catch (error) {
          reject(error)
        }
      }),
    )
  }

  /** A round of turns, each in a task of its own. */
  #round(limit: number, closes = true): Promise<number> {
    const turns = this.#turns
    let n = 0
    const round = new Promise<number>((resolve, reject) => {
      const end = (settle: () => void) => {
        turns.end()
        this.#rounding = null
        settle()
      }
      const take = () => {
        if (!turns.goesOn) return end(() => resolve(n))
        if (n++ >= limit) return end(() => reject(endless(limit, this.#now)))
        if (turns.rest !== null) {
          // A turn with more to be called alone goes on at once, as within one wake-up of an event loop.
          const { at } = turns
          const next = () => {
            call()
            if (!failed && turns.goesOn && turns.at === at) take()
            else goOn()
          }
          if (this.#alone(() => turns.beginRest(), next)) return
        }
        call()
        if (turns.rest === null) goOn()
        else take()
      }
      let failed = false
      const call = () => {
        try {
          turns.take()
        } catch (error) {
          failed = true
          end(() => reject(error))
        }
      }
      const goOn = () => {
        if (!failed) task(take)
      }
      turns.begin(closes)
      task(take)
    })
    this.#rounding = round
    return round
  }

  /** Calls the next alarm, which there is. */
  #ring(): number {
    const entry = popDue(this.#heap)
    this.#now = entry.at
    const callback = entry.callback!
    entry.callback = null
    callback()
    return 1
  }

  /** Turns, and what is deferred, until there is neither; returns how many callbacks. */
  #settle(limit: number): number {
    let n = 0
    while (n < limit && this.#isReady) n += this.#turnsWait ? this.#roundAtOnce() : this.#runDeferred(1)
    return n
  }

  #roundAtOnce(): number {
    const turns = this.#turns
    let n = 0
    turns.begin()
    try {
      for (; turns.goesOn; n++) turns.take()
    } finally {
      turns.end()
    }
    return n
  }

  #runDeferred(limit: number): number {
    let n = 0
    for (; n < limit && this.#deferred.size > 0; n++) this.#deferred.shift()()
    return n
  }

  #reach(until: number): void {
    if (until !== Number.POSITIVE_INFINITY && until > this.#now) this.#now = until
  }

  #isDue(until: number): boolean {
    while (this.#heap.length > 0 && this.#heap[0]!.callback === null) {
      popDue(this.#heap)
      this.#cancelled--
    }
    const next = this.#heap[0]
    return next !== undefined && next.at <= until && next.at !== Number.POSITIVE_INFINITY
  }
}

/** Callbacks, first in, first out. One that throws, or that works on the queue itself, loses none. */
class Queue {
  readonly #items: (() => void)[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: () => void): void {
    this.#items.push(item)
  }

  shift(): () => void {
    const item = this.#items[this.#head++]!
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= CLEAR_FROM && this.#head * 2 >= this.#items.length) {
      this.#items.splice(0, this.#head)
      this.#head = 0
    }
    return item
  }
}

const endless = (limit: number, now: number): Error =>
  new Error(`virtual time: still busy after ${limit} callbacks, at ${now} ms`)

/** The functions that this module needs of its surroundings, Node or a browser. */
const surroundings = globalThis as unknown as {
  readonly setImmediate?: (callback: () => void) => void
  readonly setTimeout: (callback: () => void, ms: number) => void
}

const immediate = (callback: () => void): void => {
  if (surroundings.setImmediate) surroundings.setImmediate(callback)
  else surroundings.setTimeout(callback, 0)
}

const eventLoopTurn = (): Promise<void> => new Promise(resolve => immediate(resolve))
