/** Tells of what goes wrong again and again, without filling what it is told to. */

/** The time in which the same is not told again, ms. */
const QUIET = 1000
/** Different things that are kept apart. */
const MOST = 100

/** The same line is told once in a while, with how often it was not. */
export class Complaints {
  readonly #print: (line: string) => void
  readonly #now: () => number
  readonly #told = new Map<string, { at: number; untold: number }>()

  constructor(print: (line: string) => void, now: () => number) {
    this.#print = print
    this.#now = now
  }

  tell(line: string): void {
    const now = this.#now()
    const before = this.#told.get(line)
    if (before !== undefined && now - before.at < QUIET) {
      before.untold++
      return
    }
    if (before === undefined && this.#told.size >= MOST) this.#told.clear()
    this.#told.set(line, { at: now, untold: 0 })
    const untold = before?.untold ?? 0
    this.#print(untold === 0 ? line : `${line} (and ${untold} more times before)`)
  }
}
