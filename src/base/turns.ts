import { CallList } from './call-list.ts'
import { type ClosingLoop, ClosingTurns } from './closing-turns.ts'
import { ReusedList } from './reused-list.ts'
import { TurnTime } from './turn-time.ts'

/**
 * Calls that have a turn of their own: the ticks and promises that one begins settle before the next. While one returns
 * true it is called again, each time in another turn, before the rest. One that returns a {@link NativeRest} has that follow, and
 * what it returns counts.
 */
export interface Turn {
  (): unknown
  /**
   * Told that the turn, with the ticks and promises that it began, took longer than LONG of turn-time.ts: how long, ms. Peers make it
   * long, by what they send: a round has only so much time for turns that have this.
   */
  tookLong?(ms: number): void
}

/** A function of the runtime's that is not JavaScript, its receiver, and what it is given. */
export type NativeCall = readonly [
  callee: (this: never, argument: never, second: never) => unknown,
  receiver: object,
  argument: unknown,
  second?: unknown,
]

/** The rest of a turn: a call to be made with no JavaScript beneath it, see {@link Alone}. */
export interface NativeRest {
  /** Gives the call to be made now; null for none any more. */
  begin(): NativeCall | null
  /** Goes on when that has returned. */
  finish(): unknown
  /** It was called as everything else, and has thrown. */
  failed(error: unknown): void
}

/**
 * Soon, before immediates, has what `begin` returns called with no JavaScript beneath it, and then calls `goOn` as an event. False:
 * nobody can do that here. Parts of a runtime that call JavaScript several times, as Node's TLS and HTTP/2 do, have ticks and
 * promises settle after each, and exceptions reported, only when they were called so.
 */
export type Alone = (begin: () => NativeCall | null, goOn: () => void) => boolean

/**
 * The moment of a turn, by libuv's names. `poll`: in the next round. `pending`: at the end of the round that is under way, or else at
 * the beginning of the next.
 * `closing`: after the immediates that follow, the last first.
 */
export type Phase = 'poll' | 'pending' | 'closing'

/** Calls a rest as everything else. */
const callRest = (rest: NativeRest): unknown => {
  const call = rest.begin()
  try {
    if (call !== null) Reflect.apply(call[0], call[1], call.slice(2))
  } catch (error) {
    rest.failed(error)
  }
  return rest.finish()
}

const restOf = (result: unknown): NativeRest | null =>
  typeof result === 'object' ? (result as NativeRest | null) : null

/** A turn for those who know of no rests: it returns true for one, and calls it when it is called again. */
export const whole = (turn: Turn): Turn => {
  let rest: NativeRest | null = null
  return () => {
    const result = rest === null ? turn() : callRest(rest)
    rest = restOf(result)
    return rest !== null || result === true
  }
}

/** Turns that wait, in rounds: those that a round brings about come in the next one. */
export class TurnQueue {
  /** The round that is under way, of which {@link at} is next; null between rounds. */
  round: ReusedList<Turn> | null = null
  at = 0
  /** The rest of the turn taken last, for {@link beginRest} and {@link take}; null for none. */
  rest: NativeRest | null = null
  /** Its beginning is called by others. */
  #begun = false
  /** So many turns of the round come before what it polls for. */
  #leading = 0
  /** The turn taken last is one of these: what it has polled for is of the same round. */
  #leads = false
  /** The first turn of the phase `pending` at the end of the round that is under way. */
  #trailing = Number.POSITIVE_INFINITY
  #next = new ReusedList<Turn>()
  /** Those of the phase `pending` that the next round begins with. */
  #pending = new ReusedList<Turn>()
  readonly #closing: Turn[] = []
  /** The list of the last round, empty. */
  #spare = new ReusedList<Turn>()

