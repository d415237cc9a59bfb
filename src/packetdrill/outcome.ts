/** The outcome of a script. */

export interface LadderLine {
  /** Microseconds since the script began. */
  readonly time: number
  readonly text: string
}

/** The outcome of a script. */
export interface Outcome {
  readonly file: string
  readonly result: 'pass' | 'fail' | 'skip'
  /** The reason, in one line; empty for a pass. */
  readonly reason: string
  /** Line of the script where it failed; 0 when it is none. */
  readonly line: number
  /** More lines about a failure: what was expected, what came. */
  readonly details: readonly string[]
  /** The packets and calls up to there. */
  readonly ladder: readonly LadderLine[]
  /** Seconds of virtual time. */
  readonly seconds: number
  /** Lines that the script has printed. */
  readonly printed: readonly string[]
}

/** The script's expectation is not met at one of its lines. */
export class Mismatch extends Error {
  readonly line: number
  readonly details: readonly string[]

  constructor(line: number, message: string, details: readonly string[] = []) {
    super(message)
    this.name = 'Mismatch'
    this.line = line
    this.details = details
  }
}

/** The script needs what is not there. */
export class Skip extends Error {}

export const seconds = (us: number): string => (us / 1e6).toFixed(6)
