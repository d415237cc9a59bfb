/** Slots of a level; a power of two. */
const SLOTS = 256
const BITS = 8
const LEVELS = 4
const MASK = SLOTS - 1
/** Ticks that the wheel reaches ahead; a timer beyond waits at the end and is placed anew from there. */
const REACH = 2 ** (BITS * LEVELS) - 1

/**
 * A timer of one owner. It links itself into the wheel, so that arming and disarming allocate nothing.
 */
export class Timer<Owner, Kind extends string> {
  readonly owner: Owner
  /** What it stands for at the moment. */
  kind: Kind
  /** Ticks (ms) on the wheel's clock; meaningless unless {@link armed}. */
  deadline = 0
  /** @internal */
  next: Timer<Owner, Kind> | null = null
  /** @internal */
  previous: Timer<Owner, Kind> | null = null

  constructor(owner: Owner, kind: Kind) {
    this.owner = owner
    this.kind = kind
  }

  get armed(): boolean {
    return this.next !== null
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the wheel moves timers without looking at owner or kind
type AnyTimer = Timer<any, any>

/**
 * A hierarchical timing wheel (Varghese and Lauck): 4 levels of 256 slots, a tick a millisecond. Arming and
 * disarming cost the same with ten timers as with a million; time passes in jumps from one occupied slot to the
 * next.
 */
export class TimingWheel<T extends AnyTimer> {
  /** Timers armed. */
  size = 0
  #tick: number
  readonly #slots: AnyTimer[][]
  /** The next tick at which there is something to do; a lower bound, found anew when time passes. */
  #wake = Number.POSITIVE_INFINITY

  /** @param now ms */
  constructor(now: number) {
    this.#tick = Math.floor(now)
    this.#slots = Array.from({ length: LEVELS }, () => Array.from({ length: SLOTS }, sentinel))
  }

  /**
   * Arms a timer for `at` (ms), again if it was armed. It never fires early: fractions count up to the next tick,
   * and what is due already fires with the next one.
   */
  arm(timer: T, at: number): void {
    if (timer.next !== null) this.disarm(timer)
    timer.deadline = Math.max(Math.ceil(at), this.#tick + 1)
    this.#place(timer)
    this.size++
  }

  disarm(timer: T): void {
    if (timer.next === null) return
    unlink(timer)
    this.size--
  }

  /**
   * When {@link advance} is next to be called (ms): never after the earliest timer, at times before it, Infinity
   * when nothing is armed.
   */
  nextWake(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#wake
  }

  /** Lets time pass until `now` (ms) and fires what is due, in order; a timer is disarmed before its callback. */
  advance(now: number, expire: (timer: T) => void): void {
    const target = Math.floor(now)
    for (;;) {
      this.#wake = this.#findWake()
      if (this.#wake > target) break
      this.#tick = this.#wake
      this.#cascade()
      const slot = this.#slots[0]![this.#tick & MASK]!
      for (let timer = slot.next!; timer !== slot; timer = slot.next!) {
        unlink(timer)
        this.size--
        expire(timer as T)
      }
    }
    if (target > this.#tick) {
      this.#tick = target
      this.#cascade()
      this.#wake = this.#findWake()
    }
  }

  #place(timer: AnyTimer): void {
    const distance = Math.min(timer.deadline - this.#tick, REACH)
    const at = this.#tick + distance
    let level = 0
    while (level < LEVELS - 1 && distance >= 2 ** (BITS * (level + 1))) level++
    const unit = 2 ** (BITS * level)
    const slotStart = Math.floor(at / unit) * unit
    if (slotStart < this.#wake) this.#wake = slotStart
    const slot = this.#slots[level]![Math.floor(at / unit) & MASK]!
    timer.previous = slot.previous
    timer.next = slot
    slot.previous!.next = timer
    slot.previous = timer
  }

  /** Moves what the present tick's slots of the upper levels hold to where it now belongs, from the top. */
  #cascade(): void {
    for (let level = LEVELS - 1; level > 0; level--) {
      const slot = this.#slots[level]![Math.floor(this.#tick / 2 ** (BITS * level)) & MASK]!
      if (slot.next === slot) continue
      let timer = slot.next!
      slot.next = slot
      slot.previous = slot
      while (timer !== slot) {
        const next = timer.next!
        this.#place(timer)
        timer = next
      }
    }
  }

  /** The first tick after the present one at which a slot is due: to fire on the lowest level, else to cascade. */
  #findWake(): number {
    if (this.size === 0) return Number.POSITIVE_INFINITY
    let wake = Number.POSITIVE_INFINITY
    for (let level = 0; level < LEVELS; level++) {
      const unit = 2 ** (BITS * level)
      const slots = this.#slots[level]!
      const first = Math.floor(this.#tick / unit) + 1
      if (first * unit >= wake) break
      for (let n = first; n < first + SLOTS; n++) {
        const slot = slots[n & MASK]!
        if (slot.next !== slot) {
          wake = Math.min(wake, n * unit)
          break
        }
      }
    }
    return wake
  }
}

const sentinel = (): AnyTimer => {
  const timer = new Timer<unknown, string>(null, '')
  timer.next = timer
  timer.previous = timer
  return timer
}

const unlink = (timer: AnyTimer): void => {
  timer.previous!.next = timer.next
  timer.next!.previous = timer.previous
  timer.next = null
  timer.previous = null
}
