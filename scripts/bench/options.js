/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'
import { FIGURES } from './figures.js'
import { BASELINE, SUBJECTS } from './subjects.js'

/** The user's mistake, or the machine's lack: said without a stack, exit code 2. */
export class UsageError extends Error {}

const list = entries =>
  Object.entries(entries)
    .map(([name, { about }]) => `  ${name.padEnd(14)}${about}`)
    .join('\n')

export const help = () => `Usage: npm run bench -- [OPTION...]

Measures tuntcp, and node:net beside it, with one and the same client on the kernel's sockets; prints a Markdown table.
Needs root and /dev/net/tun; all traffic is in network namespaces that it makes and removes.

  --only NAMES         subjects, separated by commas or blanks; by default all
  --figures NAMES      what to measure; by default all
  --reps N             repetitions; the subjects take turns (default 5)
  --seconds N          length of one measurement (default 3)
  --subject NAME       a further subject, with
  --start COMMAND      the command that serves it (any number of pairs)
  --connections N      how many are held idle (default 10000)
  --json FILE          also keeps every single report
  --write              records the table in docs/benchmark.md
  --help               this text

COMMAND is run by bash in the namespace $NS, pinned to the server's core. It opens the TUN device $TUN, which exists, and
serves on $ADDR with the MTU $MTU: echo on port 7, on port 9 a sink that after our FIN says how many bytes it has read and
closes, on port 19 bytes for ever, the i-th being i mod 251, and HTTP on port 80 (without it that figure stays empty). It is
ready when port 7 answers (within 15 s), and is ended by SIGTERM.

Subjects (ratios are to ${BASELINE}):
${list(SUBJECTS)}

Figures:
${list(FIGURES)}

Exit code 0 when all was measured, 1 when something failed, 2 when it could not begin.
`

const OPTIONS = {
  only: { type: 'string', multiple: true },
  figures: { type: 'string', multiple: true },
  reps: { type: 'string' },
  seconds: { type: 'string' },
  subject: { type: 'string', multiple: true },
  start: { type: 'string', multiple: true },
  connections: { type: 'string' },
  json: { type: 'string' },
  write: { type: 'boolean' },
  help: { type: 'boolean' },
}

const number = (name, text, least, whole) => {
  const value = Number(text)
  if (text.trim() === '' || !(value >= least) || value > 250_000 || (whole && !Number.isInteger(value)))
    throw new UsageError(
      `--${name} takes a ${whole ? 'whole number' : 'number'} from ${least} to 250000, not '${text}'`,
    )
  return value
}

/** Names of `known`, as `--${option}` gives them, each once and in the order of `known`. */
const names = (option, texts, known) => {
  if (texts === undefined) return known
  const wanted = texts.flatMap(text => text.split(/[\s,]+/)).filter(Boolean)
  for (const name of wanted)
    if (!known.includes(name))
      throw new UsageError(`--${option}: there is no '${name}'; there are ${known.join(', ')}`)
  if (wanted.length === 0) throw new UsageError(`--${option} takes names: ${known.join(', ')}`)
  return known.filter(name => wanted.includes(name))
}

/** @throws UsageError naming what is wrong, and what would be right */
export const parseOptions = argv => {
  let values
  try {
    values = parseArgs({ args: argv, options: OPTIONS }).values
  } catch (error) {
    throw new UsageError(error.message)
  }
  const { subject = [], start = [] } = values
  if (subject.length !== start.length)
    throw new UsageError('each --subject NAME needs a --start COMMAND, and each --start a --subject')
  for (const name of subject) {
    if (Object.hasOwn(SUBJECTS, name)) throw new UsageError(`--subject ${name}: we have one of that name`)
    if (!/^[\w.:+-]+$/.test(name))
      throw new UsageError(`--subject '${name}': letters, digits and _ . : + - make a name`)
  }
  const custom = Object.fromEntries(subject.map((name, i) => [name, start[i]]))
  return {
    help: values.help === true,
    only: names('only', values.only, [...Object.keys(SUBJECTS), ...Object.keys(custom)]),
    custom,
    figures: names('figures', values.figures, Object.keys(FIGURES)),
    reps: number('reps', values.reps ?? '5', 1, true),
    seconds: number('seconds', values.seconds ?? '3', 0.01, false),
    connections: number('connections', values.connections ?? '10000', 1, true),
    json: values.json ?? null,
    write: values.write === true,
  }
}
