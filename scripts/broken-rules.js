#!/usr/bin/env node
/**
 * Breaks one rule after the other (test/packetdrill/broken-rules.ts) in a copy of what was built, and runs the scripts of
 * test/packetdrill that cite it. Prints each script that no broken rule makes fail.
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

const workshop = mkdtempSync(join(tmpdir(), 'broken-rules-'))
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }))
cpSync('dist/src', join(workshop, 'dist/src'), { recursive: true })
for (const name of ['node_modules', 'native', 'package.json'])
  symlinkSync(join(process.cwd(), name), join(workshop, name))

/** Names of the scripts that fail. */
const failures = names => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(workshop, 'dist/src/cli/main.js'), 'packetdrill', '-q', ...names.map(name => join(FOLDER, name))],
    { encoding: 'utf8', timeout: 60_000 },
  )
  if (!/\d+ passed, \d+ failed/.test(stdout)) throw new Error(`it does not run: ${stderr}`)
  return new Set(names.filter(name => stdout.includes(`FAIL ${join(FOLDER, name)}`)))
}

const before = failures(scripts.map(s => s.name))
if (before.size > 0) throw new Error(`these fail as it is: ${[...before].join(' ')}`)

const proven = new Set()
for (const rule of BROKEN_RULES) {
  const ids = rule.ids.split(' ').filter(id => wanted.size === 0 || wanted.has(id))
  const names = scripts.filter(s => s.ids.some(id => ids.includes(id))).map(s => s.name)
  if (names.length === 0) continue
  const file = join(workshop, 'dist/src', `${rule.file}.js`)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, breakRule(text, rule))
  const failed = failures(names)
  writeFileSync(file, text)
  for (const { name, ids: own } of scripts)
    if (failed.has(name)) for (const id of own) if (ids.includes(id)) proven.add(`${name} ${id}`)
  if (failed.size === 0) console.log(`nothing fails: ${rule.ids}, ${rule.file}: ${rule.from}`)
}

let missing = 0
let pairs = 0
for (const { name, ids } of scripts)
  for (const id of ids) {
    if (wanted.size > 0 && !wanted.has(id)) continue
    pairs++
    if (proven.has(`${name} ${id}`)) continue
    missing++
    console.log(`${name} does not fail when ${id} is broken`)
  }
console.log(`${pairs - missing} of ${pairs}: a script fails when the rule it cites is broken`)
if (missing > 0) process.exitCode = 1
