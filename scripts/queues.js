#!/usr/bin/env node
/**
 * What congestion controllers make of each queue discipline, alone and beside each other, in virtual time: the table in
 * docs/congestion-control.md.
 *
 *   npm run queues                 # prints it
 *   npm run queues -- --write      # writes it into the document
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { Bottleneck } from '../dist/test/tcp/congestion/bottleneck.js'
import { percentile, QueueDelays } from '../dist/test/tcp/congestion/queue-delay.js'
import { table, withPart } from './markdown.js'

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

const delays = waits =>
  waits.length < ENOUGH ? '–' : `${percentile(waits, 0.5).toFixed(1)} / ${percentile(waits, 0.99).toFixed(1)}`

const row = (queueDiscipline, names) => {
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
  const shares = rates.map(rate => `${Math.round((100 * rate) / sum)} %`).join(' : ')
  return [
    `\`${queueDiscipline}\``,
    names.join(' + '),
    delays(waits.classic),
    delays(waits.low),
    names.length > 1 ? shares : '',
    names.length > 1 ? jain.toFixed(2) : '',
  ]
}

const rows = [
  ['queue', 'flows', 'delay of ECT(0)', 'delay of ECT(1)', 'shares', 'Jain'],
  ...DISCIPLINES.flatMap(discipline => FLOWS.map(flows => row(discipline, flows.split('+')))),
]
const text = `${table(rows).join('\n')}\n`

if (process.argv.includes('--write')) {
  const page = withPart(readFileSync(DOCUMENT, 'utf8'), BEGIN, END, text)
  if (page === null)
    throw new Error(`${DOCUMENT} has no place for the table: ${BEGIN.trim()} … ${END.trim()}`)
  writeFileSync(DOCUMENT, page)
} else process.stdout.write(text)
