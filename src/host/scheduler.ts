import type { Alarm, Clock } from '../base/clock.ts'
import { ReusedList } from '../base/reused-list.ts'
import { Timer, TimingWheel } from '../base/timing-wheel.ts'
import type { Internet } from '../ip/internet.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { TimerKind } from '../tcp/block/events.ts'
import { account } from '../tcp/block/memory.ts'
import { output } from '../tcp/send/output.ts'
import type { TimeWait } from '../tcp/time-wait.ts'
import type { HalfOpen } from './half-open/half-open.ts'
import type { Listener } from './listener.ts'
import type { Orphans } from './memory/orphans.ts'
import type { Relief } from './memory/relief.ts'
import { notifyUser } from './notify.ts'

export type HostTimer = Timer<
  Connection | TimeWait | Internet | Orphans | Relief,
  TimerKind | 'reassembly' | 'orphans' | 'memory'
>

/**
 * Timers that fire in one beat. A peer that times its answers can have the timers of all of its connections fall due in
 * the same millisecond: packets come in between.
 */
const TIMERS_A_BEAT = 128

/** Timers that are kept for reuse. */
const SPARE_TIMERS = 4096

/** The part of the host that the scheduler needs. */
export interface SchedulerHost {
  /** A timer has expired, or the one that a packed connection stands in for. */
  expire(timer: HostTimer | HalfOpen): void
  /** Sends what is waiting to leave by the links. */
  flush(): void
  /** The same, but for links by which no text is waiting to leave. */
  flushText(): void
  /** Memory for text that nobody has read; the bytes need not be zero. */
  allocate(bytes: number): Uint8Array
  /** A listener's user is told that there is something to accept; then that it was. */
  telling(listener: Listener): void
  told(): void
  /** Tells of an exception in a user's callback. */
  report(error: unknown): void
}

/**
 * The scheduler in which a host lives. A batch of packets, the timers that are due or a user's call is processed; then
 * users hear the notices; then each connection that was touched sends what it may; then every link gets one batch.
 *
 * The sending waits until users that have heard notices have come to an answer of their own accord (streams do
 * so in the same turn, a little later): so an acknowledgment rides on the answer, and a FIN on the ACK of a FIN.
 */
export class Scheduler {
  readonly #clock: Clock
  readonly #host: SchedulerHost
  readonly #wheel: TimingWheel<HostTimer | HalfOpen>
  #busy = false
  #now: number
  /** Connections to look after before the beat ends. */
  #awake = new ReusedList<Connection>()
  /** The other list, empty, to go on with while one is worked through. */
  #spare = new ReusedList<Connection>()
  /** Listeners with connections to accept. */
  readonly #waiting = new ReusedList<Listener>()
  /** Timers that nobody uses: most connections need none at most times, so that few are in use again and again. */
  readonly #timers: HostTimer[] = []
  #deferred = false
  /** Users were told in the last beat; this one sends. */
  #told = false
  #alarm: Alarm | null = null

  constructor(clock: Clock, host: SchedulerHost) {
    this.#clock = clock
    this.#host = host
    this.#now = clock.now()
    this.#wheel = new TimingWheel(this.#now)
  }

  /** Milliseconds; the same for all that one beat does. */
  get now(): number {
    return this.#busy ? this.#now : this.#clock.now()
  }

  /** True when a beat is under way. */
  get busy(): boolean {
    return this.#busy
  }

  /** Timers that are armed. */
  get timers(): number {
    return this.#wheel.size
  }

  /** One beat: `work`, and all that follows from it. Not within another. */
  beat(work: () => void): void {
    this.#now = this.#clock.now()
    this.#busy = true
    try {
      work()
      this.#lookAfter()
      this.#host.flush()
    } finally {
      this.#busy = false
    }
    if (this.#told) this.soon()
    this.#setAlarm()
  }

  /** A connection has notices, or something to send. */
  wake(c: Connection): void {
    this.#awake.push(c)
    this.soon()
  }

  /** A listener has connections to accept. */
  wakeListener(listener: Listener): void {
    this.#waiting.push(listener)
    this.soon()
  }

  /** Has what a call outside of any beat has touched looked after, once the caller has returned. */
  soon(): void {
    if (this.#busy || this.#deferred) return
    this.#deferred = true
    this.#clock.defer(() => {
      this.#deferred = false
      this.beat(NOTHING)
    })
  }

