/** The part of `npm run differential` in a network namespace of its own: cases of so many seeds, on a kernel and on ours. */
import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { Comparison, type Difference, KERNEL_SYSCTLS } from './compare.ts'
import { kernelSide } from './kernel.ts'
import { type Case, sequence, singleSegment } from './stimuli.ts'
import type { Outcome } from './talk.ts'

const MAKE: Readonly<Record<string, (seed: number) => Case>> = { segment: singleSegment, sequence }

/** Seeds of one kind; returns whether none was left unexplained. */
const hold = async (comparison: Comparison, kind: string, first: number, count: number): Promise<boolean> => {
  const differences: Difference[] = []
  let late = 0
  for (let seed = first; seed < first + count; seed++) {
    const result = await comparison.compare(MAKE[kind]!(seed))
    if (result === 'late') late++
    else if (result !== 'same') differences.push(result)
  }
  const compared = count - late
  const percent = (n: number): string => `${((100 * n) / Math.max(1, compared)).toFixed(1)} %`
  const answers = differences.filter(d => d.at < d.theCase.steps.length)
  console.log(`${compared} cases (${kind}) of the seeds from ${first} on`)
  if (late > 0) console.log(`(${late} more took so long that a timer of the kernel's may have expired)`)
  console.log(`the same answers: ${percent(compared - answers.length)}`)
  console.log(`and the same to a probe in the end: ${percent(compared - differences.length)}`)
  const rules = new Map<string, number>()
  for (const { rule } of differences) if (rule !== null) rules.set(rule, (rules.get(rule) ?? 0) + 1)
  for (const [rule, times] of [...rules].sort((a, b) => b[1] - a[1])) console.log(`  ${times} by '${rule}'`)
  const unexplained = differences.filter(({ rule }) => rule === null)
  for (const difference of process.env.TUNTCP_ALL ? differences : unexplained) tell(kind, difference)
  console.log(`${unexplained.length} unexplained\n`)
  return unexplained.length === 0
}

const tell = (kind: string, { theCase, at, ours, theirs, rule }: Difference): void => {
  const { seed, steps, ...rest } = theCase
  const answers = (outcome: Outcome): string => outcome[at]!.answer
  console.log(`\nseed ${seed}: ${JSON.stringify(rest)}${rule === null ? '' : ` '${rule}'`}`)
  for (const [n, step] of steps.slice(0, at).entries())
    console.log(`  ${JSON.stringify(step)}\n    both   ${ours[n]!.answer}`)
  console.log(`  ${at < steps.length ? JSON.stringify(steps[at]) : 'an octet from long before'}`)
  console.log(`    ours   ${answers(ours)}\n    theirs ${answers(theirs)}`)
  console.log(`  again: sudo npm run differential -- ${kind} ${seed} 1`)
}

/** The user's mistake: one line, exit code 2. */
const refuse = (what: string): never => {
  console.error(`differential: ${what}; scripts/differential.js says how it is called`)
  process.exit(2)
}

const [kind = 'segment', first = '1', count = '300'] = process.argv.slice(2)
if (kind !== 'fresh' && MAKE[kind] === undefined)
  refuse(`'${kind}' is none of the kinds: segment, sequence, fresh`)
for (const [name, value] of Object.entries(KERNEL_SYSCTLS))
  execFileSync('sysctl', ['-q', '-w', `net.ipv4.${name}=${value}`])
const comparison = new Comparison(await kernelSide())
let explained = true
if (kind === 'fresh') {
  const seed = Date.now() % 1_000_000_000
  for (const each of Object.keys(MAKE))
    explained = (await hold(comparison, each, seed, Number(first))) && explained
} else explained = await hold(comparison, kind, Number(first), Number(count))
process.exit(explained ? 0 : 1)
