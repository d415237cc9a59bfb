/** tuntcp fault: what a running link does to packets. */
import { FLAG_NAMES } from '../faults/drop-next.ts'
import type { FaultsShown } from '../faults/fault-set.ts'
import { FAULT_MEANINGS, FAULT_NAMES, faultsOfWords } from '../faults/words.ts'
import type { FlagName } from '../link/path/script.ts'
import { widest } from '../trace/extremes.ts'
import { wrap } from '../trace/text-style.ts'
import { type Arguments, oneOf, wholeNumber } from './arguments.ts'
import { chosenStack, STACK_CHOICE } from './chosen-stack.ts'
import { type Command, UsageError } from './command.ts'
import { order } from './control-client.ts'
import type { FaultAnswer, FaultOrder } from './fault-orders.ts'
import { table, WIDTH } from './help.ts'
import { apiUrl, orderByHttp } from './order-by-http.ts'

const MEANINGS = {
  show: 'What befalls packets now, and how many have been lost and why.',
  set: 'NAME=VALUE…: these from now on; the rest stays.',
  clear: 'All is well again.',
  partition: 'Everything is lost until heal.',
  heal: 'Ends a partition; the rest stays.',
  'drop-next':
    'The next packet is lost, or the next with these flags (SYN, FIN, RST, PSH, ACK, URG, ECE, CWR), or with --data the next with text.',
  reset: 'Resets connections: all, or those that --port, --peer and --peer-port name.',
} as const

const ORDERS = Object.keys(MEANINGS) as (keyof typeof MEANINGS)[]

const DIRECTIONS = ['out', 'in', 'upstream', 'downstream'] as const

export const fault: Command = {
  name: 'fault',
  usage: 'ORDER [OPTION…]',
  summary:
    'Make the network of a running tuntcp forward or proxy, or of a program under tuntcp/register, bad',
  description: `Changes what befalls the packets of a stack that runs, and shows it. Connections live on, but for reset.`,
  options: {
    direction: {
      value: 'DIRECTION',
      words: DIRECTIONS,
      help: 'out for what the stack sends, in for what it receives; of tuntcp proxy upstream for what clients send, downstream for what they receive (default both).',
    },
    proxy: { value: 'NAME', help: 'The proxy of tuntcp proxy that it is about (default all).' },
    data: { help: 'drop-next: segments with text.' },
    count: { value: 'N', help: 'drop-next: so many (default 1).' },
    port: { value: 'PORT', help: 'reset: connections at this port of ours.' },
    peer: { value: 'ADDR', help: 'reset: with this peer.' },
    'peer-port': { value: 'PORT', help: 'reset: with this port of the peer.' },
    json: { help: 'The answer as an object for programs.' },
    ...STACK_CHOICE,
    api: {
      value: 'URL',
      help: "The HTTP interface of tuntcp proxy in place of a control socket: http://127.0.0.1:8474, or its port. For where there are no UNIX sockets, and for other users' proxies.",
    },
  },
  examples: [
    ['fault set loss=5% delay=40ms rate=10mbit', 'Both directions, from now on.'],
    ['fault set loss=off', 'No more losses; the rest stays.'],
    ['fault drop-next FIN --direction out', 'Our next FIN is lost.'],
    ['fault partition', 'Nothing passes until tuntcp fault heal.'],
    ['fault reset --port 5432', 'All connections at that port are reset.'],
    [
      'fault set loss=5% --proxy pg --api 8474',
      "By the HTTP interface of tuntcp proxy: one proxy's packets.",
    ],
  ],
  operands: ['ORDER'],
  repeats: true,
  words: () => [...ORDERS, ...FAULT_NAMES.map(name => `${name}=`)],
  notes: () =>
    [
      `Orders:\n${table(ORDERS, order => MEANINGS[order])}`,
      `Names for set, each with =off too:\n${table(FAULT_NAMES, name => FAULT_MEANINGS[name]!)}`,
      wrap(
        "Times as 40ms or 1.5s, rates as 10mbit, sizes as 64KiB, probabilities as 5% or 0.05. rate, queue and loss are each direction's own.",
        WIDTH,
      ),
    ].join('\n\n'),
  run: given => run(given),
}

const run = async (given: Arguments): Promise<number> => {
  const what = { ...orderOf(given), ...proxyOf(given) }
  const answer = await ordered(given, what)
  console.log(given.has('json') ? JSON.stringify(answer, null, 2) : text(answer))
  return 0
}

