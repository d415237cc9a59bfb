/** The experiments that missions begin with, and what is asked of the events of most of them. */
import { type Action, at, emptyPlan, type Network, type Plan } from '../experiment/plan.ts'
import type { Seen } from './seen.ts'

/** A connection that is open, after what has been set before it. */
export const connected = (before: readonly Action[] = [], network: Partial<Network> = {}): Plan => ({
  ...emptyPlan(network),
  script: [
    ...before.map(action => at(0, action)),
    at(0, { do: 'listen', host: 1 }),
    at(0, { do: 'connect', host: 0 }),
  ],
  until: 100,
})

/** A server that listens, and nothing else yet. */
export const listening = (before: readonly Action[] = [], network: Partial<Network> = {}): Plan => ({
  ...emptyPlan(network),
  script: [...before, { do: 'listen', host: 1 } satisfies Action].map(action => at(0, action)),
  until: 0,
})

/** Returns whether a host has sent a segment with one of these flags. */
export const hasSent = (seen: Seen, by: 0 | 1, flags: number): boolean =>
  seen.sent(by).some(s => (s.flags & flags) !== 0)

/** Returns whether a connection of any host has come to its end. */
export const isOver = (seen: Seen): boolean =>
  seen.transitions.some(({ to, from }) => to === 'CLOSED' && from !== 'LISTEN')
