/** Orders about the faults of proxies: of all of them, or of the one that is named. */
import { sum } from '../base/sums.ts'
import type { FaultsShown } from '../faults/fault-set.ts'
import { badType, badValue } from '../net/errors.ts'
import { resetSockets } from '../net/reset-sockets.ts'
import type { Passage } from '../proxy/passage.ts'
import { instead } from '../wire/names.ts'
import { type FaultAnswer, FaultOrders, type FaultSubject } from './fault-orders.ts'

/** Several passages as one: what is told to it is told to each. */
const allOf = (passages: readonly Passage[]): FaultSubject => ({
  change: (faults, direction) => {
    for (const { faults: set } of passages) set.change(faults, direction as 'upstream')
  },
  clear: () => {
    for (const { faults } of passages) faults.clear()
  },
  dropNext: (options, direction) => {
    const [first, ...others] = passages.map(({ faults }) => faults)
    if (first === undefined) throw badValue('There is no proxy yet')
    for (const set of others) set.dropNext(options, direction as 'upstream')
    return first.dropNext(options, direction as 'upstream')
  },
  show: () => passages[0]?.show() ?? { faults: {}, dropNext: 0, counters: {} },
})

export class ProxyOrders {
  readonly #passages: () => readonly Passage[]

  constructor(passages: () => readonly Passage[]) {
    this.#passages = passages
  }

  /**
   * Does what anybody may have sent: an order as FaultOrders takes them, with the name of a proxy or without.
   * @throws Error that says what was given and what is allowed; nothing is done then
   */
  obey(given: unknown): FaultAnswer {
    if (typeof given !== 'object' || given === null) throw badType('order', 'an object', given)
    const { proxy, ...order } = given as Record<string, unknown>
    const those = this.#named(proxy)
    // A connection has a socket at either host, and a port may be that of one of them.
    const orders = new FaultOrders(allOf(those), match =>
      sum(
        those.map(({ tunnel: { near, far } }) =>
          Math.max(resetSockets(near, match), resetSockets(far, match)),
        ),
      ),
    )
    const answer = orders.obey(order)
    if (those.length === 1) return answer
    const proxies: Record<string, FaultsShown> = Object.fromEntries(
      those.map(passage => [passage.name, passage.show()]),
    )
    return { ...answer, proxies }
  }

  #named(name: unknown): readonly Passage[] {
    const all = this.#passages()
    if (name === undefined) return all
    const found = all.filter(passage => passage.name === name)
    const names = all.map(passage => passage.name)
    if (found.length === 0)
      throw badValue(
        `There is no proxy '${String(name)}'${names.length === 0 ? '' : instead(String(name), names)}`,
      )
    return found
  }
}
