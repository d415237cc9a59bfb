import test from 'ava'
import { script } from './scripts.ts'

const { parseOptions, UsageError } = script('options.js')
const { mostFiles } = script('preflight.js')

test('by default everything is measured', t => {
  const options = parseOptions([])
  t.deepEqual(options.only, [
    'node:net',
    'kernel',
    'tuntcp',
    'tuntcp-lent',
    'tuntcp-busy',
    'tuntcp-core',
    'tuntcp-serve',
    'tuntcp-ipv6',
    'tuntcp-plain',
    'tuntcp-software',
    'memory',
  ])
  t.true(options.figures.includes('upload') && options.figures.includes('cores'))
  t.is(options.reps, 5)
  t.false(options.write)
})

test('names are separated by commas or blanks, and have their own order', t => {
  const { only, figures } = parseOptions([
    '--only',
    'tuntcp, node:net',
    '--figures',
    'echo',
    '--figures',
    'upload',
  ])
  t.deepEqual(only, ['node:net', 'tuntcp'])
  t.deepEqual(figures, ['upload', 'echo'])
})

test('further subjects are pairs of a name and a command, and may be chosen like ours', t => {
  const argv = [
    '--subject',
    'a',
    '--start',
    'run $TUN',
    '--subject',
    'b',
    '--start',
    'other',
    '--only',
    'b,tuntcp',
  ]
  const { custom, only } = parseOptions(argv)
  t.deepEqual(custom, { a: 'run $TUN', b: 'other' })
  t.deepEqual(only, ['tuntcp', 'b'])
})

const mistakes: readonly [string, readonly string[], RegExp][] = [
  ['an unknown option', ['--fast'], /'--fast'/],
  ['a word too many', ['tuntcp'], /'tuntcp'/],
  [
    'an unknown subject',
    ['--only', 'lwip'],
    /--only: there is no 'lwip'; there are node:net, kernel, tuntcp/,
  ],
  ['an unknown figure', ['--figures', 'upload,speed'], /--figures: there is no 'speed'/],
  ['no name', ['--only', ' ,'], /--only takes names/],
  ['no repetition', ['--reps', '0'], /--reps takes a whole number from 1/],
  ['half a repetition', ['--reps', '1.5'], /--reps takes a whole number/],
  ['seconds that are none', ['--seconds', 'long'], /--seconds takes a number/],
  ['seconds that are missing', ['--seconds', ' '], /--seconds takes a number/],
  ['a name without a command', ['--subject', 'x'], /--start COMMAND/],
  ['a command without a name', ['--start', 'x'], /--subject/],
  ['a name that we have', ['--subject', 'tuntcp', '--start', 'x'], /we have one of that name/],
  ['a name that breaks the table', ['--subject', 'a|b', '--start', 'x'], /make a name/],
]

for (const [what, argv, message] of mistakes)
  test(`${what} is refused, and what would be right is said`, t => {
    t.throws(() => parseOptions(argv), { instanceOf: UsageError, message })
  })

test('how many descriptors a process may have', t => {
  const text = (hard: string) =>
    `Limit                     Soft Limit           Hard Limit           Units
Max processes             100                  200                  processes
Max open files            1024                 ${hard}              files
`
  t.is(mostFiles(text('4096')), 4096)
  t.is(mostFiles(text('unlimited')), Number.POSITIVE_INFINITY)
})
