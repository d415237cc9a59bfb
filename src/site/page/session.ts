/** An experiment and the viewer that shows it: what is done at a moment of the past takes another way from there. */

import type { ViewConnection } from '../../view/model/history.ts'
import type { ViewEvent } from '../../view/model/view-event.ts'
import type { Ahead, Viewer } from '../../view/page/viewer.ts'
import { Experiment, type Moment, type Trouble } from '../experiment/experiment.ts'
import type { Action, Plan, Which } from '../experiment/plan.ts'
import { type Standing, standingAfter } from '../experiment/standing.ts'

/** The passing of time after an action. */
export const PACES = ['hand', 'slow', 'fast'] as const
export type Pace = (typeof PACES)[number]

/** Virtual time that is run through at most when somebody asks for the end, ms: keep-alives go on for hours. */
const FURTHEST = 600_000

export class Session implements Ahead {
  readonly viewer: Viewer
  pace: Pace = 'slow'
  #experiment!: Experiment

  constructor(viewer: Viewer, plan: Plan) {
    this.viewer = viewer
    viewer.ahead = this
    this.open(plan)
  }

  /** Shows another experiment, or the same in another network. */
  open(plan: Plan): void {
    this.viewer.replay([])
    this.#experiment = Experiment.of(plan, events => this.viewer.add(events))
    this.#pass()
    this.viewer.history.follow()
    this.viewer.acted()
  }

  get experiment(): Experiment {
    return this.#experiment
  }

  /** The moment that is shown. */
  get moment(): Moment {
    const { history } = this.viewer
    if (history.shown >= history.end) return { time: this.now, event: history.end }
    return { time: history.entry(history.shown - 1)?.event.time ?? 0, event: history.shown }
  }

  /** The state of the network and the hosts at the moment that is shown. */
  get standing(): Standing {
    return standingAfter(this.#experiment.scriptAt(this.moment))
  }

  /** The number of the connection that is looked at, or of the one opened last; null before there is any. */
  get connection(): number | null {
    const { connection } = this.viewer
    const number = connection === null ? null : this.#numberOf(connection)
    if (number !== null) return number
    const { connections } = this.#experiment
    return connections === 0 ? null : connections - 1
  }

  #numberOf({ local, remote }: ViewConnection): number | null {
    const port = (endpoint: string) => Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
    return this.#experiment.numberOf(port(local)) ?? this.#experiment.numberOf(port(remote))
  }

  /** @returns why it was not done, or null */
  act(action: Action): Trouble | null {
    const { viewer } = this
    viewer.speed = null
    if (viewer.history.shown < viewer.history.end) this.#branch()
    viewer.history.follow()
    const trouble = this.#experiment.act(action)
    if (trouble === null && action.do === 'connect') this.#lookAtNewest(action.host)
    if (trouble === null && this.pace === 'fast') this.#experiment.runToRest()
    this.#pass()
    if (trouble === null && this.pace === 'slow') viewer.play()
    viewer.acted()
    return trouble
  }

  /** A visitor who has opened a connection goes on with that one. */
  #lookAtNewest(host: Which): void {
    let newest: ViewConnection | null = null
    for (const c of this.viewer.history.connections) if (c.host === host && c.remote !== '*') newest = c
    if (newest !== null) this.viewer.choose(newest.id)
  }

  #branch(): void {
    const events: ViewEvent[] = []
    const plan = this.#experiment.upTo(this.moment)
    this.#experiment = Experiment.of(plan, more => {
      for (const event of more) events.push(event)
    })
    this.viewer.replay(events)
    // Later facts are told one by one.
    this.#experiment.hear = more => this.viewer.add(more)
  }

  // Ahead

  get now(): number {
    return this.#experiment.now
  }

  get isOver(): boolean {
    return this.#experiment.isOver
  }

  get rests(): boolean {
    return this.#experiment.rests
  }

  next(): void {
    this.#experiment.next()
    this.#pass()
  }

  runTo(time: number): void {
    this.#experiment.runTo(time)
    this.#pass()
  }

  runOut(): void {
    this.#experiment.runOut(this.now + FURTHEST)
    this.#pass()
  }

  #pass(): void {
    this.viewer.history.pass(this.now)
  }
}
