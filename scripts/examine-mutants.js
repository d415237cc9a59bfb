#!/usr/bin/env node
/**
 * Breaks one rule of ours after the other (test/packetdrill/broken-rules.ts, and test/examine/broken-habits.ts for what stands in no
 * table) in a copy of what was built, and examines it from outside, in virtual time. Prints the rules that no check notices, and the
 * checks that notice none.
 *
 *   npm run examine-mutants              # all
 *   npm run examine-mutants -- SA-23     # those of these rows, or of these checks
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { checkIds } from '../dist/src/examine/examine.js'
import { BROKEN_HABITS } from '../dist/test/examine/broken-habits.js'
import { BROKEN_RULES, breakRule } from '../dist/test/packetdrill/broken-rules.js'

process.chdir(new URL('..', import.meta.url).pathname)
const wanted = new Set(process.argv.slice(2))

const workshop = mkdtempSync(join(tmpdir(), 'examine-mutants-'))
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }))
for (const folder of ['dist/src', 'dist/test/examine', 'dist/test/support'])
  cpSync(folder, join(workshop, folder), { recursive: true })
for (const name of ['node_modules', 'native', 'package.json'])
  symlinkSync(join(process.cwd(), name), join(workshop, name))

/** A broken TCP may never come to an end. */
const TIMEOUT = 120_000

const worker = `
  import { examineOurs } from ${JSON.stringify(join(workshop, 'dist/test/examine/bench.js'))}
  const { results } = await examineOurs({ pace: 'thorough', tcp: { ecn: 'accurate-passive' } })
  console.log(JSON.stringify(results.filter(({ verdict }) => verdict !== 'holds').map(({ id, verdict }) => [id, verdict])))
`

/** Checks that do not hold, with their verdicts; null when the examination does not end. */
const failures = () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', worker], {
    encoding: 'utf8',
    timeout: TIMEOUT,
  })
  const line = stdout.trim().split('\n').at(-1)
  if (status !== 0 || !line.startsWith('['))
    return {
      stopped:
        stderr
          .trim()
          .split('\n')
          .find(text => /Error/.test(text)) ?? 'it does not end',
    }
  return { failed: new Map(JSON.parse(line)) }
}

const before = failures()
if (before.failed === undefined) throw new Error(`it does not run as it is: ${before.stopped}`)

const all = [...BROKEN_RULES, ...BROKEN_HABITS].filter(
  ({ ids }) => wanted.size === 0 || ids.split(' ').some(id => wanted.has(id)),
)
const noticing = new Set()
let noticed = 0
for (const rule of all) {
  const file = join(workshop, 'dist/src', `${rule.file}.js`)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, breakRule(text, rule))
  const { failed, stopped } = failures()
  writeFileSync(file, text)
  const new_ = [...(failed ?? [])].filter(([id, verdict]) => before.failed.get(id) !== verdict)
  const differing = new_.filter(([, verdict]) => verdict === 'differs').map(([id]) => id)
  for (const id of differing) noticing.add(id)
  if (differing.length > 0) noticed++
  const seen =
    differing.length > 0
      ? `${differing.slice(0, 4).join(', ')}${differing.length > 4 ? ` and ${differing.length - 4} more` : ''}`
      : (stopped ?? (new_.length > 0 ? `nothing differs, but ${new_[0][0]} cannot be told` : 'nothing'))
  console.log(`${rule.ids}: ${seen}`)
}
console.log(`${noticed} of ${all.length} broken rules are noticed from outside`)
if (wanted.size === 0) {
  const never = checkIds().filter(id => !noticing.has(id))
  console.log(
    `${checkIds().length - never.length} of ${checkIds().length} checks notice one; these none: ${never.join(', ')}`,
  )
}
