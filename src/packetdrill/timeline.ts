/** The virtual time of a script, in microseconds from its begin, and the ladder of what happened. */
import { VirtualClock } from '../sim/virtual-clock.ts'
import type { ScriptEvent } from './ast.ts'
import type { Config } from './config.ts'
import { type LadderLine, Mismatch, seconds } from './outcome.ts'

/** Virtual time begins here, ms: a clock that starts at 0 is one that never was anywhere. */
const START = 1_000_000

/** Callbacks of the stack between two events: more never end. */
const BUSY = 5_000_000

/** Lines of the ladder that are kept. */
const LADDER = 100_000

/** Something that may come at any time is waited for this long, µs. */
export const LONGEST_WAIT = 600_000_000

export class Timeline {
  readonly clock = new VirtualClock({ start: START })
  readonly ladder: LadderLine[] = []
  /** The time after the previous event, µs: relative times count from it. */
  base = 0

  get now(): number {
    return this.fromClock(this.clock.now() * 1000)
  }

  /** Microseconds of the script for microseconds of the clock. */
  fromClock(time: number): number {
    return Math.round(time - START * 1000)
  }

  /** The span in which the event is to happen, µs: `from` and `to` differ for ranges only. */
  expected({ time }: ScriptEvent): { from: number; to: number } {
    const base = time.type === 'relative' || time.type === 'relative-range' ? this.base : 0
    return { from: base + time.start, to: base + time.end }
  }

  wait(until: number): void {
    this.clock.run(START + until / 1000, BUSY)
  }

  /** Runs the next callback due until `deadline` (µs). False: there is none. */
  step(deadline: number): boolean {
    return this.clock.step(START + deadline / 1000)
  }

  /** Runs everything that is due now. @throws Mismatch when that never ends */
  settle(line: number): void {
    try {
      this.clock.settle(BUSY)
    } catch (error) {
      throw new Mismatch(line, (error as Error).message)
    }
  }

  log(text: string, time = this.now): void {
    if (this.ladder.length < LADDER) this.ladder.push({ time, text })
  }

  /** The deviation that is allowed after a gap of so many microseconds. */
  tolerance(gap: number, config: Config): number {
    return Math.max(config.toleranceUs, (Math.max(0, gap) * config.tolerancePercent) / 100)
  }

  /** The complaint about a packet that came at the wrong time, or none. */
  lateness(event: ScriptEvent, actual: number, config: Config): string[] {
    const { from, to } = this.expected(event)
    const tolerance = this.tolerance(from - this.base, config)
    if (actual >= from - tolerance && actual <= to + tolerance) return []
    const expected = from === to ? seconds(from) : `${seconds(from)} to ${seconds(to)}`
    const late = actual < from ? 'early' : 'late'
    const relative = event.time.type.startsWith('relative')
      ? ` (${seconds(actual - this.base)} after the event before)`
      : ''
    return [
      `time: expected ${expected} ± ${seconds(tolerance)}, came ${late} at ${seconds(actual)}${relative}`,
    ]
  }
}
