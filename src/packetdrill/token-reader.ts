import type { Token, TokenKind } from './lexer.ts'
import { type Position, ScriptError } from './script-error.ts'

const NAMES: Readonly<Record<TokenKind, string>> = {
  option: 'an option',
  float: 'a number',
  integer: 'a whole number',
  hex: 'a hexadecimal number',
  word: 'a word',
  string: 'a string',
  shell: 'a shell command',
  code: 'a code block',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  ellipsis: "'...'",
  symbol: 'a symbol',
  end: 'the end of the script',
}

/** The tokens of a script, one after the other, and the errors that can be made of them. */
export class TokenReader {
  readonly file: string
  readonly text: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(file: string, text: string, tokens: readonly Token[]) {
    this.file = file
    this.text = text
    this.#tokens = tokens
  }

  /** The next token, or one further on; the last is `end`. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!
  }

  next(): Token {
    const token = this.peek()
    this.#at++
    return token
  }

  fail(at: Position, problem: string): never {
    throw new ScriptError(this.file, this.text, at, problem)
  }

  /** The error that something else was expected here. */
  unexpected(expected: string, found: Token = this.peek()): never {
    const what =
      found.kind === 'end' || found.kind === 'string' || found.kind === 'shell' || found.kind === 'code'
        ? NAMES[found.kind]
        : `'${found.text}'`
    this.fail(found, `expected ${expected}, not ${what}`)
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'symbol' && token.text === symbol
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && token.text === word
  }

  /** Takes the symbol if it comes next. */
  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false
    this.next()
    return true
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false
    this.next()
    return true
  }

  symbol(symbol: string): Token {
    if (!this.isSymbol(symbol)) this.unexpected(`'${symbol}'`)
    return this.next()
  }

  word(what = 'a word'): Token {
    if (this.peek().kind !== 'word') this.unexpected(what)
    return this.next()
  }

  /** A whole number within bounds. */
  integer(what: string, least: number, most: number): number {
    const token = this.peek()
    if (token.kind !== 'integer') this.unexpected(what)
    this.next()
    const value = Number(token.text)
    if (value < least || value > most) this.fail(token, `${what} must be from ${least} to ${most}`)
    return value
  }

  hex(what: string, most: number): number {
    const token = this.peek()
    if (token.kind !== 'hex') this.unexpected(`${what} in hexadecimal (0x…)`)
    this.next()
    const value = Number(token.text)
    if (value > most) this.fail(token, `${what} must be at most 0x${most.toString(16)}`)
    return value
  }
}
