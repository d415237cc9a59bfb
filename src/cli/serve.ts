/** tuntcp serve: the small services of old, and HTTP, over our stack. */
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { Ending } from './ending.ts'
import { longOutputs } from './output.ts'
import { logOutput } from './packet-files.ts'
import { type PoolOptions, type RunningPool, runPool } from './running-pool.ts'
import { type OpenDevice, type RunningOptions, type RunningStack, runStack } from './running-stack.ts'
import { type ChosenService, chosenServices, serviceOptionSpecs, workersGiven } from './service-options.ts'
import { stackOptionSpecs, stackSettings, tcpOptionNotes } from './stack-options.ts'
import { UI_OPTIONS, uiLine, uiSettings } from './ui.ts'

const DEFAULT_LOG = 'info'

export const serve: Command = {
  name: 'serve',
  usage: '[OPTION…]',
  summary: 'Serve echo, discard, daytime, chargen and HTTP over a TUN device',
  description: `Answers on a TUN device with a TCP/IP stack of its own: programs of this machine (curl, telnet, nc, a browser) reach it at its address, and the log shows what the TCP does.

    Standard output has the log; standard error tells when it is ready. SIGINT (Ctrl-C) and SIGTERM end connections in order; a second SIGINT ends it at once. Making a device takes root, or a network namespace (tuntcp netns); an existing one that belongs to you takes nothing.`,
  options: {
    ...serviceOptionSpecs(),
    workers: {
      value: 'N',
      help: 'A stack in each of N threads, all at one address, so that more than one processor is used (default 1).',
    },
    ...UI_OPTIONS,
    ...stackOptionSpecs(DEFAULT_LOG),
  },
  examples: [
    ['serve', 'All services at 192.0.2.2; in another terminal: curl http://192.0.2.2/'],
    ['serve --msl 1s --pcap all.pcapng', 'TIME_WAIT lasts two seconds, and Wireshark gets everything.'],
    ['serve --workers 4 --log-level warn', 'On four processors.'],
    ['serve --only echo --log-level trace', 'Echo alone; the log has every segment.'],
    [
      'netns sh -c "tuntcp serve & sleep 2; curl http://192.0.2.2/"',
      'Without root, in a network of its own.',
    ],
  ],
  operands: [],
  notes: tcpOptionNotes,
  run: given => run(given),
}

const run = async (given: Arguments): Promise<number> => {
  const services = chosenServices(given)
  const settings = stackSettings(given, DEFAULT_LOG)
  const ui = uiSettings(given)
  const outputs = longOutputs()
  const ending = new Ending()
  const options: RunningOptions = {
    command: 'serve',
    settings,
    ui,
    log: logOutput(settings, outputs),
    lost(error) {
      console.error(`tuntcp: ${error.message}`)
      ending.end(1)
    },
  }
  const workers = workersGiven(given)
  const running =
    workers > 1
      ? await servePool({ ...options, workers, services }, ending)
      : await serveOne(options, services, ending)
  const code = await ending.code
  await running.close()
  await outputs.settled()
  return code
}

const serveOne = async (
  options: RunningOptions,
  services: readonly ChosenService[],
  ending: Ending,
): Promise<RunningStack> => {
  const running = await runStack(options)
  endOnSignals(async () => running.stack.sockets.size, ending)
  for (const { service, port } of services) await service.start(running.stack, port)
  console.error(readyLine(running, services))
  if (running.view !== null) console.error(uiLine(running.view))
  return running
}

const servePool = async (options: PoolOptions, ending: Ending): Promise<RunningPool> => {
  const running = await runPool(options)
  const open = async () =>
    (await running.pool.connections()).filter(({ state }) => state === 'ESTABLISHED').length
  endOnSignals(open, ending)
  console.error(readyLine(running, options.services, options.workers))
  return running
}

/** @param connections tells how many are open */
const endOnSignals = (connections: () => Promise<number>, ending: Ending): void => {
  const signalled = (signal: NodeJS.Signals) => {
    if (ending.begun && signal === 'SIGINT') process.exit(130)
    if (ending.begun) return
    void connections().then(open => {
      if (open > 0) console.error(`tuntcp: ending ${open} ${open === 1 ? 'connection' : 'connections'}`)
    })
    // A worker that is busy does not keep the others from it.
    ending.end(0)
  }
  process.on('SIGINT', signalled)
  process.on('SIGTERM', signalled)
  // The terminal is gone.
  process.on('SIGHUP', signalled)
}

/** Commands to try it with. */
const EXAMPLES: Record<string, (address: string, port: number) => string> = {
  http: (address, port) => `curl http://${address}${port === 80 ? '' : `:${port}`}/`,
  echo: (address, port) => `telnet ${address} ${port}`,
  daytime: (address, port) => `nc ${address} ${port}`,
}

const readyLine = (
  { address, tun, hostAddress, ipv6 }: OpenDevice,
  services: readonly ChosenService[],
  workers = 1,
): string => {
  const [ours] = address.split('/')
  const [host] = hostAddress.split('/')
  const list = services.map(({ service, port }) => `${service.name} ${port}`).join(', ') || 'no services'
  const example = (at: string, inUrl: string): string =>
    Object.entries(EXAMPLES).flatMap(([name, text]) =>
      services
        .filter(({ service }) => service.name === name)
        .map(({ port }) => text(name === 'http' ? inUrl : at, port)),
    )[0] ?? `ping ${at}`
  const six = ipv6?.address.split('/')[0]
  const overIpv6 = six === undefined ? '' : ` or ${example(six, `[${six}]`)}`
  const threads = workers === 1 ? '' : ` by ${workers} workers`
  return `tuntcp serves ${list} at ${ours} on ${tun.name}${threads} (this host is ${host}); try: ${example(ours!, ours!)}${overIpv6}`
}
