/** Words of the Python in `%{ }%` blocks. */

export interface PythonToken {
  readonly kind: 'number' | 'string' | 'name' | 'operator' | 'newline' | 'end'
  readonly text: string
  /** Line within the block, from 0. */
  readonly line: number
}

/** A block that cannot be read, or a name that means nothing: the script's fault or ours, not the stack's. */
export class PythonError extends Error {
  /** Line within the block, from 0. */
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.name = 'PythonError'
    this.line = line
  }
}

const RULES: readonly (readonly [PythonToken['kind'], RegExp])[] = [
  [
    'number',
    /0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+(?:[eE][-+]?\d+)?/y,
  ],
  ['string', /[fFrRuU]?"(?:\\[\s\S]|[^"\\\n])*"|[fFrRuU]?'(?:\\[\s\S]|[^'\\\n])*'/y],
  ['name', /[A-Za-z_]\w*/y],
  ['operator', /\*\*=|\/\/=|<<=|>>=|==|!=|<=|>=|<<|>>|\*\*|\/\/|[-+*/%&|^]=|[-+*/%&|^~<>=(),:;[\].{}]/y],
]

const SPACE = /(?:[ \t\r]+|#[^\n]*|\\\r?\n)+/y

/** @throws PythonError for a character that begins nothing */
export const tokenizePython = (code: string): PythonToken[] => {
  const tokens: PythonToken[] = []
  let line = 0
  // Inside of brackets a line's end is only space.
  let depth = 0
  for (let i = 0; i < code.length; ) {
    SPACE.lastIndex = i
    const space = SPACE.exec(code)
    if (space !== null) {
      line += space[0].split('\n').length - 1
      i += space[0].length
      continue
    }
    if (code[i] === '\n') {
      if (depth === 0) tokens.push({ kind: 'newline', text: '\n', line })
      line++
      i++
      continue
    }
    let found: PythonToken | null = null
    for (const [kind, rule] of RULES) {
      rule.lastIndex = i
      const text = rule.exec(code)?.[0]
      if (text === undefined) continue
      found = { kind, text, line }
      break
    }
    if (found === null) throw new PythonError(line, `'${code[i]}' begins nothing that is Python`)
    if (found.kind === 'operator' && '([{'.includes(found.text)) depth++
    if (found.kind === 'operator' && ')]}'.includes(found.text)) depth--
    tokens.push(found)
    i += found.text.length
  }
  tokens.push({ kind: 'end', text: '', line })
  return tokens
}
