#!/usr/bin/env node
/**
 * Prints for every requirement the tests that prove it or the reason why there are none; fails when one has
 * neither, or both, when a test cites what does not exist, or when docs/requirements.md is not current.
 *
 *   npm run requirements                 # all of it
 *   npm run requirements -- R6298-7 SA   # these rows, or groups of rows
 *   npm run requirements -- --quiet      # the summary, and what is wrong
 *   npm run requirements -- --write      # docs/requirements.md anew
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import {
  formatMarkdown,
  formatText,
  problemsOf,
  readIndex,
  summaryOf,
} from '../dist/test/requirements/index.js'

process.chdir(new URL('..', import.meta.url).pathname)
const DOCUMENT = 'docs/requirements.md'

const wanted = process.argv.slice(2).filter(word => !word.startsWith('-'))
const write = process.argv.includes('--write')

const index = readIndex()
const problems = problemsOf(index)
const document = formatMarkdown(index)

if (write) writeFileSync(DOCUMENT, document)
else {
  const asked = ({ id }) =>
    wanted.length === 0 || wanted.some(word => id === word || id.startsWith(`${word}-`))
  if (!process.argv.includes('--quiet'))
    process.stdout.write(formatText({ ...index, requirements: index.requirements.filter(asked) }))
  if (readFileSync(DOCUMENT, 'utf8') !== document)
    problems.push(`${DOCUMENT} is not current: npm run requirements -- --write`)
}
console.log(summaryOf(index))
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
