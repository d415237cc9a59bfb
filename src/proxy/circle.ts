/** Proxies that lead to each other: a connection to one would beget another at the next, round and round. */
import type { TcpProxy } from './proxy.ts'
import { leadsTo, placeText } from './target.ts'

/** Returns the proxies that a connection to the first would come through before it came back to it; null when it does not. */
const circleOf = (first: TcpProxy, all: readonly TcpProxy[]): readonly TcpProxy[] | null => {
  const passed = [first]
  for (let proxy = first; ; ) {
    if (leadsTo(proxy.target, first.listen)) return passed
    const next = all.find(each => each.enabled && leadsTo(proxy.target, each.listen))
    if (next === undefined || passed.includes(next)) return null
    passed.push(next)
    proxy = next
  }
}

export class CircleError extends Error {}

/** @throws CircleError when connections to the proxy would come back to it, on their own or by way of others */
export const refuseCircle = (proxy: TcpProxy, all: readonly TcpProxy[]): void => {
  const circle = circleOf(proxy, all)
  if (circle === null) return
  const others = circle.slice(1).map(({ name }) => name)
  throw new CircleError(
    others.length === 0
      ? `it would lead to itself: ${placeText(proxy.target)} is where it listens`
      : `it would lead to itself by way of ${others.join(' and ')}: ${circle.map(({ target }) => placeText(target)).join(' leads to ')}`,
  )
}