  /** Lends a timer. */
  newTimer(owner: HostTimer['owner'], kind: HostTimer['kind']): HostTimer {
    const timer = this.#timers.pop()
    if (timer === undefined) return new Timer(owner, kind)
    timer.owner = owner
    timer.kind = kind
    return timer
  }

  /** Stops a timer and takes it back. `idle` owns it while it waits to be used again, so that it keeps nobody else alive. */
  freeTimer(timer: HostTimer, idle: Internet): void {
    this.disarm(timer)
    if (this.#timers.length >= SPARE_TIMERS) return
    timer.owner = idle
    this.#timers.push(timer)
  }

  /** `by` takes the place of an armed timer, or of a packed connection, that it stands in for. */
  replace(timer: HostTimer | HalfOpen, by: HostTimer | HalfOpen): void {
    this.#wheel.replace(timer, by)
  }

  arm(timer: HostTimer, at: number): void {
    this.#wheel.arm(timer, at)
    if (!this.#busy) this.#setAlarm()
  }

  disarm(timer: HostTimer): void {
    this.#wheel.disarm(timer)
  }

  /** Ends it, with everything sent that can be: no timer will fire any more. */
  stop(): void {
    do this.beat(NOTHING)
    while (this.#told)
    if (this.#alarm !== null) this.#clock.cancel(this.#alarm)
    this.#alarm = null
  }

  #lookAfter(): void {
    // The users told last have nothing to answer.
    if (this.#awake.length === 0 && this.#waiting.length === 0) this.#told = false
    while (this.#awake.length > 0 || this.#waiting.length > 0) {
      const told = this.#tell()
      if (told && !this.#told) {
        this.#told = true
        break
      }
      this.#told = false
      const awake = this.#awake
      this.#awake = this.#spare
      for (let i = 0; i < awake.length; i++) {
        awake.at(i).awake = false
        output(awake.at(i))
        account(awake.at(i))
      }
      awake.clear()
      this.#spare = awake
    }
  }

  /** Tells users the notices; whether there was any. */
  #tell(): boolean {
    // A user that hears that text was acknowledged may use its memory again, though it has just been sent once more.
    this.#host.flushText()
    let told = this.#waiting.length > 0
    this.#offer()
    const awake = this.#awake
    // Users may wake more connections while they are told.
    for (let i = 0; i < awake.length; i++) told = notifyUser(awake.at(i), this.#host.report) || told
    // Text that they did not read must not stay in the link's memory.
    for (let i = 0; i < awake.length; i++) {
      const { receiveQueue } = awake.at(i)
      if (receiveQueue.borrows) receiveQueue.settle(this.#host.allocate)
      account(awake.at(i))
    }
    return told
  }

  #offer(): void {
    const waiting = this.#waiting
    for (let i = 0; i < waiting.length; i++) {
      const listener = waiting.at(i)
      listener.awake = false
      if (listener.closed) continue
      this.#host.telling(listener)
      try {
        listener.user.acceptable()
      } catch (error) {
        this.#host.report(error)
      }
      this.#host.told()
    }
    waiting.clear()
  }

  #setAlarm(): void {
    const at = this.#wheel.nextWake()
    if (this.#alarm !== null) {
      // An alarm that rings too early costs less than setting it anew each time.
      if (this.#alarm.at <= at) return
      this.#clock.cancel(this.#alarm)
    }
    this.#alarm = at === Number.POSITIVE_INFINITY ? null : this.#clock.schedule(at, () => this.#ring())
  }

  #ring(): void {
    this.#alarm = null
    this.beat(() => this.#wheel.advance(this.#now, timer => this.#host.expire(timer), TIMERS_A_BEAT))
  }
}

const NOTHING = () => {}
