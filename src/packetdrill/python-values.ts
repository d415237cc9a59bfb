/** Values of the small Python of `%{ }%` blocks, and what its operators do with them. */

export type PythonValue = number | string | boolean | null | PythonList | PythonFunction

export interface PythonList {
  readonly items: readonly PythonValue[]
}

export type PythonFunction = (...given: PythonValue[]) => PythonValue

export const isList = (value: PythonValue): value is PythonList =>
  typeof value === 'object' && value !== null && 'items' in value

export const truth = (value: PythonValue): boolean =>
  isList(value) ? value.items.length > 0 : typeof value === 'function' || Boolean(value)

const NAMES: Readonly<Record<string, string>> = {
  number: 'a number',
  string: 'a string',
  boolean: 'a number',
  object: 'a list',
  function: 'a function',
}

const typeName = (value: PythonValue): string => (value === null ? 'None' : NAMES[typeof value]!)

const isNumber = (value: PythonValue): value is number | boolean =>
  typeof value === 'number' || typeof value === 'boolean'

/** As Python's str(), inside of lists as its repr(). */
export const show = (value: PythonValue, inside = false): string => {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return inside ? `'${value}'` : value
  if (typeof value === 'function') return '<function>'
  if (isList(value)) return `[${value.items.map(item => show(item, true)).join(', ')}]`
  return String(value)
}

const equal = (a: PythonValue, b: PythonValue): boolean => {
  if (isList(a) && isList(b))
    return a.items.length === b.items.length && a.items.every((item, n) => equal(item, b.items[n]!))
  return isNumber(a) && isNumber(b) ? Number(a) === Number(b) : a === b
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => a - b * Math.floor(a / b),
  '**': (a, b) => a ** b,
}

// Python's integers have no end: bits beyond 32 count as well.
const BITWISE: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
}

/** @throws Error naming what does not go together */
export const operate = (operator: string, a: PythonValue, b: PythonValue): PythonValue => {
  if (operator === '%' && typeof a === 'string') return format(a, isList(b) ? b.items : [b])
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b
  if (operator === '+' && isList(a) && isList(b)) return { items: [...a.items, ...b.items] }
  if (!isNumber(a) || !isNumber(b))
    throw new Error(`${typeName(a)} ${operator} ${typeName(b)} is no sum that Python does`)
  const [x, y] = [Number(a), Number(b)]
  if (y === 0 && (operator === '/' || operator === '//' || operator === '%'))
    throw new Error('division by zero')
  const arithmetic = ARITHMETIC[operator]
  if (arithmetic !== undefined) return arithmetic(x, y)
  const bitwise = BITWISE[operator]
  if (bitwise === undefined) throw new Error(`there is no operator '${operator}'`)
  if (!Number.isInteger(x) || !Number.isInteger(y)) throw new Error(`${operator} is for whole numbers`)
  if ((operator === '<<' || operator === '>>') && (y < 0 || y > 64))
    throw new Error('a shift by 0 to 64 bits')
  return Number(bitwise(BigInt(x), BigInt(y)))
}

/** @throws Error for what has no order */
export const compare = (operator: string, a: PythonValue, b: PythonValue): boolean => {
  switch (operator) {
    case '==':
    case 'is':
      return equal(a, b)
    case '!=':
    case 'is not':
      return !equal(a, b)
    case 'in':
    case 'not in':
      return contains(b, a) === (operator === 'in')
  }
  const ordered = (isNumber(a) && isNumber(b)) || (typeof a === 'string' && typeof b === 'string')
  if (!ordered) throw new Error(`${typeName(a)} and ${typeName(b)} have no order`)
  const [x, y] = typeof a === 'string' ? [a, b as string] : [Number(a), Number(b)]
  if (operator === '<') return x < y
  if (operator === '<=') return x <= y
  if (operator === '>') return x > y
  return x >= y
}

const contains = (whole: PythonValue, part: PythonValue): boolean => {
  if (typeof whole === 'string' && typeof part === 'string') return whole.includes(part)
  if (isList(whole)) return whole.items.some(item => equal(item, part))
  throw new Error(`nothing is in ${typeName(whole)}`)
}

/** `'%d of %s' % values` */
const format = (text: string, values: readonly PythonValue[]): string => {
  let used = 0
  return text.replace(
    /%(-?0?\d*)(?:\.(\d+))?([dsifxXru%])/g,
    (_, width: string, digits: string | undefined, kind: string) => {
      if (kind === '%') return '%'
      if (used >= values.length) throw new Error('not enough values for the format')
      const value = values[used++]!
      const shown = formatOne(kind, value, digits)
      if (width === '') return shown
      const pad = width.replace(/^-/, '')
      if (width.startsWith('-')) return shown.padEnd(Number(pad))
      return shown.padStart(Number(pad), pad.startsWith('0') ? '0' : ' ')
    },
  )
}

const formatOne = (kind: string, value: PythonValue, digits: string | undefined): string => {
  if (kind === 's') return show(value)
  if (kind === 'r') return show(value, true)
  if (!isNumber(value)) throw new Error(`%${kind} is for numbers`)
  const n = Number(value)
  if (kind === 'x' || kind === 'X') return kind === 'x' ? n.toString(16) : n.toString(16).toUpperCase()
  return kind === 'f' ? n.toFixed(digits === undefined ? 6 : Number(digits)) : String(Math.trunc(n))
}
