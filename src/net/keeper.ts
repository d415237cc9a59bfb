import { put } from '../base/bits.ts'
import type { Clock } from '../base/clock.ts'
import { LinkedList, type ListEntry } from '../base/linked-list.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { abort } from '../tcp/calls.ts'
import { clearInterval, LONGEST_DELAY, realNow, setInterval } from './real-timers.ts'

/** The most time that the process stays for a connection that nobody holds, and the time between looks at it. Milliseconds. */
export const LONGEST_LINGER = 10_000
const LOOK = 100

/** A connection that its application has let go of, and until when it may take for its end. */
export interface Lingerer {
  readonly until: number
}

/**
 * Keeps the process alive as a kernel's sockets would: while there are open ones with a ref. The stack's own
 * timers and devices never do.
 */
export class Keeper {
  #holds = 0
  #holder: NodeJS.Timeout | null = null
  readonly #lingering = new LinkedList<Lingerer>()
  #watch: NodeJS.Timeout | null = null
  #closed = false

  hold(): void {
    if (this.#holds++ > 0 || this.#closed) return
    // Sockets come to hold and let go with every write: an interval that stays is cheaper than one made anew.
    if (this.#holder === null) this.#holder = setInterval(() => {}, LONGEST_DELAY)
    else this.#holder.ref()
  }

  release(): void {
    if (--this.#holds === 0) this.#holder?.unref()
  }

  /**
   * The application has let go of a connection. A kernel would deliver what is queued after the process has
   * gone; this stack goes with it, so the process has to stay until the peer has everything (`ms` at most), which
   * {@link delivered} tells.
   */
  linger(ms: number = LONGEST_LINGER): ListEntry<Lingerer> {
    this.hold()
    this.#watch ??= setInterval(() => this.#look(), LOOK).unref()
    return this.#lingering.add({ until: realNow() + ms })
  }

  /** The peer has everything. A second time it does nothing. */
  delivered(lingerer: ListEntry<Lingerer>): void {
    if (lingerer.item === null) return
    this.#lingering.delete(lingerer)
    this.release()
  }

  /** Keeps nothing alive any more: the stack is closed. */
  close(): void {
    this.#closed = true
    if (this.#holder !== null) clearInterval(this.#holder)
    if (this.#watch !== null) clearInterval(this.#watch)
    this.#holder = this.#watch = null
  }

  #look(): void {
    const now = realNow()
    for (const place of this.#lingering.places()) if (now > place.item!.until) this.delivered(place)
    if (this.#lingering.size > 0 || this.#watch === null) return
    clearInterval(this.#watch)
    this.#watch = null
  }
}

// The flags of a hold.
const REFERENCED = 1
const CONNECTING = 2
const READING = 4
const WRITING = 8
const HELD = 16
const READ_AND_REFERENCED = READING | REFERENCED

/**
 * One socket keeps the process alive as with libuv: as long as it connects, has a write that is not taken yet,
 * or reads and has a ref. A socket that is paused holds nothing.
 */
export class Hold {
  readonly #keeper: Keeper
  #bits: number

  constructor(keeper: Keeper, referenced: boolean) {
    this.#keeper = keeper
    this.#bits = referenced ? REFERENCED : 0
  }

  set referenced(value: boolean) {
    this.set(REFERENCED, value)
  }

  set connecting(value: boolean) {
    this.set(CONNECTING, value)
  }

  set reading(value: boolean) {
    this.set(READING, value)
  }

  set writing(value: boolean) {
    this.set(WRITING, value)
  }

  /** It does nothing of this any more. */
  end(): void {
    this.set(CONNECTING | READING | WRITING, false)
  }

  private set(flags: number, on: boolean): void {
    const bits = put(this.#bits, flags, on)
    if (bits === this.#bits) return
    const held = (bits & (CONNECTING | WRITING)) !== 0 || (bits & READ_AND_REFERENCED) === READ_AND_REFERENCED
    const before = (bits & HELD) !== 0
    this.#bits = put(bits, HELD, held)
    if (held === before) return
    if (held) this.#keeper.hold()
    else this.#keeper.release()
  }
}

/** Returns whether the peer has all that there was to say. */
export const isDelivered = (c: Connection): boolean => {
  switch (c.state) {
    case 'CLOSED':
    case 'TIME_WAIT':
    case 'FIN_WAIT_2':
      return true
    default:
      return false
  }
}

/** Resets a connection that takes more than `ms` to deliver what it has. */
export const abortLate = (clock: Clock, c: Connection, ms: number): void => {
  clock.schedule(clock.now() + ms, () => {
    if (!isDelivered(c)) abort(c)
  })
}
