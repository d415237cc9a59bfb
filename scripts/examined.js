#!/usr/bin/env node
/**
 * Writes docs/examined.md: our own TCP, examined here in virtual time, beside others, whose examinations are given as what
 * `tuntcp examine --json` has printed.
 *
 *   npm run examined -- 'Linux 6.18=linux.json' 'gVisor=gvisor.json'            # prints it
 *   npm run examined -- 'Linux 6.18=linux.json' 'gVisor=gvisor.json' --write    # into the page
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { examineOurs } from '../dist/test/examine/bench.js'
import { NOTES } from './examined/notes.js'

const PAGE = new URL('../docs/examined.md', import.meta.url)
const MARKS = { holds: '✓', differs: '✗', 'cannot tell': '·' }
const LEVELS = ['MUST', 'SHOULD', 'habit']

const words = process.argv.slice(2)
const subjects = [
  { name: 'tuntcp', results: (await examineOurs({ pace: 'thorough' })).results },
  ...words
    .filter(word => word.includes('='))
    .map(word => {
      const at = word.indexOf('=')
      return {
        name: word.slice(0, at),
        results: JSON.parse(readFileSync(word.slice(at + 1), 'utf8')).results,
      }
    }),
]

const checks = subjects[0].results
const resultOf = (subject, id) => subject.results.find(result => result.id === id)
const verdictOf = (subject, id) => resultOf(subject, id)?.verdict ?? 'cannot tell'

const row = cells => `| ${cells.join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

const counts = table(
  ['', ...LEVELS.map(level => `${level}: holds`), ...LEVELS.map(level => `${level}: differs`), 'cannot tell'],
  subjects.map(subject => {
    const of = (level, verdict) =>
      checks.filter(check => check.level === level && verdictOf(subject, check.id) === verdict).length
    return [
      subject.name,
      ...LEVELS.map(level => of(level, 'holds')),
      ...LEVELS.map(level => of(level, 'differs')),
      LEVELS.reduce((sum, level) => sum + of(level, 'cannot tell'), 0),
    ]
  }),
)

/** The sentence for a cell that differs: one that somebody wrote, or what was seen. */
const sentence = (subject, id) => {
  const note = NOTES.find(([name, pattern]) => subject.name.startsWith(name) && pattern.test(id))
  return note?.[2] ?? `${resultOf(subject, id).why}.`
}

const differing = checks.filter(check => subjects.some(subject => verdictOf(subject, check.id) === 'differs'))

const details = differing
  .map(check => {
    const lines = subjects
      .filter(subject => verdictOf(subject, check.id) === 'differs')
      .map(subject => `- *${subject.name}*: ${sentence(subject, check.id).replaceAll('<', '&lt;')}`)
    return `**${check.id}** (${check.level}, ${check.section}). ${check.rule}\n\n${lines.join('\n')}`
  })
  .join('\n\n')

const matrix = list =>
  table(
    ['check', '', ...subjects.map(({ name }) => name)],
    list.map(({ id, level }) => [id, level, ...subjects.map(subject => MARKS[verdictOf(subject, id)])]),
  )

const page = `# How TCPs compare, seen from outside

<!-- Written by npm run examined. -->

Each of these TCPs has been through the ${checks.length} checks of \`tuntcp examine\` ([examine.md](examine.md)), over IPv4.
Linux ran in a network namespace with the Reno congestion control, its services in Node.js, with \`--thorough\`; tuntcp in
virtual time; gVisor (Debian's package of December 2022) and lwIP (Debian's liblwip 2.1.3, with its assertions compiled in)
behind a TUN device, with an echo, a discard and a chargen service: without others, many states are out of reach there. Where
lwIP fell over, the checks around were run again without the one that did it.

The columns of Linux, gVisor and lwIP are from runs made while the checks were being written, and have not been measured again
on every later state of them; that of tuntcp is from the run that wrote this page. The column of lwIP is put together from
several runs; three cells of Linux (fast-retransmit, one-duplicate-is-none, limited-transmit) are from an earlier one, as a busy
machine had held the examiner up in the last. A check that no run has a verdict for is counted as one that cannot be told.

✓ holds, ✗ differs, · cannot be told

${counts}

## What differs

${details}

## All checks

${matrix(checks)}
`

if (words.includes('--write')) writeFileSync(PAGE, page)
else console.log(page)