  add(turn: Turn, phase: Phase): void {
    const { round } = this
    if (phase === 'closing') this.#closing.push(turn)
    else if (phase === 'poll') (round !== null && this.#leads ? round : this.#next).push(turn)
    else if (round === null) this.#pending.push(turn)
    else {
      this.#trailing = Math.min(this.#trailing, round.length)
      round.push(turn)
    }
  }

  /** True when there is something for another round. */
  get waits(): boolean {
    return this.#next.length > 0 || this.#pending.length > 0 || this.#closing.length > 0
  }

  /** True when the round that is under way has turns left. */
  get goesOn(): boolean {
    return this.round !== null && this.at < this.round.length
  }

  /** The turn that is taken next, or whose rest is. */
  get current(): Turn | undefined {
    return this.goesOn ? this.round!.at(this.at) : undefined
  }

  /** @param closes whether those of the phase `closing` come first, or later */
  begin(closes = true): void {
    this.at = 0
    this.#trailing = Number.POSITIVE_INFINITY
    this.#leading = (closes ? this.#closing.length : 0) + this.#pending.length
    if (this.#leading === 0) {
      this.round = this.#next
      this.#next = this.#spare
      return
    }
    const round = this.#spare
    while (closes && this.#closing.length > 0) round.push(this.#closing.pop()!)
    this.#pending.moveTo(round)
    this.#next.moveTo(round)
    this.round = round
  }

  /** Gives the call that is to be made alone before {@link take} goes on. */
  beginRest(): NativeCall | null {
    this.#begun = this.rest !== null
    return this.rest?.begin() ?? null
  }

  /** Takes the next turn of the round, or the rest of one. An exception is the caller's. */
  take(): void {
    const round = this.round!
    const { rest } = this
    this.rest = null
    let result: unknown = false
    this.#leads = this.at < this.#leading
    try {
      result = rest === null ? round.at(this.at)() : this.#finish(rest)
    } finally {
      this.rest = restOf(result)
      if (this.rest === null && result !== true) this.at++
      if (this.at === round.length) this.#clear()
    }
  }

  #finish(rest: NativeRest): unknown {
    const begun = this.#begun
    this.#begun = false
    return begun ? rest.finish() : callRest(rest)
  }

  /** The rest of the round belongs to the next one. */
  end(): void {
    const round = this.round!
    if (this.goesOn) {
      const rest = new ReusedList<Turn>()
      const trails = this.at >= this.#trailing
      round.moveTo(rest, this.at)
      if (trails) {
        this.#pending.moveTo(rest)
        this.#pending = rest
      } else {
        this.#next.moveTo(rest)
        this.#next = rest
      }
    }
    this.rest = null
    this.#begun = this.#leads = false
    this.#clear()
    this.#spare = round
    this.round = null
  }

  #clear(): void {
    this.round!.clear()
    this.at = 0
    this.#leading = 0
  }
}

/** The part of an event loop that {@link Turns} need. */
export interface EventLoop extends ClosingLoop {
  /** Calls back in a task of its own; those that a task asks for come before immediates. */
  task(callback: () => void): void
  /** A number that changes when immediates have had their turn, or may have had; null when nobody can tell. */
  wakeUp(): number | null
  /** Calls back when the event loop comes to its immediates. */
  immediate(callback: () => void): void
  microtask(callback: () => void): void
  /** Calls back before the event loop polls; false, or absent, where nobody can do that. */
  readonly beforePoll?: ((callback: () => void) => boolean) | undefined
  /** Absent: turns are called whole. */
  readonly alone?: Alone | undefined
}

