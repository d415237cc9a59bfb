/** Tells the hops of a connection apart where a capture is of several interfaces: what passed two of them stands in it twice. */
import type { CaptureInterface } from '../../trace/captured-packet.ts'

/** The directions that a hop has shown so far: a bit for each. */
const ways = (forth: boolean): number => (forth ? 1 : 2)

/** One place that a connection passed. */
export class Hop {
  /** All hops of its connection, this one too. */
  readonly #all: readonly Hop[]
  readonly #name: string
  readonly #interfaces = new Set<number>()
  #ways = 0

  constructor(all: readonly Hop[], { number, name }: CaptureInterface) {
    this.#all = all
    this.#name = name === '' ? `interface ${number}` : name
  }

  has(at: CaptureInterface): boolean {
    return this.#interfaces.has(at.number)
  }

  hasShown(forth: boolean): boolean {
    return (this.#ways & ways(forth)) !== 0
  }

  add(at: CaptureInterface, forth: boolean): this {
    this.#interfaces.add(at.number)
    this.#ways |= ways(forth)
    return this
  }

  /** Its name; null while the connection has no other. */
  get name(): string | null {
    return this.#all.length > 1 ? this.#name : null
  }

  /** Its number among those of its connection. */
  get number(): number {
    return this.#all.indexOf(this)
  }
}

export class Hops {
  readonly #hops = new Map<string, Hop[]>()

  /**
   * The hop that a segment belongs to. An interface whose first segment goes the way that none has shown yet is part of the
   * hop that there is: a host sends by one interface and receives by another.
   * @param pair the two ends of the connection, the same for both directions
   * @param forth which of the two directions
   */
  of(pair: string, forth: boolean, at: CaptureInterface): Hop {
    const known = this.#hops.get(pair)
    const hops = known ?? []
    if (known === undefined) this.#hops.set(pair, hops)
    const hop = hops.find(each => each.has(at))
    if (hop !== undefined) return hop.add(at, forth)
    const [first] = hops
    if (first !== undefined && !hops.some(each => each.hasShown(forth))) return first.add(at, forth)
    const next = new Hop(hops, at)
    hops.push(next)
    return next.add(at, forth)
  }
}
