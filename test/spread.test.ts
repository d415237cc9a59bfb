import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'acorn'
import test from 'ava'
import { largest, pushAll, smallest, widest } from '../src/trace/extremes.ts'

const COMPILED = fileURLToPath(new URL('../src/', import.meta.url))

/** Functions that take any number of arguments and are given lists of any length. */
const SPREADING = new Set(['max', 'min', 'push', 'unshift', 'splice', 'concat', 'fromCharCode', 'hypot'])

/** Places where the list is known to have a few elements, and no helper is within reach. */
const BOUNDED = /^tcp\/recovery\/resent-ranges\.js:/

interface Node {
  readonly type: string
  readonly start: number
  readonly callee?: { readonly property?: { readonly name?: string } }
  readonly arguments?: readonly Node[]
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

function* nodes(value: unknown): Generator<Node> {
  if (isNode(value)) yield value
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* nodes(each)
}

const spreadsOf = (source: string): number[] =>
  [...nodes(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }))]
    .filter(
      ({ type, callee, arguments: given }) =>
        type === 'CallExpression' &&
        SPREADING.has(callee?.property?.name ?? '') &&
        given?.some(argument => argument.type === 'SpreadElement'),
    )
    .map(({ start }) => source.slice(0, start).split('\n').length)

test('no list is spread into the arguments of a call: a long one would not fit the stack', t => {
  t.deepEqual(spreadsOf('Math.max(...list)\nlist.push(1, ...other)\nf(...list); [...list]'), [1, 2])
  const files = readdirSync(COMPILED, { recursive: true, encoding: 'utf8' }).filter(f => f.endsWith('.js'))
  t.true(files.length > 100)
  const found = files.flatMap(file =>
    spreadsOf(readFileSync(join(COMPILED, file), 'utf8'))
      .map(line => `${file}:${line}`)
      .filter(place => !BOUNDED.test(place)),
  )
  t.deepEqual(found, [])
})

test('extremes of nothing, and of more than a stack holds', t => {
  t.is(largest([], 3), 3)
  t.is(smallest([], 3), 3)
  t.is(widest([]), 0)
  const many = Array.from({ length: 1_000_000 }, (_, i) => i - 5)
  t.is(largest(many), 999_994)
  t.is(smallest(many), -5)
  t.is(widest(many.map(String), 2), 6)
  const all: number[] = []
  pushAll(all, many)
  t.is(all.length, 1_000_000)
})
