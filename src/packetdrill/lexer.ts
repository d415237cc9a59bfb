/** The words of a packetdrill script. The longest match wins, of equal ones the rule that stands first. */
import { type Position, ScriptError } from './script-error.ts'

export type TokenKind =
  | 'option'
  | 'float'
  | 'integer'
  | 'hex'
  | 'word'
  | 'string'
  | 'shell'
  | 'code'
  | 'ipv4'
  | 'ipv6'
  | 'ellipsis'
  | 'symbol'
  | 'end'

export interface Token extends Position {
  readonly kind: TokenKind
  /** As it stands in the script; of strings, shell and code what is inside the delimiters. */
  readonly text: string
}

/** Symbols that a script's words may stand for: text as `-D NAME=VALUE` and `--define=NAME=VALUE` give it. */
export type Defines = ReadonlyMap<string, string>

const IPV4 = String.raw`\d+\.\d+\.\d+\.\d+`
const GROUP = '[0-9a-fA-F]{1,4}'
// A range of sequence numbers (1:1001) is no address: one has eight groups or a `::`.
const IPV6 = `(?:${GROUP}:){7}${GROUP}|(?:${GROUP}(?::${GROUP}){0,6})?::(?:${IPV4}|${GROUP}(?::${GROUP}){0,6}(?::${IPV4})?)?`

const RULES: readonly (readonly [TokenKind, RegExp])[] = [
  ['ellipsis', /\.\.\./y],
  ['option', /--[a-zA-Z0-9_]+/y],
  ['float', /-?\d*\.\d+/y],
  ['integer', /-?\d+/y],
  ['hex', /0x[0-9a-fA-F]+/y],
  ['word', /[a-zA-Z0-9_]+/y],
  ['string', /"(?:\\[\s\S]|[^"\\])*"/y],
  ['shell', /`(?:\\[\s\S]|[^`\\])*`/y],
  ['code', /%\{[\s\S]*?\}%/y],
  ['ipv4', new RegExp(IPV4, 'y')],
  ['ipv6', new RegExp(IPV6, 'y')],
]

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y

const DELIMITED: Partial<Record<TokenKind, number>> = { string: 1, shell: 1, code: 2 }

/** The token that began and never ended, for the message. */
const UNFINISHED: Readonly<Record<string, string>> = {
  '"': 'a string that does not end',
  '`': 'a shell command that does not end (`)',
}

const longest = (text: string, at: number): { kind: TokenKind; length: number } | null => {
  let best: { kind: TokenKind; length: number } | null = null
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at
    const length = rule.exec(text)?.[0].length ?? 0
    if (length > (best?.length ?? 0)) best = { kind, length }
  }
  return best
}

/**
 * All tokens of a script, an `end` last.
 * @throws ScriptError for what begins and does not end
 */
export const tokenize = (file: string, text: string, defines: Defines = new Map()): Token[] => {
  const tokens: Token[] = []
  let line = 1
  let lineStart = 0
  let i = 0
  const advance = (to: number): void => {
    for (let at = text.indexOf('\n', i); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) {
      line++
      lineStart = at + 1
    }
    i = to
  }
  for (;;) {
    SPACE.lastIndex = i
    const space = SPACE.exec(text)
    if (space !== null) advance(i + space[0].length)
    const at: Position = { line, column: i - lineStart + 1 }
    if (i >= text.length) {
      tokens.push({ kind: 'end', text: '', ...at })
      return tokens
    }
    if (text.startsWith('/*', i)) throw new ScriptError(file, text, at, 'a comment that does not end (*/)')
    if (text.startsWith('%{', i) && !text.includes('}%', i))
      throw new ScriptError(file, text, at, 'a code block that does not end (}%)')
    const found = longest(text, i)
    if (found === null) {
      const symbol = text[i]!
      const problem = UNFINISHED[symbol]
      if (problem !== undefined) throw new ScriptError(file, text, at, problem)
      tokens.push({ kind: 'symbol', text: symbol, ...at })
      advance(i + 1)
      continue
    }
    const { kind, length } = found
    const strip = DELIMITED[kind] ?? 0
    const inside = text.slice(i + strip, i + length - strip)
    tokens.push(kind === 'word' ? defined(inside, at, defines) : { kind, text: inside, ...at })
    advance(i + length)
  }
}

/** The value that a word is defined as: `"text"`, `` `shell` ``, a number, or another word. */
const defined = (word: string, at: Position, defines: Defines): Token => {
  const value = defines.get(word)
  if (value === undefined) return { kind: 'word', text: word, ...at }
  if (value.startsWith('"')) return { kind: 'string', text: value.slice(1, -1), ...at }
  if (value.startsWith('`')) return { kind: 'shell', text: value.slice(1, -1), ...at }
  if (/^0x[0-9a-fA-F]+$/.test(value)) return { kind: 'hex', text: value, ...at }
  if (/^-?\d+$/.test(value)) return { kind: 'integer', text: value, ...at }
  return { kind: 'word', text: value, ...at }
}
