/** Explained connections as text: whole in a pipe, and as wide as the terminal that reads it. */
import test from 'ava'
import { Conversations } from '../../src/lab/explain/conversations.ts'
import { explanationLadder, explanationLog } from '../../src/lab/explain/explain-text.ts'
import { explain } from '../../src/lab/explain/replay.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import { PLAIN, type TextStyle } from '../../src/trace/text-style.ts'

const FORMATS = { log: explanationLog, ladder: explanationLadder }

/** What is told of a run's connections, as lines. */
const told = async (lab: string, family: 4 | 6, format: keyof typeof FORMATS) => {
  const { run } = await runVirtual(LABS.find(({ name }) => name === lab)!, lab, {}, { family })
  const conversations = new Conversations()
  for (const segment of run.segments) conversations.add(segment)
  const all = conversations.all.map(explain)
  return (style: TextStyle): string[] =>
    all.flatMap(e => [...FORMATS[format](e, style)].flatMap(text => text.split('\n')))
}

const words = (lines: readonly string[]): string[] => lines.join(' ').trim().split(/\s+/)

for (const format of ['log', 'ladder'] as const)
  for (const family of [4, 6] as const)
    test(`a ${format} of IPv${family} fits a terminal of 80 columns, and one of 200 has room for all`, async t => {
      const text = await told('loss', family, format)
      const longest = (width: number) =>
        text({ width, color: false }).reduce((most, line) => Math.max(most, line.length), 0)
      t.true(longest(80) <= 80)
      t.true(longest(80) > 70)
      t.true(longest(200) <= 200)
      t.true(longest(200) > 80)
    })

test('a log says the same in any width, a line for each segment where there is room', async t => {
  const text = await told('loss', 4, 'log')
  const plain = text(PLAIN)
  t.deepEqual(text({ width: 200, color: false }), plain)
  t.deepEqual(words(text({ width: 80, color: false })), words(plain))
  t.true(text({ width: 80, color: false }).length > plain.length)
})

test('states have their colours where there are colours, and a line is no longer for them', async t => {
  const text = await told('close-both', 4, 'log')
  const color = text({ width: 80, color: true }).join('\n')
  t.true(color.includes('\x1b[35mTIME_WAIT\x1b[0m'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  t.is(color.replace(/\x1b\[\d+m/g, ''), text({ width: 80, color: false }).join('\n'))
})
