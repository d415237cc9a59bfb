/** What an experiment is: a script for two ends, and what its captures must show. */
import type { Bench, BenchOptions } from './bench.ts'
import type { Findings } from './findings.ts'

export interface Lab {
  readonly name: string
  /** One line, for the list. */
  readonly summary: string
  /** What must be seen and why, for who runs it. */
  readonly shows: string
  /** A new setting for each run: scripts of paths count. */
  readonly bench: () => BenchOptions
  /** How long to go on after the script, ms. */
  readonly tail: number
  /** Why it cannot run between two hosts of ours. */
  readonly needsKernel?: string
  /** Whether it can run with the kernel's TCP too, in real time: what it waits for takes seconds, not minutes. */
  readonly kernel?: true
  /** Plays it, and tells `findings` what was not as it must be. */
  readonly script: (bench: Bench, findings: Findings) => Promise<void>
  /** Looks at what was captured, after everything has happened. */
  readonly check: (findings: Findings) => void
}
