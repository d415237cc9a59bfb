/** The common part of stages that hold bytes back for a time. */
import type { Alarm, Clock } from '../../base/clock.ts'
import type { Luck } from '../../link/path/luck.ts'
import type { Sink, Stage } from '../flow.ts'

/** The actions of a stage on its connection. */
export interface StageContext {
  readonly clock: Clock
  readonly luck: Luck
  /** The stage is full no more. */
  readonly emptier: () => void
  /** The end that the stage is about to hand over closes the connection, both ends of it. */
  readonly closing: () => void
  /** Ends both ends by a reset. */
  readonly reset: () => void
}

interface Waiting {
  /** Null: the end of the stream. */
  readonly chunk: Buffer | null
  /** The times at which it has come, and is to go; ms. */
  readonly came: number
  readonly due: number
}

/** The objects that a chunk is, bytes: whoever sends single octets has us hold little else. */
const OBJECTS = 256

const weightOf = (chunk: Buffer | null): number => (chunk === null ? 0 : chunk.length + OBJECTS)

/** Bytes in a queue, each handed over at its time and none before the one ahead of it. */
export abstract class TimedStage implements Stage {
  next!: Sink
  protected readonly context: StageContext
  /** The weight of what waits, bytes. */
  #held = 0
  /** The bytes that wait, from {@link #head} on. */
  #queue: Waiting[] = []
  #head = 0
  #alarm: Alarm | null = null
  #stopped = false

  constructor(context: StageContext) {
    this.context = context
  }

  push(chunk: Buffer): void {
    this.take(chunk, this.context.clock.now())
  }

  /** Takes bytes that have come to it, or to the stage whose place it has taken, at a time (ms). */
  protected abstract take(chunk: Buffer, came: number): void

  /** The weight that may wait before the source has to, bytes. */
  protected abstract get most(): number

  get full(): boolean {
    return this.#held > this.most
  }

  end(): void {
    const now = this.context.clock.now()
    this.later(null, now, this.lastDue)
  }

  /** The time at which the last of what waits is due; now, if nothing waits. ms */
  protected get lastDue(): number {
    const now = this.context.clock.now()
    return Math.max(now, this.#queue.at(-1)?.due ?? now)
  }

  /** Hands a chunk over at `due` (ms), or when the one ahead has gone; infinite: not before the stage leaves. */
  protected later(chunk: Buffer | null, came: number, due: number): void {
    if (this.#stopped) return
    this.#held += weightOf(chunk)
    this.#queue.push({ chunk, came, due: Math.max(due, this.#queue.at(-1)?.due ?? 0) })
    if (this.#queue.length - this.#head === 1) this.#handOver()
  }

  readonly #handOver = (): void => {
    if (this.#alarm !== null) this.context.clock.cancel(this.#alarm)
    this.#alarm = null
    const wasFull = this.full
    const now = this.context.clock.now()
    while (this.#head < this.#queue.length && this.#queue[this.#head]!.due <= now) this.#pass()
    this.#tidy()
    const next = this.#queue[this.#head]
    if (next !== undefined && next.due < Number.POSITIVE_INFINITY)
      this.#alarm = this.context.clock.schedule(next.due, this.#handOver)
    if (wasFull && !this.full) this.context.emptier()
  }

  #pass(heir: TimedStage | null = null): void {
    const { chunk, came } = this.#queue[this.#head++]!
    this.#held -= weightOf(chunk)
    if (chunk === null) (heir ?? this.next).end()
    else if (heir !== null) heir.take(chunk, came)
    else this.next.push(chunk)
  }

  #tidy(): void {
    if (this.#head < this.#queue.length && this.#head < 1024) return
    this.#queue.splice(0, this.#head)
    this.#head = 0
  }

  leave(heir?: Stage): void {
    if (this.#alarm !== null) this.context.clock.cancel(this.#alarm)
    this.#alarm = null
    while (this.#head < this.#queue.length) this.#pass(heir instanceof TimedStage ? heir : null)
    this.#tidy()
  }

  stop(): void {
    this.#stopped = true
    if (this.#alarm !== null) this.context.clock.cancel(this.#alarm)
    this.#alarm = null
    this.#queue = []
    this.#head = 0
    this.#held = 0
  }
}

/** A stage that lets bytes pass at once, unless its kind says otherwise. */
export class PassingStage implements Stage {
  next!: Sink
  readonly full: boolean = false
  protected readonly context: StageContext

  constructor(context: StageContext) {
    this.context = context
  }

  push(chunk: Buffer): void {
    this.next.push(chunk)
  }

  end(): void {
    this.next.end()
  }

  leave(_heir?: Stage): void {
    this.stop()
  }

  stop(): void {}
}
