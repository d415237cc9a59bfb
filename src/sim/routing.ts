import type { Path } from '../link/path/path.ts'
import type { Address } from '../wire/address.ts'

/** A host or a router of a network, as routing sees it. */
export class Station {
  readonly name: string
  readonly addresses: readonly Address[]
  /** Whether packets of others go through it. */
  readonly forwards: boolean
  readonly neighbours: { readonly station: Station; readonly path: Path }[] = []
  /** The first path towards each address; empty until it is asked for. */
  #routes: Map<Address, Path> | null = null

  constructor(name: string, addresses: readonly Address[], forwards: boolean) {
    this.name = name
    this.addresses = addresses
    this.forwards = forwards
  }

  /** The links have changed. */
  forget(): void {
    this.#routes = null
  }

  /** The first path on the way with the fewest hops to an address (the link made first, of several), or null. */
  route(address: Address): Path | null {
    this.#routes ??= this.#explore()
    return this.#routes.get(address) ?? null
  }

  #explore(): Map<Address, Path> {
    const routes = new Map<Address, Path>()
    const reached = new Set<Station>([this])
    let edge = this.neighbours.map(({ station, path }) => ({ station, path }))
    while (edge.length > 0) {
      const further: typeof edge = []
      for (const { station, path } of edge) {
        if (reached.has(station)) continue
        reached.add(station)
        for (const address of station.addresses) routes.set(address, path)
        if (station.forwards)
          for (const next of station.neighbours) further.push({ station: next.station, path })
      }
      edge = further
    }
    return routes
  }
}
