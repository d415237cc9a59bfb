/** What a page shows at the moment: the history, what is chosen of it, and how it moves. */
import { type Filter, NO_FILTER } from '../model/filter.ts'
import { type Entry, History, type ViewConnection } from '../model/history.ts'
import type { ViewEvent } from '../model/view-event.ts'

export type SortKey = 'state' | 'local' | 'remote' | 'since' | 'queue' | 'rtt' | 'cwnd' | 'text'

/** The speeds at which a moment may move on. */
export const SPEEDS = [0.01, 0.1, 1, 10] as const

/** Between two pictures, ms: faster than anybody reads. */
const PICTURE = 100

export class Viewer {
  history: History
  /** The connection that is looked at. */
  chosen: number | null = null
  /** The entry of it that is looked at. */
  entry: number | null = null
  filter: Filter = NO_FILTER
  sort: { readonly key: SortKey; readonly down: boolean } = { key: 'since', down: false }
  /** Null while it stands still, or follows. */
  speed: number | null = null
  /** Whether the first connection that comes is looked at. */
  #waiting = true
  /** The time that a moving moment has reached, and the real time then. */
  #playing = { time: 0, at: 0 }
  #listener: () => void = () => {}
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(limit: number) {
    this.history = new History(limit)
  }

  onChange(listener: () => void): void {
    this.#listener = listener
  }

  /** Draws soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#listener()
    }, PICTURE)
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
    this.acted()
  }

  pause(): void {
    this.speed = null
    this.history.goTo(this.history.shown)
    this.acted()
  }

  live(): void {
    this.speed = null
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
    let to = history.shown + by
    const concerns = (number: number) =>
      connection === null || history.entry(number)?.connection === connection
    while (to > history.oldest && to < history.end && !concerns(to - 1)) to += by
    this.goTo(to)
    const entry = history.entry(history.shown - 1)
    if (entry !== null && entry.connection === connection) this.entry = entry.number
    this.acted()
  }

  play(speed: number): void {
    if (this.history.following) return
    this.speed = speed
    this.#playing = { time: this.history.time, at: performance.now() }
    this.acted()
    this.#playOn()
  }

  #playOn(): void {
    const { speed, history } = this
    if (speed === null) return
    const now = performance.now()
    const time = this.#playing.time + (now - this.#playing.at) * speed
    let moment = history.shown
    for (let next = history.entry(moment); next !== null && next.event.time <= time; ) {
      moment++
      next = history.entry(moment)
    }
    history.goTo(moment)
    if (moment >= history.end) {
      this.live()
      return
    }
    this.changed()
    requestAnimationFrame(() => this.#playOn())
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
