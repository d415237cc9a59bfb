/** Slots of a level; a power of two. */
const SLOTS = 256
const MASK = SLOTS - 1
/** Ticks that a slot of each level spans. */
const UNITS = [1, 2 ** 8, 2 ** 16, 2 ** 24] as const
const LEVELS = UNITS.length

/** More timers than there are. (A small integer, as infinity is not: V8 allocates nothing for it.) */
const ALL = 2 ** 30 - 1

/** Words of 32 bits that tell of the slots of a level. */
const WORDS = SLOTS / 32

const wordOf = (level: number, slot: number): number => level * WORDS + (slot >> 5)

/** Something that falls due. It links itself into the wheel, so that arming and disarming allocate nothing. */
export class WheelEntry {
  /** Ticks (ms) on the wheel's clock; meaningless unless {@link armed}. */
  deadline = 0
  /** @internal */
  next: WheelEntry | null = null
  /** @internal */
  previous: WheelEntry | null = null

  get armed(): boolean {
    return this.next !== null
  }
}

/** A timer of one owner. */
export class Timer<Owner, Kind extends string> extends WheelEntry {
  owner: Owner
  /** The kind that it is at the moment. */
  kind: Kind

  constructor(owner: Owner, kind: Kind) {
    super()
    this.owner = owner
    this.kind = kind
  }
}

/**
 * A hierarchical timing wheel (Varghese and Lauck): 4 levels of 256 slots, a tick a millisecond. Arming and
 * disarming cost the same with ten timers as with a million; time passes in jumps from one occupied slot to the
 * next.
 */
export class TimingWheel<T extends WheelEntry> {
  #size = 0
  #tick: number
  /** Each slot is a ring of timers, closed by a sentinel. */
  readonly #slots: WheelEntry[][]
  /** A bit for each slot, 32 to a word, set where there may be a timer: a slot is found empty only when it is looked at. */
  readonly #occupied = new Int32Array((LEVELS * SLOTS) / 32)
  /** The next tick at which there is something to do; a lower bound, found anew when time passes. */
  #wake = Number.POSITIVE_INFINITY

  /** @param now ms */
  constructor(now: number) {
    this.#tick = Math.floor(now)
    this.#slots = Array.from({ length: LEVELS }, () => Array.from({ length: SLOTS }, sentinel))
  }

  /** Timers armed. */
  get size(): number {
    return this.#size
  }

