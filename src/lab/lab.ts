/** An experiment: a script for two ends, and the findings that its captures must show. */
import type { Bench, BenchOptions } from './bench.ts'
import type { Findings } from './findings.ts'

export interface Lab {
  readonly name: string
  /** One line, for the list. */
  readonly summary: string
  /** The behaviour to look for, and the reason for it, for the person who runs it. */
  readonly shows: string
  /**
   * A new setting for each run: scripts of paths count. `short` when somebody waits: timers are to take seconds, not
   * minutes, on both sides.
   */
  readonly bench: (short: boolean) => BenchOptions
  /** The time to go on after the script, ms. */
  readonly tail: number
  /** The reason why the client must be the kernel's. */
  readonly needsKernel?: string
  /** Times are compared to so many ms, where runs are laid side by side; by default 100. */
  readonly rounding?: number
  /** Plays it, and tells `findings` what was not as it must be. */
  readonly script: (bench: Bench, findings: Findings) => Promise<void>
  /** Looks at what was captured, after everything has happened. */
  readonly check: (findings: Findings) => void
}
