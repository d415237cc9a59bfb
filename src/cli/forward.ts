/** tuntcp forward: a proxy with a bad network in front of it. */
import type { Server as HttpServer } from 'node:http'
import net from 'node:net'
import { faultsOfWords } from '../faults/words.ts'
import { resetSockets } from '../net/reset-sockets.ts'
import type { Spliced } from '../proxy/splice.ts'
import { makeApiToken } from './api-token.ts'
import { type Arguments, wholeNumber } from './arguments.ts'
import { type Command, UsageError } from './command.ts'
import { Complaints } from './complaints.ts'
import { Ending } from './ending.ts'
import { openFaultHttp } from './fault-http.ts'
import { FaultOrders } from './fault-orders.ts'
import { longOutputs } from './output.ts'
import { logOutput } from './packet-files.ts'
import { Passing } from './passing.ts'
import { type RunningStack, runStack } from './running-stack.ts'
import { stackOptionSpecs, stackSettings, tcpOptionNotes } from './stack-options.ts'
import { UI_OPTIONS, uiLine, uiSettings } from './ui.ts'

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
    'api-token-file': {
      value: 'FILE',
      help: 'Where the token that it asks for is written to (default: beside the control socket).',
    },
    'no-api': { help: 'No such interface.' },
    ...UI_OPTIONS,
    ...stackOptionSpecs(DEFAULT_LOG),
  },
  examples: [
    [
      'forward 5432 localhost:5432 --fault loss=5% --fault delay=40ms',
      'A database behind a bad line, at 192.0.2.2:5432.',
    ],
    ['forward 8080 localhost:80 --seed 7', 'All is well until tuntcp fault says otherwise.'],
  ],
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
  const ui = uiSettings(given)
  const outputs = longOutputs()
  const ending = new Ending()
  const running = await runStack({
    command: 'forward',
    settings,
    ui,
    log: logOutput(settings, outputs),
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
  const passing = new Passing({
    target: targetText,
    connect: () => net.connect({ ...target, allowHalfOpen: true }),
    now: () => performance.now(),
    complaints: new Complaints(
      line => console.error(`tuntcp: ${line}`),
      () => performance.now(),
    ),
  })
  let http: FaultApi | null = null
  try {
    if (api !== null) http = await openApi(api, given.get('api-token-file'), running)
    running.stack
      .createServer({ allowHalfOpen: true }, socket => passing.add(socket as unknown as Spliced))
      .listen(port)
    console.error(readyLine(running, port, targetText, http))
    if (running.view !== null) console.error(uiLine(running.view))
    return await ending.code
  } finally {
    http?.close()
    await running.close()
    await outputs.settled()
  }
}

const faultsGiven = (given: Arguments) => {
  try {
    return faultsOfWords(given.all('fault'))
  } catch (error) {
    throw new UsageError(`--fault: ${(error as Error).message}`)
  }
}

interface FaultApi {
  readonly url: string
  readonly tokenPath: string
  close(): void
}

/** @throws Failure */
const openApi = async (
  port: number,
  tokenPath: string | undefined,
  { faults, stack }: RunningStack,
): Promise<FaultApi> => {
  const token = makeApiToken(tokenPath)
  let server: HttpServer
  try {
    server = await openFaultHttp(
      port,
      new FaultOrders(faults!, match => resetSockets(stack, match)),
      stack,
      token,
    )
  } catch (error) {
    token.close()
    throw error
  }
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/faults`,
    tokenPath: token.path,
    close() {
      server.close()
      server.closeAllConnections()
      token.close()
    },
  }
}

const readyLine = (
  { address, tun, hostAddress }: RunningStack,
  port: number,
  target: string,
  http: FaultApi | null,
): string => {
  const at = `${address.split('/')[0]}:${port}`
  const by = http === null ? '' : `, ${http.url} (its token is in ${http.tokenPath})`
  return `tuntcp forwards ${at} on ${tun.name} (this host is ${hostAddress.split('/')[0]}) to ${target}; faults: tuntcp fault${by}`
}
