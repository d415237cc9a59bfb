/** A link that does to packets what it is told, while they flow. */
import type { Clock } from '../base/clock.ts'
import type { Link } from '../ip/link.ts'
import { type EmulatedLink, emulate } from '../link/emulated.ts'
import type { Luck } from '../link/path/luck.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import type { PathCounters } from '../link/path/path.ts'
import type { PathObserver } from '../link/path/transit.ts'
import { badValue } from '../net/errors.ts'
import type { PacketBatch } from '../wire/batch.ts'
import { DropNext, type DropNextOptions } from './drop-next.ts'
import { changeFaults, type LinkFaults, pathOptions } from './link-faults.ts'

/** The two directions, as the stack sees them. */
export type Direction = 'out' | 'in'

/** The faults that are set at the moment. */
export interface FaultsShown {
  readonly faults: Partial<Record<Direction, LinkFaults>>
  /** Packets that are to be lost yet. */
  readonly dropNext: number
  readonly counters: Partial<Record<Direction, PathCounters>>
}

export class FaultyLink {
  /** The link that the stack sends and receives by. */
  readonly link: Link
  /** The paths that packets take on it. */
  readonly paths: EmulatedLink
  readonly directions: readonly Direction[]
  readonly #faults: Record<Direction, LinkFaults> = { out: {}, in: {} }
  #drops: { readonly direction: Direction | null; readonly drop: DropNext }[] = []

  /**
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
    this.paths = emulate(link, {}, luck, clock)
    this.link = around ? new WayAround(link, this.paths, () => this.#idle) : this.paths
    this.directions = directions
    for (const direction of directions) this.#apply(direction)
  }

  /** @throws TypeError ERR_INVALID_ARG_VALUE for a direction that it has not */
  #those(direction: Direction | null): readonly Direction[] {
    if (direction === null) return this.directions
    if (this.directions.includes(direction)) return [direction]
    throw badValue(`The direction must be one of ${this.directions.join(', ')}. Received '${direction}'`)
  }

  /**
   * Changes what befalls packets in a direction, or in all (null); what is not named stays, and null turns it off.
   * @throws as {@link pathOptions}; TypeError ERR_INVALID_ARG_VALUE for a direction that it has not
   */
  change(faults: LinkFaults, direction: Direction | null = null): void {
    pathOptions(faults, 'faults')
    for (const each of this.#those(direction)) {
      this.#faults[each] = changeFaults(this.#faults[each], faults)
      this.#apply(each)
    }
  }

  /** All is well again, and nothing more is dropped. */
  clear(): void {
    this.#drops = []
    for (const direction of this.directions) {
      this.#faults[direction] = {}
      this.#apply(direction)
    }
  }

  /**
   * Has the next packets lost that the description fits.
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  dropNext(options: DropNextOptions, direction: Direction | null = null): DropNext {
    this.#those(direction)
    const drop = new DropNext(options)
    this.#drops.push({ direction, drop })
    return drop
  }

  /** Tells an observer of every packet that takes the paths. */
  watch(observer: PathObserver): void {
    for (const direction of this.directions) this.paths[direction].observer = observer
  }

  show(): FaultsShown {
    const of = <T>(what: (direction: Direction) => T) =>
      Object.fromEntries(this.directions.map(direction => [direction, what(direction)]))
    return {
      faults: of(direction => this.#faults[direction]),
      dropNext: this.#drops.reduce((sum, { drop }) => sum + drop.remaining, 0),
      counters: of(direction => ({ ...this.paths[direction].counters })),
    }
  }

  /** Whether nothing is to be done to any packet. */
  get #idle(): boolean {
    return (
      this.#drops.every(({ drop }) => drop.remaining === 0) &&
      this.directions.every(
        each => Object.keys(this.#faults[each]).length === 0 && this.paths[each].middlebox === null,
      )
    )
  }

  #apply(direction: Direction): void {
    const faults = this.#faults[direction]
    this.paths[direction].options = {
      ...pathOptions(faults, 'faults'),
      drop: p => this.#drop(p, direction) || (faults.drop?.(p) ?? false),
    }
  }

  #drop(p: PacketView, direction: Direction): boolean {
    if (this.#drops.length === 0) return false
    this.#drops = this.#drops.filter(({ drop }) => drop.remaining > 0)
    return this.#drops.some(
      each => (each.direction ?? direction) === direction && each.drop.takes(p, direction, direction),
    )
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
      if (this.#idle() && path.underWay === 0) receive(batch)
      else path.enter(batch)
    })
  }

  transmit(batch: PacketBatch): void {
    if (this.#idle() && this.#paths.out.underWay === 0) this.#link.transmit(batch)
    else this.#paths.transmit(batch)
  }

  close(): void {
    this.#paths.close()
  }
}
