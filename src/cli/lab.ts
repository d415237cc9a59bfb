/** `tuntcp lab`: the experiments. */

import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Ends, type Experiment, experiments } from '../lab/experiment.ts'
import { experimentPage } from '../lab/html/lab-page.tsx'
import { whyNoKernel } from '../lab/kernel/actor.ts'
import { StateTrace } from '../lab/kernel/state-trace.ts'
import type { Lab } from '../lab/lab.ts'
import { LABS } from '../lab/labs/all.ts'
import { encodeRecording } from '../lab/record/encode-recording.ts'
import { record } from '../lab/record/replay.ts'
import { experimentObject, experimentSummary, experimentText, reportOf } from '../lab/report.ts'
import type { LabResult } from '../lab/run-virtual.ts'
import { widest } from '../trace/extremes.ts'
import { writePrivate } from '../trace/private-file.ts'
import { fit, wrap } from '../trace/text-style.ts'
import { type Arguments, oneOf, suggestion } from './arguments.ts'
import { type Command, Failure, UsageError } from './command.ts'
import { HTML_OPTION, sayBeside, TEXT_OPTION, writePage } from './html-file.ts'
import { openProgress } from './progress.ts'
import { textStyle } from './terminal.ts'

const column = widest(LABS.map(({ name }) => name)) + 2

const list = (): string =>
  LABS.map(({ name, summary }) => `  ${name.padEnd(column)}${wrap(summary, 77 - column, column + 2)}`).join(
    '\n',
  )

const ENDS = ['virtual', 'kernel', 'mixed', 'all'] as const
const FORMATS = ['ladder', 'log', 'both', 'summary', 'json'] as const

/** Labs that run at the same time: they mostly wait. */
const AT_ONCE = 4

export const lab: Command = {
  name: 'lab',
  usage: '[NAME…|all] [OPTION…]',
  summary: 'Run an experiment with TCP and see what happens, step by step',
  description: `Runs experiments between two stacks of ours, in virtual time: what takes minutes takes milliseconds. As root also between two kernels, and between a kernel and us, both ways, in real time: in network namespaces, with all packets crossing the same emulated path, captured by tcpdump, and the kernel's own word on its states (the tracepoint sock:inet_sock_set_state). Then the runs are laid side by side: each difference is either allowed, and by which section, or a defect.

Prints the ladder of all segments with the states of both ends, whether it shows what it must, and the differences. Exit code 1 when a run does not show what it must, or a difference is a defect. Without a name it lists the experiments.`,
  options: {
    ends: {
      value: 'ENDS',
      words: ENDS,
      help: 'virtual (ours at both ends), kernel (the kernel’s at both), mixed (one of each), or all; default all as root, else virtual.',
    },
    format: {
      value: 'FORMAT',
      words: FORMATS,
      help: 'ladder, log, both, summary, or json for programs; default ladder for one experiment, summary for several.',
    },
    json: { help: 'As --format json.' },
    full: { help: 'All rows of long ladders and logs.' },
    out: {
      value: 'DIR',
      help: 'Keep a pcapng of what each end saw; its transitions are comments on their packets.',
    },
    ipv6: { help: 'Over IPv6 instead of IPv4.' },
    patient: { help: 'Wait also for what no kernel shortens: a TIME_WAIT of a minute.' },
    html: HTML_OPTION,
    text: TEXT_OPTION,
    record: {
      value: 'FILE',
      help: "Record the run in virtual time, for 'tuntcp replay'.",
    },
    seed: {
      value: 'SEED',
      help: 'In virtual time ports and initial sequence numbers follow from it; default the name of the experiment.',
    },
  },
  examples: [
    ['lab', 'The list.'],
    ['lab close-both', 'One experiment; as root beside the kernel.'],
    ['lab loss --ends virtual --html loss.html', 'In virtual time, as pictures.'],
    ['lab all --ipv6', 'All of them over IPv6.'],
    ['lab all --patient', 'All of them, waiting also for a TIME_WAIT of a minute.'],
  ],
  operands: [],
  repeats: true,
  words: () => [...LABS.map(({ name }) => name), 'all'],
  notes: () => `Experiments:\n${list()}`,
  run: given => run(given),
}

const chosen = (operands: readonly string[]): readonly Lab[] => {
  const [first, second] = operands
  if (first === 'all' && second === undefined) return LABS
  if (operands.includes('all')) throw new UsageError("'all' is every experiment: it stands alone")
  return operands.map(name => {
    const found = LABS.find(l => l.name === name)
    if (found === undefined) {
      const names = [...LABS.map(l => l.name), 'all']
      throw new UsageError(`there is no lab '${name}'${suggestion(name, names)}: 'tuntcp lab' lists them`)
    }
    return found
  })
}

/** Set in the process that has a network namespace to itself: devices that are made there are nobody else's. */
const NAMESPACE = 'TUNTCP_LAB_NAMESPACE'

/** Runs the same command in a network namespace of its own. @returns its exit code */
const again = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const [, ...words] = process.argv
    const child = spawn('unshare', ['--net', process.execPath, ...process.execArgv, ...words], {
      stdio: 'inherit',
      env: { ...process.env, [NAMESPACE]: '1' },
    })
    // An interrupt of ours reaches it too.
    process.on('SIGINT', () => {})
    child.on('error', error => reject(new Failure(`no network namespace can be made: ${error.message}`)))
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })

