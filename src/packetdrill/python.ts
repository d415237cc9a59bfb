/**
 * A small Python for `%{ }%` blocks: assert, assignment, print, and expressions. No loops, no definitions: what ends is
 * sure to end.
 */
import { largest, smallest } from '../trace/extremes.ts'
import { partsOf, shownAs } from './python-fstring.ts'
import { PythonError, type PythonToken, tokenizePython } from './python-lexer.ts'
import {
  compare,
  isList,
  operate,
  type PythonFunction,
  type PythonValue,
  show,
  truth,
} from './python-values.ts'

/** An assertion that does not hold. */
export class AssertionFailure extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.name = 'AssertionFailure'
    this.line = line
  }
}

/** Deepest nesting of brackets and operators. */
const DEPTH = 200

/** Largest range(). */
const RANGE = 100_000

const asNumber = (value: PythonValue | undefined): number => {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  if (typeof value === 'string' && /^\s*-?\d+(?:\.\d+)?\s*$/.test(value)) return Number(value)
  throw new Error('a number is needed')
}

const spread = (given: readonly PythonValue[]): readonly PythonValue[] => {
  const [only] = given
  return given.length === 1 && only !== undefined && isList(only) ? only.items : given
}

const FUNCTIONS: Readonly<Record<string, PythonFunction>> = {
  abs: value => Math.abs(asNumber(value)),
  int: value => Math.trunc(asNumber(value)),
  float: value => asNumber(value),
  round: (value, digits = 0) => {
    const scale = 10 ** asNumber(digits)
    return Math.round(asNumber(value) * scale) / scale
  },
  min: (...given) => smallest(spread(given).map(asNumber)),
  max: (...given) => largest(spread(given).map(asNumber)),
  sum: (...given) => spread(given).reduce<number>((total, value) => total + asNumber(value), 0),
  str: value => show(value ?? ''),
  bool: value => truth(value ?? false),
  len: value => {
    if (typeof value === 'string') return value.length
    if (value !== undefined && isList(value)) return value.items.length
    throw new Error('only strings and lists have a length')
  },
  range: (...given) => {
    const [first = 0, second, step = 1] = given.map(asNumber)
    const [from, to] = second === undefined ? [0, first] : [first, second]
    const count = Math.max(0, Math.ceil((to - from) / step))
    if (!(count <= RANGE)) throw new Error('a range this long is not for a script')
    return { items: Array.from({ length: count }, (_, n) => from + n * step) }
  },
}

