import { Host } from '../host/host.ts'
import type { MemoryOptions } from '../host/memory/options.ts'
import type { IpOptions } from '../ip/options.ts'
import type { PathOptions } from '../link/path/options.ts'
import { Path } from '../link/path/path.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { type Address, formatAddress, parsePrefix } from '../wire/address.ts'
import type { PacketBatch } from '../wire/batch.ts'
import {
  ANY,
  checkOptions,
  FUNCTION,
  type KindsOf,
  NUMBER,
  OBJECT,
  orNull,
  SEED,
  TEXTS,
} from '../wire/option-kinds.ts'
import { benchmarkPrefixes, LINK_ROUTER } from './benchmark-addresses.ts'
import { Ladder } from './ladder.ts'
import { NetworkInterface } from './network-interface.ts'
import { Router } from './router.ts'
import { Station } from './routing.ts'
import { SeededRandom } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'

const MOST_STATIONS = 2 ** 17 - 3

const LADDER_LINES = 500

/** Options of {@link createNetwork}. */
export interface NetworkOptions {
  /** All that happens follows from it, and from what is done to the network. */
  readonly seed: number | string
  /** Lines of the ladder that are kept; 0 for none. Default 500. */
  readonly ladder?: number
  /** For all hosts. */
  readonly tcp?: Partial<TcpOptions>
}

/** Options of a host of a {@link Network}. */
export interface NetworkHostOptions {
  /** Such as '192.0.2.1/24', or several; default one of 198.18.0.0/15 and one of 2001:2::/48. */
  readonly address?: string | readonly string[]
  readonly tcp?: Partial<TcpOptions>
  readonly ip?: Partial<IpOptions>
  readonly memory?: Partial<MemoryOptions>
  /** Bytes, of its interface; default 1500. */
  readonly mtu?: number
  readonly trace?: TraceSink | null
  /** The first and the last ephemeral port, as of a host's options. */
  readonly ephemeralPorts?: readonly [number, number]
  /** Hears of exceptions in users' callbacks; by default they are thrown out of {@link Network.run}. */
  readonly report?: (error: unknown) => void
}

const HOST_OPTIONS: KindsOf<NetworkHostOptions> = {
  address: TEXTS,
  tcp: OBJECT,
  ip: OBJECT,
  mtu: NUMBER,
  memory: OBJECT,
  trace: orNull(FUNCTION),
  ephemeralPorts: ANY,
  report: FUNCTION,
}

/** A host of a network; its events and packets bear its name. */
export class NetworkHost extends Host {
  readonly name: string
  /** The first of its addresses; by default that of IPv4. */
  readonly address: Address
  readonly addresses: readonly Address[]
  /** The host's side of its links; `unroutable` counts packets to a destination that no link leads to. */
  readonly interface: NetworkInterface

  constructor(network: Network, station: Station, prefixes: readonly string[], options: NetworkHostOptions) {
    super({
      clock: network.clock,
      random: network.random(`host ${station.name}`),
      tcp: { ...network.tcp, ...options.tcp },
      ip: options.ip ?? {},
      memory: options.memory ?? {},
      trace: options.trace ?? null,
      ...(options.ephemeralPorts === undefined ? {} : { ephemeralPorts: options.ephemeralPorts }),
      report:
        options.report ??
        (error => {
          throw error
        }),
    })
    this.name = station.name
    this.addresses = station.addresses
    this.address = station.addresses[0]!
    this.interface = new NetworkInterface(station, options.mtu ?? 1500)
    this.attach(this.interface, prefixes)
  }
}

/** A link of a network: the paths in both directions. Their options may be changed at any time. */
export interface NetworkLink {
  readonly aToB: Path
  readonly bToA: Path
}

/** @throws RangeError for a bad option, naming it */
export const createNetwork = (options: NetworkOptions): Network => new Network(options)

/** Hosts and routers on emulated links, in virtual time. */
export class Network {
  readonly clock = new VirtualClock()
  readonly seed: number | string
  readonly tcp: Partial<TcpOptions>
  /** The ladder of its packets; null when none was asked for. */
  readonly ladder: Ladder | null
  readonly #stations: Station[] = []
  /** Each node's place in the graph, and what delivers to it. */
  readonly #nodes = new Map<
    NetworkHost | Router,
    { station: Station; deliver: (batch: PacketBatch) => void }
  >()
  readonly #names = new Set<string>()
  readonly #addresses = new Set<Address>()

  constructor(options: NetworkOptions) {
    checkOptions('options', options, {
      seed: SEED,
      ladder: NUMBER,
      tcp: OBJECT,
    } satisfies KindsOf<NetworkOptions>)
    this.seed = options.seed
    this.tcp = options.tcp ?? {}
    const lines = options.ladder ?? LADDER_LINES
    if (!(Number.isInteger(lines) && lines >= 0)) throw new RangeError(`ladder must be lines, not ${lines}`)
    this.ladder = lines === 0 ? null : new Ladder(lines)
  }

