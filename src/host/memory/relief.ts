import type { Connection } from '../../tcp/block/connection.ts'
import { EXHAUSTED, type Holding, PLENTY } from '../../tcp/block/memory.ts'
import { evict } from '../../tcp/ending.ts'
import { shedText } from '../../tcp/queues/shed-text.ts'
import type { HostTimer } from '../scheduler.ts'
import type { MemoryBudget } from './budget.ts'

/** The host, as relief sees it. */
export interface ReliefHost {
  readonly now: number
  newTimer(owner: Relief, kind: 'memory'): HostTimer
  arm(timer: HostTimer, at: number): void
  disarm(timer: HostTimer): void
}

/** Holders are looked at so often while memory is scarce, ms. */
const PERIOD = 500
/**
 * A gap may stay open for so long though there is memory, and is looked at so often, ms: no timer of the TCP would ever end
 * it, and a sender that lives sends what is missing again sooner.
 */
const STALE = 60_000
const STALE_PERIOD = 15_000
/** So many are looked at, and so many reset, at a time; and it goes on after so long, ms. */
const MOST_VISITS = 1000
const MOST_RESETS = 50
const GOES_ON = 5

/** Text passes through a connection at a decent rate if what it holds would be gone in this time, ms. */
const DECENT = 30_000

/** A peer may keep its window shut, or a gap open, for so long once memory is exhausted, and under pressure before; ms. */
const PATIENCE = 1000
const PATIENCE_UNDER_PRESSURE = 30_000
/** So many times as long where the network may be at fault, and where our own user does not read. */
const SILENCE = 5
const UNREAD = 10

/** Text that has left a connection for good: acknowledged by its peer, or read by its user. */
const passed = (c: Connection): number =>
  c.traffic.bytesAcked + c.traffic.bytesReceived - c.receiveQueue.length

const patience = (c: Connection, exhausted: boolean): number => {
  const ms = exhausted ? PATIENCE : PATIENCE_UNDER_PRESSURE
  const { sendQueue, receiveQueue, snd } = c
  if (receiveQueue.length > sendQueue.length) return UNREAD * ms
  return sendQueue.length > 0 && snd.wnd >= snd.mss ? SILENCE * ms : ms
}

/**
 * Gets memory back while it is scarce. In rounds, the largest holders first: text above gaps goes (RFC 2018 §8 lets a
 * receiver drop it), of all once memory is exhausted, else of those whose gap stays; then orphans are reset, then other
 * connections, but only those that hold on to what they have. One through which text passes at a decent rate never is, nor
 * one that holds nothing.
 */
export class Relief {
  /** Connections reset, orphans among them, and bytes of text above gaps dropped. */
  resets = 0
  shed = 0
  readonly #host: ReliefHost
  readonly #budget: MemoryBudget
  readonly #timer: HostTimer
  /** The connections that may be reset, the largest first, in the round that is under way. */
  #orphans: Connection[] = []
  #others: Connection[] = []
  /** The first of them that was not reset, the orphans counted first. */
  #next = 0
  /** The beginning of the round, ms; -1 when none is under way. */
  #roundAt = -1
  /** The timer runs; somebody holds text above a gap. */
  #running = false
  #gaps = false

  constructor(host: ReliefHost, budget: MemoryBudget) {
    this.#host = host
    this.#budget = budget
    this.#timer = host.newTimer(this, 'memory')
  }

  /** A connection begins to hold something. */
  begin(h: Holding, now: number): void {
    h.passed = passed(h.connection!)
    h.reviewedAt = h.movedAt = now
  }

  /** Memory has become scarce, or scarcer. */
  begun(): void {
    this.#arm(this.#budget.level === EXHAUSTED ? 0 : PERIOD)
  }

  /** A connection holds text above a gap. */
  watchGaps(): void {
    this.#gaps = true
    if (!this.#running) this.#arm(STALE_PERIOD)
  }

  /** No connection holds anything any more. */
  rest(): void {
    if (!this.#running) return
    this.#running = this.#gaps = false
    this.#endRound()
    this.#host.disarm(this.#timer)
  }

  #arm(delay: number): void {
    this.#running = true
    this.#host.arm(this.#timer, this.#host.now + delay)
  }

  /** The round is over as soon as less than this is used; with memory in plenty, when all were looked at. */
  get #goal(): number {
    const { pressure, low } = this.#budget.options
    if (this.#budget.level === PLENTY) return 0
    return this.#budget.level === EXHAUSTED ? pressure : low
  }

  /** The timer has expired. */
  expire(): void {
    this.#running = false
    const { now } = this.#host
    if (this.#roundAt < 0) {
      this.#roundAt = now
      this.#gaps = false
    }
    const goal = this.#goal
    // No connection is looked at twice in a round.
    const since = Math.min(this.#roundAt - 1, now - PERIOD)
    if (this.#budget.holders.review(since, now, MOST_VISITS, h => this.#review(h, now, goal))) {
      this.#arm(GOES_ON)
      return
    }
    if (this.#resetSome(goal)) {
      this.#arm(GOES_ON)
      return
    }
    this.#endRound()
    if (this.#budget.level > PLENTY) this.#arm(PERIOD)
    else if (this.#gaps) this.#arm(STALE_PERIOD)
  }

  /** True: the others are to be looked at too. */
  #review(h: Holding, now: number, goal: number): boolean {
    const c = h.connection!
    const { level } = this.#budget
    const text = passed(c)
    if ((text - h.passed) * DECENT >= h.charged * (now - h.reviewedAt)) h.movedAt = now
    h.passed = text
    const still = now - h.movedAt
    if (c.receiveQueue.piecesAbove > 0) {
      if (level === EXHAUSTED || still >= (level === PLENTY ? STALE : PERIOD)) this.shed += shedText(c)
      else this.#gaps = true
    }
    if (level > PLENTY && still >= patience(c, level === EXHAUSTED))
      (c.orphaned ? this.#orphans : this.#others).push(c)
    if (this.#budget.used >= goal) return true
    // Those that are not looked at may hold some too.
    this.#gaps = true
    return false
  }

  /** Resets some of those who may be; whether there are more to come. */
  #resetSome(goal: number): boolean {
    for (
      let n = 0;
      this.#budget.used >= goal && this.#next < this.#orphans.length + this.#others.length;
      n++
    ) {
      if (n === MOST_RESETS) return true
      const at = this.#next++
      const c = this.#orphans[at] ?? this.#others[at - this.#orphans.length]!
      // It may have ended meanwhile, or delivered all.
      if (c.held.charged === 0) continue
      this.resets++
      evict(c)
    }
    return false
  }

  #endRound(): void {
    this.#roundAt = -1
    this.#orphans = []
    this.#others = []
    this.#next = 0
  }
}
