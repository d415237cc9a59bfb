#!/usr/bin/env node
/**
 * The time that the stack's small parts take, each alone: ns an operation, the median of many samples. With an earlier run
 * beside it a regression shows.
 *
 *   npm run bench:micro -- --json before.json
 *   npm run bench:micro -- --compare before.json
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { digits } from './bench/digits.js'
import { describeMachine } from './bench/machine.js'
import { compareRuns } from './bench/micro/compare.js'
import { lookUp } from './bench/micro/look-up.js'
import { receiveQueue } from './bench/micro/receive-queue.js'
import { reference } from './bench/micro/reference.js'
import { sampleAll } from './bench/micro/sampler.js'
import { scoreboard } from './bench/micro/scoreboard.js'
import { simulator } from './bench/micro/simulator.js'
import { timingWheel } from './bench/micro/timing-wheel.js'
import { wire } from './bench/micro/wire.js'

const HELP = `Usage: npm run bench:micro -- [OPTION...]

Prints a Markdown table: ns an operation (median of the samples, ± half the distance between the quartiles).

  --only TEXT      operations whose name has this text
  --samples N      of each (default 100)
  --json FILE      keeps the run
  --compare FILE   shows the ratio to an earlier run, less what the machine itself has become slower or faster; exit code 1
                   when something is slower: by more than a tenth, with quartiles that do not overlap
  --help           this text
`

class UsageError extends Error {}

const options = () => {
  let values
  try {
    values = parseArgs({
      options: {
        only: { type: 'string', default: '' },
        samples: { type: 'string', default: '100' },
        json: { type: 'string' },
        compare: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new UsageError(error.message)
  }
  const samples = Number(values.samples)
  if (!Number.isInteger(samples) || samples < 4)
    throw new UsageError(`--samples takes a whole number from 4, not '${values.samples}'`)
  return { ...values, samples }
}

const readRun = path => {
  try {
    const run = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof run.results !== 'object') throw new Error('it has no results')
    return run
  } catch (error) {
    throw new UsageError(`${path} is no run kept by --json: ${error.message}`)
  }
}

const around = ({ median, low, high }) =>
  `${digits(median)} ±${Math.round(((high - low) / 2 / median) * 100)} %`

const table = (rows, compared) => {
  const head = ['operation', 'ns', ...(compared ? ['before', 'ratio', ''] : [])]
  const lines = rows.map(({ name, now, before, ratio, verdict }) => [
    name,
    around(now),
    ...(compared
      ? [before ? around(before) : '–', before ? `${ratio.toFixed(2)}×` : '–', verdict && `**${verdict}**`]
      : []),
  ])
  return [head, ['---', ...head.slice(1).map(() => '--:')], ...lines]
    .map(cells => `| ${cells.join(' | ')} |\n`)
    .join('')
}

const main = () => {
  const { only, samples, json, compare, help } = options()
  if (help) {
    process.stdout.write(HELP)
    return
  }
  const before = compare === undefined ? null : readRun(compare)
  const all = { ...wire, ...scoreboard, ...timingWheel, ...lookUp, ...receiveQueue, ...simulator }
  const wanted = Object.entries(all).filter(([name]) => name.includes(only))
  if (wanted.length === 0)
    throw new UsageError(
      `--only: no operation has '${only}' in its name; there are: ${Object.keys(all).join('; ')}`,
    )
  const operations = Object.fromEntries(
    [...Object.entries(reference), ...wanted].map(([name, prepare]) => [name, prepare()]),
  )
  const results = sampleAll(operations, samples)
  const run = { machine: describeMachine(), date: new Date().toISOString(), samples, results }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, null, 2)}\n`)
  const rows = compareRuns(run, before)
  console.log(`${run.machine}; ${run.date.slice(0, 10)}.`)
  if (before !== null && before.machine !== run.machine)
    console.log(`The earlier run was on another machine: ${before.machine}.`)
  console.log(`\n${table(rows, before !== null)}`)
  const slower = rows.filter(({ verdict }) => verdict === 'slower')
  if (slower.length > 0) {
    console.error(`Slower than before: ${slower.map(({ name }) => name).join('; ')}`)
    process.exitCode = 1
  }
}

try {
  main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`bench:micro: ${error.message}; see npm run bench:micro -- --help`)
  process.exitCode = 2
}
