/** `tuntcp packetdrill`: runs packetdrill scripts against the stack, in virtual time. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Config, readOptions } from '../packetdrill/config.ts'
import type { Outcome } from '../packetdrill/outcome.ts'
import { packetdrill as runText } from '../packetdrill/packetdrill.ts'
import { countsOf, formatCounts, formatJson, formatOutcome, formatTap } from '../packetdrill/report.ts'
import { ScriptError } from '../packetdrill/script-error.ts'
import { Capture } from '../trace/capture.ts'
import { writePrivate } from '../trace/private-file.ts'
import type { Arguments } from './arguments.ts'
import { type Command, Failure, UsageError } from './command.ts'
import { openProgress } from './progress.ts'
import { scriptsIn } from './script-files.ts'

const pairs = (name: string, given: readonly string[]): Map<string, string> =>
  new Map(
    given.map(text => {
      const at = text.indexOf('=')
      if (at < 1) throw new UsageError(`--${name} takes NAME=VALUE, not '${text}'`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )

const configOf = (given: Arguments): Partial<Config> => {
  const version = given.get('ip_version')
  const set = [
    ...pairs('set', given.all('set')),
    ...(version === undefined ? [] : [['ip_version', version] as const]),
  ]
  try {
    // Options that were not set are the script's to set.
    return readOptions(set.map(([name, value]) => ({ name, value, line: 0, column: 0 })))
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const readBeside = (file: string) => (path: string) => {
  try {
    return readFileSync(resolve(dirname(file), path), 'utf8')
  } catch {
    return null
  }
}

const runFile = (file: string, given: Arguments, config: Partial<Config>): Outcome => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure((error as Error).message)
  }
  const defines = pairs('define', given.all('define'))
  const trace = given.get('trace')
  const blocks: Uint8Array[] = []
  // Virtual time counts from 1970.
  const capture =
    trace === undefined ? null : new Capture(block => blocks.push(block), { wallClockOffset: 0 })
  try {
    return runText(file, text, {
      config,
      defines,
      readFile: readBeside(file),
      ...(capture === null ? {} : { trace: capture.sink }),
    })
  } finally {
    capture?.end()
    if (trace !== undefined) writePrivate(trace, Buffer.concat(blocks))
  }
}

/** A script that cannot be read has failed. */
const unreadable = (file: string, error: ScriptError): Outcome => ({
  file,
  result: 'fail',
  reason: error.message,
  line: 0,
  details: [],
  ladder: [],
  seconds: 0,
  printed: [],
})

const run = async (given: Arguments): Promise<number> => {
  const files = [...new Set(given.operands.flatMap(scriptsIn))]
  if (files.length === 0) throw new UsageError('there is no .pkt file in there')
  if (given.has('trace') && files.length > 1) throw new UsageError('--trace is for one script at a time')
  if (given.has('json') && given.has('tap')) throw new UsageError('--json and --tap exclude each other')
  const config = configOf(given)
  const readable = !given.has('json') && !given.has('tap')
  const outcomes: Outcome[] = []
  let syntaxErrors = 0
  let lenient = 0
  const progress = await openProgress()
  for (const [n, file] of files.entries()) {
    if (files.length > 1) progress.say(`${n} of ${files.length} scripts: ${file}`)
    let outcome: Outcome
    try {
      outcome = runFile(file, given, config)
      if (outcome.result === 'pass') lenient++
      else if (outcome.result === 'fail' && given.has('ignore-psh'))
        lenient += runFile(file, given, { ...config, ignorePush: true }).result === 'pass' ? 1 : 0
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      syntaxErrors++
      outcome = unreadable(file, error)
      if (readable) console.error(error.message)
      outcomes.push(outcome)
      continue
    }
    outcomes.push(outcome)
    const quiet = given.has('quiet') && outcome.result !== 'fail'
    if (readable && !quiet) console.log(formatOutcome(outcome, given.has('verbose')))
  }
  progress.done()
  if (given.has('json')) console.log(formatJson(outcomes))
  else if (given.has('tap')) console.log(formatTap(outcomes))
  else {
    if (given.has('ignore-psh'))
      console.log(`${lenient} would pass if PSH were ignored, which packetdrill does not do`)
    console.log(formatCounts(countsOf(outcomes)))
  }
  if (syntaxErrors > 0) return 2
  return countsOf(outcomes).failed > 0 ? 1 : 0
}

export const packetdrill: Command = {
  name: 'packetdrill',
  usage: 'FILE|DIR… [OPTION…]',
  summary: 'Run packetdrill scripts against the stack, in virtual time',
  description: `Runs the scripts (of a directory all that end in .pkt) against a stack with Linux's defaults, each in a
    virtual time of its own: nothing is sent anywhere, and no privilege is needed. A script passes when every packet
    and every system call is as it says; what needs a kernel rather than a TCP is skipped.

    The exit code is 0 when none fails, 1 when one does, 2 when one cannot be read.`,
  options: {
    define: { short: 'D', value: 'NAME=VALUE', help: 'What a word in the scripts stands for.' },
    set: {
      value: 'NAME=VALUE',
      help: "An option of the scripts' (tolerance_usecs, local_ip, …), over what they set themselves.",
    },
    ip_version: {
      value: 'VERSION',
      help: 'ipv4 (default), ipv6 or ipv4-mapped-ipv6: over which IP, and with sockets of which family.',
    },
    'ignore-psh': {
      help: 'Count also the scripts that would pass if PSH were not compared. The results stay strict.',
    },
    trace: { value: 'FILE', help: 'Write what went over the wire of the one script to a pcapng file.' },
    json: { help: 'Print the results as JSON.' },
    tap: { help: 'Print the results as TAP.' },
    quiet: { short: 'q', help: 'Show only what fails.' },
    verbose: { short: 'v', help: 'Show what happened in each script, and what it printed.' },
  },
  examples: [
    ['packetdrill script.pkt', 'Passes, or shows what came instead.'],
    ['packetdrill scripts/ --quiet', 'All of a directory; only failures are shown.'],
    ['packetdrill scripts/ --ip_version=ipv6', 'The same scripts over IPv6.'],
    ['packetdrill script.pkt --trace script.pcapng', 'Its segments for Wireshark.'],
  ],
  operands: ['FILE'],
  repeats: true,
  run,
}
