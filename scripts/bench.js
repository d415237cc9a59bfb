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
import { buildClient, nodeClient } from './bench/client.js'
import { describeMachine } from './bench/machine.js'
import { runInMemory } from './bench/memory-run.js'
import { removeNetwork } from './bench/network.js'
import { help, parseOptions, UsageError } from './bench/options.js'
import { checkMachine } from './bench/preflight.js'
import { allowedCores, stopAll } from './bench/processes.js'
import { runBehindNetwork } from './bench/server-run.js'
import { customSubject, SUBJECTS } from './bench/subjects.js'
import { markdownTable } from './bench/table.js'

/** The compiled client, and what servers say. */
const directory = mkdtempSync(join(tmpdir(), 'tuntcp-bench-'))
let keep = false

const say = text => console.error(text)

/** Server and client on a core each; on one, they take each other's time. */
const chooseCores = () => {
  const [first, second] = allowedCores()
  if (second !== undefined) return [first, second]
  say('There is one core only: server and client share it, and the figures are of both together.')
  return [first, first]
}

const chooseClient = () => {
  const compiled = buildClient(directory)
  if (compiled !== null) return compiled
  say(
    'There is no C compiler (apt-get install gcc libc6-dev): the client is in JavaScript, and slower than some servers.',
  )
  return nodeClient()
}

const measure = async options => {
  const subjects = Object.fromEntries(
    options.only.map(name => [name, SUBJECTS[name] ?? customSubject(options.custom[name])]),
  )
  const bench = {
    client: chooseClient(),
    cores: chooseCores(),
    seconds: options.seconds,
    connections: options.connections,
    figures: options.figures,
  }
  if (options.json !== null) writeFileSync(options.json, '')
  const records = []
  for (let repetition = 0; repetition < options.reps; repetition++) {
    for (const [i] of options.only.entries()) {
      // Each has every place in turn: what a run leaves behind hits all alike.
      const subject = options.only[(i + repetition) % options.only.length]
      say(`${repetition + 1}/${options.reps} ${subject}`)
      const log = join(directory, `${subject.replaceAll(':', '-')}.log`)
      const run = subjects[subject].network === null ? runInMemory : runBehindNetwork
      await run({ ...bench, log }, subjects[subject], (figure, report) => {
        const record = { repetition, subject, figure, report }
        records.push(record)
        if (options.json !== null) appendFileSync(options.json, `${JSON.stringify(record)}\n`)
        if (report.error) say(`  ${figure ?? subject}: ${report.error} (see ${log})`)
      })
    }
  }
  const failed = records.some(({ report }) => report.error)
  // What servers have said is kept where it may explain something.
  if (failed) keep = true
  return { records, failed }
}

const main = async () => {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(help())
    return
  }
  checkMachine(options)
  const { records, failed } = await measure(options)
  console.log(
    `${describeMachine()}, ${new Date().toISOString().slice(0, 10)}; medians of ${options.reps} repetitions of ${options.seconds} s.\n`,
  )
  process.stdout.write(markdownTable(records, options.only))
  if (failed) process.exitCode = 1
}

// All that was started and made here ends with us.
process.on('exit', () => {
  stopAll()
  removeNetwork()
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
