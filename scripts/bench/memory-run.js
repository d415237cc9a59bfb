/** Figures that need no network: both ends in one process, a process for each. */
import { closeSync, openSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { watchCollections } from './collections.js'
import { watchOthers } from './disturbance.js'
import { FIGURES } from './figures.js'
import { linesOf, start, stop } from './processes.js'

const program = name => fileURLToPath(new URL(name, import.meta.url))

const measure = async (bench, name) => {
  const { client = name, words = [], script, flags = [] } = FIGURES[name]
  const command = [process.execPath, '--expose-gc', '--trace-gc', ...flags]
  if (script === undefined) command.push(program('memory.js'), client, ...words)
  else command.push(program(script), ...words)
  command.push(`seconds=${bench.seconds}`)
  const log = openSync(bench.log, 'a')
  const child = start(null, bench.cores[0], command, { stdio: ['ignore', log, log, 'pipe'] })
  closeSync(log)
  try {
    const next = linesOf(child.stdio[3])
    const first = await next()
    const collected = watchCollections(bench.log)
    const others = watchOthers()
    const line = await next()
    if (line === null)
      return first?.includes('"error"') ? JSON.parse(first) : { error: 'it has ended without a word' }
    const report = JSON.parse(line)
    return report.cpu === undefined
      ? report
      : { ...report, collections: collected(), others: others(report.cpu) }
  } finally {
    await stop(child)
  }
}

/** As runBehindNetwork. */
export const runInMemory = async (bench, _subject, report) => {
  for (const name of bench.figures) {
    const { networkOnly, once } = FIGURES[name]
    if (networkOnly || (once && bench.repetition > 0)) continue
    report(name, await measure(bench, name))
  }
}
