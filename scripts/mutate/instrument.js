/**
 * Puts all mutants of a module into it at once, each behind a switch: `a < b` becomes
 * `($m(7) ? a <= b : $m(8) ? a >= b : a < b)`. One process then runs the tests for one mutant after the other
 * without loading anything anew, and knows which mutants a test reaches.
 */
import { parse } from 'acorn'

const COMPARISONS = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
}
const ARITHMETIC = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '**': '*',
  '<<': '>>',
  '>>': '<<',
  '>>>': '<<',
  '&': '|',
  '|': '&',
  '^': '&',
}
const ASSIGNMENTS = {
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '/=': '*=',
  '|=': '&=',
  '&=': '|=',
  '<<=': '>>=',
  '>>=': '<<=',
}
/** Calls that are operators by another name. */
const CALLS = {
  seqLt: ['seqLeq', 'seqGeq'],
  seqLeq: ['seqLt', 'seqGt'],
  seqGt: ['seqGeq', 'seqLeq'],
  seqGeq: ['seqGt', 'seqLt'],
  seqMax: ['seqMin'],
  seqMin: ['seqMax'],
  'Math.min': ['Math.max'],
  'Math.max': ['Math.min'],
}
/** The sequence operators, written without an import. */
const SEQUENCE = {
  seqLt: (a, b) => `((${a}) - (${b}) | 0) < 0`,
  seqLeq: (a, b) => `((${a}) - (${b}) | 0) <= 0`,
  seqGt: (a, b) => `((${a}) - (${b}) | 0) > 0`,
  seqGeq: (a, b) => `((${a}) - (${b}) | 0) >= 0`,
  seqMax: (a, b) => `[${a}, ${b}].reduce((a, b) => ((a - b) | 0) > 0 ? a : b)`,
  seqMin: (a, b) => `[${a}, ${b}].reduce((a, b) => ((a - b) | 0) < 0 ? a : b)`,
}
const CONDITIONS = new Set([
  'IfStatement',
  'ConditionalExpression',
  'WhileStatement',
  'DoWhileStatement',
  'ForStatement',
])
const LOOPS = new Set(['WhileStatement', 'DoWhileStatement', 'ForStatement'])

/**
 * @param {string} source a module
 * @param {number} first the first mutant's number
 * @param {(id: number) => boolean} wanted which of the mutants are put in
 * @returns {{ code: string, mutants: { id: number, start: number, line: number, column: number, from: string, to: string }[] }}
 */
export const instrument = (source, first, wanted = () => true) => {
  const tree = parse(source, { ecmaVersion: 'latest', sourceType: 'module', locations: true })
  const mutants = []
  const text = node => source.slice(node.start, node.end)

  const mutant = (node, to) => {
    const id = first + mutants.length
    const { line, column } = node.loc.start
    mutants.push({ id, start: node.start, line, column, from: text(node), to })
    return id
  }

  /** The source of a node with the mutants of its parts in it. */
  const inside = node => {
    const parts = []
    for (const key of Object.keys(node)) {
      const value = node[key]
      for (const child of Array.isArray(value) ? value : [value])
        if (child !== null && typeof child === 'object' && typeof child.type === 'string')
          parts.push([child, key])
    }
    parts.sort(([a], [b]) => a.start - b.start)
    let out = ''
    let at = node.start
    for (const [child, key] of parts) {
      // `{ a }` has one node twice.
      if (child.start < at) continue
      out += source.slice(at, child.start) + whole(child, node, key)
      at = child.end
    }
    return out + source.slice(at, node.end)
  }

  const whole = (node, parent, key) => {
    if (!mutable(node, parent, key)) return inside(node)
    const statement = node.type.endsWith('Statement')
    const variants = statement ? removals(node) : replacements(node, parent, key)
    // (Numbered from the outside in, as they are read.)
    const ids = variants.map(variant => [mutant(node, variant), variant]).filter(([id]) => wanted(id))
    const original = inside(node)
    if (ids.length === 0) return original
    if (statement) return `{ if (!$m(${ids[0][0]})) { ${original} } }`
    return `(${ids.map(([id, variant]) => `$m(${id}) ? (${variant}) : `).join('')}(${original}))`
  }

  /** True of an expression or a statement, not of a name, a key or a place to assign to. */
  const mutable = (node, parent, key) => {
    if (key === 'key' && !parent.computed) return false
    if (key === 'property' && !parent.computed) return false
    if (key === 'source' || key === 'directive') return false
    if (parent.type === 'AssignmentExpression' && key === 'left') return false
    if (parent.type === 'UpdateExpression') return false
    return node.type !== 'Identifier'
  }

  const removals = node => {
    const gone = ['ExpressionStatement', 'BreakStatement', 'ContinueStatement']
    if (gone.includes(node.type) && !node.directive) return ['']
    return node.type === 'ReturnStatement' && node.argument === null ? [''] : []
  }

  const replacements = (node, parent, key) => {
    const variants = [...operators(node, parent, key)]
    const logical =
      COMPARISONS[node.operator] !== undefined || node.type === 'LogicalExpression' || node.operator === '!'
    const answer =
      logical &&
      ((parent.type === 'ReturnStatement' && key === 'argument') ||
        (parent.type === 'ArrowFunctionExpression' && key === 'body'))
    if ((CONDITIONS.has(parent.type) && key === 'test') || answer) {
      if (!LOOPS.has(parent.type)) variants.push('true')
      variants.push('false')
    }
    return variants
  }

  function* operators(node, parent, key) {
    switch (node.type) {
      case 'BinaryExpression': {
        const [a, b] = [text(node.left), text(node.right)]
        for (const operator of COMPARISONS[node.operator] ?? []) yield `${a} ${operator} ${b}`
        // `x | 0` and `x >>> 0` only say which numbers are meant.
        const cast = node.right.value === 0 && ['|', '>>>'].includes(node.operator)
        const other = ARITHMETIC[node.operator]
        if (other !== undefined && !cast && !stringly(node)) yield `(${a}) ${other} (${b})`
        break
      }
      case 'LogicalExpression':
        yield text(node.left)
        yield text(node.right)
        break
      case 'UnaryExpression':
        if (['!', '-', '~'].includes(node.operator)) yield text(node.argument)
        break
      case 'UpdateExpression': {
        const other = node.operator === '++' ? '--' : '++'
        yield node.prefix ? other + text(node.argument) : text(node.argument) + other
        break
      }
      case 'AssignmentExpression':
        if (ASSIGNMENTS[node.operator] !== undefined)
          yield `${text(node.left)} ${ASSIGNMENTS[node.operator]} ${text(node.right)}`
        break
      case 'CallExpression': {
        const name = text(node.callee)
        const args = node.arguments.map(text)
        for (const other of CALLS[name] ?? [])
          yield SEQUENCE[other] === undefined ? `${other}(${args.join(', ')})` : SEQUENCE[other](...args)
        break
      }
      case 'Literal':
        if (typeof node.value === 'boolean') yield String(!node.value)
        if (typeof node.value === 'number' && !(node.value === 0 && isCast(parent, key)))
          yield String(node.value === 0 ? 1 : node.value + 1)
        break
    }
  }

  return { code: inside(tree), mutants }
}

const isCast = (parent, key) =>
  parent.type === 'BinaryExpression' && key === 'right' && ['|', '>>>'].includes(parent.operator)

const stringly = node =>
  node.operator === '+' &&
  [node.left, node.right].some(side => side.type === 'TemplateLiteral' || typeof side.value === 'string')