  /**
   * Arms a timer for `at` (ms), again if it was armed. It never fires early: fractions count up to the next tick,
   * and what is due already (NaN too) fires with the next one.
   */
  arm(timer: T, at: number): void {
    if (timer.next !== null) unlink(timer)
    else if (this.#size++ === 0) this.#wake = Number.POSITIVE_INFINITY
    const tick = Math.ceil(at)
    timer.deadline = tick > this.#tick ? tick : this.#tick + 1
    insertBefore(this.#slotFor(timer), timer)
  }

  disarm(timer: T): void {
    if (timer.next === null) return
    unlink(timer)
    this.#size--
  }

  /** `by` takes the place of a timer that is armed: it fires in its stead, in the same order. */
  replace(timer: T, by: T): void {
    by.deadline = timer.deadline
    insertBefore(timer, by)
    unlink(timer)
  }

  /**
   * The time at which {@link advance} is next to be called (ms): never after the earliest timer, at times before it, Infinity
   * when nothing is armed. Costs the same with any number of timers.
   */
  nextWake(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#wake
  }

  /**
   * The time at which the earliest timer is due (ms), Infinity when none is armed. For people and tests: it looks through the
   * slots, and through the timers of those that may hold it. To know when to call {@link advance}, ask
   * {@link nextWake}.
   */
  nextExpiry(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (let level = 0; level < LEVELS; level++) {
      const unit = UNITS[level]!
      const present = Math.floor(this.#tick / unit)
      for (let n = present; n < present + SLOTS && n * unit < earliest; n++) {
        const slot = this.#slots[level]![n & MASK]!
        for (let timer = slot.next!; timer !== slot; timer = timer.next!)
          if (timer.deadline < earliest) earliest = timer.deadline
      }
    }
    return earliest
  }

  /**
   * Lets time pass until `now` (ms) and fires what is due, by deadline, then in the order of arming. A timer is
   * disarmed before its callback, which may arm and disarm any. After `most` timers, or when the callback throws, the
   * rest fires with the next call.
   */
  advance(now: number, expire: (timer: T) => void, most = ALL): void {
    const target = Math.floor(now)
    let left = most
    for (;;) {
      left = this.#fire(expire, left)
      // Time stands still until the rest of this tick has fired.
      this.#wake = left > 0 ? this.#findWake() : this.#tick
      if (left <= 0) return
      if (this.#wake > target) break
      this.#tick = this.#wake
      this.#cascade()
    }
    // No slot begins between here and there that holds anything: nothing to cascade.
    if (target > this.#tick) this.#tick = target
  }

  /** Fires the timers of the present tick, `most` of them. @returns how many more may fire */
  #fire(expire: (timer: T) => void, most: number): number {
    const slot = this.#slots[0]![this.#tick & MASK]!
    let left = most
    while (slot.next !== slot && left > 0) {
      const timer = slot.next as T
      unlink(timer)
      this.#size--
      left--
      expire(timer)
    }
    return left
  }

  /**
   * The slot of a timer whose deadline lies ahead; sees to it that the wheel wakes when that slot begins. A timer
   * beyond the last level's reach (2^32 ms, 49.7 days) passes its slot there once a turn, until the turn is its own.
   */
  #slotFor(timer: WheelEntry): WheelEntry {
    const { deadline } = timer
    const distance = deadline - this.#tick
    const level = distance < UNITS[1] ? 0 : distance < UNITS[2] ? 1 : distance < UNITS[3] ? 2 : 3
    const unit = UNITS[level]!
    const n = Math.floor(deadline / unit)
    if (n * unit < this.#wake) this.#wake = n * unit
    const slot = n & MASK
    this.#occupied[wordOf(level, slot)]! |= 1 << (slot & 31)
    return this.#slots[level]![slot]!
  }

  /**
   * Spreads the slots of the upper levels that begin with the present tick over the levels below. A slot that is
   * entered half-way is left alone: what it holds is for its next turn.
   *
   * For the same tick, what waits on an upper level was armed before what waits on a lower one, when the tick was
   * farther away. So it goes before what is there already, and the lowest level goes first.
   */
  #cascade(): void {
    for (let level = 1; level < LEVELS; level++) {
      const n = this.#tick / UNITS[level]!
      if (!Number.isInteger(n)) return
      const slot = this.#slots[level]![n & MASK]!
      let timer = slot.previous!
      slot.next = slot
      slot.previous = slot
      while (timer !== slot) {
        const previous = timer.previous!
        insertBefore(this.#slotFor(timer).next!, timer)
        timer = previous
      }
    }
  }

  /** The first tick after the present one at which a slot begins: to fire on the lowest level, else to cascade. */
  #findWake(): number {
    let wake = Number.POSITIVE_INFINITY
    if (this.#size === 0) return wake
    for (let level = 0; level < LEVELS; level++) {
      const unit = UNITS[level]!
      const first = Math.floor(this.#tick / unit) + 1
      const distance = this.#distanceToOccupied(level, first & MASK)
      if (distance >= 0) wake = Math.min(wake, (first + distance) * unit)
    }
    return wake
  }

  /** Returns the number of slots from slot `from`, once around, to the first timer; -1 when there is none on this level. */
  #distanceToOccupied(level: number, from: number): number {
    const occupied = this.#occupied
    const below = (1 << (from & 31)) - 1
    // The word that `from` lies in comes first with its upper bits, and last with the lower ones.
    for (let turn = 0; turn <= WORDS; turn++) {
      const word = wordOf(level, (from + 32 * turn) & MASK)
      let bits = occupied[word]!
      if (turn === 0) bits &= ~below
      else if (turn === WORDS) bits &= below
      for (; bits !== 0; bits &= bits - 1) {
        const lowest = bits & -bits
        const n = ((word & (WORDS - 1)) << 5) | (31 - Math.clz32(lowest))
        const slot = this.#slots[level]![n]!
        if (slot.next !== slot) return (n - from) & MASK
        occupied[word]! &= ~lowest
      }
    }
    return -1
  }
}

/** The end of a ring. It is a Timer, as nearly all entries are: with one hidden class V8 has it all a tenth faster. */
const sentinel = (): WheelEntry => {
  const timer = new Timer<null, ''>(null, '')
  timer.next = timer
  timer.previous = timer
  return timer
}

const insertBefore = (other: WheelEntry, timer: WheelEntry): void => {
  timer.previous = other.previous
  timer.next = other
  other.previous!.next = timer
  other.previous = timer
}

const unlink = (timer: WheelEntry): void => {
  timer.previous!.next = timer.next
  timer.next!.previous = timer.previous
  timer.next = null
  timer.previous = null
}
