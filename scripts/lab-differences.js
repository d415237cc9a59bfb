#!/usr/bin/env node
/**
 * Writes docs/lab-differences.md: how our runs of the experiments differ from the kernel's, each kind of difference once.
 *
 *   sudo npx tuntcp lab all --json > labs.json
 *   npm run lab-differences -- labs.json            # prints it
 *   npm run lab-differences -- labs.json --write    # into the page; npm run fix lays the table out
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { NOTES } from './lab-differences/notes.js'

const PAGE = new URL('../docs/lab-differences.md', import.meta.url)
const BEGIN = '<!-- The rest is written by npm run lab-differences. -->'
/** Characters of a cell that shows segments. */
const CELL = 60

const fail = text => {
  console.error(`lab-differences: ${text}`)
  process.exit(2)
}

const [file] = process.argv.slice(2).filter(word => !word.startsWith('--'))
if (file === undefined) fail("name the file that 'sudo tuntcp lab all --json' was written to")

/** As many parts of `a; b; c` as a cell has room for. */
const shortened = text => {
  const parts = text.split('; ')
  let kept = 1
  while (kept < parts.length && parts.slice(0, kept + 1).join('; ').length <= CELL) kept++
  const rest = parts.length - kept
  return `${parts.slice(0, kept).join('; ')}${rest > 0 ? `; ${rest} more` : ''}`
}

/** Kinds of differences, in the order in which the experiments show them. */
const kinds = new Map()
let defects = 0
const labs = JSON.parse(readFileSync(file, 'utf8'))
for (const { lab, comparisons } of labs)
  for (const { names, differences } of comparisons) {
    if (names[0] !== 'kernel ↔ kernel') continue
    for (const { kind, what, section, left, right } of differences) {
      if (kind === 'defect') defects++
      // The end that it was does not matter.
      const name = what.replace(/^(client|server): /, '')
      const known = kinds.get(name) ?? { section, labs: new Set(), left, right }
      known.labs.add(lab)
      kinds.set(name, known)
    }
  }
if (!labs.some(({ comparisons }) => comparisons.length > 0))
  fail(`${file} has no comparison with a kernel: run the labs as root`)
for (const name of kinds.keys())
  if (!Object.hasOwn(NOTES, name)) fail(`there is no note on '${name}' in scripts/lab-differences/notes.js`)

const escaped = text => text.replaceAll('|', '\\|')
const row = cells => `| ${cells.map(escaped).join(' | ')} |`
const table = [
  row(['what differs', "Linux's kernel, for example", 'tuntcp', 'both may by', 'in', 'why']),
  row(new Array(6).fill('---')),
  ...[...kinds].map(([name, { section, labs: where, left, right }]) =>
    row([
      name,
      `\`${shortened(left)}\``,
      `\`${shortened(right)}\``,
      section,
      [...where].map(lab => `[${lab}](labs/${lab}.md)`).join(', '),
      NOTES[name],
    ]),
  ),
].join('\n')

const same = labs
  .filter(({ lab }) => ![...kinds.values()].some(kind => kind.labs.has(lab)))
  .map(({ lab }) => lab)
const text = `${BEGIN}

Of ${labs.length} experiments ${same.length} show no difference at all: ${same.map(lab => `[${lab}](labs/${lab}.md)`).join(', ')}.
In the others there are ${kinds.size} kinds, and ${defects === 0 ? 'no defect' : `${defects} defects`}.

${table}
`
if (!process.argv.includes('--write')) console.log(text)
else writeFileSync(PAGE, `${readFileSync(PAGE, 'utf8').split(BEGIN)[0]}${text}`)
