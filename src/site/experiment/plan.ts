/** An experiment as data: a seed, a network, and actions at their times. All that happens follows from it. */
import type { LinkFaults } from '../../faults/link-faults.ts'
import type { TcpOptions } from '../../tcp/block/options.ts'

/** A host by its number: the client on the left, the server on the right. */
export type Which = 0 | 1

export const otherOf = (host: Which): Which => (host === 0 ? 1 : 0)

export const HOST_NAMES = ['client', 'server'] as const

/** A direction of the path: `out` from the client to the server, `in` back. */
export const DIRECTIONS = ['out', 'in'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** The faults that an experiment may have, as {@link LinkFaults} has them; ms, bits a second, bytes, from 0 to 1. */
export const PLAN_FAULTS = [
  'loss',
  'delay',
  'jitter',
  'rate',
  'queue',
  'reorder',
  'duplicate',
  'corrupt',
  'mtu',
  'icmp',
] as const satisfies readonly (keyof LinkFaults)[]
export type PlanFault = (typeof PLAN_FAULTS)[number]

/** The unit in which a link has a fault, where that is a part of its own: millionths of a probability, µs. */
const PARTS: Readonly<Partial<Record<PlanFault, number>>> = {
  loss: 1e-6,
  reorder: 1e-6,
  duplicate: 1e-6,
  corrupt: 1e-6,
  delay: 1e-3,
  jitter: 1e-3,
}

/** The units that a fault has. */
export const unitsOf = (name: PlanFault, value: number): number => Math.round(value / (PARTS[name] ?? 1))

/** As it is written: 50,000 millionths are 0.05, not what binary fractions make of it. */
export const ofUnits = (name: PlanFault, units: number): number =>
  Number((units * (PARTS[name] ?? 1)).toPrecision(12))

/** Null turns a fault off. */
export type PlanFaults = { readonly [F in PlanFault]?: (F extends 'icmp' ? boolean : number) | null }

/** The options of a host's TCP that an experiment may set, for connections that begin afterwards. */
export const PLAN_OPTIONS = [
  'msl',
  'minRto',
  'initialRto',
  'maxRto',
  'delayedAck',
  'noDelay',
  'sack',
  'timestamps',
  'congestionControl',
  'finWait2Timeout',
  'ecn',
  'receiveBuffer',
  'keepAlive',
  'keepAliveIdle',
  'windowScaling',
  'tailLossProbe',
] as const satisfies readonly (keyof TcpOptions)[]
export type PlanOption = (typeof PLAN_OPTIONS)[number]
export type PlanOptions = Partial<Pick<TcpOptions, PlanOption>>

/** The kinds of segments that can be lost on purpose. */
export const LOSABLE = ['SYN', 'ACK', 'FIN', 'RST', 'text'] as const
export type Losable = (typeof LOSABLE)[number]

/** The calls on one end of a connection. Connections are numbered in the order in which they were opened, from 0. */
export const CALLS = ['shutdown', 'close', 'abort', 'stop reading', 'read'] as const
export type Call = (typeof CALLS)[number]

export const HOST_ACTIONS = [
  'listen',
  'stop listening',
  'connect',
  'crash',
  'reboot',
  'unplug',
  'plug',
] as const
export type HostActionName = (typeof HOST_ACTIONS)[number]

export type Action =
  | { readonly do: HostActionName; readonly host: Which }
  | { readonly do: Call; readonly host: Which; readonly connection: number }
  | { readonly do: 'send'; readonly host: Which; readonly connection: number; readonly bytes: number }
  | { readonly do: 'lose next'; readonly what: Losable; readonly direction: Direction | null }
  | { readonly do: 'faults'; readonly faults: PlanFaults; readonly direction: Direction | null }
  | { readonly do: 'options'; readonly tcp: PlanOptions; readonly host: Which | null }

/** An action at a time: ms from the beginning, a whole number of microseconds. */
export interface Timed {
  readonly at: number
  readonly action: Action
}

export const at = (time: number, action: Action): Timed => ({ at: time, action })

export interface Network {
  readonly seed: number
  readonly family: 4 | 6
  /** True when a router stands between the hosts; what befalls packets befalls them behind it, towards the server. */
  readonly router: boolean
  /** Ephemeral ports of each host; by default as many as hosts have. */
  readonly ports?: number
  /** True when programs connect from {@link PORT} too: two that do so at the same time meet, and nobody listens. */
  readonly bound?: boolean
}

/** The first of the ephemeral ports, where there are only some. */
export const FIRST_PORT = 40_000
export const MOST_PORTS = 20_000

export interface Plan extends Network {
  /** In order of time. */
  readonly script: readonly Timed[]
  /** The moment up to which it is run, ms: not before the last action. */
  readonly until: number
}

/** The port that either host listens at. */
export const PORT = 80
/** Bytes that one `send` may have. */
export const MOST_BYTES = 10_000_000
export const MOST_ACTIONS = 2000
/** A run ends there, ms: a day. */
export const LONGEST = 86_400_000
/** A run ends after so many events: nobody reads them, and a page would seem to hang. */
export const MOST_EVENTS = 200_000

/** The faults that every experiment begins with: without a delay a ladder has no slope. */
export const FIRST_FAULTS: PlanFaults = { delay: 20 }

/** The network of a plan, without what is done in it. */
export const networkOf = ({ seed, family, router, ports, bound }: Network): Network => ({
  seed,
  family,
  router,
  ...(ports === undefined ? {} : { ports }),
  ...(bound ? { bound } : {}),
})

export const emptyPlan = (network: Partial<Network> = {}): Plan => ({
  seed: 1,
  family: 4,
  router: false,
  ...network,
  script: [],
  until: 0,
})

/** The next whole microsecond: a link has no smaller parts. */
export const wholeMicroseconds = (ms: number): number => Math.ceil(Number((ms * 1000).toFixed(3))) / 1000
