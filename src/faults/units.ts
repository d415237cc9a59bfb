/** Quantities as people write them: '40ms', '10mbit', '5%', '64KiB'. A bare number is in the base unit. */
import { badType, badValue, outOfRange } from '../net/errors.ts'

type Written<Unit extends string> = number | `${number}${Unit}` | `${number} ${Unit}`

/** A time: milliseconds, or with its unit, such as '250us', '40ms', '1.5s', '15min', '2h', '1d'. */
export type Duration = Written<'' | 'us' | 'ms' | 's' | 'min' | 'h' | 'd'>
/** A rate: bits a second, or with its unit, such as '64kbit', '10mbit', '1gbit' (powers of 1000, as tc has them). */
export type Rate = Written<'' | 'bit' | 'kbit' | 'mbit' | 'gbit' | 'Kbit' | 'Mbit' | 'Gbit'>
/** A size: bytes, or with its unit: '64kB' has 64,000, '64KiB' 65,536. */
export type Size = Written<'' | 'B' | 'kB' | 'MB' | 'GB' | 'KiB' | 'MiB' | 'GiB'>
/** A probability: from 0 to 1, or a percentage, such as '5%'. */
export type Probability = Written<'' | '%'>

/** A kind of quantity: its name, its notation, and the worth of its units. Units are in lower case. */
interface Kind {
  readonly noun: string
  readonly examples: string
  readonly units: Readonly<Record<string, number>>
}

const DURATION: Kind = {
  noun: 'a duration',
  examples: "40 (milliseconds), '40ms', '1.5s' or '15min' (us, ms, s, min, h, d)",
  units: { '': 1, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
}
const RATE: Kind = {
  noun: 'a rate',
  examples: "1e6 (bits a second), '64kbit', '10mbit' or '1gbit'",
  units: { '': 1, bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 },
}
const SIZE: Kind = {
  noun: 'a size',
  examples: "1500 (bytes), '64kB' (64,000) or '64KiB' (65,536)",
  units: { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 },
}
const PROBABILITY: Kind = {
  noun: 'a probability',
  examples: "0.05 or '5%'",
  units: { '': 1, '%': 0.01 },
}

const NUMBER_AND_UNIT = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-zµ%]*)\s*$/i

const read = (name: string, value: unknown, kind: Kind): number => {
  if (typeof value === 'number') return value
  const allowed = `${kind.noun}, such as ${kind.examples}`
  if (typeof value !== 'string') throw badType(name, allowed, value)
  const [, digits, unit = ''] = NUMBER_AND_UNIT.exec(value) ?? []
  const worth = digits === undefined ? undefined : kind.units[unit.toLowerCase()]
  if (worth === undefined)
    throw badValue(
      `The ${name.includes('.') ? 'property' : 'argument'} '${name}' must be ${allowed}. Received '${value}'`,
    )
  // As with toFixed: 5 × 0.01 is to be 0.05, not what binary fractions make of it.
  return Number((Number(digits) * worth).toPrecision(15))
}

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value))

const atLeast = (name: string, given: unknown, kind: Kind, bounds: string, good: (n: number) => boolean) => {
  const value = read(name, given, kind)
  if (!good(value)) throw outOfRange(name, `${kind.noun} ${bounds}, such as ${kind.examples}`, show(given))
  return value
}

/**
 * Milliseconds, with fraction.
 * @param name of the option, for errors
 * @throws TypeError ERR_INVALID_ARG_TYPE for neither number nor text, ERR_INVALID_ARG_VALUE for text that is no
 *   duration; RangeError ERR_OUT_OF_RANGE below 0 or without end
 */
export const milliseconds = (name: string, value: Duration | string): number =>
  atLeast(name, value, DURATION, 'of 0 or more', n => n >= 0 && n < Number.POSITIVE_INFINITY)

/**
 * Bits a second; Infinity for no limit.
 * @throws as {@link milliseconds}; RangeError for 0 and less
 */
export const bitsPerSecond = (name: string, value: Rate | string): number =>
  atLeast(name, value, RATE, 'of more than 0', n => n > 0)

/**
 * Whole bytes; Infinity for no limit.
 * @throws as {@link milliseconds}; RangeError below `least`, and for parts of a byte
 */
export const bytes = (name: string, value: Size | string, least = 0): number =>
  atLeast(
    name,
    value,
    SIZE,
    `of ${least} bytes or more`,
    n => n >= least && (Number.isInteger(n) || n === Number.POSITIVE_INFINITY),
  )

/**
 * From 0 to 1.
 * @throws as {@link milliseconds}; RangeError for what is not in 0 … 1, or 0% … 100%
 */
export const probability = (name: string, value: Probability | string): number =>
  atLeast(name, value, PROBABILITY, 'from 0 to 1 (0% to 100%)', n => n >= 0 && n <= 1)
