import type { Clock, Random } from '../base/clock.ts'
import type { Flow } from '../ip/flow.ts'
import { Identifications } from '../ip/identification.ts'
import type { Interface, Interfaces } from '../ip/interfaces.ts'
import type { Internet } from '../ip/internet.ts'
import { type KnownPath, PathMtus } from '../ip/path-mtu-cache.ts'
import type { HostPool } from '../ip/pool.ts'
import type { Route } from '../ip/route.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { Environment } from '../tcp/block/environment.ts'
import { type Cause, packetReader, type TraceSink } from '../tcp/block/events.ts'
import { type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import type { OutgoingSegment, SegmentSource } from '../tcp/block/outgoing.ts'
import type { TimeWait } from '../tcp/time-wait.ts'
import { ANY_IPV6 } from '../wire/address.ts'
import { DROP_REASONS, type DropReason } from '../wire/drop.ts'
import type { SourceRoute } from '../wire/source-route.ts'
import type { Segment } from '../wire/tcp.ts'
import { ConnectionTable } from './connection-table.ts'
import { EcnFailures } from './ecn-failures.ts'
import { encodeSegment } from './encode.ts'
import { FastOpens } from './fast-opens.ts'
import type { HalfOpen } from './half-open/half-open.ts'
import { HalfOpens, type TableEntry } from './half-open/half-opens.ts'
import { PendingConnection } from './half-open/syn-queue.ts'
import { type Connections, HostConnections } from './host-connections.ts'
import type { InputRecorder } from './input-recorder.ts'
import type { Listener } from './listener.ts'
import { Listeners } from './listeners.ts'
import type { MemoryBudget } from './memory/budget.ts'
import type { HostOptions } from './options.ts'
import { EphemeralPorts } from './ports.ts'
import { type HostTimer, Scheduler } from './scheduler.ts'
import { Secret } from './secret.ts'
import { TimeWaits } from './time-waits.ts'

/** The host as its connections see it: what they ask of it, and what that takes. */
export abstract class TcpEnvironment implements Environment {
  /** The memory that its connections hold. */
  abstract readonly memory: MemoryBudget
  abstract readonly interfaces: Interfaces
  readonly listeners = new Listeners()
  readonly connections: Connections
  /** Packets that were not used, by reason. */
  readonly drops: Record<DropReason, number>
  /** Packets received and sent, with text bytes; SYNs answered by a cookie, cookies that came back, and wrong ones. */
  readonly counters = {
    packetsIn: 0,
    packetsOut: 0,
    textIn: 0,
    textOut: 0,
    synCookiesSent: 0,
    synCookiesAccepted: 0,
    synCookiesFailed: 0,
  }
  packetTrace: TraceSink | null = null
  #trace: TraceSink | null = null
  readonly fastOpens: FastOpens
  readonly ecnFailures: EcnFailures
  readonly identifications: Identifications
  readonly report: (error: unknown) => void
  readonly allocate: (bytes: number) => Uint8Array
  /** The other hosts that have the same addresses, or null. */
  readonly pool: HostPool | null
  /** Hears of all input, or null. */
  readonly recorder: InputRecorder | null
  readonly halfOpens: HalfOpens
  protected readonly table: ConnectionTable<TableEntry>
  protected readonly secret: Secret
  protected readonly ports: EphemeralPorts
  protected readonly scheduler: Scheduler
  protected abstract readonly internet: Internet
  #options: Readonly<TcpOptions>
  readonly #labelKey: number
  readonly #pathMtus = new PathMtus()
  readonly #timeWaits: TimeWaits

  /** `clock` and `random` are those that the recorder hands out, where there is one. */
  constructor(given: HostOptions, clock: Clock, random: Random) {
    this.recorder = given.recorder ?? null
    this.pool = given.pool ?? null
    this.#options = Object.freeze(tcpOptions(given.tcp))
    this.trace = given.trace ?? null
    this.allocate = given.allocate ?? (bytes => new Uint8Array(bytes))
    this.report =
      given.report ??
      (error => {
        queueMicrotask(() => {
          throw error
        })
      })
    // A recording is played again with the same random numbers: the order in which they are drawn is part of its format.
    this.secret = new Secret(this.pool?.secret ?? random)
    this.ports = new EphemeralPorts(random, this.pool?.ephemeralPorts ?? given.ephemeralPorts)
    this.identifications = new Identifications(this.secret, random.uint32())
    this.table = new ConnectionTable(random.uint32())
    this.fastOpens = new FastOpens(this.secret, this.options)
    this.ecnFailures = new EcnFailures(this.options.ecnBackOff)
    this.#labelKey = this.secret.portOffset(ANY_IPV6, ANY_IPV6, 0)
    this.drops = Object.fromEntries(DROP_REASONS.map(reason => [reason, 0])) as Record<DropReason, number>
    this.#timeWaits = new TimeWaits(this, this.table, this.options.timeWaitRecords, flow => this.disown(flow))
    this.scheduler = new Scheduler(clock, {
      telling: listener => this.recorder?.telling(listener),
      told: () => this.recorder?.told(),
      expire: timer => this.expire(timer),
      flush: () => {
        this.halfOpens.pack()
        for (const i of this.interfaces.all) i.flush()
        this.pool?.flush()
      },
      flushText: () => {
        for (const i of this.interfaces.all) if (i.outgoing.pieceCount > 0) i.flush()
      },
      allocate: this.allocate,
      report: this.report,
    })
    this.halfOpens = new HalfOpens(this, this.table, this.scheduler, this.secret)
    this.connections = new HostConnections(this.table, this.halfOpens)
  }

  /** The reader of the event stream; may be changed at any time. */
  get trace(): TraceSink | null {
    return this.#trace
  }
  set trace(sink: TraceSink | null) {
    this.#trace = sink
    this.packetTrace = packetReader(sink)
  }

  /** A timer has expired. */
  protected abstract expire(timer: HostTimer | HalfOpen): void

  /** The options of connections that are not given others. */
  get options(): Readonly<TcpOptions> {
    return this.#options
  }

  /**
   * Changes the options of the connections that are yet to come, those of all listeners too.
   * @throws RangeError for an unknown option, or a value out of its bounds; nothing is changed then
   */
  configure(given: Partial<TcpOptions>): void {
    this.#options = Object.freeze(tcpOptions(given, this.#options))
    for (const listener of this.listeners) listener.configure(given)
  }

  /** Milliseconds; the same for all that one batch, timer or call does. */
  get now(): number {
    return this.scheduler.now
  }

  /** Timers that are armed. */
  get timers(): number {
    return this.scheduler.timers
  }

  newTimer(owner: HostTimer['owner'], kind: HostTimer['kind']): never {
    return this.scheduler.newTimer(owner, kind) as never
  }

  freeTimer(timer: HostTimer | { armed: boolean }): void {
    this.scheduler.freeTimer(timer as HostTimer, this.internet)
  }

  arm(timer: HostTimer | { armed: boolean }, at: number): void {
    this.scheduler.arm(timer as HostTimer, at)
  }

  disarm(timer: HostTimer | { armed: boolean }): void {
    this.scheduler.disarm(timer as HostTimer)
  }

  wake(c: Connection): void {
    this.scheduler.wake(c)
  }

  textTaken(bytes: number): void {
    this.counters.textIn += bytes
  }

  drop(reason: DropReason): void {
    this.drops[reason]++
    this.packetTrace?.({ type: 'drop', time: this.now, reason })
  }

  route(flow: Flow): Route {
    const known = flow.route
    if (known !== null && known.version === this.interfaces.version) return known
    flow.route = this.interfaces.route(flow.remoteAddress, known === null ? null : known.sourceRoute)
    return flow.route
  }

  reroute(flow: Flow, by: SourceRoute | null): void {
    if (by !== null || flow.route !== null) flow.route = this.interfaces.route(flow.remoteAddress, by)
  }

  get pathMtuVersion(): number {
    return this.#pathMtus.version
  }

  knownPath(flow: Flow): KnownPath | null {
    return this.#pathMtus.lookUp(flow.remoteAddress, this.now)
  }

  learnPathMtu(flow: Flow, mtu: number, fragment: boolean): void {
    this.#pathMtus.learn(flow.remoteAddress, mtu, fragment, this.now)
  }

  transmit(source: SegmentSource, segment: OutgoingSegment): void {
    const route = this.route(source)
    const to = route.interface
    if (to === null) return
    if (to.outgoing.full) to.flush()
    this.counters.textOut += segment.length
    encodeSegment(to, route.sourceRoute, source, segment, this.#label(route, source))
    this.sent(to)
  }

  /**
   * The identification of a packet of IPv4, or the flow label of IPv6: one for all packets of a flow, and no sequence
   * (RFC 6437 §3).
   */
  #label({ family }: Route, flow: Flow): number {
    if (family.version === 4) return this.identifications.next()
    const mixed = Math.imul(flow.ports ^ Math.imul(flow.sum, 0x9e3779b1) ^ this.#labelKey, 0x85ebca6b)
    return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 12 || 1
  }

  /** A packet is in the batch of a link. */
  sent(to: Interface): void {
    this.counters.packetsOut++
    this.packetTrace?.({
      type: 'packet',
      time: this.now,
      direction: 'out',
      batch: to.outgoing,
      index: to.outgoing.count - 1,
      link: to.link.name,
    })
    // Outside of a batch nothing else will come to flush it.
    this.scheduler.soon()
  }

  fastOpenAnswered(c: Connection, segment: Segment, delivered: boolean): void {
    this.fastOpens.answered(c, segment, delivered, this.now)
  }

  fastOpenFailed(c: Connection): void {
    this.fastOpens.failed(c, this.now)
  }

  ecnAnswered(c: Connection, passed: boolean): void {
    this.ecnFailures.answered(c, passed, this.now)
  }

  established(c: Connection): void {
    if (c.synchronized) {
      this.fastOpens.settled(c, false, this.now)
      // Fast open: the user has had it since the SYN.
      if (c.fastOpen?.opened) return
    }
    if (!(c.parent instanceof PendingConnection)) return
    const { listener } = c.parent
    c.parent.leaveSynQueue()
    this.#offer(listener, c)
  }

  #offer(listener: Listener, c: Connection): void {
    listener.acceptQueue.add(c)
    if (listener.awake) return
    listener.awake = true
    this.scheduler.wakeListener(listener)
  }

  orphaned(c: Connection): void {
    this.memory.orphans.add(c)
  }

  remove(c: Connection): void {
    this.memory.forget(c)
    if (!c.active) this.memory.peers.connect(c.remoteAddress, -1)
    if (c.parent instanceof PendingConnection) c.parent.leaveSynQueue()
    this.fastOpens.settled(c, c.error === 'ECONNRESET', this.now)
    // A TIME-WAIT record may have taken its place.
    if (this.table.of(c) !== c) return
    this.table.delete(c)
    this.disown(c)
  }

  /** Returns whether a flow has a connection or a TIME-WAIT record. */
  has(flow: Flow): boolean {
    return this.table.of(flow) !== null
  }

  /** A flow is nobody's any more: another connection may have its port, another host of the pool the whole. */
  disown({ localAddress, localPort, remoteAddress, remotePort }: Flow): void {
    this.pool?.release(localAddress, localPort, remoteAddress, remotePort)
    if (this.ports.noting)
      this.ports.freed(this.secret.portOffset(localAddress, remoteAddress, remotePort), localPort)
  }

  timeWait(c: Connection, record: TimeWait): void {
    this.#timeWaits.begin(c, record)
  }

  abortTimeWait(c: Connection): void {
    this.#timeWaits.abort(c)
  }

  /** Ends a TIME-WAIT record. */
  endTimeWait(
    record: TimeWait,
    event: '2MSL timeout' | 'SYN reuses TIME_WAIT' | 'ABORT',
    cause: Cause,
  ): void {
    this.#timeWaits.end(record, event, cause)
  }
}
