import type { Clock } from '../base/clock.ts'
import { changeFaults, type LinkFaults, pathOptions } from '../faults/link-faults.ts'
import type { Luck } from '../link/path/luck.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import { Path } from '../link/path/path.ts'
import type { PathObserver } from '../link/path/transit.ts'
import { LINK_ROUTER } from '../sim/benchmark-addresses.ts'
import type { PacketBatch } from '../wire/batch.ts'
import type { TestHost } from './host.ts'

/** What a wire needs of its network. */
export interface WireContext {
  readonly clock: Clock
  readonly luck: Luck
  readonly observer: PathObserver
  /** Whether something that concerns the whole network takes this packet. */
  readonly takes: (p: PacketView, from: TestHost, to: TestHost) => boolean
  /** The other direction, where errors go back to the sender. */
  readonly back: (batch: PacketBatch) => void
}

/** One direction between two hosts. */
export class Wire {
  readonly from: TestHost
  readonly to: TestHost
  readonly path: Path
  #faults: LinkFaults = {}
  #cut = false
  readonly #takes: WireContext['takes']

  constructor(from: TestHost, to: TestHost, context: WireContext) {
    this.from = from
    this.to = to
    this.#takes = context.takes
    this.path = new Path(
      { drop: this.#drop },
      {
        name: `${from.name}→${to.name}`,
        luck: context.luck,
        clock: context.clock,
        observer: context.observer,
        deliver: batch => to.interface.deliver(batch),
        back: context.back,
        router: LINK_ROUTER,
      },
    )
  }

  /** Changes what it is told to; the rest stays. @throws as {@link pathOptions} */
  change(change: LinkFaults): void {
    const faults = changeFaults(this.#faults, change)
    this.path.options = this.#options(faults)
    this.#faults = faults
  }

  /** Nothing gets through, or what did before. */
  set cut(cut: boolean) {
    this.#cut = cut
    this.path.options = this.#options(this.#faults)
  }

  #options(faults: LinkFaults) {
    const options = { ...pathOptions(faults), drop: this.#drop }
    return this.#cut ? { ...options, blackhole: true } : options
  }

  readonly #drop = (p: PacketView): boolean =>
    this.#takes(p, this.from, this.to) || (this.#faults.drop?.(p) ?? false)
}
