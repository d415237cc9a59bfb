import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Wrong arguments: one line for the user, exit code 2. */
export class UsageError extends Error {}

/** A failure that the user can do something about: its message is all there is to say. Exit code 1. */
export class CommandError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>

/**
 * The arguments of a command, which takes so many positionals at most.
 * @throws UsageError
 */
export const parse = <O extends Options>(
  args: readonly string[],
  options: O,
  positionals: number,
): Parsed<O> => {
  let result: Parsed<O>
  try {
    result = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    // Node's hints about '--' are longer than the point.
    throw new UsageError((error as Error).message.split(/\. |\n/)[0])
  }
  if (result.positionals.length > positionals)
    throw new UsageError(`unexpected argument '${result.positionals[positionals]}'`)
  return result
}

/** A whole number within bounds. @throws UsageError naming the argument */
export const wholeNumber = (name: string, text: string, least: number, most: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new UsageError(`${name} takes a whole number from ${least} to ${most}, not '${text}'`)
  return value
}
