/** Experiments of tests, and the ladders that they make. */
import { Experiment } from '../../src/site/experiment/experiment.ts'
import { type Action, emptyPlan, type Network, type Plan } from '../../src/site/experiment/plan.ts'
import { connectionStory } from '../../src/view/model/connection-story.ts'
import { History } from '../../src/view/model/history.ts'
import type { ViewEvent } from '../../src/view/model/view-event.ts'

/** An event as a line: its time, its host, and all that a ladder shows of it. */
export const lineOf = (event: ViewEvent): string =>
  JSON.stringify(event, (_, value) => (value instanceof Uint8Array ? [...value].join() : value))

export const linesOf = (plan: Plan): string[] => {
  const lines: string[] = []
  Experiment.of(plan, events => lines.push(...events.map(lineOf)))
  return lines
}

/** An experiment whose events are collected. */
export class Watched {
  readonly events: ViewEvent[] = []
  readonly experiment: Experiment

  constructor(network: Partial<Network> = {}) {
    this.experiment = new Experiment(emptyPlan(network), events => this.events.push(...events))
  }

  /** @throws when it is not done */
  act(action: Action, ms = 0): void {
    const trouble = this.experiment.act(action)
    if (trouble !== null) throw new Error(trouble)
    if (ms > 0) this.experiment.runTo(this.experiment.now + ms)
  }

  /** Client and server have connection 0. */
  connect(ms = 100): void {
    this.act({ do: 'listen', host: 1 })
    this.act({ do: 'connect', host: 0 }, ms)
  }

  get lines(): string[] {
    return this.events.map(lineOf)
  }

  /** The states that a host's connections have gone into, without its listener's. */
  states(host: number): string[] {
    return this.events.flatMap(e =>
      e.kind === 'transition' && e.host === host && e.ends.remotePort !== 0 ? [e.to] : [],
    )
  }

  notes(host: number): string[] {
    return this.events.flatMap(e => (e.kind === 'note' && e.host === host ? [e.text] : []))
  }
}

/** The client's first connection, as a viewer keeps it, and its story. */
export const storyOf = (w: Watched) => {
  const history = new History(100_000)
  for (const event of w.events) history.add(event)
  const c = [...history.connections].find(({ host, remote }) => host === 0 && remote !== '*')!
  return { c, story: connectionStory(history, c, 1000) }
}