  /** Random numbers that follow from the seed, and differ from those of every other name. */
  random(name: string): SeededRandom {
    return new SeededRandom(`${this.seed} ${name}`)
  }

  /** A host with addresses of its own. @throws RangeError for a name that is taken, a bad address or option */
  host(name: string, options: NetworkHostOptions = {}): NetworkHost {
    checkOptions('options', options, HOST_OPTIONS)
    const { address = this.#nextPrefixes() } = options
    const prefixes = typeof address === 'string' ? [address] : address
    const station = this.#station(name, prefixes, false)
    const host = new NetworkHost(this, station, prefixes, options)
    this.#nodes.set(host, { station, deliver: batch => host.interface.deliver(batch) })
    return host
  }

  /** A router: hosts that are linked to it reach each other through it. @throws RangeError for a name that is taken */
  router(name = `router ${this.#stations.length + 1}`): Router {
    const station = this.#station(name, this.#nextPrefixes(), true)
    const router = new Router(station)
    this.#nodes.set(router, { station, deliver: batch => router.forward(batch) })
    return router
  }

  /**
   * Joins two nodes: `aToB` is what packets from `a` to `b` meet, `bToA` what those back do; by default the same
   * (scripts that count then count both). Each path draws its luck on its own: what one loses changes no other's.
   * @throws RangeError for a bad option, or a node of another network
   */
  link(
    a: NetworkHost | Router,
    b: NetworkHost | Router,
    aToB: PathOptions = {},
    bToA: PathOptions = aToB,
  ): NetworkLink {
    const link: NetworkLink = {
      aToB: this.#path(a, b, aToB, batch => link.bToA.enter(batch)),
      bToA: this.#path(b, a, bToA, batch => link.aToB.enter(batch)),
    }
    for (const station of this.#stations) station.forget()
    return link
  }

  #path(
    from: NetworkHost | Router,
    to: NetworkHost | Router,
    options: PathOptions,
    reverse: (batch: PacketBatch) => void,
  ): Path {
    const start = this.#nodes.get(from)
    const end = this.#nodes.get(to)
    if (start === undefined || end === undefined) throw new RangeError('not a node of this network')
    const name = this.#uniqueName(`${from.name}→${to.name}`)
    const path = new Path(options, {
      name,
      luck: this.random(`path ${name}`),
      clock: this.clock,
      observer: this.ladder,
      deliver: end.deliver,
      // A router's errors find their way; a router in the middle of a link sends them back along it.
      back: from instanceof Router ? batch => from.send(batch) : reverse,
      router: from instanceof Router ? from.addresses.map(formatAddress) : LINK_ROUTER,
    })
    start.station.neighbours.push({ station: end.station, pathOf: () => path })
    return path
  }

  /** Lets `ms` of virtual time pass. */
  run(ms: number): void {
    this.clock.advance(ms)
  }

  /** Lets time pass until nothing is left to happen. @throws Error after `limit` callbacks */
  runUntilIdle(limit?: number): void {
    this.clock.run(Number.POSITIVE_INFINITY, limit)
  }

  /** The seed and the ladder, to see what happened and to have it happen again. */
  report(): string {
    const where = `seed ${JSON.stringify(this.seed)}, at ${this.clock.now().toFixed(3)} ms`
    return this.ladder === null ? where : `${where}\n${this.ladder}`
  }

  /** Runs a check or a scenario; what it throws bears the seed and the ladder. */
  guard<T>(body: () => T): T {
    try {
      return body()
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`${what}\n${this.report()}`, { cause })
    }
  }

  #station(name: string, prefixes: readonly string[], forwards: boolean): Station {
    if (this.#names.has(name)) throw new RangeError(`a second node of the name '${name}'`)
    if (prefixes.length === 0) throw new RangeError(`the node '${name}' needs an address`)
    const addresses = prefixes.map(text => parsePrefix(text).address)
    for (const address of addresses)
      if (this.#addresses.has(address))
        throw new RangeError(`a second node with the address ${formatAddress(address)}`)
    this.#names.add(name)
    for (const address of addresses) this.#addresses.add(address)
    const station = new Station(name, addresses, forwards)
    this.#stations.push(station)
    return station
  }

  #nextPrefixes(): readonly string[] {
    if (this.#stations.length >= MOST_STATIONS) throw new RangeError('the network is full')
    return benchmarkPrefixes(this.#stations.length + 1)
  }

  /** Two nodes may be joined more than once. */
  #uniqueName(name: string): string {
    let unique = name
    for (let n = 2; this.#names.has(unique); n++) unique = `${name} ${n}`
    this.#names.add(unique)
    return unique
  }
}
