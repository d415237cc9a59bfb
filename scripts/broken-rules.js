#!/usr/bin/env node
/**
 * Breaks one rule after the other (test/packetdrill/broken-rules.ts) in a copy of what was built, and runs what cites it: the
 * scripts of test/packetdrill, and tests of test/tcp. Prints each that no broken rule makes fail.
 *
 *   npm run broken-rules              # all
 *   npm run broken-rules -- SA-23     # those of these rows
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { BROKEN_RULES, breakRule } from '../dist/test/packetdrill/broken-rules.js'

process.chdir(new URL('..', import.meta.url).pathname)
const wanted = new Set(process.argv.slice(2))

const FOLDER = 'test/packetdrill'
const scripts = readdirSync(FOLDER)
  .filter(name => name.endsWith('.pkt'))
  .map(name => {
    const [heading] = readFileSync(join(FOLDER, name), 'utf8').split('\n')
    return { name, ids: [...heading.matchAll(/\[((?:S[TA]|R9768)-\d+)\]/g)].map(m => m[1]) }
  })
/** The rows of a file of tests, each proven by the tests that cite it. */
const testsOf = readdirSync('test/tcp', { recursive: true })
  .filter(name => name.endsWith('.test.ts'))
  .flatMap(name => {
    const text = readFileSync(join('test/tcp', name), 'utf8')
    const ids = [...text.matchAll(/\[(R(?:3708|9406)-\d+)\]/g)].map(m => m[1])
    return [...new Set(ids)].map(id => ({ name: `tcp/${name.replace(/ts$/, 'js')}`, ids: [id] }))
  })

const workshop = mkdtempSync(join(tmpdir(), 'broken-rules-'))
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }))
cpSync('dist', join(workshop, 'dist'), { recursive: true })
for (const name of ['node_modules', 'native', 'package.json'])
  symlinkSync(join(process.cwd(), name), join(workshop, name))

/** A broken rule may never come to an end; a busy machine is not to be taken for that. ms */
const FOREVER = 600_000

/** The scripts that fail. */
const failingScripts = list => {
  if (list.length === 0) return []
  const paths = list.map(({ name }) => join(FOLDER, name))
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(workshop, 'dist/src/cli/main.js'), 'packetdrill', '-q', ...paths],
    { encoding: 'utf8', timeout: FOREVER },
  )
  if (!/\d+ passed, \d+ failed/.test(stdout)) throw new Error(`it does not run: ${stderr}`)
  return list.filter(({ name }) => stdout.includes(`FAIL ${join(FOLDER, name)}`))
}

/** The rows of which a test fails. */
const failingTests = list =>
  list.filter(({ name, ids: [id] }) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['node_modules/ava/entrypoints/cli.mjs', '--tap', `--match=*[${id}]*`, `dist/test/${name}`],
      { encoding: 'utf8', cwd: workshop },
    )
    if (!/^(not )?ok 1 /m.test(stdout)) throw new Error(`it does not run: ${stdout}${stderr}`)
    return /^not ok /m.test(stdout)
  })

const proofs = [...scripts, ...testsOf]
const failing = list => [
  ...failingScripts(list.filter(proof => scripts.includes(proof))),
  ...failingTests(list.filter(proof => testsOf.includes(proof))),
]
const cites = (proof, ids) => proof.ids.some(id => ids.has(id))

const before = failing(proofs.filter(proof => wanted.size === 0 || cites(proof, wanted)))
if (before.length > 0) throw new Error(`these fail as it is: ${before.map(({ name }) => name).join(' ')}`)

const proven = new Set()
for (const rule of BROKEN_RULES) {
  const ids = new Set(rule.ids.split(' ').filter(id => wanted.size === 0 || wanted.has(id)))
  const list = proofs.filter(proof => cites(proof, ids))
  if (list.length === 0) continue
  const file = join(workshop, 'dist/src', `${rule.file}.js`)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, breakRule(text, rule))
  const failed = failing(list)
  writeFileSync(file, text)
  for (const { name, ids: own } of failed) for (const id of own) if (ids.has(id)) proven.add(`${name} ${id}`)
  if (failed.length === 0) console.log(`nothing fails: ${rule.ids}, ${rule.file}: ${rule.from}`)
}

let missing = 0
let pairs = 0
for (const { name, ids } of proofs)
  for (const id of ids) {
    if (wanted.size > 0 && !wanted.has(id)) continue
    pairs++
    if (proven.has(`${name} ${id}`)) continue
    missing++
    console.log(`${name} does not fail when ${id} is broken`)
  }
console.log(`${pairs - missing} of ${pairs}: what cites a rule fails when it is broken`)
if (missing > 0) process.exitCode = 1
