/**
 * Real time, with alarms that ring within a tenth of a millisecond or so of their time where setTimeout is late by up to
 * one. On an emulated path with a round trip of 10 ms those late milliseconds, one each way, cost a tenth of the goodput.
 * A thread waits for the next alarm. Where there can be none (--permission), alarms are those of nodeClock.
 */
import { Worker } from 'node:worker_threads'
import type { Alarm, Clock } from '../base/clock.ts'
import { type Due, popDue, pushDue } from '../base/due-heap.ts'
import { NEVER, SIZE, viewsOf } from './fine-clock-memory.ts'
import { nodeClock } from './node-clock.ts'
import { monotonicNow, realNow } from './real-timers.ts'

class FineAlarm implements Alarm, Due {
  readonly at: number
  readonly order: number
  /** Null when it has rung or was cancelled. */
  callback: (() => void) | null
  /** The alarm that rings in its place when the thread cannot. */
  instead: Alarm | null = null

  constructor(at: number, order: number, callback: () => void) {
    this.at = at
    this.order = order
    this.callback = callback
  }

  ring(): void {
    const { callback } = this
    this.callback = null
    callback?.()
  }
}

class Ringer {
  /** True when the thread runs. Before it does, and when it has failed, alarms are nodeClock's. */
  #ready = false
  #started = false
  readonly #views = viewsOf(new SharedArrayBuffer(SIZE))
  /** The time on the clock that all threads share, ms, at the origin of realNow. */
  readonly #origin = monotonicNow() - realNow()
  readonly #alarms: FineAlarm[] = []
  #order = 0
  /** The time at which the thread is to speak, on our clock. */
  #set = Number.POSITIVE_INFINITY

  schedule(at: number, callback: () => void): Alarm {
    if (at <= realNow()) return nodeClock.schedule(at, callback)
    this.#start()
    if (!this.#ready) return nodeClock.schedule(at, callback)
    const alarm = new FineAlarm(at, this.#order++, callback)
    pushDue(this.#alarms, alarm)
    if (at < this.#set) this.#setThread(at)
    return alarm
  }

  cancel(alarm: Alarm): void {
    if (!(alarm instanceof FineAlarm)) nodeClock.cancel(alarm)
    else {
      // The thread speaks all the same, and nobody listens: that costs less than to tell it.
      alarm.callback = null
      if (alarm.instead !== null) nodeClock.cancel(alarm.instead)
    }
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    try {
      const worker = new Worker(new URL('./fine-clock-thread.js', import.meta.url), {
        workerData: this.#views.changes.buffer,
        // The program's own options, such as --import, are not for it.
        execArgv: [],
        env: {},
        resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
      })
      worker.on('online', () => {
        this.#ready = true
      })
      worker.on('message', this.#ring)
      worker.on('error', this.#failed)
      worker.on('exit', this.#failed)
      // As with other alarms, open sockets and servers keep the process alive.
      worker.unref()
    } catch {
      // A program may be forbidden to have threads.
    }
  }

  #setThread(at: number): void {
    const { changes, due } = this.#views
    this.#set = at
    Atomics.store(
      due,
      0,
      at === Number.POSITIVE_INFINITY ? NEVER : BigInt(Math.ceil((at + this.#origin) * 1e6)),
    )
    Atomics.add(changes, 0, 1)
    Atomics.notify(changes, 0)
  }

  readonly #ring = (): void => {
    const alarms = this.#alarms
    const now = realNow()
    try {
      while (alarms.length > 0 && alarms[0]!.at <= now) popDue(alarms).ring()
    } finally {
      while (alarms.length > 0 && alarms[0]!.callback === null) popDue(alarms)
      this.#setThread(alarms[0]?.at ?? Number.POSITIVE_INFINITY)
    }
  }

  readonly #failed = (): void => {
    this.#ready = false
    for (const alarm of this.#alarms.splice(0))
      if (alarm.callback !== null) alarm.instead = nodeClock.schedule(alarm.at, () => alarm.ring())
  }
}

const ringer = new Ringer()

/** The time of {@link nodeClock}, for emulated paths: alarms ring within a tenth of a millisecond or so of their time. */
export const fineClock: Clock = {
  ...nodeClock,
  schedule: (at, callback) => ringer.schedule(at, callback),
  cancel: alarm => ringer.cancel(alarm),
}
