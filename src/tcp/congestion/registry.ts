import { Bbr } from './bbr/bbr.ts'
import { Bbr1 } from './bbr1.ts'
import type { CongestionControl } from './controller.ts'
import { Cubic } from './cubic.ts'
import { Reno } from './reno.ts'

/** Makes a controller for one connection; `seed` differs from connection to connection, for those who draw lots. */
export type CongestionControlFactory = (seed: number) => CongestionControl

const factories = new Map<string, CongestionControlFactory>([
  ['bbr', seed => new Bbr(seed)],
  ['bbr1', seed => new Bbr1(seed)],
  ['cubic', () => new Cubic()],
  ['reno', () => new Reno()],
])

/** The names that the option `congestionControl` takes, in alphabetical order. */
export const congestionControls = (): string[] => [...factories.keys()].sort()

export const isCongestionControl = (name: string): boolean => factories.has(name)

/**
 * Makes a controller of the user's own available under a name, for connections made from now on; a name that
 * exists is taken over. `create` is called once for each connection.
 */
export const registerCongestionControl = (name: string, create: CongestionControlFactory): void => {
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
