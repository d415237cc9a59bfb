/** Commands, and how they fail. */
import type { Arguments, OptionSpecs } from './arguments.ts'

export type Example = readonly [call: string, what: string]

export interface Command {
  readonly name: string
  /** After the name: `HOST PORT [OPTION…]`. */
  readonly usage: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** The description for `--help`; paragraphs apart by empty lines. */
  readonly description: string
  readonly options: OptionSpecs
  /** Calls as one would type them, after 'tuntcp', and what each does. */
  readonly examples: readonly Example[]
  /** The words that an operand may be, for completion. */
  readonly words?: () => readonly string[]
  /** Names of the arguments that are not options, all required. */
  readonly operands: readonly string[]
  /** True when the last of them may be given more than once. */
  readonly repeats?: boolean
  /** All words are operands as they stand: they are another command's. */
  readonly verbatim?: boolean
  /** More for the end of `--help`. */
  readonly notes?: () => string
  /** @returns the exit code */
  run(given: Arguments): Promise<number>
}

/** Something is wrong with the arguments: exit code 2. */
export class UsageError extends Error {}

/**
 * Something went wrong that a person can understand from the message alone. Exit code 2 when the command cannot begin with what it
 * was given (a file, an address, a port that is taken, a right that is missing), 1 when something fails on the way.
 */
export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message)
    this.exitCode = exitCode
  }
}
