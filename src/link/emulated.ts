import type { Clock } from '../base/clock.ts'
import type { Link, Offload } from '../ip/link.ts'
import type { PacketBatch } from '../wire/batch.ts'
import { checkOptions, type KindsOf, OBJECT } from '../wire/option-kinds.ts'
import type { Luck } from './path/luck.ts'
import type { PathOptions } from './path/options.ts'
import { Path } from './path/path.ts'
import type { PathObserver } from './path/transit.ts'

/** The paths around a link: of the packets sent through it, and of those it delivers. By default they do nothing. */
export interface Emulation {
  readonly out?: PathOptions
  readonly in?: PathOptions
}

/**
 * A link with an emulated path in each direction, in virtual or real time, around any other. It offers no offload:
 * hosts cut what they send themselves, and super-segments that the link below delivers are cut first. In real time
 * packets arrive as late as the clock's alarms ring: with `fineClock` a tenth of a millisecond, with `nodeClock` a whole one.
 * @throws RangeError for what is no probability, delay, rate, size or address, naming the option
 */
export const emulate = (
  link: Link,
  paths: Emulation,
  luck: Luck,
  clock: Clock,
  observer: PathObserver | null = null,
): EmulatedLink => new EmulatedLink(link, paths, luck, clock, observer)

/** A link with an emulated path in each direction; made by {@link emulate}. */
export class EmulatedLink implements Link {
  readonly offload: Offload = { checksum: false, segmentation: false }
  /** Their options may be changed while packets flow. */
  readonly out: Path
  readonly in: Path
  readonly #link: Link
  #receive: ((batch: PacketBatch) => void) | null = null

  constructor(link: Link, paths: Emulation, luck: Luck, clock: Clock, observer: PathObserver | null) {
    checkOptions('paths', paths, { out: OBJECT, in: OBJECT } satisfies KindsOf<Emulation>)
    this.#link = link
    this.out = new Path(paths.out ?? {}, {
      name: 'out',
      luck,
      clock,
      observer,
      deliver: batch => link.transmit(batch),
      back: batch => this.in.enter(batch),
    })
    this.in = new Path(paths.in ?? {}, {
      name: 'in',
      luck,
      clock,
      observer,
      deliver: batch => this.#receive?.(batch),
      back: batch => this.out.enter(batch),
    })
  }

  get name(): string {
    return this.#link.name
  }
  get mtu(): number {
    return this.#link.mtu
  }

  /** Receives the packets that come out of the path inwards; {@link start} sets it too. */
  deliverTo(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.deliverTo(receive)
    this.#link.start(batch => this.in.enter(batch))
  }

  transmit(batch: PacketBatch): void {
    this.out.enter(batch)
  }

  /** Delivers packets at once, as if they had come by the link. */
  inject(batch: PacketBatch): void {
    this.#receive?.(batch)
  }

  close(): void {
    this.out.close()
    this.in.close()
    this.#link.close()
  }
}
