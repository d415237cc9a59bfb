/** `tuntcp lab`: the experiments. */

import type { Lab } from '../lab/lab.ts'
import { LABS } from '../lab/labs/all.ts'
import { reportOf, verdictOf } from '../lab/report.ts'
import { runVirtual } from '../lab/run-virtual.ts'
import { type Arguments, suggestion } from './arguments.ts'
import { type Command, UsageError } from './command.ts'
import { wrap } from './help.ts'

const column = Math.max(...LABS.map(({ name }) => name.length)) + 2

const list = (): string =>
  LABS.map(({ name, summary }) => `  ${name.padEnd(column)}${wrap(summary, 97 - column, column + 2)}`).join(
    '\n',
  )

export const lab: Command = {
  name: 'lab',
  usage: '[NAME…|all] [OPTION…]',
  summary: 'Run an experiment with TCP and see what happens, step by step',
  description: `Runs experiments between two stacks, in virtual time: it takes no rights, touches no network, and what takes minutes takes milliseconds. Prints the ladder of all segments with the states of both ends, and whether it shows what it must: exit code 1 when it does not. Without a name it lists the experiments.`,
  options: {
    format: { value: 'FORMAT', help: 'ladder (the default), log, both, or json for programs.' },
    full: { help: 'All rows of long ladders and logs.' },
    seed: {
      value: 'SEED',
      help: 'Ports and initial sequence numbers follow from it; default the name of the experiment.',
    },
  },
  operands: [],
  repeats: true,
  notes: () => `Experiments:\n${list()}`,
  run: given => run(given),
}

const chosen = (operands: readonly string[]): readonly Lab[] => {
  if (operands.includes('all')) return LABS
  return operands.map(name => {
    const found = LABS.find(l => l.name === name)
    if (found === undefined) {
      const names = [...LABS.map(l => l.name), 'all']
      throw new UsageError(`there is no lab '${name}'${suggestion(name, names)}: 'tuntcp lab' lists them`)
    }
    return found
  })
}

const FORMATS = ['ladder', 'log', 'both', 'json']

const run = async (given: Arguments): Promise<number> => {
  const format = given.get('format') ?? 'ladder'
  if (!FORMATS.includes(format))
    throw new UsageError(
      `--format must be one of ${FORMATS.join(', ')}, not '${format}'${suggestion(format, FORMATS)}`,
    )
  const labs = chosen(given.operands)
  if (labs.length === 0) {
    console.log(`${list()}\n\ntuntcp lab NAME runs one, tuntcp lab all runs all of them.`)
    return 0
  }
  let code = 0
  const summary: string[] = []
  const objects: unknown[] = []
  for (const one of labs) {
    if (one.needsKernel !== undefined) {
      summary.push(`${one.name}: not between two stacks of ours: ${one.needsKernel}`)
      continue
    }
    const result = await runVirtual(one, given.get('seed') ?? one.name)
    if (result.findings.failed.length > 0) code = 1
    const { segments, transitions, notes } = result.run
    if (format === 'json')
      objects.push({
        lab: one.name,
        passes: result.findings.failed.length === 0,
        findings: result.findings.all,
        segments,
        transitions,
        notes,
      })
    else
      console.log(
        `${reportOf(result, { ladder: format !== 'log', log: format !== 'ladder', full: given.has('full') })}\n`,
      )
    summary.push(verdictOf(result))
  }
  if (format === 'json') console.log(JSON.stringify(objects, null, 2))
  else if (labs.length > 1 || summary.length > 1) console.log(summary.join('\n'))
  else if (labs[0]!.needsKernel !== undefined) console.log(summary[0])
  return code
}