/** By the HTTP interface that was named, or by a control socket. @throws UsageError, Failure */
const ordered = async (given: Arguments, what: FaultOrder): Promise<FaultAnswer> => {
  const api = given.get('api')
  if (api === undefined) return order(await chosenStack(given), what)
  const other = Object.keys(STACK_CHOICE).find(name => given.has(name))
  if (other !== undefined) throw new UsageError(`--api and --${other} are two ways to a proxy: choose one`)
  return orderByHttp(apiUrl(api), what)
}

const proxyOf = (given: Arguments) => {
  const proxy = given.get('proxy')
  return proxy === undefined ? {} : { proxy }
}

/** The options that go with each order. */
const TAKES: Readonly<Record<string, readonly (typeof ORDERS)[number][]>> = {
  direction: ['set', 'partition', 'heal', 'drop-next'],
  data: ['drop-next'],
  count: ['drop-next'],
  port: ['reset'],
  peer: ['reset'],
  'peer-port': ['reset'],
}

const orderOf = (given: Arguments): FaultOrder => {
  const [name, ...words] = given.operands as [string, ...string[]]
  const what = oneOf('ORDER', name, ORDERS)
  for (const [option, orders] of Object.entries(TAKES))
    if (given.has(option) && !orders.includes(what))
      throw new UsageError(`--${option} is for ${orders.join(', ')}, not for ${what}`)
  if (words.length > 0 && what !== 'set' && what !== 'drop-next')
    throw new UsageError(`'${words[0]}' is one argument too many`)
  const direction = given.get('direction')
  const where = direction === undefined ? {} : { direction: oneOf('--direction', direction, DIRECTIONS) }
  const count = given.get('count')
  switch (what) {
    case 'show':
    case 'clear':
      return { do: what }
    case 'partition':
    case 'heal':
      return { do: what, ...where }
    case 'set':
      if (words.length === 0) throw new UsageError('NAME=VALUE is missing, such as loss=5%')
      return { do: what, faults: read(words), ...where }
    case 'drop-next':
      return {
        do: what,
        ...(words.length === 0
          ? {}
          : { flags: words.flatMap(word => word.toUpperCase().split(',')).map(flagOf) }),
        ...(given.has('data') ? { data: true } : {}),
        ...(count === undefined ? {} : { count: wholeNumber('--count', count, 1, 2 ** 31) }),
        ...where,
      }
    case 'reset': {
      const [port, peerPort, peer] = [given.get('port'), given.get('peer-port'), given.get('peer')]
      return {
        do: what,
        ...(port === undefined ? {} : { localPort: wholeNumber('--port', port, 1, 65_535) }),
        ...(peerPort === undefined ? {} : { remotePort: wholeNumber('--peer-port', peerPort, 1, 65_535) }),
        ...(peer === undefined ? {} : { remoteAddress: peer }),
      }
    }
  }
}

/** @throws UsageError */
const flagOf = (word: string): FlagName => {
  if (/^\d+$/.test(word))
    throw new UsageError(`drop-next takes flags, not '${word}': the next ${word} packets are --count ${word}`)
  return oneOf('FLAG', word, FLAG_NAMES) as FlagName
}

const read = (words: readonly string[]) => {
  try {
    return faultsOfWords(words)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const text = (answer: FaultAnswer): string => {
  const { reset } = answer
  if (reset !== undefined) return `${reset} ${reset === 1 ? 'connection' : 'connections'} reset`
  if (answer.proxies === undefined) return shown(answer)
  const proxies = Object.entries(answer.proxies).map(([name, each]) => `${name}\n${shown(each)}`)
  return proxies.join('\n') || 'there is no proxy'
}

const shown = ({ faults, dropNext, counters }: FaultsShown): string => {
  const width = widest(Object.keys(faults)) + 1
  const lines = Object.entries(faults).map(([direction, given]) => {
    const said = Object.entries(given ?? {}).map(([name, value]) => `${name}=${valueText(value)}`)
    return `${direction.padEnd(width)}${said.join(' ') || 'all is well'}${countersText(counters, direction)}`
  })
  if (dropNext > 0) lines.push(`${dropNext} more ${dropNext === 1 ? 'packet is' : 'packets are'} to be lost`)
  return lines.join('\n')
}

const valueText = (value: unknown): string =>
  typeof value === 'object' && value !== null ? Object.values(value).join(':') : String(value)

const countersText = (counters: FaultsShown['counters'], direction: string): string => {
  const { entered, delivered, lost } = counters[direction as 'out']!
  const gone = Object.entries(lost).filter(([, count]) => count > 0)
  const reasons = gone.map(([reason, count]) => `${count} ${reason}`).join(', ')
  return `  (${entered} packets, ${delivered} delivered${reasons === '' ? '' : `, lost: ${reasons}`})`
}
