/** The expressions in system calls. */
import type { Expression, Field } from './ast.ts'
import type { Token } from './lexer.ts'
import type { TokenReader } from './token-reader.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

/** C's escapes in a string. */
const unescapeC = (text: string): string =>
  text.replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|[\s\S])/g, (_, code: string) => {
    if (code.startsWith('x') && code.length > 1)
      return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]+$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8))
    return ESCAPES[code] ?? code
  })

/** An expression; `a|b` binds loosest. */
export const parseExpression = (r: TokenReader): Expression => {
  let left = parsePrimary(r)
  while (r.takeSymbol('|')) left = { ...at(left), kind: 'or', left, right: parsePrimary(r) }
  return left
}

const at = ({ line, column }: { line: number; column: number }) => ({ line, column })

const parsePrimary = (r: TokenReader): Expression => {
  const token = r.peek()
  switch (token.kind) {
    case 'ellipsis':
      r.next()
      return { ...at(token), kind: 'ellipsis' }
    case 'integer':
    case 'hex':
      r.next()
      return { ...at(token), kind: 'integer', value: Number(token.text) }
    case 'string':
      return parseString(r)
    case 'word':
      return parseWord(r)
  }
  if (r.isSymbol('[')) return parseList(r)
  if (r.isSymbol('{')) return parseStruct(r)
  r.unexpected('an expression')
}

/** Strings that follow each other are one; a string may go on in `...`. */
const parseString = (r: TokenReader): Expression => {
  const first = r.peek()
  let value = ''
  while (r.peek().kind === 'string') value += unescapeC(r.next().text)
  if (r.peek().kind === 'ellipsis') r.next()
  return { ...at(first), kind: 'string', value }
}

const parseWord = (r: TokenReader): Expression => {
  const word = r.next()
  if (r.takeSymbol('(')) return { ...at(word), kind: 'call', name: word.text, arguments: until(r, ')') }
  if (r.takeSymbol('=')) return { ...at(word), kind: 'assign', name: word.text, value: parseExpression(r) }
  return { ...at(word), kind: 'word', name: word.text }
}

/** Expressions apart by commas, to the closing symbol. */
export const until = (r: TokenReader, close: string): Expression[] => {
  const items: Expression[] = []
  if (r.takeSymbol(close)) return items
  do items.push(parseExpression(r))
  while (r.takeSymbol(','))
  if (!r.takeSymbol(close)) r.unexpected(`',' or '${close}'`)
  return items
}

const parseList = (r: TokenReader): Expression => {
  const open = r.next()
  return { ...at(open), kind: 'list', items: until(r, ']') }
}

const parseStruct = (r: TokenReader): Expression => {
  const open = r.next()
  const fields: Field[] = []
  const items: Expression[] = []
  if (!r.takeSymbol('}')) {
    do {
      const field = parseField(r)
      if (field === null) items.push(parseExpression(r))
      else fields.push(field)
    } while (r.takeSymbol(','))
    if (!r.takeSymbol('}')) r.unexpected("',' or '}'")
  }
  return { ...at(open), kind: 'struct', fields, items }
}

/** `name = value`, `name(argument) = value`, or null when it is something else. */
const parseField = (r: TokenReader): Field | null => {
  const name: Token = r.peek()
  if (name.kind !== 'word') return null
  if (r.isSymbol('=', 1)) {
    r.next()
    r.next()
    return { name: name.text, argument: null, value: parseExpression(r) }
  }
  const closed = r.isSymbol(')', 3) && r.isSymbol('=', 4)
  if (!r.isSymbol('(', 1) || !closed) return null
  r.next()
  r.next()
  const argument = parseExpression(r)
  r.symbol(')')
  r.symbol('=')
  return { name: name.text, argument, value: parseExpression(r) }
}
