/** Orders about faults of a running stack, as JSON: what its control socket and its HTTP interface take. */
import type { FaultSet, FaultsShown } from '../faults/fault-set.ts'
import type { LinkFaults } from '../faults/link-faults.ts'
import type { FlagName } from '../link/path/script.ts'
import { badType, badValue } from '../net/errors.ts'
import { checkMatch, type Match } from '../net/reset-sockets.ts'

/** The directions of a stack's link, and of a proxy's streams. */
export type Direction = 'out' | 'in' | 'upstream' | 'downstream'

/** The stack or the proxies that orders are about. */
export interface FaultSubject extends Pick<FaultSet<string>, 'change' | 'clear' | 'dropNext'> {
  show(): FaultsShown
}

export type FaultOrder =
  | { readonly do: 'show' | 'clear' }
  | { readonly do: 'set'; readonly faults: LinkFaults; readonly direction?: Direction }
  | { readonly do: 'partition' | 'heal'; readonly direction?: Direction }
  | {
      readonly do: 'drop-next'
      readonly flags?: readonly FlagName[]
      readonly data?: boolean
      readonly count?: number
      readonly direction?: Direction
    }
  | ({ readonly do: 'reset' } & Match)

/** The faults of the link then, and how many connections an order has reset. */
export type FaultAnswer = FaultsShown & {
  readonly reset?: number
  /** The same for each of several proxies; the rest is then the first one's. */
  readonly proxies?: Readonly<Record<string, FaultsShown>>
}

/** The arguments of each order. */
const ORDERS = {
  show: [],
  clear: [],
  set: ['faults', 'direction'],
  partition: ['direction'],
  heal: ['direction'],
  'drop-next': ['flags', 'data', 'count', 'direction'],
  reset: ['localPort', 'remotePort', 'remoteAddress'],
} as const satisfies Record<FaultOrder['do'], readonly string[]>

export class FaultOrders {
  readonly #faults: FaultSubject
  readonly #reset: (match: Match) => number

  /** @param reset resets connections, and returns how many */
  constructor(faults: FaultSubject, reset: (match: Match) => number) {
    this.#faults = faults
    this.#reset = reset
  }

  /**
   * Does what anybody may have sent.
   * @param left the number of packets of `drop-next`, where stacks of several threads share it
   * @throws Error that says what was given and what is allowed; nothing is done then
   */
  obey(given: unknown, left?: Int32Array): FaultAnswer {
    const order = checked(given)
    const faults = this.#faults
    const direction = 'direction' in order ? (order.direction ?? null) : null
    switch (order.do) {
      case 'show':
        break
      case 'clear':
        faults.clear()
        break
      case 'set':
        faults.change(order.faults, direction)
        break
      case 'partition':
        faults.change({ blackhole: true }, direction)
        break
      case 'heal':
        faults.change({ blackhole: null }, direction)
        break
      case 'drop-next': {
        const { flags, data, count } = order
        faults.dropNext(
          {
            ...(flags === undefined ? {} : { flags }),
            ...(data === undefined ? {} : { data }),
            ...(count === undefined ? {} : { count }),
          },
          direction,
          left,
        )
        break
      }
      case 'reset':
        return { ...faults.show(), reset: this.#reset(order) }
    }
    return faults.show()
  }
}

/** @throws Error when it is no order, or one that takes something else */
const checked = (given: unknown): FaultOrder => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badType('order', 'an object', given)
  const order = given as Record<string, unknown>
  const name = order.do
  if (typeof name !== 'string' || !Object.hasOwn(ORDERS, name))
    throw badValue(`The order must be one of ${Object.keys(ORDERS).join(', ')}. Received '${String(name)}'`)
  const takes: readonly string[] = ORDERS[name as keyof typeof ORDERS]
  for (const key of Object.keys(order))
    if (key !== 'do' && !takes.includes(key))
      throw badValue(
        `The order '${name}' takes ${takes.length === 0 ? 'nothing more' : takes.join(', ')}. Received '${key}'`,
      )
  checkMatch(order)
  if (order.flags !== undefined && !Array.isArray(order.flags))
    throw badType('flags', "an array, such as ['SYN', 'ACK']", order.flags)
  return order as unknown as FaultOrder
}
