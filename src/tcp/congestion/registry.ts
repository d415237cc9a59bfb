import { Bbr } from './bbr/bbr.ts'
import { Bbr1 } from './bbr1.ts'
import type { CongestionControl } from './controller.ts'
import { Cubic } from './cubic.ts'
import { Reno } from './reno.ts'
import { DCTCP, PRAGUE, Scalable } from './scalable.ts'
import { WhereAccurate } from './where-accurate.ts'

/** Makes a controller for one connection; `seed` differs from connection to connection, for those who draw lots. */
export type CongestionControlFactory = (seed: number) => CongestionControl

/** Controllers that need accurate ECN for what they are there for, each with the classic one that stands in without it. */
const SCALABLE = [
  [DCTCP, () => new Reno()],
  [PRAGUE, () => new Cubic()],
] as const

const factories = new Map<string, CongestionControlFactory>([
  ['bbr', seed => new Bbr(seed)],
  ['bbr1', seed => new Bbr1(seed)],
  ['cubic', () => new Cubic()],
  ['reno', () => new Reno()],
])
for (const [settings, classic] of SCALABLE)
  factories.set(settings.name, () => new WhereAccurate(settings.name, () => new Scalable(settings), classic))

/** The names that the option `congestionControl` takes, in alphabetical order. */
export const congestionControls = (): string[] => [...factories.keys()].sort()

export const isCongestionControl = (name: string): boolean => factories.has(name)

/** Returns whether a controller needs accurate ECN: its connections ask for it (as Linux's do). */
export const needsAccurateEcn = (name: string): boolean =>
  SCALABLE.some(([settings]) => settings.name === name)

const BUILT_IN: ReadonlySet<string> = new Set(factories.keys())

/** Returns whether a controller is one of ours, and no user's. */
export const isBuiltIn = (name: string): boolean => BUILT_IN.has(name)

/** The methods of a controller that a connection calls, and the numbers that it reads. */
const METHODS = [
  'start',
  'acknowledged',
  'congestion',
  'timedOut',
  'recovered',
  'undo',
  'restart',
  'segmentSize',
] as const satisfies readonly (keyof CongestionControl)[]
const NUMBERS = ['cwnd', 'ssthresh', 'pacingRate'] as const satisfies readonly (keyof CongestionControl)[]

/** @throws TypeError naming what is missing */
const checkController = (name: string, controller: CongestionControl): void => {
  if (typeof controller !== 'object' || controller === null)
    throw new TypeError(`the congestion control '${name}' must make an object, not ${String(controller)}`)
  const missing = METHODS.filter(method => typeof controller[method] !== 'function')
  if (missing.length > 0)
    throw new TypeError(
      `the congestion control '${name}' has no ${missing.map(method => `${method}()`).join(', ')}: see CongestionControl`,
    )
  for (const field of NUMBERS)
    if (typeof controller[field] !== 'number')
      throw new TypeError(
        `the congestion control '${name}' must have a number ${field}: see CongestionControl`,
      )
}

/**
 * Makes a controller of the user's own available under a name, for connections made from now on; another one of the
 * user's of that name is taken over. `create` is called once now, to see what it makes, and once for each connection.
 * @throws TypeError for a controller that lacks a method or a number, RangeError for a name of ours
 */
export const registerCongestionControl = (name: string, create: CongestionControlFactory): void => {
  if (typeof name !== 'string' || name === '')
    throw new TypeError(`a congestion control needs a name, not ${name === '' ? "''" : String(name)}`)
  if (isBuiltIn(name))
    throw new RangeError(`the congestion control '${name}' is built in: choose another name`)
  if (typeof create !== 'function')
    throw new TypeError(`the congestion control '${name}' needs a function that makes one for a connection`)
  checkController(name, create(0))
  factories.set(name, create)
}

/** A new controller. @throws RangeError for a name that nobody has registered */
export const createCongestionControl = (name: string, seed = 0): CongestionControl => {
  const create = factories.get(name)
  if (create === undefined)
    throw new RangeError(
      `unknown congestion control '${name}' (there are ${congestionControls().join(', ')})`,
    )
  return create(seed)
}
