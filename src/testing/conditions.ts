import { changeFaults, type LinkFaults, pathOptions } from '../faults/link-faults.ts'
import type { PathOptions } from '../link/path/options.ts'

/** The conditions of one family: its faults, and whether nothing gets through at all. */
interface Condition {
  faults: LinkFaults
  cut: boolean
}

/** The condition of a link: one for both families, and one for each family that has been told of its own. */
export class Conditions {
  readonly #common: Condition
  readonly #own: Map<4 | 6, Condition>

  constructor(common: Condition = { faults: {}, cut: false }, own: Iterable<[4 | 6, Condition]> = []) {
    this.#common = common
    this.#own = new Map(own)
  }

  /** The families that have a condition of their own. */
  get families(): Iterable<4 | 6> {
    return this.#own.keys()
  }

  copy(): Conditions {
    return new Conditions(
      { ...this.#common },
      [...this.#own].map(([family, own]) => [family, { ...own }]),
    )
  }

  /** The conditions of a family, or of one that has nothing of its own (null). */
  of(family: 4 | 6 | null): Condition {
    return (family === null ? undefined : this.#own.get(family)) ?? this.#common
  }

  /** The options of a path that has this condition. */
  options(family: 4 | 6 | null): PathOptions {
    const { faults, cut } = this.of(family)
    const options = pathOptions(faults)
    return cut ? { ...options, blackhole: true } : options
  }

  /** Those that an order is about: a family's own, which begins as the common one; or, without a family, all. */
  #concerned(family: 4 | 6 | undefined): readonly Condition[] {
    if (family === undefined) return [this.#common, ...this.#own.values()]
    const own = this.#own.get(family) ?? { ...this.#common }
    this.#own.set(family, own)
    return [own]
  }

  /** Changes what it is told to; the rest stays. @throws as {@link pathOptions} */
  change(change: LinkFaults, family?: 4 | 6): void {
    pathOptions(change)
    for (const one of this.#concerned(family)) one.faults = changeFaults(one.faults, change)
  }

  /** Lets nothing through any more, or again what got through before. */
  cut(cut: boolean, family?: 4 | 6): void {
    for (const one of this.#concerned(family)) one.cut = cut
  }
}
