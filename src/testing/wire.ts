import type { Clock } from '../base/clock.ts'
import type { LinkFaults } from '../faults/link-faults.ts'
import type { Luck } from '../link/path/luck.ts'
import type { Middlebox } from '../link/path/middlebox.ts'
import { Path } from '../link/path/path.ts'
import type { PathObserver } from '../link/path/transit.ts'
import { LINK_ROUTER } from '../sim/benchmark-addresses.ts'
import type { PacketBatch } from '../wire/batch.ts'
import type { Conditions } from './conditions.ts'
import type { TestHost } from './host.ts'

/** The part of its network that a wire needs. */
export interface WireContext {
  readonly clock: Clock
  readonly luck: (name: string) => Luck
  readonly observer: PathObserver
  /** The orders that concern packets of the whole network. */
  readonly middlebox: (from: TestHost, to: TestHost) => Middlebox
  /** The other direction, where errors go back to the sender. */
  readonly back: (batch: PacketBatch) => void
}

/**
 * One direction between two hosts. Packets of both families share a path, with its rate and its queue, until one family is
 * told of a condition of its own: it has a path of its own from then on.
 */
export class Wire {
  readonly from: TestHost
  readonly to: TestHost
  readonly #context: WireContext
  readonly #middlebox: Middlebox
  readonly #conditions: Conditions
  readonly #common: Path
  readonly #own = new Map<4 | 6, Path>()

  constructor(from: TestHost, to: TestHost, conditions: Conditions, context: WireContext) {
    this.from = from
    this.to = to
    this.#context = context
    this.#middlebox = context.middlebox(from, to)
    this.#conditions = conditions
    this.#common = this.#path('', null)
    this.#adjust()
  }

  #path(suffix: string, family: 4 | 6 | null): Path {
    const { clock, luck, observer, back } = this.#context
    const name = `${this.from.name}→${this.to.name}`
    const deliver = (batch: PacketBatch) => this.to.interface.deliver(batch)
    const path = new Path(this.#conditions.options(family), {
      name,
      clock,
      observer,
      luck: luck(`path ${name}${suffix}`),
      deliver,
      back,
      router: LINK_ROUTER,
    })
    path.middlebox = this.#middlebox
    return path
  }

  /** Has the paths do what the conditions say. */
  #adjust(): void {
    this.#common.options = this.#conditions.options(null)
    for (const family of this.#conditions.families) {
      const path = this.#own.get(family)
      if (path !== undefined) path.options = this.#conditions.options(family)
      else this.#own.set(family, this.#path(` IPv${family}`, family))
    }
    this.from.station.forget()
  }

  /** The path that packets of a family take. */
  pathOf(family: 4 | 6): Path {
    return this.#own.get(family) ?? this.#common
  }

  /** Takes packets that no host has sent: errors of routers. */
  enter(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++)
      this.pathOf(batch.buffers[i]![batch.starts[i]!]! >>> 4 === 6 ? 6 : 4).enterPacket(batch, i)
  }

  /** Changes the faults that it is told of, for one family or for both. @throws as {@link Conditions.change} */
  change(change: LinkFaults, family?: 4 | 6): void {
    this.#conditions.change(change, family)
    this.#adjust()
  }

  /** Lets nothing through any more, of one family or of both, or again what got through before. */
  cut(cut: boolean, family?: 4 | 6): void {
    this.#conditions.cut(cut, family)
    this.#adjust()
  }

  close(): void {
    for (const path of [this.#common, ...this.#own.values()]) path.close()
  }
}
