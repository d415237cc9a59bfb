/** The checks that are asked for, by their names and by the patience of a run. */
import { nearest } from '../wire/names.ts'
import type { Check, Pace } from './check.ts'
import { CHECKS } from './checks/all.ts'

/** From the least patient on. */
const PACES: readonly Pace[] = ['quick', 'normal', 'thorough']

/** The patience that a check asks for, from 0 on. */
export const patienceFor = (check: Check): number => PACES.indexOf(check.pace ?? 'quick')

/** Names of all checks, in order. */
export const checkIds = (): readonly string[] => CHECKS.map(check => check.id)

export interface Choice {
  /** The most patient checks to run; default `normal`. */
  readonly pace?: Pace
  /** Only the checks of these names, or whose names begin so. */
  readonly only?: readonly string[]
  /** Not the checks whose names begin so. */
  readonly except?: readonly string[]
}

const meant = (name: string): string => {
  const id = nearest(name, checkIds())
  return id === null ? '' : `: did you mean '${id}'?`
}

/** @throws RangeError for a name that no check's begins with, and for a pace that is none */
export const chosenChecks = ({ pace = 'normal', only = [], except = [] }: Choice): readonly Check[] => {
  for (const name of [...only, ...except])
    if (!CHECKS.some(({ id }) => id.startsWith(name)))
      throw new RangeError(`there is no check '${name}'${meant(name)}`)
  const patience = PACES.indexOf(pace)
  if (patience < 0) throw new RangeError(`pace is one of ${PACES.join(', ')}, not '${pace}'`)
  const wanted = (check: Check): boolean =>
    // A check that is asked for by its name is waited for.
    only.length > 0 ? only.some(name => check.id.startsWith(name)) : patienceFor(check) <= patience
  return CHECKS.filter(check => wanted(check) && !except.some(name => check.id.startsWith(name)))
}
