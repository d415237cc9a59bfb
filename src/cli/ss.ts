import { STATES } from '../tcp/state.ts'
import { formatConnections } from '../trace/connection-table.ts'
import { askStack, runningStacks, type Snapshot } from './control.ts'
import { CommandError, parse, UsageError, wholeNumber } from './usage.ts'

const HELP = `tuntcp ss: the connections of a running stack, their states, timers, queues and age

  --extended, -e        also round trip, MSS, windows, congestion window, retransmissions
  --state STATE         only those in this state, such as CLOSE_WAIT
  --counters            also packets received, sent, and dropped by reason
  --watch               again each second
  --json                for machines
  --pid PID             of several stacks, the one of this process
  --control PATH        of the stack that was given this path
  -h, --help            this text
`

const findPath = (pid: number | null): string => {
  const stacks = runningStacks()
  const found = pid === null ? stacks : stacks.filter(stack => stack.pid === pid)
  if (found.length === 1) return found[0]!.path
  const pids = stacks.map(stack => stack.pid).join(', ')
  if (stacks.length === 0) throw new CommandError("no stack is running here: start one with 'tuntcp serve'")
  if (pid !== null) throw new CommandError(`no stack runs as process ${pid}; there is ${pids}`)
  throw new CommandError(`several stacks are running; choose one with --pid: ${pids}`)
}

const counters = ({ counters, drops }: Snapshot): string => {
  const all = [
    ...Object.entries(counters),
    ...Object.entries(drops).map(([reason, n]): [string, number] => [`dropped: ${reason}`, n]),
  ]
  const width = Math.max(...all.map(([, n]) => String(n).length))
  return all.map(([name, n]) => `${String(n).padStart(width)}  ${name}`).join('\n')
}

export const ss = async (args: readonly string[]): Promise<void> => {
  const { values } = parse(
    args,
    {
      extended: { type: 'boolean', short: 'e', default: false },
      state: { type: 'string' },
      counters: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      pid: { type: 'string' },
      control: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    } as const,
    0,
  )
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const { state } = values
  if (state !== undefined && !STATES.some(name => name === state))
    throw new UsageError(`--state is one of ${STATES.join(', ')}, not '${state}'`)
  const pid = values.pid === undefined ? null : wholeNumber('--pid', values.pid, 1, 2 ** 31)
  const path = values.control ?? findPath(pid)
  for (;;) {
    const snapshot = await askStack(path)
    const rows = snapshot.connections.filter(row => state === undefined || row.state === state)
    const text = values.json
      ? JSON.stringify({ ...snapshot, connections: rows })
      : formatConnections(rows, { extended: values.extended }) +
        (values.counters ? `\n\n${counters(snapshot)}` : '')
    process.stdout.write(`${values.watch && process.stdout.isTTY ? '\x1b[H\x1b[2J' : ''}${text}\n`)
    if (!values.watch) return
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
}
