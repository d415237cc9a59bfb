#!/usr/bin/env node
/**
 * Breaks one rule of ours after the other (test/packetdrill/broken-rules.ts, and test/examine/broken-habits.ts for what stands in no
 * table) in a copy of what was built, and examines it from outside, in virtual time. Prints the rules that no check notices, and the
 * checks that notice none: then the exit code is 1.
 *
 *   npm run examine-mutants [-- ID…]      # only the rules of these rows of requirements.csv, or the habits that these checks look at
 *   npm run examine-mutants -- --log FILE # keeps each result there as it falls: a run that was ended goes on, as long as neither
 *                                         # checks nor rules nor the TCP change
 *   npm run examine-mutants -- --write    # writes docs/examine-mutants.md, of a run of all
 */
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { checkIds } from '../dist/src/examine/examine.js'
import { BROKEN_HABITS } from '../dist/test/examine/broken-habits.js'
import { BROKEN_RULES, breakRule } from '../dist/test/packetdrill/broken-rules.js'
import { commandLine } from './command-line.js'
import { mutantsPage } from './examined/mutants-page.js'

const { values, positionals } = commandLine(import.meta.url, {
  log: { type: 'string' },
  write: { type: 'boolean' },
})
process.chdir(new URL('..', import.meta.url).pathname)
const wanted = new Set(positionals)
const rules = [...BROKEN_RULES, ...BROKEN_HABITS]
const named = new Set(rules.flatMap(({ ids }) => ids.split(' ')))
for (const id of wanted)
  if (!named.has(id)) {
    console.error(`examine-mutants: no rule is broken under the name '${id}'`)
    process.exit(2)
  }
if (values.write === true && wanted.size > 0) {
  console.error('examine-mutants: --write is for a run of all rules')
  process.exit(2)
}

const workshop = mkdtempSync(join(tmpdir(), 'examine-mutants-'))
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }))
for (const folder of ['dist/src', 'dist/test/examine', 'dist/test/support'])
  cpSync(folder, join(workshop, folder), { recursive: true })
for (const name of ['node_modules', 'native', 'package.json'])
  symlinkSync(join(process.cwd(), name), join(workshop, name))

/** A broken TCP may never come to an end: the seconds of processor time that it gets. */
const SECONDS = 60

/** Our TCP as every check holds with it: where it does otherwise as it comes, none could be seen to notice a change. */
const TCP = {
  ecn: 'accurate-passive',
  receiveBuffer: 1 << 16,
  timeWaitIgnoresRst: false,
  timestampsMayMiss: false,
}

const worker = `
  import { examineOurs } from ${JSON.stringify(join(workshop, 'dist/test/examine/bench.js'))}
  const { results } = await examineOurs({ pace: 'thorough', tcp: ${JSON.stringify(TCP)} })
  console.log(JSON.stringify(results.filter(({ verdict }) => verdict !== 'holds').map(({ id, verdict }) => [id, verdict])))
`

/** Checks that do not hold, with their verdicts; or why the examination did not come to an end. */
const examination = () => {
  const { stdout, stderr, status } = spawnSync(
    'sh',
    ['-c', `ulimit -t ${SECONDS}; exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', worker],
    { encoding: 'utf8' },
  )
  const line = stdout.trim().split('\n').at(-1)
  if (status === 0 && line.startsWith('[')) return { open: JSON.parse(line) }
  const error = stderr
    .trim()
    .split('\n')
    .find(text => /^\w*Error\b/.test(text))
  return { open: [], stopped: error ?? 'it does not end' }
}

const known = new Map(
  values.log !== undefined && existsSync(values.log)
    ? readFileSync(values.log, 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line))
        .map(({ rule, ...result }) => [rule, result])
    : [],
)
/** The result of this rule, from the log if it is there. */
const resultOf = (rule, run) => {
  const before = known.get(rule)
  if (before !== undefined) return before
  const result = run()
  if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify({ rule, ...result })}\n`)
  return result
}

const whole = resultOf('', examination)
if (whole.stopped !== undefined) throw new Error(`it does not run as it is: ${whole.stopped}`)
const verdicts = new Map(whole.open)

/** The examination of a TCP that breaks this rule. */
const broken = rule => {
  const file = join(workshop, 'dist/src', `${rule.file}.js`)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, breakRule(text, rule))
  try {
    return examination()
  } finally {
    writeFileSync(file, text)
  }
}

const all = rules.filter(({ ids }) => wanted.size === 0 || ids.split(' ').some(id => wanted.has(id)))
const outcomes = all.map(rule => {
  const { open, stopped } = resultOf(JSON.stringify(rule), () => broken(rule))
  const changed = open.filter(([id, verdict]) => verdicts.get(id) !== verdict)
  const differing = changed.filter(([, verdict]) => verdict === 'differs').map(([id]) => id)
  // Those that the rule names come first: a habit names the checks that are to notice it.
  const meant = new Set(rule.ids.split(' '))
  const noticedBy = [...differing.filter(id => meant.has(id)), ...differing.filter(id => !meant.has(id))]
  const more = noticedBy.length > 4 ? ` and ${noticedBy.length - 4} more` : ''
  const otherwise =
    stopped ?? (changed.length > 0 ? `nothing differs, but ${changed[0][0]} cannot be told` : 'nothing')
  const says = noticedBy.length > 0 ? `${noticedBy.slice(0, 4).join(', ')}${more}` : otherwise
  console.log(`${rule.ids}: ${says}`)
  return { rule, noticedBy, says }
})
console.log(
  `${outcomes.filter(({ noticedBy }) => noticedBy.length > 0).length} of ${all.length} broken rules are noticed from outside`,
)
if (wanted.size === 0) {
  const noticing = new Set(outcomes.flatMap(({ noticedBy }) => noticedBy))
  const never = checkIds().filter(id => !noticing.has(id))
  const none = never.length === 0 ? '' : `; these none: ${never.join(', ')}`
  console.log(`${checkIds().length - never.length} of ${checkIds().length} checks notice one${none}`)
  // A check that notices nothing may be one that cannot fail.
  if (never.length > 0) process.exitCode = 1
}
if (values.write === true) writeFileSync('docs/examine-mutants.md', mutantsPage(outcomes))
