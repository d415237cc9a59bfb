import { EXHAUSTED, PRESSURE } from '../../tcp/block/memory.ts'
import type { MemoryBudget } from './budget.ts'

/** The memory that a host's connections hold, and may hold. Sizes in bytes. */
export interface MemoryStatus {
  /** Held now, and at most so far. */
  readonly used: number
  readonly peak: number
  readonly level: 'plenty' | 'pressure' | 'exhausted'
  readonly low: number
  readonly pressure: number
  readonly high: number
  /** Connections that their application has let go of, what they hold, and how many were reset to stay within bounds. */
  readonly orphans: number
  readonly orphanBytes: number
  readonly orphansReset: number
  /** Connections reset, and text above gaps dropped (bytes), because memory was scarce. */
  readonly resets: number
  readonly shed: number
}

/** The status of a host's memory at the moment. */
export const memoryStatus = ({
  options,
  used,
  peak,
  level,
  orphans,
  relief,
}: MemoryBudget): MemoryStatus => ({
  used,
  peak,
  level: level === EXHAUSTED ? 'exhausted' : level === PRESSURE ? 'pressure' : 'plenty',
  low: options.low,
  pressure: options.pressure,
  high: options.high,
  orphans: orphans.size,
  orphanBytes: orphans.bytes,
  orphansReset: orphans.reset,
  resets: relief.resets,
  shed: relief.shed,
})
