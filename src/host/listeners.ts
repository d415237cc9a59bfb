import type { Address } from '../wire/address.ts'
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
      if (listener.localAddress === 0) any = listener
    }
    return any
  }

  /** Whether a passive OPEN of this socket would collide with one that is there: same address, or one is any. */
  taken(address: Address, port: number): boolean {
    return (
      this.#ports.get(port)?.some(l => address === 0 || l.localAddress === 0 || l.localAddress === address) ??
      false
    )
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
