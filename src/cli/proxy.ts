/** tuntcp proxy: a bad network before any server, without a device and without root. */
import { unwatchFile, watchFile } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Host } from '../host/host.ts'
import type { PathObserver } from '../link/path/transit.ts'
import type { HostsView } from '../live/live-view.ts'
import { fineClock } from '../net/fine-clock.ts'
import { nodeClock } from '../net/node-clock.ts'
import type { Stack } from '../net/stack.ts'
import { serveApi } from '../proxy/api/server.ts'
import { ToxiproxyApi } from '../proxy/api/toxiproxy.ts'
import { CircleError } from '../proxy/circle.ts'
import { type Config, ConfiguredProxies, readConfig } from '../proxy/config.ts'
import { STREAMS } from '../proxy/lane.ts'
import type { Passage, PassageOptions } from '../proxy/passage.ts'
import { Proxies } from '../proxy/proxies.ts'
import { Bottleneck } from '../proxy/shared.ts'
import { SOCKS_PASSAGE, SocksProxy } from '../proxy/socks/front.ts'
import { type Crowd, errorText, placeText } from '../proxy/target.ts'
import { type Arguments, suggestion } from './arguments.ts'
import { type Command, Failure, UsageError } from './command.ts'
import { Complaints } from './complaints.ts'
import { type ControlSocket, openControl } from './control-socket.ts'
import { Ending } from './ending.ts'
import { longOutputs } from './output.ts'
import { logOutput, openPacketFiles } from './packet-files.ts'
import type { FaultRule } from './proxy-faults.ts'
import { DEFAULT_API, type ProxySettings, proxyOptionSpecs, proxySettings } from './proxy-options.ts'
import { ProxyOrders } from './proxy-orders.ts'
import { traceTo } from './running-stack.ts'
import { tcpOptionNotes } from './stack-options.ts'
import { openUi, type UiSettings, type UiSubject, uiLine } from './ui.ts'

/** The time between looks at the file of --config, ms. */
const LOOK = 500

export const proxy: Command = {
  name: 'proxy',
  usage: '[[NAME=]LISTEN TARGET]… [OPTION…]',
  summary: 'Pass connections on to servers through an emulated network: no root, no TUN device',
  description: `Each connection to LISTEN (PORT, HOST:PORT or the path of a UNIX socket) goes through two TCPs of ours, joined by a path that loses, delays and breaks packets as it is told, to TARGET (HOST:PORT or a path). What programs see is what a TCP makes of it: a late byte, a stall, a timeout, a reset, and never a wrong byte.

    While it runs 'tuntcp fault' changes what befalls packets, and clients of Toxiproxy find its interface at 127.0.0.1:${DEFAULT_API}; see docs/proxy.md.`,
  options: proxyOptionSpecs(),
  examples: [
    ['proxy 15432 localhost:5432 --fault loss=5%', 'A database behind a bad line, at 127.0.0.1:15432.'],
    [
      "proxy pg=15432 db:5432 16379 cache:6379 --fault 'pg rate=1mbit'",
      'Two servers; the way to one of them is slow.',
    ],
    [
      "proxy --socks 1080 --fault 'api.example:443 loss=5%'",
      'Any program: curl --socks5-hostname localhost:1080, HTTPS_PROXY=http://localhost:1080.',
    ],
    ['proxy --config proxies.json --shared rate=10mbit', 'Those of a file, behind one line of 10 Mbit/s.'],
  ],
  operands: [],
  repeats: true,
  notes: tcpOptionNotes,
  run: given => run(given),
}

