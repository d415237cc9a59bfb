/** tuntcp ss: the connections of a running stack. */
import { setTimeout } from 'node:timers/promises'
import { STATES, type State } from '../tcp/state.ts'
import { formatConnections } from '../trace/connection-table.ts'
import { type Arguments, suggestion } from './arguments.ts'
import { chosenStack, STACK_CHOICE } from './chosen-stack.ts'
import { type Command, UsageError } from './command.ts'
import { ask, NobodyThere } from './control-client.ts'
import { type Counters, fromRow, type Row } from './control-protocol.ts'
import { formatCounters } from './counters-text.ts'

const SECOND = 1000
/** Clears a terminal. */
const CLEAR = '\x1b[H\x1b[2J\x1b[3J'

export const ss: Command = {
  name: 'ss',
  usage: '[OPTION…]',
  summary: 'Show the connections of a running stack, as ss -tano shows those of the kernel',
  description: `Lists listeners, connections and TIME_WAIT records: state, bytes received and not yet read, bytes sent or queued and not yet acknowledged (of a listener: connections that wait to be accepted, and how many may), both ends, how long it has been in its state, and the timer that is due next (which, when, how many retransmissions or probes so far).`,
  options: {
    ...STACK_CHOICE,
    state: { value: 'STATE,…', words: STATES, help: `Only those in these states: ${STATES.join(', ')}.` },
    extended: {
      short: 'e',
      help: 'Also round-trip time, retransmission timeout, MSS, congestion control and windows.',
    },
    counters: { help: 'Also packets, and dropped packets by reason.' },
    json: { help: 'An object for programs: connections, and with --counters those.' },
    watch: { help: 'Again each second, until Ctrl-C or the end of the stack.' },
  },
  examples: [
    ['ss', 'What is open now.'],
    ['ss --state TIME_WAIT --watch', 'How the TIME_WAITs come and go.'],
    ['ss --extended --counters', 'Round trips, windows, and why packets were dropped.'],
  ],
  operands: [],
  run: given => run(given),
}

const run = async (given: Arguments): Promise<number> => {
  const states = statesOf(given.get('state'))
  const path = await chosenStack(given)
  if (!given.has('watch')) {
    console.log(await view(path, given, states))
    return 0
  }
  for (;;) {
    let text: string
    try {
      text = await view(path, given, states)
    } catch (error) {
      if (!gone(error)) throw error
      console.error('tuntcp: the stack has ended')
      return 0
    }
    console.log(process.stdout.isTTY ? `${CLEAR}${text}` : `${text}\n`)
    await setTimeout(SECOND)
  }
}

const gone = (error: unknown): boolean =>
  error instanceof NobodyThere ||
  ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')

const statesOf = (text: string | undefined): ReadonlySet<State> | null => {
  if (text === undefined) return null
  return new Set(
    text.split(',').map(word => {
      const name = word.trim().toUpperCase().replaceAll('-', '_')
      const state = STATES.find(s => s === name)
      if (state === undefined)
        throw new UsageError(
          `there is no state '${word}'${suggestion(name, STATES)}; there are ${STATES.join(', ')}`,
        )
      return state
    }),
  )
}

const view = async (path: string, given: Arguments, states: ReadonlySet<State> | null): Promise<string> => {
  const all: readonly Row[] = await ask(path, 'connections')
  const rows = states === null ? all : all.filter(row => states.has(row.state))
  const counters: Counters | null = given.has('counters') ? await ask(path, 'counters') : null
  if (given.has('json'))
    return JSON.stringify({ connections: rows, ...(counters === null ? {} : { counters }) }, null, 2)
  const table = formatConnections(rows.map(fromRow), { extended: given.has('extended') })
  return counters === null ? table : `${table}\n\n${formatCounters(counters)}`
}
