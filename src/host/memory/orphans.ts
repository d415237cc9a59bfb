import { LinkedList, ListEntry } from '../../base/linked-list.ts'
import type { Connection } from '../../tcp/block/connection.ts'
import { evict } from '../../tcp/ending.ts'
import type { HostTimer } from '../scheduler.ts'
import type { MemoryOptions } from './options.ts'

/** The host, as orphans see it. */
export interface OrphansHost {
  readonly now: number
  newTimer(owner: Orphans, kind: 'orphans'): HostTimer
  arm(timer: HostTimer, at: number): void
  disarm(timer: HostTimer): void
}

/** An orphan may deliver so many parts of what it held one by one, each within orphanTime. */
const PARTS = 10
/** Resets at a time: none of it may take long. */
const MOST_RESETS = 50

/** A connection that its application has let go of. */
class Orphan {
  readonly connection: Connection
  deadline: number
  /** The most that may be left at the deadline, for it to be put off; and the step down to the next. Bytes. */
  allowed: number
  readonly part: number
  /** It is among those that wait in FIN-WAIT-2. */
  waits = false

  constructor(connection: Connection, deadline: number) {
    this.connection = connection
    this.deadline = deadline
    const held = connection.sendQueue.length
    this.part = Math.ceil(held / PARTS)
    this.allowed = held - this.part
  }

  /** Enough of it has left for it to be given as long again. */
  get moves(): boolean {
    const { length } = this.connection.sendQueue
    return length > 0 && length <= this.allowed
  }
}

/**
 * Connections that nobody holds any more and that have yet to deliver something, or to be closed by their peer. They are
 * bounded in number, in bytes and in time, whatever peers do: nobody else would ever end them.
 */
export class Orphans {
  /** The sum that they are charged. */
  bytes = 0
  /** The number of orphans that had to be reset. */
  reset = 0
  readonly #host: OrphansHost
  readonly #options: MemoryOptions
  /** The orphans that have yet to deliver something: the first is due first. */
  readonly #list = new LinkedList<Orphan>()
  /** The orphans that only wait for their peer's FIN, in FIN-WAIT-2, which has a time of its own. */
  readonly #waiting = new LinkedList<Orphan>()
  readonly #timer: HostTimer

  constructor(host: OrphansHost, options: MemoryOptions) {
    this.#host = host
    this.#options = options
    this.#timer = host.newTimer(this, 'orphans')
  }

  get size(): number {
    return this.#list.size + this.#waiting.size
  }

  has(c: Connection): boolean {
    return c.orphaned && c.parent instanceof ListEntry
  }

  /** Its user has let go of it. */
  add(c: Connection): void {
    if (this.has(c)) return
    this.bytes += c.held.charged
    this.#enlist(new Orphan(c, this.#host.now + this.#options.orphanTime))
    this.#bound()
  }

  #enlist(orphan: Orphan): void {
    orphan.connection.parent = this.#list.add(orphan)
    if (this.#list.size === 1) this.#arm()
  }

  /** It is over. Its charge was taken back before. */
  delete({ parent }: Connection): void {
    if (!(parent instanceof ListEntry)) return
    const place = parent as ListEntry<Orphan>
    ;(place.item?.waits ? this.#waiting : this.#list).delete(place)
    if (this.#list.size === 0) this.#host.disarm(this.#timer)
  }

  #arm(soon = false): void {
    const { first } = this.#list
    if (first === null) return
    if (soon) this.#host.arm(this.#timer, this.#host.now)
    else if (this.#options.orphanTime > 0) this.#host.arm(this.#timer, first.deadline)
  }

  /** Beyond the bounds, the oldest go. */
  #bound(): void {
    const { orphans, orphanBytes } = this.#options
    for (let n = 0; this.size > orphans || (this.bytes > orphanBytes && this.size > 0); n++) {
      if (n === MOST_RESETS) {
        this.#arm(true)
        return
      }
      this.#reset(this.#waiting.first ?? this.#list.first!)
    }
  }

  #reset({ connection }: Orphan): void {
    this.reset++
    evict(connection)
  }

  /** The timer has expired. */
  expire(): void {
    this.#bound()
    const { now } = this.#host
    const { orphanTime } = this.#options
    for (let n = 0; n < MOST_RESETS; n++) {
      const { first } = this.#list
      if (orphanTime === 0 || first === null || first.deadline > now) break
      const { connection } = first
      first.waits = connection.state === 'FIN_WAIT_2'
      if (!first.moves && !first.waits) {
        this.#reset(first)
        continue
      }
      this.#list.delete(connection.parent as ListEntry<Orphan>)
      if (first.waits) {
        connection.parent = this.#waiting.add(first)
        continue
      }
      first.allowed -= first.part
      first.deadline = now + orphanTime
      connection.parent = this.#list.add(first)
    }
    this.#arm()
  }
}
