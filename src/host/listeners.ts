import { type Address, ANY_IPV6, isIpv6, isUnspecified } from '../wire/address.ts'
import type { Listener } from './listener.ts'

/** Listeners by port, the one for a specific address before the one for any. */
export class Listeners {
  readonly #ports = new Map<number, Listener[]>()

  find(address: Address, port: number): Listener | null {
    const listeners = this.#ports.get(port)
    if (listeners === undefined) return null
    let any: Listener | null = null
    for (const listener of listeners) {
      if (listener.localAddress === address) return listener
      if (listener.isAt(address)) any = listener
    }
    return any
  }

  /** Returns whether a passive OPEN of this socket would collide with one that is there: some address would have two. */
  taken(address: Address, port: number, ipv6Only = false): boolean {
    const listeners = this.#ports.get(port)
    if (listeners === undefined) return false
    if (address === ANY_IPV6 && !ipv6Only) return true
    return listeners.some(
      l => l.isAt(address) || (isUnspecified(address) && isIpv6(address) === isIpv6(l.localAddress)),
    )
  }

  /** Returns whether there is a listener at a port, whatever its address. */
  hasAt(port: number): boolean {
    return this.#ports.has(port)
  }

  add(listener: Listener): void {
    const listeners = this.#ports.get(listener.localPort)
    if (listeners === undefined) this.#ports.set(listener.localPort, [listener])
    else listeners.push(listener)
  }

  delete(listener: Listener): void {
    const rest = this.#ports.get(listener.localPort)?.filter(l => l !== listener) ?? []
    if (rest.length === 0) this.#ports.delete(listener.localPort)
    else this.#ports.set(listener.localPort, rest)
  }

  *[Symbol.iterator](): IterableIterator<Listener> {
    for (const listeners of this.#ports.values()) yield* listeners
  }
}
