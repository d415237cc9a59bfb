/** Bundles a target into one file, and has each branch of it count how often it was taken. */
import { parse } from 'acorn'
import { buildSync } from 'esbuild'

/** The name of the counters, a global Uint8Array. */
export const COUNTERS = '__taken'

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
const LOOPS = new Set([
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
])

/** The places of counters: [offset, text] */
class Places {
  count = 0
  inserted = []

  #counter() {
    return `${COUNTERS}[${this.count++}]++`
  }

  /** A statement, which may need braces. */
  statement(node) {
    if (node === null || node === undefined) return
    if (node.type === 'BlockStatement') this.inserted.push([node.start + 1, `${this.#counter()};`])
    else if (node.type !== 'VariableDeclaration')
      this.inserted.push([node.start, `{${this.#counter()};`], [node.end, '}'])
  }

  expression(node) {
    this.inserted.push([node.start, `(${this.#counter()},(`], [node.end, '))'])
  }

  visit(node) {
    const { type } = node
    if (FUNCTIONS.has(type)) {
      if (node.body.type === 'BlockStatement') this.statement(node.body)
      else this.expression(node.body)
    } else if (type === 'IfStatement') {
      this.statement(node.consequent)
      this.statement(node.alternate)
    } else if (LOOPS.has(type)) this.statement(node.body)
    else if (type === 'ConditionalExpression') {
      this.expression(node.consequent)
      this.expression(node.alternate)
    } else if (type === 'LogicalExpression') this.expression(node.right)
    else if (type === 'SwitchCase')
      this.inserted.push([
        node.test === null ? node.start + 'default:'.length : node.test.end + 1,
        `${this.#counter()};`,
      ])
    else if (type === 'CatchClause') this.statement(node.body)
  }
}

const walk = (node, places) => {
  if (typeof node.type === 'string') places.visit(node)
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (item !== null && typeof item === 'object') walk(item, places)
    } else if (value !== null && typeof value === 'object' && !(value instanceof RegExp)) walk(value, places)
  }
}

/** @returns the code, an ES module that exports `fuzz`, and how many counters it has */
export const instrumented = path => {
  const { outputFiles } = buildSync({
    entryPoints: [path],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'error',
    external: ['pino', 'pino-pretty'],
  })
  const code = outputFiles[0].text
  const places = new Places()
  walk(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), places)
  // At one offset ends stand before beginnings; of beginnings, the outer first.
  const order = places.inserted.map(([at, text], i) => ({
    at,
    text,
    i,
    ends: text.startsWith('}') || text.startsWith(')'),
  }))
  order.sort((a, b) => a.at - b.at || Number(b.ends) - Number(a.ends) || (a.ends ? b.i - a.i : a.i - b.i))
  // A constant of the module is found sooner than what is global.
  let result = `const ${COUNTERS} = globalThis.${COUNTERS};`
  let from = 0
  for (const { at, text } of order) {
    result += code.slice(from, at) + text
    from = at
  }
  return { code: result + code.slice(from), count: places.count }
}