/** The labs to be run here, and why not all of them. */
const endsOf = (given: Arguments): { readonly ends: ReadonlySet<Ends>; readonly why: string | null } => {
  const named = given.get('ends')
  const asked = oneOf('--ends', named ?? 'all', ENDS)
  if (asked === 'virtual') return { ends: new Set(['virtual']), why: null }
  const why = process.env[NAMESPACE] === '1' ? null : whyNoKernel()
  if (why !== null) {
    if (named !== undefined) throw new Failure(`--ends ${named}: ${why}`)
    return { ends: new Set(['virtual']), why }
  }
  return { ends: new Set(asked === 'all' ? ['virtual', 'kernel', 'mixed'] : [asked]), why: null }
}

const familyOf = (given: Arguments): 4 | 6 => (given.has('ipv6') ? 6 : 4)

const seedOf = (given: Arguments): { seed?: string } => {
  const seed = given.get('seed')
  return seed === undefined ? {} : { seed }
}

const run = async (given: Arguments): Promise<number> => {
  const labs = chosen(given.operands)
  const format = given.has('json')
    ? 'json'
    : oneOf('--format', given.get('format') ?? (labs.length > 1 ? 'summary' : 'ladder'), FORMATS)
  if (labs.length === 0 && format === 'json') {
    console.log(
      JSON.stringify(
        LABS.map(({ name, summary }) => ({ name, summary })),
        null,
        2,
      ),
    )
    return 0
  }
  if (labs.length === 0) {
    console.log(`${list()}\n\ntuntcp lab NAME runs one, tuntcp lab all runs all of them.`)
    return 0
  }
  const page = given.get('html')
  if (page !== undefined && labs.length > 1) throw new UsageError('--html takes one experiment at a time')
  const recording = given.get('record')
  if (recording !== undefined) await keepRecording(recording, labs, given)
  const { ends, why } = endsOf(given)
  const real = ends.has('kernel') || ends.has('mixed')
  if (real && process.env[NAMESPACE] !== '1') return again()
  if (why !== null) console.error(`tuntcp lab: in virtual time only: ${why}`)
  const out = given.get('out')
  if (out !== undefined) mkdirSync(out, { recursive: true })
  const trace = real ? await StateTrace.start() : null
  if (typeof trace === 'string')
    console.error(`tuntcp lab: without the kernel's own word on its states: ${trace}`)
  const how = {
    ladder: format === 'ladder' || format === 'both',
    log: format === 'log' || format === 'both',
    full: given.has('full'),
    style: textStyle(),
  }
  const texts =
    format !== 'json' && format !== 'summary' && page !== '-' && (page === undefined || given.has('text'))
  const say = sayBeside(format === 'json')
  const progress = await openProgress()
  let finished = 0
  // One experiment's run in virtual time is read while the kernels' take their time.
  let shown: LabResult | null = null
  const show = (result: LabResult): void => {
    shown = result
    console.log(`${reportOf(result, how)}\n`)
  }
  const options = {
    ends,
    patient: given.has('patient'),
    trace: typeof trace === 'string' ? null : trace,
    captures: out !== undefined,
    family: familyOf(given),
    ...seedOf(given),
    ...(texts && labs.length === 1 ? { played: show } : {}),
    underWay(names: readonly string[]) {
      if (!real || names.length === 0) return
      const count = labs.length === 1 ? '' : `${finished} of ${labs.length} done; `
      progress.say(`${count}in real time, with the kernel's TCP: ${names.join(', ')}`)
    },
  }
  let code = 0
  const objects: object[] = []
  try {
    for await (const done of experiments(labs, options, AT_ONCE)) {
      finished++
      if (!done.passes) code = 1
      if (out !== undefined) keep(out, done)
      if (page !== undefined) writePage(page, experimentPage(done, given.has('full')), say)
      if (page === '-' || (page !== undefined && !given.has('text'))) continue
      if (format === 'json') objects.push(experimentObject(done))
      else if (format === 'summary') console.log(fit(experimentSummary(done), how.style))
      else {
        const text = experimentText(done, how, shown)
        if (text !== '') console.log(`${text}\n`)
      }
    }
  } finally {
    progress.done()
    if (typeof trace === 'object') await trace?.close()
  }
  if (format === 'json' && (page === undefined || (page !== '-' && given.has('text'))))
    console.log(JSON.stringify(objects, null, 2))
  return code
}

/** @throws UsageError, Failure */
const keepRecording = async (path: string, labs: readonly Lab[], given: Arguments): Promise<void> => {
  const [lab] = labs
  if (lab === undefined || labs.length > 1) throw new UsageError('--record takes one experiment at a time')
  if (lab.needsKernel !== undefined)
    throw new UsageError(
      `--record is for runs in virtual time, and ${lab.name} needs a kernel: ${lab.needsKernel}`,
    )
  const recording = await record(lab, { ...seedOf(given), family: familyOf(given) })
  try {
    writePrivate(path, encodeRecording(recording))
  } catch (error) {
    throw new Failure(`the recording cannot be written: ${(error as Error).message}`)
  }
}

/** Writes `LAB.CLIENT-SERVER.END.pcapng`: whose TCP the client and the server had, and which end's capture it is. */
const keep = (directory: string, { lab: { name }, runs, comparisons }: Experiment): void => {
  const beside = comparisons.map(({ right }) => right).filter(right => !runs.includes(right))
  const write = (run: LabResult, more: string): void => {
    for (const [end, bytes] of Object.entries(run.captures))
      writePrivate(join(directory, `${name}.${run.name.replace(' ↔ ', '-')}${more}.${end}.pcapng`), bytes)
  }
  for (const result of runs) write(result, '')
  for (const result of beside) write(result, '.short')
}
