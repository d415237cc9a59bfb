/** The plan of an examination, and its results. */
import type { Level } from './check.ts'
import type { Services } from './discover.ts'
import type { Logged } from './trial.ts'

/** The plan of an examination. */
export interface Plan {
  readonly target: string
  readonly services: Services
  readonly checks: number
  /** Checks at once, at most; most of them have one connection. */
  readonly connections: number
  /** Checks of a small flood. */
  readonly floods: number
  /** Handshakes that each of these leaves half done. */
  readonly halfOpen: number
  /** Packets a second, at most. */
  readonly rate: number
}

export type Verdict = 'holds' | 'differs' | 'cannot tell'

/** The result of a check. */
export interface Result {
  readonly id: string
  readonly level: Level
  readonly section: string
  readonly rule: string
  readonly verdict: Verdict
  /** The behaviour that was seen instead, or why nothing can be said; '' when the rule holds. */
  readonly why: string
  /** All packets of it, either way; times are ms of the clock. */
  readonly log: readonly Logged[]
}

export interface Examined {
  readonly target: string
  readonly services: Services
  readonly results: readonly Result[]
  /** Packets sent and received. */
  readonly sent: number
  readonly received: number
  /** The time that it took, ms of the clock. */
  readonly duration: number
  /** It was ended before its time. */
  readonly interrupted: boolean
}
