/** Cases on both sides: what differs, and which rule explains it. */
import { type Differing, EXPLAINED } from './explained.ts'
import { ourSide } from './ours.ts'
import type { Side } from './side.ts'
import type { Case } from './stimuli.ts'
import { type Outcome, PROBE, talk } from './talk.ts'

/**
 * A step that took less, ms, saw no timer of a kernel: none is shorter than a delayed ACK's 40 ms, but one that has less than 10 ms
 * to go counts as over when the next segment comes, and a tick may be another 10.
 */
const IN_TIME = 15

/** On both sides: no timer of a few ms, no ration of answers, and a controller that paces nothing. */
export const SYSCTLS = {
  tcp_early_retrans: '0',
  tcp_invalid_ratelimit: '0',
  tcp_congestion_control: 'reno',
} as const

/** Settings of a kernel alone: ACKs that wait for a moment, to be told together, are told at once. */
export const KERNEL_SYSCTLS = { ...SYSCTLS, tcp_comp_sack_nr: '0' } as const

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

  /** A difference, `'same'`, or `'late'`: a timer of the kernel's may have expired in between, and nothing can be said. */
  async compare(theCase: Case): Promise<Difference | 'same' | 'late'> {
    this.#port = this.#port >= LAST_PORT ? FIRST_PORT : this.#port + 1
    const ours = await talk(ourSide(SYSCTLS), theCase, this.#port)
    const start = this.#kernel.now()
    const theirs = await talk(this.#kernel, theCase, this.#port)
    const late = this.#kernel.now() - start >= IN_TIME
    this.#kernel.forget(this.#port)
    if (late) return 'late'
    const at = ours.findIndex(({ answer }, n) => answer !== theirs[n]!.answer)
    if (at < 0) return 'same'
    const rule = EXPLAINED.find(r => r.explains(differing(theCase, ours, theirs, at)))
    return { theCase, ours, theirs, at, rule: rule?.name ?? null }
  }
}

const differing = (theCase: Case, ours: Outcome, theirs: Outcome, at: number): Differing => ({
  theCase,
  step: theCase.steps[at] ?? PROBE,
  said: ours[at]!.said,
  before: ours.slice(0, at),
  acked: ours[at]!.acked,
  next: Math.max(ours[at]!.acks, theirs[at]!.acks),
  ours: ours[at]!.answer,
  theirs: theirs[at]!.answer,
})
