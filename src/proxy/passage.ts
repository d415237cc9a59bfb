/** The way of connections through an emulated network: a tunnel, its faults and toxics, and the connections in it. */
import type { Clock, Random } from '../base/clock.ts'
import { FaultSet, type FaultsShown } from '../faults/fault-set.ts'
import type { Host } from '../host/host.ts'
import type { MemoryOptions } from '../host/memory/options.ts'
import { PathCounters } from '../link/path/counters.ts'
import type { PathObserver } from '../link/path/transit.ts'
import { benchmarkPrefixes } from '../sim/benchmark-addresses.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { type Lane, STREAMS, type Stream } from './lane.ts'
import { type Reply, Session, type Target } from './session.ts'
import type { Spliced } from './splice.ts'
import { drawn, type Toxic, Toxics, typeOf } from './toxics/toxics.ts'
import type { ToxicType } from './toxics/types.ts'
import { type SharedLink, Tunnel } from './tunnel.ts'

/** Options that all passages of a program share. */
export interface PassageOptions {
  readonly clock: Clock
  /** By which the paths deliver; default `clock`. */
  readonly pathClock?: Clock | undefined
  /** The seed of all chance. */
  readonly seed: number | string
  /** The random numbers of the hosts; default: numbers that nobody can predict. */
  readonly random?: Random | undefined
  readonly tcp?: Partial<TcpOptions>
  readonly memory?: Partial<MemoryOptions>
  readonly trace?: TraceSink | null
  /** Sees all packets that enter a path. */
  readonly observer?: PathObserver | null
  /** True when packets to which nothing is to be done go around the paths, so that the observer does not see them. */
  readonly around?: boolean | undefined
  /** Is told of the two hosts within; what it returns is called when they end. */
  readonly opened?: (near: Host, far: Host) => () => void
  readonly shared?: SharedLink | null
  /** Is told of a target that cannot be connected. */
  readonly unreachable?: (target: string, error: Error) => void
}

/**
 * Options of the hosts within. A connection that is over is not remembered for a minute: its numbers would run out.
 * Soft errors end an opening, as a target that cannot be reached is told of by one. They stand in for the TCPs of client and
 * server, so the least RTO is Linux's: with RFC 6298's second, each loss that needs a timeout would cost five times as much.
 */
const TCP: Partial<TcpOptions> = { msl: 500, minRto: 200, softErrorsEndOpening: true, noDelay: true }

/** Lanes of connections by the toxics that they alone have. */
const EVERYBODY = '[]'

interface NamedLane {
  readonly key: string
  readonly lane: Lane
  readonly toxics: ReadonlySet<string>
  sessions: number
}

/** Pairs of addresses that there are; two passages of the same pair know nothing of each other. */
const ADDRESSES = 32_000

let passages = 0