/** Turns on an event loop, with the immediates of the program between two rounds. */
export class Turns {
  readonly #loop: EventLoop
  readonly #queue = new TurnQueue()
  readonly #closing: ClosingTurns
  /** A round waits to begin. */
  #waiting = false
  /** In which the last round began. */
  #wakeUp: number | null = null
  /** Immediates have yet to come before the next round. */
  #expected = false
  /** The event loop will call {@link #take}. */
  #called = false
  /** The round that is under way has taken long, and goes on after immediates. */
  #interrupted = false
  readonly #time: TurnTime
  readonly #deferred = new ReusedList<() => void>()
  /** Calls of {@link meanwhile}. */
  readonly #meanwhile = new CallList()
  /** They come when the round is over, and not before the event loop polls. */
  #atEnd = false
  /** The event loop will call before it polls. */
  #asked = false
  readonly #beforePoll = () => {
    this.#asked = false
    if (!this.#goesOn) this.#runMeanwhile()
  }
  readonly #take = () => this.#takeTurn()
  readonly #comeRound = () => this.#afterImmediates()
  readonly #beginRest = () => {
    this.#time.begin(this.#queue.current)
    return this.#queue.beginRest()
  }
  readonly #goOn = () => {
    const { current } = this.#queue
    // (The round may have ended meanwhile.)
    if (this.#queue.rest !== null) this.#queue.take()
    this.#loop.settle?.()
    this.#called = false
    if (this.#endTurn(current)) this.#interrupt()
    else if (this.#waiting || this.#queue.goesOn) this.#takeTurn()
    else this.#runDeferred()
  }

  constructor(loop: EventLoop) {
    this.#loop = loop
    this.#time = new TurnTime(() => loop.now())
    this.#closing = new ClosingTurns(loop)
  }

  /** Calls back in a turn of its own. */
  readonly turn = (turn: Turn, phase: Phase = 'poll'): void => {
    if (phase === 'closing') {
      this.#closing.add(turn)
      return
    }
    const queue = this.#queue
    if (queue.round !== null && !queue.goesOn && !this.#expected && this.#loop.wakeUp() !== this.#wakeUp)
      queue.end()
    queue.add(turn, phase)
    if (this.#goesOn) this.#call()
    if (queue.round === null) this.#wait()
    else if (queue.waits) this.#expect()
  }

  /**
   * Calls back before the event loop polls the next time, and a round follows if that brings one about; or at the end of the one under
   * way.
   */
  readonly meanwhile = (callback: () => void): void => {
    this.#meanwhile.add(callback)
    if (this.#meanwhile.underWay || this.#goesOn) return
    if (this.#queue.round !== null) this.#finishMeanwhile()
    else if (!this.#asked) {
      this.#asked = true
      if (this.#loop.beforePoll?.(this.#beforePoll) !== true) this.#loop.immediate(this.#beforePoll)
    }
  }

  #finishMeanwhile(): void {
    this.#atEnd = true
    this.#call()
  }

  /** Calls back at the end of the round that waits or is under way; without one, when the caller has returned. */
  readonly defer = (callback: () => void): void => {
    if (this.#goesOn || (this.#waiting && (this.#meanwhile.underWay || this.#loop.wakeUp() !== null)))
      this.#deferred.push(callback)
    else this.#loop.microtask(callback)
  }

  /** True when a turn of the round that is under way is taken before immediates. */
  get #goesOn(): boolean {
    return this.#queue.goesOn && !this.#interrupted
  }

  /** The next round comes after immediates. */
  #expect(): void {
    if (this.#expected) return
    this.#expected = true
    this.#loop.immediate(this.#comeRound)
  }

  #call(): void {
    if (this.#called) return
    this.#called = true
    this.#loop.task(this.#take)
  }

  #wait(): void {
    this.#waiting = true
    this.#call()
  }

  #runMeanwhile(): void {
    this.#atEnd = false
    try {
      this.#meanwhile.run()
    } catch (error) {
      this.#called = false
      this.#finishMeanwhile()
      throw error
    }
  }

  #takeTurn(): void {
    const queue = this.#queue
    const { settle, alone } = this.#loop
    this.#called = true
    if (this.#atEnd) this.#runMeanwhile()
    if (!this.#waiting && !this.#goesOn) {
      this.#called = false
      return
    }
    if (this.#waiting) {
      this.#waiting = false
      this.#time.beginRound()
      queue.begin()
      this.#wakeUp = this.#loop.wakeUp()
      if (this.#wakeUp === null) this.#expect()
    }
    let left = false
    let late = false
    try {
      do {
        left = queue.rest !== null && alone?.(this.#beginRest, this.#goOn) === true
        if (left) return
        const { current } = queue
        this.#time.begin(current)
        queue.take()
        if (queue.goesOn) settle?.()
        late = this.#endTurn(current)
      } while (settle !== undefined && queue.goesOn && !late)
    } finally {
      if (!left) {
        this.#called = false
        if (late) this.#interrupt()
        else if (queue.goesOn) this.#call()
        else this.#runDeferred()
      }
    }
  }

  /** The turn is over. Returns true when the round takes long, and has others left. */
  #endTurn(turn: Turn | undefined): boolean {
    return this.#time.end(turn) && this.#queue.goesOn && this.#queue.rest === null
  }

  /** Packets and timers have their turn before the rest of the round has. */
  #interrupt(): void {
    this.#interrupted = true
    this.#expect()
    this.#runDeferred()
  }

  #runDeferred(): void {
    const deferred = this.#deferred
    if (!this.#meanwhile.isEmpty) this.#finishMeanwhile()
    for (let i = 0; i < deferred.length; i++) this.#loop.microtask(deferred.at(i))
    deferred.clear()
  }

  #afterImmediates(): void {
    this.#expected = this.#interrupted = false
    this.#queue.end()
    if (this.#queue.waits) this.#wait()
  }
}
