/** The state of a page at the moment: the history, the chosen part of it, and how it moves. */
import { type Filter, NO_FILTER } from '../model/filter.ts'
import { type Entry, History, type ViewConnection } from '../model/history.ts'
import type { ViewEvent } from '../model/view-event.ts'

export type SortKey = 'state' | 'local' | 'remote' | 'since' | 'queue' | 'rtt' | 'cwnd' | 'text'

/** The speeds at which a moment may move on. */
export const SPEEDS = [0.01, 0.1, 1, 10] as const

/** A source whose time passes only when somebody wants to see more. */
export interface Ahead {
  /** Ms. */
  readonly now: number
  /** True when nothing more will happen by itself. */
  readonly isOver: boolean
  /** True when nothing will happen for a long time. */
  readonly rests: boolean
  /** Lets time pass until something happens. */
  next(): void
  /** Lets time pass until `time`, ms. */
  runTo(time: number): void
  /** Lets time pass until nothing is left to happen. */
  runOut(): void
}

/** Between two pictures, ms: faster than anybody reads. */
const PICTURE = 100
/**
 * A picture of a running stack that takes long is followed by a longer pause: drawing takes no more than one part in so
 * many of a processor, which may be the stack's own.
 */
const SHARE = 12
/** The longest pause, ms, whatever a picture costs: what is shown is to be seen moving. */
const LONGEST_PAUSE = 1500
/** Events from one picture to the next that nobody can read. */
const RUSH = 200

export class Viewer {
  history: History
  /** The connection that is looked at. */
  chosen: number | null = null
  /** The entry of it that is looked at. */
  entry: number | null = null
  /** True when a step in time has led to that entry: nobody has gone there along the ladder. */
  stepped = false
  filter: Filter = NO_FILTER
  sort: { readonly key: SortKey; readonly down: boolean } = { key: 'since', down: false }
  /** Null while it stands still, or follows. */
  speed: number | null = null
  /** The speed at which it moves on when it does. */
  pace = 1
  /** Null for a source that goes on by itself. */
  ahead: Ahead | null = null
  /** True when the first connection that comes is looked at. */
  #waiting = true
  /** The time that a moving moment has reached, and the real time then. */
  #playing = { time: 0, at: 0, through: false }
  #frame = 0
  #listener: () => void = () => {}
  #timer: ReturnType<typeof setTimeout> | null = null
  /** True while more happens from one picture to the next than anybody reads. */
  rushes = false
  /** The events of the last picture. */
  #drawn = 0
  /** Between a change and the picture of it, ms. */
  #pause = PICTURE

  constructor(limit: number) {
    this.history = new History(limit)
  }

  /** @returns what ends it */
  onChange(listener: () => void): () => void {
    this.#listener = listener
    return () => {
      this.#listener = () => {}
    }
  }

  /** Draws soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      const began = performance.now()
      this.rushes = this.moving && this.history.end - this.#drawn > RUSH
      this.#drawn = this.history.end
      this.#listener()
      if (this.ahead !== null) return
      // The browser has drawn it when the first task after its frame runs.
      requestAnimationFrame(() =>
        setTimeout(() => {
          const rest = (performance.now() - began) * (SHARE - 1)
          this.#pause = Math.min(Math.max(PICTURE, rest), LONGEST_PAUSE)
        }),
      )
    }, this.#pause)
  }

  /** Draws at once: somebody has asked for it. */
  acted(): void {
    this.#listener()
  }

  /** Begins anew with another stack. */
  reset(limit: number): void {
    this.history = new History(limit)
    this.chosen = null
    this.entry = null
    this.speed = null
    this.#waiting = true
    this.changed()
  }

  /** Shows another course of the same connections: what is looked at stays. */
  replay(events: readonly ViewEvent[]): void {
    this.history = new History(this.history.limit)
    this.speed = null
    this.add(events)
    if (this.entry !== null && this.entry >= this.history.end) this.entry = null
    if (this.chosen !== null && this.history.connection(this.chosen) === null) {
      this.chosen = null
      this.#waiting = true
    }
  }

  add(events: readonly ViewEvent[]): void {
    for (const event of events) this.history.add(event)
    if (this.#waiting)
      for (const c of this.history.connections)
        if (c.remote !== '*' && c.entries.length > 0) {
          this.chosen = c.id
          this.#waiting = false
          break
        }
    this.changed()
  }

  get connection(): ViewConnection | null {
    return this.chosen === null ? null : this.history.connection(this.chosen)
  }

  get chosenEntry(): Entry | null {
    return this.entry === null ? null : this.history.entry(this.entry)
  }

  choose(id: number | null): void {
    this.#waiting = false
    this.chosen = id
    this.entry = null
    this.acted()
  }

  chooseEntry(number: number | null): void {
    this.entry = number
    this.stepped = false
    this.acted()
  }

  pause(): void {
    this.speed = null
    this.history.goTo(this.history.shown)
    this.acted()
  }

  /** Goes to the end: with a source that waits for it, when nothing is left to happen. */
  live(): void {
    this.speed = null
    this.ahead?.runOut()
    this.history.follow()
    this.acted()
  }

  goTo(moment: number): void {
    this.speed = null
    this.history.goTo(moment)
    this.acted()
  }

  /** One event on or back: of the connection that is looked at, when there is one. */
  step(by: 1 | -1): void {
    const { history, connection } = this
    if (by === 1 && history.shown === history.end && this.ahead !== null) {
      history.goTo(history.shown)
      this.ahead.next()
    }
    let to = history.shown + by
    const concerns = (number: number) =>
      connection === null || history.entry(number)?.connection === connection
    while (to > history.oldest && to < history.end && !concerns(to - 1)) to += by
    this.goTo(to)
    const entry = history.entry(history.shown - 1)
    if (entry !== null && entry.connection === connection) {
      this.entry = entry.number
      this.stepped = true
    }
    this.acted()
  }

  /** True when what is shown moves on. A source that waits stands still at its end. */
  get moving(): boolean {
    return this.speed !== null || (this.history.following && this.ahead === null)
  }

  toggle(): void {
    if (this.moving) this.pause()
    else this.play()
  }

  play(speed: number = this.pace): void {
    const { history, ahead } = this
    if (history.following && ahead === null) return
    const atEnd = history.shown === history.end
    history.goTo(history.shown)
    this.speed = speed
    this.pace = speed
    this.#playing = {
      time: atEnd && ahead !== null ? ahead.now : history.time,
      at: performance.now(),
      // One who has it go on where it rests wants to wait.
      through: atEnd && (ahead?.rests ?? false),
    }
    this.acted()
    cancelAnimationFrame(this.#frame)
    this.#playOn()
  }

  #playOn(): void {
    const { speed, history } = this
    if (speed === null) return
    const now = performance.now()
    const time = this.#playing.time + (now - this.#playing.at) * speed
    this.ahead?.runTo(time)
    let moment = history.shown
    for (let next = history.entry(moment); next !== null && next.event.time <= time; ) {
      moment++
      next = history.entry(moment)
    }
    history.goTo(moment)
    if (moment >= history.end && this.#isDone()) {
      this.speed = null
      history.follow()
      this.acted()
      return
    }
    this.changed()
    this.#frame = requestAnimationFrame(() => this.#playOn())
  }

  #isDone(): boolean {
    const { ahead } = this
    return ahead === null || ahead.isOver || (ahead.rests && !this.#playing.through)
  }

  setFilter(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change }
    this.acted()
  }

  sortBy(key: SortKey): void {
    this.sort = { key, down: this.sort.key === key && !this.sort.down }
    this.acted()
  }
}
