import test from 'ava'
import { script } from './scripts.ts'

const { digits, thousands } = script('digits.js')
const { markdownTable } = script('table.js')
const { disturbanceText } = script('summary.js')
const { withRecord } = script('document.js')
const { UsageError } = script('options.js')

test('three digits that mean something', t => {
  t.deepEqual([0, 0.001234, 0.1, 1.005, 12.34, 123.4, 999.4, 1234, 98_765, 1_234_567].map(digits), [
    '0',
    '0.00123',
    '0.100',
    '1.00',
    '12.3',
    '123',
    '999',
    '1 230',
    '98 800',
    '1 230 000',
  ])
  t.deepEqual([10, 1000, 1_000_000].map(thousands), ['10', '1 000', '1 000 000'])
})

const echo = (subject: string, repetition: number, count: number, p50: number) => ({
  repetition,
  subject,
  figure: 'echo',
  report: { count, seconds: 2, p50, p99: 2 * p50 },
})

test('a row for each number, a column for each subject, with the spread and the ratio to node:net', t => {
  const records = [
    echo('node:net', 0, 2000, 50),
    echo('node:net', 1, 2400, 40),
    echo('tuntcp', 0, 4000, 25),
    echo('tuntcp', 1, 4800, 20),
  ]
  t.deepEqual(markdownTable(records, ['node:net', 'tuntcp']).split('\n'), [
    '| | node:net | tuntcp |',
    '| --- | --: | --: |',
    '| request/response of 1 byte, /s | 1 100 ±9 % | 2 200 ±9 % (2.00×) |',
    '| request/response of 1 byte, median µs | 45.0 ±11 % | 22.5 ±11 % (0.50×) |',
    '| request/response of 1 byte, p99 µs | 90.0 ±11 % | 45.0 ±11 % (0.50×) |',
    '',
  ])
})

test('what failed, or was not measured, is a dash; what nobody measured has no row', t => {
  const failed = { repetition: 0, subject: 'b', figure: 'echo', report: { error: 'it has ended' } }
  const table = markdownTable([echo('a', 0, 10, 5), failed], ['a', 'b'])
  t.regex(table, /^\| request\/response of 1 byte, \/s \| 5\.00 \| – \|$/m)
  t.notRegex(table, /upload/)
})

test('failed connections have a row when there are any', t => {
  const connect = (lost: number) => ({
    repetition: 0,
    subject: 'a',
    figure: 'connect',
    report: { count: 10, seconds: 1, lost },
  })
  t.notRegex(markdownTable([connect(0)], ['a']), /failed/)
  t.regex(markdownTable([connect(3)], ['a']), /^\| connections\/s, 1 at a time: failed \| 3\.00 \|$/m)
})

test('CPU time is of the server and of both ends; in memory only of both together', t => {
  const upload = (subject: string, report: object) => ({ repetition: 0, subject, figure: 'upload', report })
  const table = markdownTable(
    [
      upload('a', { bytes: 2e9, seconds: 1, serverCpu: 0.5, clientCpu: 0.3, collections: { minor: 8 } }),
      upload('b', { bytes: 2e9, seconds: 1, cpu: 1 }),
    ],
    ['a', 'b'],
  )
  t.regex(table, /^\| upload, CPU s\/GB of the server \| 0\.250 \| – \|$/m)
  t.regex(table, /^\| upload, CPU s\/GB of both ends \| 0\.400 \| 0\.500 \|$/m)
  t.regex(table, /^\| upload, minor collections\/GB \| 4\.00 \| – \|$/m)
})

test('a kernel’s socket counts with the process that has it', t => {
  const idle = (subject: string, report: object) => ({ repetition: 0, subject, figure: 'idle', report })
  const table = markdownTable(
    [idle('node:net', { resident: 4000, kernel: 4000 }), idle('tuntcp', { resident: 2000 })],
    ['node:net', 'tuntcp'],
  )
  t.regex(table, /^\| idle connection, bytes, kernel included \| 8 000 \| 2 000 \(0\.25×\) \|$/m)
})

test('measurements that others have disturbed are counted', t => {
  const took = (others: number) => ({ report: { others } })
  t.is(disturbanceText([took(0.1), took(0), { report: {} }]), '')
  t.regex(disturbanceText([took(0.1), took(0.3), { report: {} }]), /^In 1 of 2 measurements /)
})

test('a record takes the place of the one before, and nothing else changes', t => {
  const [begin, end] = [
    '<!-- What follows is written by npm run bench -- --write -->\n',
    '<!-- end of what it writes -->\n',
  ]
  const first = withRecord(`before\n${begin}old\n${end}after\n`, 'new\n')
  t.is(first, `before\n${begin}\nnew\n\n${end}after\n`)
  t.is(withRecord(first, 'newer\n'), `before\n${begin}\nnewer\n\n${end}after\n`)
  t.throws(() => withRecord('no place', 'new'), { instanceOf: UsageError })
})
