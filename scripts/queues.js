#!/usr/bin/env node
/**
 * Congestion controllers on each queue discipline, alone and beside each other, in virtual time: the table in
 * docs/congestion-control.md, and its pictures.
 *
 *   npm run queues                 # prints it
 *   npm run queues -- --write      # writes it into the document, and the pictures beside it
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { Bottleneck } from '../dist/test/tcp/congestion/bottleneck.js'
import { percentile, QueueDelays } from '../dist/test/tcp/congestion/queue-delay.js'
import { table, withPart } from './markdown.js'
import { delaysPicture, sharesPicture } from './queues/plots.js'

process.chdir(new URL('..', import.meta.url).pathname)
const DOCUMENT = 'docs/congestion-control.md'
const BEGIN = '<!-- queues: written by npm run queues -- --write -->\n'
const END = '<!-- /queues -->\n'

const DISCIPLINES = ['droptail', 'codel', 'dualpi2']
const FLOWS = [
  'cubic',
  'bbr',
  'prague',
  'cubic+bbr',
  'cubic+prague',
  'bbr+prague',
  'cubic+cubic',
  'bbr+bbr',
  'prague+prague',
]
/** Time to begin, and time that counts, ms. */
const START = 10_000
const MEASURED = 30_000
/** Packets, at least, for which a percentile says something. */
const ENOUGH = 100
const SEED = 7

/** Delays that half and 99 of 100 are below, ms; null of too few. */
const delays = waits =>
  waits.length < ENOUGH ? null : { half: percentile(waits, 0.5), most: percentile(waits, 0.99) }

const measure = (queueDiscipline, names) => {
  const path = { delay: 10, rate: 20e6, queue: 250_000, queueDiscipline }
  const bottleneck = new Bottleneck(SEED, path, { ecn: 'accurate' })
  const waits = new QueueDelays(path)
  bottleneck.link.aToB.observer = waits
  const flows = names.map(name => bottleneck.flow(name))
  bottleneck.run(START, ...flows)
  waits.forget()
  const rates = bottleneck.run(MEASURED, ...flows).map(stretch => stretch.rate)
  const sum = rates.reduce((all, rate) => all + rate, 0)
  const jain = sum ** 2 / (rates.length * rates.reduce((all, rate) => all + rate ** 2, 0))
  return {
    discipline: queueDiscipline,
    names,
    classic: delays(waits.classic),
    low: delays(waits.low),
    shares: rates.map(rate => rate / sum),
    jain,
  }
}

const measurements = DISCIPLINES.flatMap(discipline =>
  FLOWS.map(flows => measure(discipline, flows.split('+'))),
)

const cell = wait => (wait === null ? '–' : `${wait.half.toFixed(1)} / ${wait.most.toFixed(1)}`)

const rows = [
  ['queue', 'flows', 'delay of ECT(0)', 'delay of ECT(1)', 'shares', 'Jain'],
  ...measurements.map(({ discipline, names, classic, low, shares, jain }) => [
    `\`${discipline}\``,
    names.join(' + '),
    cell(classic),
    cell(low),
    names.length > 1 ? shares.map(share => `${Math.round(100 * share)} %`).join(' : ') : '',
    names.length > 1 ? jain.toFixed(2) : '',
  ]),
]
const text = `${table(rows).join('\n')}\n`

if (process.argv.includes('--write')) {
  const page = withPart(readFileSync(DOCUMENT, 'utf8'), BEGIN, END, text)
  if (page === null)
    throw new Error(`${DOCUMENT} has no place for the table: ${BEGIN.trim()} … ${END.trim()}`)
  writeFileSync(DOCUMENT, page)
  writeFileSync('docs/images/queue-delays.svg', delaysPicture(measurements, DISCIPLINES))
  writeFileSync('docs/images/queue-shares.svg', sharesPicture(measurements, DISCIPLINES))
} else process.stdout.write(text)
