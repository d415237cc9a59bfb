#!/usr/bin/env node
/**
 * Measures tuntcp side by side with node:net on the kernel's TCP, and with whatever else speaks TCP behind a TUN device.
 *
 *   npm run bench                                   # everything
 *   npm run bench -- --only tuntcp,node:net --figures upload,echo --reps 3
 *   npm run bench -- --help
 */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { openProgress } from '../dist/src/cli/progress.js'
import { chart } from './bench/chart.js'
import { buildClient, nodeClient } from './bench/client.js'
import { compile } from './bench/compile.js'
import { writeRecord } from './bench/document.js'
import { runInMemory } from './bench/memory-run.js'
import { removeNetwork } from './bench/network.js'
import { help, parseOptions, UsageError } from './bench/options.js'
import { checkMachine } from './bench/preflight.js'
import { allowedCores, stopAll } from './bench/processes.js'
import { runBehindNetwork } from './bench/server-run.js'
import { customSubject, SUBJECTS } from './bench/subjects.js'
import { summary } from './bench/summary.js'
import { hasWrk } from './bench/wrk.js'

/** The compiled client, and what servers say. */
const directory = mkdtempSync(join(tmpdir(), 'tuntcp-bench-'))
let keep = false

const say = text => console.error(text)
const progress = await openProgress()

/** Server and client on a core each; on one, they take each other's time. */
const chooseCores = () => {
  const [first, second] = allowedCores()
  if (second !== undefined) return [first, second]
  say('There is one core only: server and client share it, and the figures are of both together.')
  return [first, first]
}

/** Everything that was asked for; each report is kept at once. */
const measure = async (options, bench) => {
  const records = []
  if (options.json !== null) writeFileSync(options.json, '')
  const subjectOf = name => SUBJECTS[name] ?? customSubject(options.custom[name])
  for (let repetition = 0; repetition < options.reps; repetition++) {
    for (const [i] of options.only.entries()) {
      // Each has every place in turn: what a run leaves behind hits all alike.
      const name = options.only[(i + repetition) % options.only.length]
      const what = `${repetition + 1}/${options.reps} ${name}`
      say(what)
      progress.say(what)
      const subject = subjectOf(name)
      const log = join(directory, `${name.replaceAll(':', '-')}.log`)
      const run = subject.network === null ? runInMemory : runBehindNetwork
      await run({ ...bench, repetition, log }, subject, (figure, report) => {
        const record = { repetition, subject: name, figure, report }
        records.push(record)
        progress.say(`${what}, after ${figure ?? 'its start'}`)
        if (options.json !== null) appendFileSync(options.json, `${JSON.stringify(record)}\n`)
        if (report.error) say(`  ${figure ?? name}: ${report.error} (see ${log})`)
      })
    }
  }
  return records
}

/** Servers in C, of those that are asked for: by name the words that start each. */
const buildServers = names =>
  Object.fromEntries(
    names
      .map(name => SUBJECTS[name]?.compiled)
      .filter(program => program !== undefined)
      .map(program => [program, compile(program, directory)]),
  )

const main = async () => {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(help())
    return
  }
  const programs = buildServers(options.only)
  options.only = options.only.filter(name => programs[SUBJECTS[name]?.compiled] !== null)
  const subjects = options.only.map(name => SUBJECTS[name] ?? customSubject(options.custom[name]))
  const networks = subjects.some(({ network }) => network !== null)
  checkMachine({ ...options, networks })
  const compiled = networks ? buildClient(directory) : null
  if (networks && compiled === null)
    say(
      'There is no C compiler (apt-get install gcc libc6-dev): the client is in JavaScript, and slower than some servers; and no server in C is measured.',
    )
  const bench = {
    client: compiled ?? nodeClient(),
    programs,
    cores: chooseCores(),
    seconds: options.seconds,
    connections: options.connections,
    figures: options.figures,
  }
  const records = await measure(options, bench)
  progress.done()
  const text = summary(records, options, {
    cores: bench.cores,
    wrk: hasWrk(),
    compiled: compiled !== null,
    networks,
  })
  process.stdout.write(text)
  if (records.some(({ report }) => report.error)) {
    // The servers' own words may explain it.
    keep = true
    process.exitCode = 1
    if (options.write) say('Nothing is recorded: something has failed.')
  } else if (options.write) {
    const drawn = options.only.filter((_, i) => subjects[i].network !== null)
    writeRecord(text, chart(records, drawn))
  }
}

// All that was started and made here ends with us.
process.on('exit', () => {
  stopAll()
  if (process.getuid() === 0) removeNetwork()
  if (!keep) rmSync(directory, { recursive: true, force: true })
})
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])
  process.on(signal, () => process.exit(code))

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`bench: ${error.message}; see npm run bench -- --help`)
  process.exitCode = 2
}
