import type { Luck } from './luck.ts'
import type { Burst } from './options.ts'

/** The chain of Gilbert and Elliott: losses that come together, as fades and handovers bring them. */
export class BurstLoss {
  #bad = false

  /** Takes one step, for one packet; whether it is lost. */
  loses(burst: Required<Burst>, luck: Luck): boolean {
    this.#bad = this.#bad ? !luck.chance(burst.leave) : luck.chance(burst.enter)
    return this.#bad && luck.chance(burst.loss)
  }
}
