import type { Path } from '../link/path/path.ts'
import { type Address, familyOf } from '../wire/address.ts'

/** A link to another node, and the paths that packets of either family take on it. */
export interface Neighbour {
  readonly station: Station
  pathOf(family: 4 | 6): Path
}

/** A host or a router of a network, as routing sees it. */
export class Station {
  readonly name: string
  readonly addresses: readonly Address[]
  /** True when packets of others go through it. */
  readonly forwards: boolean
  readonly neighbours: Neighbour[] = []
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
    let edge = this.neighbours.map(first => ({ station: first.station, first }))
    while (edge.length > 0) {
      const further: typeof edge = []
      for (const { station, first } of edge) {
        if (reached.has(station)) continue
        reached.add(station)
        for (const address of station.addresses) routes.set(address, first.pathOf(familyOf(address)))
        if (station.forwards)
          for (const next of station.neighbours) further.push({ station: next.station, first })
      }
      edge = further
    }
    return routes
  }
}
