/** Kinds of values that options take: one of another kind is refused where it is given, by its name. */
import { checkNames } from './names.ts'

/** Says what an option takes, as errors end the sentence that begins with its name. */
export interface Kind {
  readonly text: string
  readonly fits: (value: unknown) => boolean
  /** True when it may not be left out. */
  readonly required?: boolean
}

/** The kinds of an object of options: of all of them, which the compiler sees to. */
export type KindsOf<T> = Readonly<Record<keyof Required<T>, Kind>>

const kind = (text: string, fits: Kind['fits']): Kind => ({ text, fits })

const isText = (value: unknown): boolean => typeof value === 'string'
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

export const FLAG = kind('of type boolean', value => typeof value === 'boolean')
export const NUMBER = kind('of type number', value => typeof value === 'number')
export const WHOLE_NUMBER = kind('a whole number, 0 or more', v => Number.isSafeInteger(v) && Number(v) >= 0)
export const TEXT = kind('of type string', isText)
export const FUNCTION = kind('of type function', value => typeof value === 'function')
/** A class is an object too. */
export const OBJECT = kind('of type object', value => isObject(value) && !Array.isArray(value))
export const SEED = kind('a number or a string', value => isText(value) || Number.isFinite(value))
/** One, or several. */
export const TEXTS = kind(
  'a string or a list of strings, at least one',
  value => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
)
export const LIST = kind('a list', Array.isArray)
/** Other checks know more about it. */
export const ANY = kind('anything', () => true)

/** One of some words. */
export const wordOf = (words: readonly string[]): Kind =>
  kind(`one of ${words.join(', ')}`, value => isText(value) && words.includes(value as string))

export const orNull = (other: Kind): Kind =>
  kind(`${other.text}, or null`, value => value === null || other.fits(value))

export const required = (other: Kind): Kind => ({ ...other, required: true })

const received = (value: unknown): string =>
  isText(value) ? `'${value}'` : Array.isArray(value) ? `a list of ${value.length}` : String(value)

/**
 * Refuses names that an object of options does not have, and values that are not of their kinds; what is undefined is left out.
 * @param what errors call the object: `options`
 * @throws TypeError ERR_INVALID_ARG_VALUE for a name, with the one that was probably meant; ERR_INVALID_ARG_TYPE for a value
 */
export const checkOptions = (what: string, given: unknown, kinds: Readonly<Record<string, Kind>>): void => {
  checkNames(what, given, kinds)
  const misfit = misfitIn((given ?? {}) as Readonly<Record<string, unknown>>, kinds)
  if (misfit === null) return
  const { name, text, value } = misfit
  throw Object.assign(
    new TypeError(`The property '${what}.${name}' must be ${text}. Received ${received(value)}`),
    { code: 'ERR_INVALID_ARG_TYPE' },
  )
}

/** The first of some options that is not of its kind, with what it must be; null when all are. */
export const misfitIn = <K extends Readonly<Record<string, Kind>>>(
  values: Readonly<Partial<Record<keyof K, unknown>>>,
  kinds: K,
): { readonly name: string; readonly text: string; readonly value: unknown } | null => {
  for (const [name, { text, fits, required: needed = false }] of Object.entries<Kind>(kinds)) {
    const value = values[name]
    if (value === undefined ? needed : !fits(value)) return { name, text, value }
  }
  return null
}
