#!/usr/bin/env node
/**
 * Writes docs/examined.md: our own TCP, examined here in virtual time, beside others, whose examinations are given as what
 * `tuntcp examine --json` has printed.
 *
 *   npm run examined -- 'Linux 6.18=linux.json' 'gVisor=gvisor.json'            # prints it
 *   npm run examined -- 'Linux 6.18=linux.json' 'gVisor=gvisor.json' 2026-11-30 --write    # into the page, with their day
 *
 * scripts/examined/v86.js makes the file of v86, which needs no rights.
 *
 * A name that ends in ' over IPv6' is one of those before, over the other family: it has a row of its own among the counts, and
 * what differs from the first is told.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { examineOurs } from '../dist/test/examine/bench.js'
import { NOTES } from './examined/notes.js'
import { table } from './markdown.js'

const PAGE = new URL('../docs/examined.md', import.meta.url)
const MARKS = { holds: '✓', differs: '✗', 'cannot tell': '·' }
const LEVELS = ['MUST', 'SHOULD', 'habit']

const words = process.argv.slice(2)
const OVER_IPV6 = ' over IPv6'
const ours = async family =>
  (await examineOurs({ pace: 'thorough', family, tcp: { ecn: 'accurate-passive' } })).results
const all = [
  { name: 'tuntcp', results: await ours(4) },
  { name: `tuntcp${OVER_IPV6}`, results: await ours(6) },
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

const subjects = all.filter(({ name }) => !name.endsWith(OVER_IPV6))
const checks = subjects[0].results
const resultOf = (subject, id) => subject.results.find(result => result.id === id)
const verdictOf = (subject, id) => resultOf(subject, id)?.verdict ?? 'cannot tell'

const tableOf = (head, rows) => table([head, ...rows.map(row => row.map(String))]).join('\n')

const counts = tableOf(
  ['', ...LEVELS.map(level => `${level}: holds`), ...LEVELS.map(level => `${level}: differs`), 'cannot tell'],
  all.map(subject => {
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
      .map(subject => `- _${subject.name}_: ${sentence(subject, check.id).replaceAll('<', '&lt;')}`)
    return `**${check.id}** (${check.level}, ${check.section}). ${check.rule}\n\n${lines.join('\n')}`
  })
  .join('\n\n')

/** Differences from IPv4: a sentence for each subject. */
const overIpv6 = all
  .filter(({ name }) => name.endsWith(OVER_IPV6))
  .map(other => {
    const subject = subjects.find(({ name }) => name === other.name.slice(0, -OVER_IPV6.length))
    const others = checks
      .map(({ id }) => [id, verdictOf(subject, id), verdictOf(other, id)])
      .filter(([, first, second]) => first !== second && second !== 'cannot tell')
      .map(([id, first, second]) => `${id} (${MARKS[first]} over IPv4, ${MARKS[second]} over IPv6)`)
    return `- _${subject.name}_: ${others.length === 0 ? 'the same wherever it can be told' : others.join(', ')}.`
  })
  .join('\n')

const matrix = list =>
  tableOf(
    ['check', '', ...subjects.map(({ name }) => name)],
    list.map(({ id, level }) => [id, level, ...subjects.map(subject => MARKS[verdictOf(subject, id)])]),
  )

/** The day of the files that the others' columns are from. */
const measured = words.find(word => /^\d{4}-\d\d-\d\d$/.test(word)) ?? 'an unknown day'

const page = `# How TCPs compare, seen from outside

<!-- Written by npm run examined. -->

Each of these TCPs has been through the ${checks.length} checks of \`tuntcp examine\` ([examine.md](examine.md)), over IPv4; Linux
and tuntcp also over IPv6. Linux ran in a network namespace with the Reno congestion control, its services in Node.js, with
\`--thorough\` over IPv4; tuntcp in virtual time, with accurate
ECN (the option \`ecn: 'accurate-passive'\`); gVisor (Debian's package of December 2022) and lwIP (Debian's liblwip 2.1.3, with its
assertions compiled in) behind a TUN device, with an echo, a discard and a chargen service: without others, many states are out of
reach there. Those two speak IPv4 alone as they were built. lwIP does not survive option-mss-after-syn, which was run by itself.
v86 (npm's package 0.5.462) is the TCP which that emulator speaks with the PC inside, over a link that loses nothing: in virtual time, of
IPv4 alone ([v86.js](../scripts/examined/v86.js)). tcpip.js has no column: it is lwIP, compiled for the web, and npm had no package
of it (\`tcpip\`) to be examined.

The columns of the others were measured on ${measured}, those of tuntcp when this page was written; where a busy machine had held the
examiner up, a cell is of another run of that day. A check
that no run has a verdict for is counted as one that cannot be told.

✓ holds, ✗ differs, · cannot be told

${counts}

## What differs

${details}

## Over IPv6

${overIpv6}

## All checks

${matrix(checks)}
`

if (words.includes('--write')) writeFileSync(PAGE, page)
else console.log(page)