/** Runs blocks one after the other, in one namespace. */
export class Python {
  readonly #names = new Map<string, PythonValue>([
    ['True', true],
    ['False', false],
    ['None', null],
  ])
  readonly #print: (text: string) => void
  /** Values of the outside world: tcpi_… and symbols; undefined for a name it has not. */
  readonly #outside: (name: string) => PythonValue | undefined
  #tokens: PythonToken[] = []
  #at = 0
  #depth = 0

  constructor(outside: (name: string) => PythonValue | undefined, print: (text: string) => void = () => {}) {
    this.#outside = outside
    this.#print = print
  }

  /** @throws AssertionFailure, PythonError */
  run(code: string): void {
    this.#tokens = tokenizePython(code)
    this.#at = 0
    this.#depth = 0
    while (this.#peek().kind !== 'end') {
      if (this.#peek().kind === 'newline' || this.#take(';')) {
        if (this.#peek().kind === 'newline') this.#at++
        continue
      }
      this.#statement()
      const end = this.#peek()
      if (end.kind !== 'newline' && end.kind !== 'end' && end.text !== ';')
        this.#fail(`'${end.text}' was not expected here`)
    }
  }

  #peek(ahead = 0): PythonToken {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!
  }

  #is(text: string): boolean {
    const token = this.#peek()
    return token.text === text && (token.kind === 'operator' || token.kind === 'name')
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(`expected '${text}', not '${this.#peek().text || 'the end'}'`)
  }

  #fail(message: string): never {
    throw new PythonError(this.#peek().line, message)
  }

  /** Does what may fail for the values' sake. */
  #try<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (error instanceof PythonError || error instanceof AssertionFailure) throw error
      this.#fail((error as Error).message)
    }
  }

  #statement(): void {
    const token = this.#peek()
    if (this.#take('pass')) return
    if (this.#take('assert')) {
      this.#assert(token)
      return
    }
    for (const word of [
      'if',
      'for',
      'while',
      'def',
      'import',
      'from',
      'class',
      'return',
      'try',
      'with',
      'lambda',
      'del',
    ])
      if (this.#is(word)) this.#fail(`'${word}' is more Python than tuntcp knows`)
    const next = this.#peek(1)
    if (
      token.kind === 'name' &&
      next.kind === 'operator' &&
      /^(?:[-+*/%&|^]|\*\*|\/\/|<<|>>)?=$/.test(next.text)
    ) {
      this.#at += 2
      const value = this.#expression()
      const operator = next.text.slice(0, -1)
      this.#names.set(
        token.text,
        operator === '' ? value : this.#try(() => operate(operator, this.#name(token), value)),
      )
      return
    }
    this.#expression()
  }

  #assert(token: PythonToken): void {
    const from = this.#at
    const holds = truth(this.#expression())
    const condition = this.#tokens
      .slice(from, this.#at)
      .map(({ text }) => text)
      .join(' ')
    const message = this.#take(',') ? show(this.#expression()) : null
    if (holds) return
    throw new AssertionFailure(token.line, `${condition}${message === null ? '' : `: ${message}`}`)
  }

  #expression(): PythonValue {
    if (++this.#depth > DEPTH) this.#fail('too deeply nested')
    const value = this.#or()
    if (this.#take('if')) {
      const condition = truth(this.#or())
      this.#expect('else')
      const other = this.#expression()
      this.#depth--
      return condition ? value : other
    }
    this.#depth--
    return value
  }

  #or(): PythonValue {
    let left = this.#and()
    while (this.#take('or')) {
      const right = this.#and()
      left = truth(left) ? left : right
    }
    return left
  }

  #and(): PythonValue {
    let left = this.#not()
    while (this.#take('and')) {
      const right = this.#not()
      left = truth(left) ? right : left
    }
    return left
  }

  #not(): PythonValue {
    return this.#take('not') ? !truth(this.#not()) : this.#comparison()
  }

  /** `a <= b < c`: each with its neighbour. */
  #comparison(): PythonValue {
    let left = this.#binary(0)
    let operator = this.#comparator()
    if (operator === null) return left
    let holds = true
    for (; operator !== null; operator = this.#comparator()) {
      const right = this.#binary(0)
      const [a, by] = [left, operator]
      holds = holds && this.#try(() => compare(by, a, right))
      left = right
    }
    return holds
  }

  #comparator(): string | null {
    for (const operator of ['==', '!=', '<=', '>=', '<', '>', 'in']) if (this.#take(operator)) return operator
    if (this.#take('is')) return this.#take('not') ? 'is not' : 'is'
    if (this.#is('not') && this.#peek(1).text === 'in') {
      this.#at += 2
      return 'not in'
    }
    return null
  }

  #binary(level: number): PythonValue {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const operator = operators.find(text => this.#is(text))
      if (operator === undefined) return left
      this.#at++
      const right = this.#binary(level + 1)
      const a = left
      left = this.#try(() => operate(operator, a, right))
    }
  }

  #unary(): PythonValue {
    if (++this.#depth > DEPTH) this.#fail('too deeply nested')
    try {
      if (this.#take('-')) return this.#try(() => -asNumber(this.#unary()))
      if (this.#take('+')) return this.#unary()
      if (this.#take('~')) return this.#try(() => -asNumber(this.#unary()) - 1)
      const base = this.#postfix()
      if (!this.#take('**')) return base
      const exponent = this.#unary()
      return this.#try(() => operate('**', base, exponent))
    } finally {
      this.#depth--
    }
  }

  #postfix(): PythonValue {
    const token = this.#peek()
    let value = this.#atom()
    for (;;) {
      if (this.#take('(')) {
        const given = this.#list(')')
        if (token.text === 'print') {
          this.#print(given.map(item => show(item)).join(' '))
          value = null
        } else if (typeof value === 'function') {
          const call = value
          value = this.#try(() => call(...given))
        } else this.#fail(`'${token.text}' is no function`)
      } else if (this.#take('[')) {
        const index = asNumber(this.#expression())
        this.#expect(']')
        const item: PythonValue | undefined = isList(value) ? value.items.at(index) : undefined
        if (item === undefined) this.#fail('there is no such item')
        value = item
      } else return value
    }
  }

  #atom(): PythonValue {
    const token = this.#peek()
    this.#at++
    if (token.kind === 'number') return Number(token.text)
    if (token.kind === 'string') {
      let text = this.#string(token)
      while (this.#peek().kind === 'string') text += this.#string(this.#tokens[this.#at++]!)
      return text
    }
    if (token.kind === 'name') return this.#name(token)
    if (token.text === '[') return { items: this.#list(']') }
    if (token.text === '(') return this.#parenthesized()
    this.#at--
    return this.#fail(
      `expected a value, not '${token.text === '\n' ? 'the end of the line' : token.text || 'the end'}'`,
    )
  }

  #string(token: PythonToken): string {
    const text = unquote(token.text)
    if (!/^f/i.test(token.text)) return text
    return this.#try(() => partsOf(text))
      .map(part => {
        if (typeof part === 'string') return part
        const value = this.#nested(part.code.replace(/=\s*$/, ''), token.line)
        return (part.shown ? part.code : '') + this.#try(() => shownAs(part, value))
      })
      .join('')
  }

  /** The value of an expression within a string. */
  #nested(code: string, line: number): PythonValue {
    const [tokens, at] = [this.#tokens, this.#at]
    this.#tokens = tokenizePython(code).map(token => ({ ...token, line }))
    this.#at = 0
    const value = this.#expression()
    if (this.#peek().kind !== 'end') this.#fail(`'${this.#peek().text}' was not expected here`)
    this.#tokens = tokens
    this.#at = at
    return value
  }

  #parenthesized(): PythonValue {
    if (this.#take(')')) return { items: [] }
    const value = this.#expression()
    if (this.#take(')')) return value
    this.#expect(',')
    return { items: [value, ...this.#list(')')] }
  }

  #list(close: string): PythonValue[] {
    const items: PythonValue[] = []
    while (!this.#take(close)) {
      items.push(this.#expression())
      if (this.#take(',')) continue
      this.#expect(close)
      break
    }
    return items
  }

  #name(token: PythonToken): PythonValue {
    const own = this.#names.get(token.text)
    if (own !== undefined) return own
    const found = this.#outside(token.text)
    if (found !== undefined) return found
    if (token.text === 'print') return () => null
    const known = Object.hasOwn(FUNCTIONS, token.text) ? FUNCTIONS[token.text] : undefined
    if (known !== undefined) return known
    throw new PythonError(token.line, `the name '${token.text}' means nothing`)
  }
}

const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '//', '/', '%'],
]

/** The text of a string, without its prefix and quotes. */
const unquote = (token: string): string => {
  const raw = /^r/i.test(token)
  const text = token.slice(/^[a-z]/i.test(token) ? 2 : 1, -1)
  return raw ? text : text.replace(/\\([\s\S])/g, (_, code: string) => ({ n: '\n', t: '\t' })[code] ?? code)
}