const run = async (given: Arguments): Promise<number> => {
  const settings = proxySettings(given)
  const outputs = longOutputs()
  const ending = new Ending()
  const say = (line: string) => console.error(`tuntcp: ${line}`)
  const complaints = new Complaints(say, () => performance.now())
  const { stack, seed } = settings
  const files = openPacketFiles(stack, 'proxy')
  let all: Proxies | null = null
  // The page is there before the proxies whose hosts it shows.
  const passages = () => all?.passages() ?? []
  const orders = new ProxyOrders(passages)
  const view =
    settings.ui === null
      ? null
      : await openUi(uiOf(settings.ui, settings.api), {
          ...shown(orders),
          stacks: () => stacksOf(passages()),
        })
  const observer = view === null ? null : observerOf(view)
  const shared = new Bottleneck(fineClock, seed, observer, true)
  const options: PassageOptions & Crowd = {
    clock: nodeClock,
    pathClock: fineClock,
    seed,
    tcp: stack.tcp,
    memory: stack.memory,
    trace: traceTo(stack, logOutput(stack, outputs), files.sink),
    observer,
    around: true,
    ...(view === null ? {} : { opened: (near, far) => joined(view, near, far) }),
    shared,
    unreachable: (target, error) => complaints.tell(`${target} cannot be reached: ${errorText(error)}`),
    most: settings.connections,
    full: (listen, most) =>
      complaints.tell(
        `${listen} has ${most} connections, the most that it takes at once (--connections): does its target lead back to it?`,
      ),
  }
  const proxies = new Proxies({
    ...options,
    prepare: ({ passage }) => applyRules(settings.faults, [passage]),
  })
  all = proxies
  const configured = new ConfiguredProxies(
    proxies,
    settings.pairs.map(({ name }) => name),
  )
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (ending.begun) process.exit(130)
      ending.end(0)
    })
  let control: ControlSocket | null = null
  let api: Server | null = null
  let socks: SocksProxy | null = null
  let watched: Watched | null = null
  try {
    share(settings, settings.config?.first ?? null, shared)
    await open(proxies, configured, settings)
    if (settings.socks !== null) socks = await openSocks(settings.socks, settings, options, proxies)
    refuseUnknown(settings.faults, proxies.passages())
    if (stack.control !== null) control = await openControl(stack.control, controlled(proxies, orders))
    if (settings.config !== null) watched = watch(settings, settings.config, configured, shared, say)
    if (settings.api !== null) api = await openApi(settings.api, proxies, orders)
    for (const line of readyLines(proxies, api, socks)) console.error(line)
    if (view !== null) console.error(uiLine(view))
    return await ending.code
  } finally {
    await watched?.close()
    api?.close()
    api?.closeAllConnections()
    await socks?.close()
    await proxies.close()
    view?.close()
    files.close()
    control?.close()
    await outputs.settled()
  }
}

/** @throws Failure when the port is not to be had */
const openApi = async (port: number, proxies: Proxies, orders: ProxyOrders): Promise<Server> => {
  try {
    return await serveApi(port, new ToxiproxyApi(proxies), order => orders.obey(order))
  } catch (error) {
    throw new Failure(
      `no HTTP interface at 127.0.0.1:${port}: ${(error as Error).message}; choose another (--api PORT), or none (--no-api)`,
    )
  }
}

const stacksOf = (passages: readonly Passage[]): Stack[] =>
  passages.flatMap(({ tunnel }) => [tunnel.near, tunnel.far])

/** Numbers of the hosts that a page shows: all near the clients have the one, all near the targets the other. */
const NEAR = 0
const FAR = 1

/** The port that is the default of both is Toxiproxy's: its clients know it. */
const uiOf = (ui: UiSettings, api: number | null): UiSettings =>
  ui.port === null && ui.fd === null && api === DEFAULT_API ? { ...ui, port: 0 } : ui

/** The page's words about itself. */
const shown = (orders: ProxyOrders): Omit<UiSubject, 'stacks'> => ({
  command: 'proxy',
  device: { name: 'emulated paths', counters: NO_COUNTERS },
  faults: null,
  orders,
  hostAddress: '',
  address: 'hosts near clients and targets',
})

/** Shows the two hosts of a passage. */
const joined = (view: HostsView, near: Host, far: Host): (() => void) => {
  const leave = [view.join(near, NEAR), view.join(far, FAR)]
  return () => {
    for (const each of leave) each()
  }
}

/** Has the page tell of what paths lose: upstream are packets of near hosts, downstream those of far ones. */
const observerOf = (view: HostsView): PathObserver => {
  const [near, far] = [view.observerOf(NEAR), view.observerOf(FAR)]
  return {
    entered: (stream, ...packet) => (stream === 'upstream' ? near : far).entered('out', ...packet),
  }
}

const NO_COUNTERS = { received: 0, sent: 0, readErrors: 0, writeErrors: 0, lastError: '' }

/** The stacks that `tuntcp ss` and `tuntcp fault` find. */
const controlled = (proxies: Proxies, orders: ProxyOrders) => ({
  command: 'proxy',
  stacks: () => stacksOf(proxies.passages()),
  device: { name: 'no device', counters: NO_COUNTERS },
  orders,
  hostAddress: '',
  address: proxies
    .list()
    .map(({ name }) => name)
    .join(' '),
})

