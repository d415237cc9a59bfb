/** Cases on both sides: what differs, and which rule explains it. */
import { EXPLAINED } from './explained.ts'
import { ourSide } from './ours.ts'
import type { Side } from './side.ts'
import type { Case } from './stimuli.ts'
import { type Outcome, PROBE, talk } from './talk.ts'

/** No timer of a kernel is shorter than a delayed ACK's 40 ms: what took less saw none expire. */
const IN_TIME = 30

/** On both sides: no timer of a few ms, and no ration of answers. */
export const SYSCTLS = { tcp_early_retrans: '0', tcp_invalid_ratelimit: '0' } as const

const FIRST_PORT = 1024
const LAST_PORT = 65_000

export interface Difference {
  readonly theCase: Case
  readonly ours: Outcome
  readonly theirs: Outcome
  /** The first step that differs. */
  readonly at: number
  /** The name of the rule that explains it, or null. */
  readonly rule: string | null
}

/** Runs cases on a kernel, each from a port of its own. */
export class Comparison {
  readonly #kernel: Side
  #port = FIRST_PORT

  constructor(kernel: Side) {
    this.#kernel = kernel
  }

  /** A difference, or null. */
  async compare(theCase: Case): Promise<Difference | null> {
    const ours = await talk(ourSide(SYSCTLS), theCase, 5000)
    const theirs = await this.#inTime(theCase)
    const at = ours.findIndex((line, n) => line !== theirs[n])
    if (at < 0) return null
    const step = theCase.steps[at] ?? PROBE
    const rule = EXPLAINED.find(r => r.explains({ theCase, step, ours: ours[at]!, theirs: theirs[at]! }))
    return { theCase, ours, theirs, at, rule: rule?.name ?? null }
  }

  /** On a busy machine a timer of the kernel's may have expired in between: then it is done again. */
  async #inTime(theCase: Case): Promise<Outcome> {
    for (;;) {
      this.#port = this.#port >= LAST_PORT ? FIRST_PORT : this.#port + 1
      const start = this.#kernel.now()
      const outcome = await talk(this.#kernel, theCase, this.#port)
      if (this.#kernel.now() - start < IN_TIME) return outcome
    }
  }
}