export class Passage {
  readonly name: string
  readonly tunnel: Tunnel
  /** The faults that packets meet, besides those of toxics. */
  readonly faults: FaultSet<Stream>
  readonly toxics: Toxics
  /** Connections under way. */
  readonly sessions = new Set<Session>()
  readonly #options: PassageOptions
  readonly #lanes = new Map<string, NamedLane>()
  readonly #names = new Map<Lane, NamedLane>()
  /** Lanes that the last connection has left, with packets that may be under way. */
  readonly #leaving = new Set<NamedLane>()
  /** The counts of lanes that are no more. */
  readonly #gone: Record<Stream, PathCounters> = {
    upstream: new PathCounters(),
    downstream: new PathCounters(),
  }
  /** Decides which connections have a toxic, and what it does to them. */
  readonly #luck: SeededRandom
  readonly #ended: (() => void) | undefined

  constructor(name: string, options: PassageOptions) {
    this.name = name
    this.#options = options
    this.#luck = new SeededRandom(`${options.seed} ${name}`)
    const n = passages++ % ADDRESSES
    this.tunnel = new Tunnel({
      names: [`${name} near`, `${name} far`],
      prefixes: [benchmarkPrefixes(2 * n + 1)[0], benchmarkPrefixes(2 * n + 2)[0]],
      clock: options.clock,
      pathClock: options.pathClock,
      random: options.random,
      tcp: { ...TCP, ...options.tcp },
      memory: options.memory ?? {},
      trace: options.trace ?? null,
      observer: options.observer ?? null,
      around: options.around,
      shared: options.shared ?? null,
    })
    this.#ended = options.opened?.(this.tunnel.near.host, this.tunnel.far.host)
    this.faults = new FaultSet(STREAMS, stream => this.#apply(stream))
    this.toxics = new Toxics({
      added: (toxic, type) => this.#added(toxic, type),
      updated: (toxic, type) => this.#updated(toxic, type),
      removed: (toxic, type) => this.#removed(toxic, type),
    })
    this.#lane(new Set())
  }

  /** Passes a connection on; the near socket of the session is connected when the target is. */
  pass(client: Spliced, target: Target, reply: Reply | null = null): Session {
    const { clock, unreachable } = this.#options
    const toxics = this.toxics.draw(this.#luck)
    const named = this.#lane(toxics)
    named.sessions++
    const session = new Session(client, {
      tunnel: this.tunnel,
      clock,
      luck: this.#luck,
      target,
      toxics,
      lane: named.lane,
      reply,
      unreachable: error => unreachable?.(target.name, error),
      ended: ended => {
        this.sessions.delete(ended)
        this.#left(ended.lane)
      },
    })
    this.sessions.add(session)
    for (const toxic of this.toxics.list()) this.#give(session, toxic)
    return session
  }

  /** The lane of connections with these toxics. */
  #lane(toxics: ReadonlySet<string>): NamedLane {
    const key = this.toxics.lane(toxics)
    const before = this.#lanes.get(key)
    if (before !== undefined) return before
    const lane = this.tunnel.lane(
      stream => new SeededRandom(`${this.#options.seed} ${this.name} ${key} ${stream}`),
    )
    const named: NamedLane = { key, lane, toxics: new Set(JSON.parse(key) as string[]), sessions: 0 }
    this.#lanes.set(key, named)
    this.#names.set(lane, named)
    for (const stream of STREAMS) this.#set(named, stream)
    return named
  }

  /** A connection is gone from a lane; one that is not everybody's goes with its last, and with what that had under way. */
  #left(lane: Lane): void {
    const named = this.#names.get(lane)!
    named.sessions--
    if (named.sessions === 0 && named.key !== EVERYBODY) this.#leaving.add(named)
    for (const each of this.#leaving)
      if (each.sessions > 0) this.#leaving.delete(each)
      else if (each.lane.isEmpty) this.#drop(each)
  }

  #drop(named: NamedLane): void {
    const { key, lane } = named
    this.#leaving.delete(named)
    this.#lanes.delete(key)
    this.#names.delete(lane)
    for (const stream of STREAMS) this.#gone[stream] = sum([this.#gone[stream], lane[stream].counters])
    this.tunnel.drop(lane)
  }

  #set({ lane, toxics }: NamedLane, stream: Stream): void {
    const all = new Set([...toxics, ...this.toxics.list().flatMap(t => (t.toxicity >= 1 ? [t.name] : []))])
    const faults = this.toxics.faults(stream, all, this.faults.of(stream))
    const faulty = Object.keys(faults).length > 0 || this.faults.dropsLeft > 0
    lane.set(stream, this.faults.options(stream, faults), faulty)
  }

  #apply(stream: Stream): void {
    for (const named of this.#lanes.values()) this.#set(named, stream)
  }

  #applyAll(): void {
    for (const stream of STREAMS) this.#apply(stream)
  }

  /** A connection takes the lane that its toxics ask for. */
  #place(session: Session): void {
    const named = this.#lane(session.toxics)
    if (named.lane === session.lane) return
    const before = session.lane
    named.sessions++
    session.lane = named.lane
    this.#left(before)
  }

  /** A connection gets the stage of a toxic that it has. */
  #give(session: Session, toxic: Toxic, type: ToxicType = typeOf(toxic)): void {
    if (type.of === 'stream' && session.toxics.has(toxic.name)) session.addStage(toxic, type)
  }

  #added(toxic: Toxic, type: ToxicType): void {
    for (const session of [...this.sessions]) {
      if (drawn(toxic, this.#luck)) session.toxics.add(toxic.name)
      if (type.of === 'packets') this.#place(session)
      else this.#give(session, toxic, type)
    }
    if (type.of === 'packets') this.#applyAll()
  }

  #updated(toxic: Toxic, type: ToxicType): void {
    for (const session of [...this.sessions]) {
      const had = session.toxics.delete(toxic.name)
      if (drawn(toxic, this.#luck)) session.toxics.add(toxic.name)
      if (type.of === 'packets') this.#place(session)
      else if (session.toxics.has(toxic.name)) session.changeStage(toxic, type)
      else if (had) session.removeStage(toxic)
    }
    if (type.of === 'packets') this.#applyAll()
  }

  #removed(toxic: Toxic, type: ToxicType): void {
    for (const session of [...this.sessions]) {
      if (!session.toxics.delete(toxic.name)) continue
      if (type.of === 'packets') this.#place(session)
      else session.removeStage(toxic)
    }
    if (type.of === 'packets') this.#applyAll()
  }

  /** Faults that are told, and what became of packets on all lanes. */
  show(): FaultsShown<Stream> {
    const of = <T>(what: (stream: Stream) => T) =>
      Object.fromEntries(STREAMS.map(stream => [stream, what(stream)])) as Record<Stream, T>
    return {
      faults: of(stream => this.faults.of(stream)),
      dropNext: this.faults.dropsLeft,
      counters: of(stream =>
        sum([this.#gone[stream], ...[...this.#lanes.values()].map(({ lane }) => lane[stream].counters)]),
      ),
    }
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    for (const session of [...this.sessions]) session.cut()
    await this.tunnel.close()
    this.#ended?.()
  }
}

/** Counters of several paths together. */
const sum = (all: readonly PathCounters[]): PathCounters => {
  const [first, ...rest] = all.map(counters => structuredClone(counters))
  for (const counters of rest) {
    for (const [name, value] of Object.entries(counters))
      if (typeof value === 'number') (first as unknown as Record<string, number>)[name]! += value
    for (const [name, value] of Object.entries(counters.lost)) first!.lost[name as 'random'] += value
  }
  return first!
}