/** @throws UsageError, Failure */
const open = async (
  proxies: Proxies,
  configured: ConfiguredProxies,
  { pairs, config }: ProxySettings,
): Promise<void> => {
  for (const pair of pairs)
    try {
      await proxies.add(pair)
    } catch (error) {
      const { message } = error as Error
      if (error instanceof CircleError)
        throw new UsageError(`${pair.name} leads nowhere: ${message}: choose another TARGET`)
      throw new Failure(`${pair.name} cannot listen: ${message}: choose another LISTEN`)
    }
  const problems = config === null ? [] : await configured.apply(config.first)
  if (problems.length > 0) throw new Failure(`${config!.path}: ${problems.join('; ')}`)
}

/** Rules that name no proxy name hosts. @throws UsageError, Failure */
const openSocks = async (
  { listen, login }: NonNullable<ProxySettings['socks']>,
  { faults }: ProxySettings,
  options: PassageOptions & Crowd,
  proxies: Proxies,
): Promise<SocksProxy> => {
  const names = proxies.list().map(({ name }) => name)
  const rules = faults.flatMap(({ where }) => (where === null || names.includes(where) ? [] : [where]))
  let socks: SocksProxy
  try {
    socks = new SocksProxy({ ...options, listen, login, rules: rules.filter(rule => rule !== SOCKS_PASSAGE) })
  } catch (error) {
    throw new UsageError(`--fault: ${(error as Error).message}`)
  }
  try {
    await socks.start()
  } catch (error) {
    await socks.close()
    throw new Failure(`--socks cannot listen: ${(error as Error).message}: choose another port`)
  }
  applyRules(faults, socks.passages())
  proxies.include(socks.passages())
  return socks
}

/** Each has those that name it, and those that name nobody. */
const applyRules = (rules: readonly FaultRule[], passages: readonly Passage[]): void => {
  for (const { where, stream, faults } of rules)
    for (const passage of passages)
      if (where === null || where === passage.name) passage.faults.change(faults, stream)
}

/** @throws UsageError for a rule that names a proxy that there is not */
const refuseUnknown = (rules: readonly FaultRule[], passages: readonly Passage[]): void => {
  const names = passages.map(({ name }) => name)
  for (const { where } of rules)
    if (where !== null && !names.includes(where))
      throw new UsageError(
        `--fault: there is no proxy '${where}'${suggestion(where, names)}; there are ${names.join(', ')}`,
      )
}

interface Watched {
  /** Looks no more; a change that is being made is made first. */
  close(): Promise<void>
}

/** Makes it so again whenever the file changes; a file that is wrong changes nothing, and is told. */
const watch = (
  settings: ProxySettings,
  { path, first }: NonNullable<ProxySettings['config']>,
  configured: ConfiguredProxies,
  shared: Bottleneck,
  say: (line: string) => void,
): Watched => {
  let config = first
  let turn = Promise.resolve()
  const look = async (): Promise<void> => {
    let next: Config
    try {
      next = readConfig(path)
    } catch (error) {
      say(`${path} has changed, and is not used: ${(error as Error).message}`)
      return
    }
    const problems = await configured.apply(next)
    if (JSON.stringify(next.shared) !== JSON.stringify(config.shared)) share(settings, next, shared)
    config = next
    const count = next.proxies.length
    say(
      problems.length === 0
        ? `${path} has changed: ${count} ${count === 1 ? 'proxy' : 'proxies'}`
        : `${path} has changed, and is used in part: ${problems.join('; ')}`,
    )
  }
  const changed = () => {
    turn = turn.then(look)
  }
  watchFile(path, { interval: LOOK }, changed)
  return {
    close: () => {
      unwatchFile(path, changed)
      return turn
    },
  }
}

/** The faults of the link that all share: those of the command line, and those of the file. */
const share = ({ shared }: ProxySettings, config: Config | null, link: Bottleneck): void => {
  link.faults.clear()
  for (const { stream, faults } of shared) link.faults.change(faults, stream)
  for (const stream of STREAMS) link.faults.change(config?.shared[stream] ?? {}, stream)
}

const readyLines = (proxies: Proxies, api: Server | null, socks: SocksProxy | null): string[] => [
  ...(socks === null ? [] : [`tuntcp takes SOCKS5 and HTTP CONNECT at ${placeText(socks.listen)}`]),
  ...(api === null
    ? []
    : [`tuntcp takes Toxiproxy's orders at http://127.0.0.1:${(api.address() as AddressInfo).port}`]),
  ...proxies.list().map(each => {
    const where = each.enabled ? placeText(each.listen) : 'nothing (disabled)'
    return `tuntcp forwards ${where} to ${placeText(each.target)}`
  }),
]
