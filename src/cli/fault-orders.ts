/** Orders about faults of a running stack, as JSON: what its control socket and its HTTP interface take. */
import type { FaultsShown } from '../faults/fault-set.ts'
import type { Direction, FaultyLink } from '../faults/faulty-link.ts'
import type { LinkFaults } from '../faults/link-faults.ts'
import type { FlagName } from '../link/path/script.ts'
import { badType, badValue } from '../net/errors.ts'
import { checkMatch, type Match, resetSockets } from '../net/reset-sockets.ts'
import type { Stack } from '../net/stack.ts'

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

/** The faults of the link after an order, and how many connections it has reset. */
export type FaultAnswer = FaultsShown & { readonly reset?: number }

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
  readonly #faults: FaultyLink
  readonly #stack: Stack

  constructor(faults: FaultyLink, stack: Stack) {
    this.#faults = faults
    this.#stack = stack
  }

  /**
   * Does what anybody may have sent.
   * @throws Error that says what was given and what is allowed; nothing is done then
   */
  obey(given: unknown): FaultAnswer {
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
        )
        break
      }
      case 'reset':
        return { ...faults.show(), reset: resetSockets(this.#stack, order) }
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
