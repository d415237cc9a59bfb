/** tuntcp forward: a proxy with a bad network in front of it. */
import type { Server as HttpServer } from 'node:http'
import net from 'node:net'
import { faultsOfWords } from '../faults/words.ts'
import { type Arguments, wholeNumber } from './arguments.ts'
import { type Command, UsageError } from './command.ts'
import { Ending } from './ending.ts'
import { openFaultHttp } from './fault-http.ts'
import { FaultOrders } from './fault-orders.ts'
import { type RunningStack, runStack } from './running-stack.ts'
import { type Spliced, splice } from './splice.ts'
import { stackOptionSpecs, stackSettings, tcpOptionNotes } from './stack-options.ts'

const DEFAULT_LOG = 'warn'
const DEFAULT_API = 8473

export const forward: Command = {
  name: 'forward',
  usage: 'PORT HOST:PORT [OPTION…]',
  summary: 'Pass connections on to a server, over a link that loses, delays and breaks as it is told',
  description: `Clients connect to our address on the TUN device; each connection is passed on to the server at HOST:PORT by the kernel's TCP: the stream both ways, the end of a direction, resets, and how fast the other side takes it. When the server cannot be reached, the client's connection is reset.

    What befalls packets between the clients and us is told by --fault, and while it runs by 'tuntcp fault' or by HTTP at 127.0.0.1:${DEFAULT_API} (docs/forward.md).`,
  options: {
    fault: {
      value: 'NAME=VALUE',
      help: "From the beginning, such as loss=5%; see 'tuntcp fault --help'. May be repeated.",
    },
    seed: { value: 'SEED', help: 'What chance follows from (default 1).' },
    api: {
      value: 'PORT',
      help: `The port of the HTTP interface, at 127.0.0.1 (default ${DEFAULT_API}; 0 for any).`,
    },
    'no-api': { help: 'No such interface.' },
    ...stackOptionSpecs(DEFAULT_LOG),
  },
  operands: ['PORT', 'HOST:PORT'],
  notes: tcpOptionNotes,
  run: given => run(given),
}

interface Target {
  readonly host: string
  readonly port: number
}

const targetOf = (text: string): Target => {
  const at = text.lastIndexOf(':')
  const host = text.slice(0, Math.max(0, at)).replace(/^\[(.*)\]$/, '$1')
  if (host === '')
    throw new UsageError(`HOST:PORT is where the server is, such as 127.0.0.1:8080, not '${text}'`)
  return { host, port: wholeNumber('the port of HOST:PORT', text.slice(at + 1), 1, 65_535) }
}

const run = async (given: Arguments): Promise<number> => {
  const [portText, targetText] = given.operands as [string, string]
  const port = wholeNumber('PORT', portText, 1, 65_535)
  const target = targetOf(targetText)
  const api = given.has('no-api')
    ? null
    : wholeNumber('--api', given.get('api') ?? String(DEFAULT_API), 0, 65_535)
  const faults = faultsGiven(given)
  const settings = stackSettings(given, DEFAULT_LOG)
  const ending = new Ending()
  const running = await runStack({
    command: 'forward',
    settings,
    log: settings.pcap === '-' ? process.stderr : process.stdout,
    anyAddress: false,
    faultySeed: given.get('seed') ?? 1,
    lost(error) {
      console.error(`tuntcp: ${error.message}`)
      ending.end(1)
    },
  })
  const link = running.faults!
  link.change(faults)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (ending.begun) process.exit(130)
      ending.end(0)
    })
  let http: HttpServer | null = null
  try {
    if (api !== null) http = await openFaultHttp(api, new FaultOrders(link, running.stack), running.stack)
    running.stack
      .createServer({ allowHalfOpen: true }, socket => passOn(socket as unknown as Spliced, target))
      .listen(port)
    console.error(readyLine(running, port, targetText, http))
    return await ending.code
  } finally {
    http?.close()
    http?.closeAllConnections()
    await running.close()
  }
}

const faultsGiven = (given: Arguments) => {
  try {
    return faultsOfWords(given.all('fault'))
  } catch (error) {
    throw new UsageError(`--fault: ${(error as Error).message}`)
  }
}

const passOn = (client: Spliced, target: Target): void => {
  const server = net.connect({ ...target, allowHalfOpen: true })
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
      console.error(`tuntcp: ${target.host}:${target.port} cannot be reached: ${error.message}`)
  })
  splice(client, server)
}

const readyLine = (
  { address, tun, hostAddress }: RunningStack,
  port: number,
  target: string,
  http: HttpServer | null,
): string => {
  const at = `${address.split('/')[0]}:${port}`
  const by = http === null ? '' : `, http://127.0.0.1:${(http.address() as net.AddressInfo).port}/faults`
  return `tuntcp forwards ${at} on ${tun.name} (this host is ${hostAddress.split('/')[0]}) to ${target}; faults: tuntcp fault${by}`
}
