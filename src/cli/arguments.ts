/** Command lines: node:util's parseArgs, with messages that say what to do. */

import { parseArgs } from 'node:util'
import { bytes, milliseconds } from '../faults/units.ts'
import { nearest } from '../wire/names.ts'
import { type Command, UsageError } from './command.ts'

export interface OptionSpec {
  /** Stands for its value in the help (`PORT`); an option without takes none. */
  readonly value?: string
  /** Its value may be left out; the next word is taken for one when it looks so. */
  readonly optional?: RegExp
  /** One letter for it. */
  readonly short?: string
  readonly help: string
  /** The words of which its value must be one, where it must: for completion. */
  readonly words?: readonly string[]
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

export interface Arguments {
  readonly operands: readonly string[]
  has(name: string): boolean
  /** The value given last. */
  get(name: string): string | undefined
  /** All values, in order. */
  all(name: string): readonly string[]
}

/** ` (did you mean 'x'?)` when one of the words is near, else nothing. */
export const suggestion = (word: string, known: readonly string[], prefix = ''): string => {
  const meant = nearest(word, known)
  return meant === null ? '' : ` (did you mean '${prefix}${meant}'?)`
}

/** @throws UsageError naming what is wrong */
export const parseArguments = (command: Pick<Command, 'options'>, argv: readonly string[]): Arguments => {
  const specs = command.options
  const { tokens } = parseArgs({
    args: withEmptyValues(argv, specs),
    options: Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => [
        name,
        {
          type: spec.value === undefined ? ('boolean' as const) : ('string' as const),
          ...(spec.short === undefined ? {} : { short: spec.short }),
        },
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const values = new Map<string, string[]>()
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec === undefined)
      throw new UsageError(
        `there is no option '${rawName}'${rawName.startsWith('--') ? suggestion(name, Object.keys(specs), '--') : ''}`,
      )
    if (spec.value === undefined && value !== undefined)
      throw new UsageError(`option '${rawName}' takes no value, but was given '${value}'`)
    // Something that looks like the next option is hardly meant as a value; `-` alone is a file.
    const missing = value === undefined || (!inlineValue && value.length > 1 && value.startsWith('-'))
    if (spec.value !== undefined && missing)
      throw new UsageError(`option '${rawName}' needs a value: ${rawName} ${spec.value}`)
    values.set(name, [...(values.get(name) ?? []), value ?? ''])
  }
  return {
    operands,
    has: name => values.has(name),
    get: name => values.get(name)?.at(-1),
    all: name => values.get(name) ?? [],
  }
}

/** The words with an empty value where one was left out. */
const withEmptyValues = (argv: readonly string[], specs: OptionSpecs): string[] => {
  const end = argv.indexOf('--')
  return argv.map((word, i) => {
    const looks = word.startsWith('--') ? specs[word.slice(2)]?.optional : undefined
    const given = looks?.test(argv[i + 1] ?? '') ?? true
    return given || (end >= 0 && i > end) ? word : `${word}=`
  })
}

/** Words that are all operands. */
export const verbatim = (operands: readonly string[]): Arguments => ({
  operands,
  has: () => false,
  get: () => undefined,
  all: () => [],
})

/** Tells somebody who has written HOST and PORT as one word to write them as two. */
const apart = (missing: string, last = ''): string => {
  const [, host, port] = /^(?:\[([^\]]+)\]|[^:[\]]+):(\d+)$/.exec(last) ?? []
  if (missing !== 'PORT' || port === undefined) return ''
  return `: it is a word of its own, '${host ?? last.slice(0, -port.length - 1)} ${port}'`
}

/** @throws UsageError when there are more or fewer than the command has names for */
export const checkOperands = (command: Command, operands: readonly string[]): void => {
  const missing = command.operands[operands.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing${apart(missing, operands.at(-1))}`)
  const extra = operands[command.operands.length]
  if (extra !== undefined && command.repeats !== true)
    throw new UsageError(`'${extra}' is one argument too many`)
}

/** Standard output is for one file. @param one, other options that name files @throws UsageError when both name it */
export const checkOneOutput = (given: Arguments, one: string, other: string): void => {
  if (given.get(one) === '-' && given.get(other) === '-')
    throw new UsageError(
      `--${one} - and --${other} - cannot both have standard output: name a file for one of them`,
    )
}

/** A whole number. @throws UsageError */
export const wholeNumber = (what: string, text: string, least: number, most: number): number => {
  const n = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(n >= least && n <= most))
    throw new UsageError(`${what} must be a whole number from ${least} to ${most}, not '${text}'`)
  return n
}

const asUsage = <T>(read: () => T): T => {
  try {
    return read()
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** A time in ms, written with or without its unit. @throws UsageError */
export const duration = (what: string, text: string): number => asUsage(() => milliseconds(what, text))

/** A number of bytes, written with or without its unit. @throws UsageError */
export const size = (what: string, text: string, least: number, most: number): number => {
  const n = asUsage(() => bytes(what, text, least))
  if (n > most) throw new UsageError(`${what} must be at most ${most} bytes, not '${text}'`)
  return n
}

/** One of some words. @throws UsageError */
export const oneOf = <T extends string>(what: string, text: string, words: readonly T[]): T => {
  const found = words.find(word => word === text)
  if (found === undefined)
    throw new UsageError(
      `${what} must be one of ${words.join(', ')}, not '${text}'${suggestion(text, words)}`,
    )
  return found
}
