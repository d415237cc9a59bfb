/** The picture of the record. */
import test from 'ava'
import { script } from './scripts.ts'

const { chart } = script('chart.js')

const record = (subject: string, figure: string, report: object, repetition = 0) => ({
  subject,
  figure,
  report,
  repetition,
})
const bulk = (gigabytes: number) => ({ bytes: gigabytes * 1e9, seconds: 1, serverCpu: 1, clientCpu: 1 })

const RECORDS = [
  record('node:net', 'upload', bulk(2)),
  record('node:net', 'upload', bulk(4), 1),
  record('node:net', 'upload', bulk(100), 2),
  record('tuntcp', 'upload', bulk(1)),
  record('tuntcp', 'echo', { count: 10, seconds: 1, p50: 50, p99: 60 }),
  record('<x>', 'echo', { count: 10, seconds: 1, p50: 25, p99: 60 }),
  record('gone', 'echo', { error: 'the server has ended' }),
]

/** The title of each panel, and the name, the length and the value of each bar. */
const read = (svg: string) =>
  svg
    .split('<text class="title"')
    .slice(1)
    .map(panel => ({
      title: />([^<]+)</.exec(panel)![1],
      bars: [
        ...panel.matchAll(
          /end">([^<]+)<\/text><rect class="(\w+)"[^>]* width="(\d+)"[^>]*><text[^>]*>([^<]+)</g,
        ),
      ].map(([, name, whose, length, value]) => ({ name, whose, length: Number(length), value })),
    }))

test('a panel for each figure that was measured, a bar for each subject that has it, as long as its median', t => {
  const panels = read(chart(RECORDS, ['node:net', 'tuntcp', '<x>', 'gone']))
  t.deepEqual(
    panels.map(({ title, bars }) => [title, ...bars.map(({ name, value }) => `${name} ${value}`)]),
    [
      ['Upload, GB/s', 'node:net 4.00', 'tuntcp 1.00'],
      ['Upload, CPU s/GB of both ends', 'node:net 0.500', 'tuntcp 2.00'],
      ['Round trip, median µs', 'tuntcp 50.0', '&#60;x&#62; 25.0'],
    ],
  )
  for (const { bars } of panels) {
    const most = Math.max(...bars.map(({ value }) => Number(value)))
    const longest = Math.max(...bars.map(({ length }) => length))
    for (const { length, value } of bars)
      t.true(Math.abs(length - (longest * Number(value)) / most) <= 1, `${value}: ${length}`)
  }
  t.deepEqual(
    panels[0]!.bars.map(({ whose }) => whose),
    ['other', 'ours'],
  )
})

test('nothing of the main figures makes no picture', t => {
  t.is(chart([record('memory', 'lives', { none: 1, log: 2 })], ['memory']), null)
})
