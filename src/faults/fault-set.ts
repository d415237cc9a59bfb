/** The faults of a link's directions, as they are told, and changed while packets flow. */

import type { PathCounters } from '../link/path/counters.ts'
import type { PathOptions } from '../link/path/options.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import { badValue } from '../net/errors.ts'
import { DropNext, type DropNextOptions } from './drop-next.ts'
import { changeFaults, type LinkFaults, pathOptions } from './link-faults.ts'

/** The faults that are set at the moment. */
export interface FaultsShown<D extends string = string> {
  readonly faults: Partial<Record<D, LinkFaults>>
  /** Packets that are to be lost yet. */
  readonly dropNext: number
  readonly counters: Partial<Record<D, PathCounters>>
}

export class FaultSet<D extends string> {
  readonly directions: readonly D[]
  readonly #faults: Record<D, LinkFaults>
  readonly #changed: (direction: D) => void
  #drops: { readonly direction: D | null; readonly drop: DropNext }[] = []

  /** @param changed hears of each direction that is to do something else from now on */
  constructor(directions: readonly D[], changed: (direction: D) => void) {
    this.directions = directions
    this.#faults = Object.fromEntries(directions.map(d => [d, {}])) as Record<D, LinkFaults>
    this.#changed = changed
  }

  /** @throws TypeError ERR_INVALID_ARG_VALUE for a direction that it has not */
  #those(direction: D | null): readonly D[] {
    if (direction === null) return this.directions
    if (this.directions.includes(direction)) return [direction]
    throw badValue(`The direction must be one of ${this.directions.join(', ')}. Received '${direction}'`)
  }

  /**
   * Changes what befalls packets in a direction, or in all (null); what is not named stays, and null turns it off.
   * @throws as {@link pathOptions}; TypeError ERR_INVALID_ARG_VALUE for a direction that it has not
   */
  change(faults: LinkFaults, direction: D | null = null): void {
    pathOptions(faults, 'faults')
    for (const each of this.#those(direction)) {
      this.#faults[each] = changeFaults(this.#faults[each], faults)
      this.#changed(each)
    }
  }

  /** All is well again, and nothing more is dropped. */
  clear(): void {
    this.#drops = []
    for (const direction of this.directions) {
      this.#faults[direction] = {}
      this.#changed(direction)
    }
  }

  /**
   * Has the next packets lost that the description fits.
   * @param left their number, where links of several threads share it
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  dropNext(options: DropNextOptions, direction: D | null = null, left?: Int32Array): DropNext {
    const those = this.#those(direction)
    const drop = new DropNext(options, left)
    this.#drops.push({ direction, drop })
    for (const each of those) this.#changed(each)
    return drop
  }

  /** The faults of a direction. */
  of(direction: D): LinkFaults {
    return this.#faults[direction]
  }

  /** Packets that are to be lost yet. */
  get dropsLeft(): number {
    return this.#drops.reduce((sum, { drop }) => sum + drop.remaining, 0)
  }

  /** Returns whether nothing is to be done to packets of a direction. */
  isIdle(direction: D): boolean {
    return Object.keys(this.#faults[direction]).length === 0 && this.dropsLeft === 0
  }

  /** The same as the options of a path; `faults` are others than those of the direction, if given. */
  options(direction: D, faults: LinkFaults = this.#faults[direction]): PathOptions {
    return {
      ...pathOptions(faults, 'faults'),
      drop: p => this.#takes(p, direction) || (faults.drop?.(p) ?? false),
    }
  }

  #takes(p: PacketView, direction: D): boolean {
    if (this.#drops.length === 0) return false
    this.#drops = this.#drops.filter(({ drop }) => drop.remaining > 0)
    return this.#drops.some(
      each => (each.direction ?? direction) === direction && each.drop.takes(p, direction, direction),
    )
  }
}
