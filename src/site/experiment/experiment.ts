/** An experiment that is under way: what was done stands in its script, and it can be run again up to any moment. */
import type { ViewEvent } from '../../view/model/view-event.ts'
import type { Refusal } from './machine.ts'
import {
  type Action,
  emptyPlan,
  LONGEST,
  MOST_ACTIONS,
  MOST_EVENTS,
  type Network,
  networkOf,
  type Plan,
  type Timed,
  wholeMicroseconds,
} from './plan.ts'
import { World } from './world.ts'

/** ms */
const REST = 5000

/** A moment of an experiment: its time, and the number of the event that comes next. */
export interface Moment {
  readonly time: number
  readonly event: number
}

interface Done extends Timed {
  /** The numbers of the event that came next when it was done, and of the one after all that it brought about at once. */
  readonly from: number
  readonly to: number
}

export type Trouble = Refusal | 'too many actions'

export class Experiment {
  readonly network: Network
  /** Is told what happens, in order. */
  hear: (events: readonly ViewEvent[]) => void
  readonly #world: World
  readonly #done: Done[] = []
  #events = 0

  constructor(network: Network, hear: (events: readonly ViewEvent[]) => void = () => {}) {
    this.network = networkOf(network)
    this.hear = hear
    this.#world = new World(this.network, events => {
      this.#events += events.length
      this.hear(events)
    })
  }

  /** Runs all of a plan. */
  static of(plan: Plan, hear?: (events: readonly ViewEvent[]) => void): Experiment {
    const experiment = new Experiment(plan, hear)
    for (const { at, action } of plan.script) {
      experiment.runTo(at)
      experiment.act(action)
    }
    experiment.runTo(plan.until)
    return experiment
  }

  get now(): number {
    return this.#world.clock.now()
  }

  /** Events so far. */
  get events(): number {
    return this.#events
  }

  /** True when nothing more will happen by itself. */
  get isOver(): boolean {
    return this.isTooLong || !this.#world.clock.pending(LONGEST)
  }

  /** True when nothing happens by itself for a long time, {@link REST} ms: a connection waits for its program, or for 2 MSL. */
  get rests(): boolean {
    return this.isOver || this.#world.clock.nextAt >= this.now + REST
  }

  /** True when it was ended because there was too much of it. */
  get isTooLong(): boolean {
    return this.#events >= MOST_EVENTS
  }

  get plan(): Plan {
    return this.#planOf(this.#done, this.now)
  }

  /** See {@link World.numberOf}. */
  numberOf(port: number): number | null {
    return this.#world.numberOf(port)
  }

  get connections(): number {
    return this.#world.connections
  }

  /** Does it now, and writes it down. @returns why it was not done, or null */
  act(action: Action): Trouble | null {
    if (this.#done.length >= MOST_ACTIONS) return 'too many actions'
    const at = wholeMicroseconds(this.now)
    this.runTo(at)
    const from = this.#events
    const refusal = this.#world.perform(action)
    this.#world.clock.settle()
    this.#world.flush()
    if (refusal === null) this.#write({ at, action, from, to: this.#events })
    return refusal
  }

  /** Settings that are changed at one moment are one change: a slider that is moved by keys makes many. */
  #write(done: Done): void {
    const last = this.#done.at(-1)
    const both = last?.at === done.at && last.to === done.from ? joined(last.action, done.action) : null
    if (both === null) this.#done.push(done)
    else this.#done[this.#done.length - 1] = { ...done, from: last!.from, action: both }
  }

  /** Lets time pass until `time` (ms). */
  runTo(time: number): void {
    this.runOut(time)
    if (!this.isTooLong) this.#world.clock.pass(Math.min(time, LONGEST))
  }

  /** Lets time pass until nothing is left to happen, or until `time` (ms). */
  runOut(time: number): void {
    const { clock } = this.#world
    while (!this.isTooLong && clock.step(Math.min(time, LONGEST))) this.#world.flush()
  }

  /** Lets time pass until it {@link rests}. */
  runToRest(): void {
    while (!this.rests && this.#world.clock.step(LONGEST)) this.#world.flush()
  }

  /** Lets time pass until something happens that is told. @returns whether anything has */
  next(): boolean {
    const before = this.#events
    while (this.#events === before && !this.isOver) {
      this.#world.clock.step(LONGEST)
      this.#world.flush()
    }
    return this.#events > before
  }

  /** The same up to a moment, from where it may take another way: what was done later is not done. */
  upTo(moment: Moment): Plan {
    return this.#planOf(this.scriptAt(moment), moment.time)
  }

  #planOf(script: readonly Timed[], until: number): Plan {
    return {
      ...emptyPlan(this.network),
      script: script.map(({ at, action }) => ({ at, action })),
      until: wholeMicroseconds(until),
    }
  }

  /** The actions up to a moment; those that report nothing, such as the setting of an option, count by their time. */
  scriptAt({ time, event }: Moment): readonly Timed[] {
    const later = this.#done.findIndex(
      ({ at, from, to }) => at > time || (from === to ? from > event : from >= event),
    )
    return later < 0 ? [...this.#done] : this.#done.slice(0, later)
  }
}

/** One action that does what two do, one after the other; null where there is none. */
const joined = (first: Action, then: Action): Action | null => {
  if (first.do === 'faults' && then.do === 'faults' && first.direction === then.direction)
    return { ...then, faults: { ...first.faults, ...then.faults } }
  if (first.do === 'options' && then.do === 'options' && first.host === then.host)
    return { ...then, tcp: { ...first.tcp, ...then.tcp } }
  return null
}
