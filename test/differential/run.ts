/** What `npm run differential` runs in a network namespace of its own: cases of so many seeds, on a kernel and on ours. */
import { execFileSync } from 'node:child_process'
import { Comparison, type Difference, SYSCTLS } from './compare.ts'
import { kernelSide } from './kernel.ts'
import { sequence, singleSegment } from './stimuli.ts'

const [kind = 'segment', first = '1', count = '300'] = process.argv.slice(2)
const make = kind === 'sequence' ? sequence : singleSegment
for (const [name, value] of Object.entries(SYSCTLS))
  execFileSync('sysctl', ['-q', '-w', `net.ipv4.${name}=${value}`])

const comparison = new Comparison(await kernelSide())
const differences: Difference[] = []
for (let n = 0; n < Number(count); n++) {
  const difference = await comparison.compare(make(Number(first) + n))
  if (difference !== null) differences.push(difference)
}

const percent = (n: number): string => `${((100 * n) / Number(count)).toFixed(1)} %`
const answers = differences.filter(d => d.at < d.theCase.steps.length)
console.log(`${count} cases (${kind}) of the seeds from ${first} on`)
console.log(`the same answers: ${percent(Number(count) - answers.length)}`)
console.log(`and the same to a probe in the end: ${percent(Number(count) - differences.length)}`)
const rules = new Map<string, number>()
for (const { rule } of differences) if (rule !== null) rules.set(rule, (rules.get(rule) ?? 0) + 1)
for (const [rule, times] of [...rules].sort((a, b) => b[1] - a[1])) console.log(`  ${times} by '${rule}'`)
const unexplained = differences.filter(({ rule }) => rule === null)
for (const { theCase, at, ours, theirs } of unexplained)
  console.log(
    `seed ${theCase.seed}: ${JSON.stringify(theCase)}\n  ours   ${ours.slice(0, at + 1).join(' | ')}\n  theirs ${theirs.slice(0, at + 1).join(' | ')}`,
  )
console.log(`${unexplained.length} unexplained`)
process.exit(unexplained.length > 0 ? 1 : 0)
