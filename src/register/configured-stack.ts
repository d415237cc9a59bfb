/** The stack that the configuration describes, and which addresses are its. */
import { openControl } from '../cli/control-socket.ts'
import { FaultOrders } from '../cli/fault-orders.ts'
import { openPacketFiles } from '../cli/packet-files.ts'
import { openStack, traceTo } from '../cli/running-stack.ts'
import type { StackSettings } from '../cli/stack-options.ts'
import { openUi, uiLine } from '../cli/ui.ts'
import { FaultyLink } from '../faults/faulty-link.ts'
import { Loopback } from '../ip/loopback.ts'
import { createPipe } from '../link/pipe.ts'
import type { TunCounters, TunError } from '../link/tun.ts'
import { createStack } from '../net/create-stack.ts'
import { fineClock } from '../net/fine-clock.ts'
import { nodeClock } from '../net/node-clock.ts'
import { resetSockets } from '../net/reset-sockets.ts'
import type { Stack } from '../net/stack.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { DEFAULT_EVENTS } from '../view/model/event-ring.ts'
import type { Configuration } from './configuration.ts'
import type { Surroundings } from './install.ts'
import { Relay } from './relay.ts'
import { Routes } from './routes.ts'
import type { Lent } from './shared.ts'

const LOOPBACK = '127.0.0.0/8'
const LOOPBACK_IPV6 = '::1'
/** Bytes of a packet between the ends in this process when the network between them is to be bad: an Ethernet's. */
const ORDINARY_MTU = 1500

/** A loopback has none. */
const NO_COUNTERS: TunCounters = { received: 0, sent: 0, readErrors: 0, writeErrors: 0, lastError: '' }

/** Linux's loopback takes about as much of what is written before anybody reads, bytes. */
const TAKEN_AT_ONCE = 3 * 1024 * 1024

/** The options of the TCP, where those of a program that was written for Linux's are others than the RFCs'. */
export const likeLinux = (configuration: Configuration): Partial<TcpOptions> => ({
  resetKeepsText: true,
  ...(configuration.tun || isFaulty(configuration) ? {} : { sendBuffer: TAKEN_AT_ONCE }),
  ...configuration.tcp,
})

const settingsOf = (c: Configuration): StackSettings => ({
  tun: typeof c.tun === 'string' ? c.tun : undefined,
  hostAddress: c.hostAddress,
  address: c.address,
  ipv6: c.ipv6,
  mtu: c.mtu,
  offload: true,
  tcp: likeLinux(c),
  memory: c.memory ?? {},
  logLevel: c.log ?? 'silent',
  pretty: undefined,
  pcap: c.pcap,
  qlog: c.qlog,
  control: typeof c.control === 'string' ? c.control : c.control ? undefined : null,
})

interface Opened {
  readonly stack: Stack
  readonly faults: FaultyLink | null
  readonly device: { readonly name: string; readonly counters: TunCounters }
  readonly hostAddress: string
  readonly address: string
  /** The addresses of the device; none without one. */
  readonly own: readonly string[]
}

/**
 * @param lost hears of a device that has gone
 * @throws ConfigurationError, UsageError, Failure, TunError
 */
export const openConfigured = (
  configuration: Configuration,
  lost: (error: TunError) => void,
): Surroundings & { readonly stack: Stack; readonly faults: FaultyLink | null } => {
  const settings = settingsOf(configuration)
  const opened = configuration.tun
    ? onTun(configuration, settings, lost)
    : onLoopback(configuration, settings)
  const { stack, faults } = opened
  if (configuration.faults !== undefined) faults?.change(configuration.faults)
  const orders = faults === null ? null : new FaultOrders(faults, match => resetSockets(stack, match))
  const subject = { ...opened, command: 'register', orders, stacks: () => [stack] }
  if (configuration.ui)
    openUi(
      { port: configuration.ui === true ? null : configuration.ui, fd: null, history: DEFAULT_EVENTS },
      subject,
    ).then(
      view => console.error(uiLine(view)),
      (error: Error) => console.error(`tuntcp: ${error.message}`),
    )
  if (settings.control !== null)
    openControl(settings.control, subject).catch((error: Error) => console.error(`tuntcp: ${error.message}`))
  const { own } = opened
  return { stack, own, faults, routes: routesOf(configuration, own) }
}

/**
 * The stack of a thread or a child process: what it reaches within itself; the rest it has of the process that has begun
 * it, which has the device.
 */
export const openLent = (configuration: Configuration, { path, token, own }: Lent): Surroundings => {
  const stack = createStack({
    tcp: likeLinux(configuration),
    ...(own.length === 0 ? {} : { link: createPipe(nodeClock)[0], address: own }),
  })
  return { stack, own, routes: routesOf(configuration, own), relay: new Relay(path, token, stack) }
}

const routesOf = ({ addresses, wildcard }: Configuration, own: readonly string[]): Routes =>
  new Routes(addresses ?? [LOOPBACK, LOOPBACK_IPV6, ...own], wildcard ?? 'stack')

/** Returns whether what happens to packets may be, or become, bad. */
const isFaulty = ({ faults, control, ui }: Configuration): boolean =>
  faults !== undefined || Boolean(control) || Boolean(ui)

const onTun = (
  configuration: Configuration,
  settings: StackSettings,
  lost: (error: TunError) => void,
): Opened => {
  const { stack, faults, tun, hostAddress, address, ipv6 } = openStack({
    command: 'register',
    settings,
    log: process.stderr,
    say: ({ hostAddress: host, address: ours }) =>
      `hostAddress: '${host}', address: '${ours}' (TUNTCP_HOST_ADDRESS=${host} TUNTCP_ADDRESS=${ours})`,
    lost,
    ...(isFaulty(configuration) ? { faultySeed: configuration.seed ?? 1 } : {}),
  })
  const own = [address, ...(ipv6 === null ? [] : [ipv6.address])]
  return { stack, faults, device: tun, hostAddress, address, own }
}

const onLoopback = (configuration: Configuration, settings: StackSettings): Opened => {
  const faults = isFaulty(configuration)
    ? new FaultyLink(
        new Loopback(nodeClock, ORDINARY_MTU),
        new SeededRandom(configuration.seed ?? 1),
        fineClock,
        ['out'],
      )
    : null
  const files = openPacketFiles(settings, 'register')
  const stack = createStack({
    tcp: settings.tcp,
    memory: settings.memory,
    trace: traceTo(settings, process.stderr, files.sink),
    ...(faults === null ? {} : { loopback: faults.link }),
  })
  return {
    stack,
    faults,
    device: { name: 'lo', counters: NO_COUNTERS },
    hostAddress: LOOPBACK,
    address: '127.0.0.1/8',
    own: [],
  }
}
