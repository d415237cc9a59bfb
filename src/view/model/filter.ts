/** Chooses the connections that are shown. */
import type { State } from '../../tcp/state.ts'
import type { ViewConnection } from './history.ts'

export interface Filter {
  /** Part of an address, a port as ':80', or part of a state's name; several words must all be met. */
  readonly text: string
  readonly state: State | null
  /** Connections of which the path or the host has dropped something for this reason. */
  readonly reason: string | null
}

export const NO_FILTER: Filter = { text: '', state: null, reason: null }

/** Returns whether nothing is left out. */
export const isOpen = ({ text, state, reason }: Filter): boolean =>
  text.trim() === '' && state === null && reason === null

const fits = (c: ViewConnection, word: string): boolean => {
  const port = /^:(\d+)$/.exec(word)
  if (port !== null) return c.local.endsWith(word) || c.remote.endsWith(word)
  return (
    c.local.includes(word) ||
    c.remote.includes(word) ||
    (c.shown?.state ?? '').toLowerCase().includes(word.replaceAll('-', '_'))
  )
}

/** The reasons for which something of a connection was dropped or lost, as far as that is kept. */
export const dropReasonsOf = (c: ViewConnection): Set<string> => {
  const reasons = new Set<string>()
  for (let i = 0; i < c.entries.length; i++) {
    const { event } = c.entries.at(i)!
    if (event.kind === 'drop') reasons.add(event.reason)
    else if (event.kind === 'loss') reasons.add(event.fate)
  }
  return reasons
}

/** The connections that exist at the moment that is shown, and fit. */
export const filtered = (connections: Iterable<ViewConnection>, filter: Filter): ViewConnection[] => {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  const found: ViewConnection[] = []
  for (const c of connections) {
    if (c.shown === null) continue
    if (filter.state !== null && c.shown.state !== filter.state) continue
    if (!words.every(word => fits(c, word))) continue
    if (filter.reason !== null) {
      const { lost, dropped } = c.shown
      if (lost + dropped === 0 || !dropReasonsOf(c).has(filter.reason)) continue
    }
    found.push(c)
  }
  return found
}

/** The number of connections in each state at the moment that is shown. */
export const countStates = (connections: Iterable<ViewConnection>): Map<State, number> => {
  const counts = new Map<State, number>()
  for (const { shown } of connections) {
    const state = shown?.state ?? null
    if (state !== null) counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return counts
}
