/** A link that does to packets what it is told, while they flow. */
import type { Clock } from '../base/clock.ts'
import type { Link } from '../ip/link.ts'
import { type EmulatedLink, emulate } from '../link/emulated.ts'
import type { Luck } from '../link/path/luck.ts'
import type { Path } from '../link/path/path.ts'
import type { PathObserver } from '../link/path/transit.ts'
import type { PacketBatch } from '../wire/batch.ts'
import { FaultSet, type FaultsShown } from './fault-set.ts'

/** The two directions, as the stack sees them. */
export type Direction = 'out' | 'in'

export class FaultyLink extends FaultSet<Direction> {
  /** The link that the stack sends and receives by. */
  readonly link: Link
  /** The paths that packets take on it. */
  readonly paths: EmulatedLink

  /**
   * @param clock the one by which packets arrive: in real time a fine one
   * @param directions by default both; a loopback, where what is sent is what is received, has 'out' only
   * @param around whether packets go around the paths, with the offloads of the link, while there is nothing to do to them
   */
  constructor(
    link: Link,
    luck: Luck,
    clock: Clock,
    directions: readonly Direction[] = ['out', 'in'],
    around = false,
  ) {
    const paths = emulate(link, {}, luck, clock)
    super(directions, direction => {
      paths[direction].options = this.options(direction)
    })
    this.paths = paths
    this.link = around ? new WayAround(link, paths, () => this.#idle) : paths
    for (const direction of directions) paths[direction].options = this.options(direction)
  }

  /** Tells an observer of every packet that takes the paths. */
  watch(observer: PathObserver): void {
    for (const direction of this.directions) this.paths[direction].observer = observer
  }

  show(): FaultsShown<Direction> {
    const of = <T>(what: (direction: Direction) => T) =>
      Object.fromEntries(this.directions.map(direction => [direction, what(direction)]))
    return {
      faults: of(direction => this.of(direction)),
      dropNext: this.dropsLeft,
      counters: of(direction => ({ ...this.paths[direction].counters })),
    }
  }

  /** True when nothing is to be done to any packet. */
  get #idle(): boolean {
    return this.directions.every(each => this.isIdle(each) && this.paths[each].middlebox === null)
  }
}

/** A link whose packets take the emulated paths only while those have something to do, or are not empty yet. */
class WayAround implements Link {
  readonly #link: Link
  readonly #paths: EmulatedLink
  readonly #idle: () => boolean

  constructor(link: Link, paths: EmulatedLink, idle: () => boolean) {
    this.#link = link
    this.#paths = paths
    this.#idle = idle
  }

  get name(): string {
    return this.#link.name
  }
  get mtu(): number {
    return this.#link.mtu
  }
  /** The paths cut super-segments and complete checksums themselves. */
  get offload(): Link['offload'] {
    return this.#link.offload
  }

  start(receive: (batch: PacketBatch) => void): void {
    const { in: path } = this.#paths
    this.#paths.deliverTo(receive)
    this.#link.start(batch => {
      if (this.#passes(path, batch)) receive(batch)
      else path.enter(batch)
    })
  }

  transmit(batch: PacketBatch): void {
    if (this.#passes(this.#paths.out, batch)) this.#link.transmit(batch)
    else this.#paths.transmit(batch)
  }

  /** Returns whether the batch goes around the path, which then counts its packets all the same. */
  #passes(path: Path, batch: PacketBatch): boolean {
    if (!this.#idle() || path.underWay > 0) return false
    for (let i = 0; i < batch.count; i++) path.passed(batch, i)
    return true
  }

  close(): void {
    this.#paths.close()
  }
}
