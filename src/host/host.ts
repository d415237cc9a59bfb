/** One IPv4 host: its links, its connections and listeners, and the calls that open them. */

import type { Clock, Random } from '../base/clock.ts'
import { LinkedList, type ListEntry } from '../base/linked-list.ts'
import { Timer } from '../base/timing-wheel.ts'
import { Flow } from '../ip/flow.ts'
import { Identifications } from '../ip/identification.ts'
import { Interface, Interfaces } from '../ip/interfaces.ts'
import { Internet } from '../ip/internet.ts'
import type { Link } from '../ip/link.ts'
import { Loopback } from '../ip/loopback.ts'
import { type IpOptions, ipOptions } from '../ip/options.ts'
import { PathMtus } from '../ip/path-mtu-cache.ts'
import type { Route } from '../ip/route.ts'
import { Connection, type ConnectionUser } from '../tcp/block/connection.ts'
import type { Environment, KnownPath } from '../tcp/block/environment.ts'
import { TcpError } from '../tcp/block/error.ts'
import type { Cause, TimerKind, TraceSink } from '../tcp/block/events.ts'
import { account } from '../tcp/block/memory.ts'
import { type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import type { OutgoingSegment, SegmentSource } from '../tcp/block/outgoing.ts'
import { open } from '../tcp/calls.ts'
import { fail, sendReset } from '../tcp/ending.ts'
import { transitionFor } from '../tcp/state.ts'
import { armTimeWait, endTimeWait, TimeWait } from '../tcp/time-wait.ts'
import { timeout } from '../tcp/timeouts.ts'
import {
  type Address,
  ANY_IPV6,
  formatAddress,
  type Ipv4Address,
  isIpv6,
  isLoopback,
  isUnspecified,
  type Prefix,
  parsePrefix,
  unmapped,
} from '../wire/address.ts'
import { PacketBatch } from '../wire/batch.ts'
import { DROP_REASONS, type DropReason } from '../wire/drop.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { type Seq, seqAdd, seqLeq } from '../wire/sequence.ts'
import { SourceRoute } from '../wire/source-route.ts'
import type { Segment } from '../wire/tcp.ts'
import { ConnectionTable } from './connection-table.ts'
import { encodeSegment } from './encode.ts'
import { FastOpens } from './fast-opens.ts'
import type { InputRecorder } from './input-recorder.ts'
import { Arrival, Listener, type ListenerUser } from './listener.ts'
import { Listeners } from './listeners.ts'
import { MemoryBudget } from './memory/budget.ts'
import { type MemoryOptions, memoryOptions } from './memory/options.ts'
import { PassiveOpens } from './passive-opens.ts'
import { EphemeralPorts } from './ports.ts'
import { type HostTimer, Scheduler } from './scheduler.ts'
import { Secret } from './secret.ts'
import { TcpInput } from './tcp-input.ts'

/** Timers that are kept for reuse. */
const SPARE_TIMERS = 4096

/** What a {@link Host} is handed. */
export interface HostOptions {
  readonly clock: Clock
  readonly random: Random
  readonly tcp?: Partial<TcpOptions>
  /** What packets to its own addresses travel over; by default they are there at once. */
  readonly loopback?: Link
  /** Limits of the IPv4 layer. */
  readonly ip?: Partial<IpOptions>
  /** How much it may hold for connections, and for each peer. */
  readonly memory?: Partial<MemoryOptions>
  readonly trace?: TraceSink | null
  /** Stands between the host and all of its input: records it. */
  readonly recorder?: InputRecorder | null
  /** The first and the last ephemeral port; by default 1024 and 65535 (RFC 6056 §3.2). */
  readonly ephemeralPorts?: readonly [number, number]
  /** Memory for text that is copied out of a packet; the bytes need not be zero. */
  readonly allocate?: (bytes: number) => Uint8Array
  /** Tells of an exception in a user's callback. The default lets it surface as an uncaught one. */
  readonly report?: (error: unknown) => void
}

/** Options of an active OPEN. */
export interface ConnectOptions {
  /** One of the host's addresses; by default the one of the route (MUST-43, MUST-44). */
  readonly localAddress?: Address
  /** By default an ephemeral port. */
  readonly localPort?: number
  readonly options?: Partial<TcpOptions>
  /** Routers that the packets are to pass on their way, 1 to 9; `strict`: without others in between (MUST-51). */
  readonly sourceRoute?: { readonly hops: readonly Ipv4Address[]; readonly strict?: boolean }
  /** The first bytes to send: on the SYN itself, with the option fastOpen and a cookie of the server's (RFC 7413). */
  readonly data?: Uint8Array
}

/** Options of a passive OPEN. */
export interface ListenOptions {
  readonly backlog?: number
  /** Whether '::' stands for the addresses of IPv6 alone (IPV6_V6ONLY). Default false. */
  readonly ipv6Only?: boolean
  /** Whether connections of an earlier listener in TIME-WAIT are no obstacle (SO_REUSEADDR). Default true. */
  readonly reuseAddress?: boolean
  /** For the connections that come to it. */
  readonly options?: Partial<TcpOptions>
}

/** @throws RangeError for no or too many hops, and for IPv6, which has no source routes (RFC 5095) */
const sourceRouteTo = (
  remoteAddress: Address,
  { hops, strict }: NonNullable<ConnectOptions['sourceRoute']>,
): SourceRoute => {
  if (isIpv6(remoteAddress)) throw new RangeError('IPv6 has no source routes')
  return new SourceRoute(hops, remoteAddress, strict)
}

/** @throws RangeError for a network of all addresses: with it, everybody would be a neighbour */
const interfacePrefix = (text: string): Prefix => {
  const prefix = parsePrefix(text)
  if (prefix.length > 0) return prefix
  throw new RangeError(
    `the prefix of '${text}' has no length: an address of ours stands in a network, as 192.0.2.2/24`,
  )
}

/** One host: its links, its connections and listeners. Nothing of Node's is in it. */
export class Host implements Environment {
  readonly clock: Clock
  readonly options: Readonly<TcpOptions>
  readonly interfaces: Interfaces
  readonly listeners = new Listeners()
  readonly connections: ConnectionTable<Connection | TimeWait>
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
  /** Who listens to the event stream; may be changed at any time. */
  trace: TraceSink | null
  /** What its connections hold. */
  readonly memory: MemoryBudget
  readonly fastOpens: FastOpens
  readonly identifications: Identifications
  /** How connections come to listeners. */
  readonly passiveOpens: PassiveOpens
  readonly report: (error: unknown) => void
  readonly allocate: (bytes: number) => Uint8Array
  /** Hears of all input, or null. */
  readonly recorder: InputRecorder | null
  readonly #clock: Clock
  readonly #random: Random
  readonly #secret: Secret
  readonly #labelKey: number
  readonly #ports: EphemeralPorts
  readonly #pathMtus = new PathMtus()
  readonly #scheduler: Scheduler
  readonly #internet: Internet
  readonly #fragmentTimer: HostTimer
  readonly #timeWaits = new LinkedList<TimeWait>()
  /** Timers that nobody uses: most connections need none at most times, so that few are in use again and again. */
  readonly #timers: HostTimer[] = []
  #closed = false

  constructor(given: HostOptions) {
    this.clock = given.clock
    this.recorder = given.recorder ?? null
    // What the host itself lives by; its users have the clock that was given.
    const { clock, random } = this.recorder?.begin(given) ?? given
    this.#clock = clock
    this.options = Object.freeze(tcpOptions(given.tcp))
    this.trace = given.trace ?? null
    this.allocate = given.allocate ?? (bytes => new Uint8Array(bytes))
    this.report =
      given.report ??
      (error => {
        queueMicrotask(() => {
          throw error
        })
      })
    this.#random = random
    this.#secret = new Secret(random)
    this.#labelKey = this.#secret.portOffset(ANY_IPV6, ANY_IPV6, 0)
    this.fastOpens = new FastOpens(this.#secret, this.options)
    this.passiveOpens = new PassiveOpens(this, this.#secret)
    this.#ports = new EphemeralPorts(random, given.ephemeralPorts)
    this.identifications = new Identifications(this.#secret, random.uint32())
    this.connections = new ConnectionTable(random.uint32())
    this.drops = Object.fromEntries(DROP_REASONS.map(reason => [reason, 0])) as Record<DropReason, number>
    this.#scheduler = new Scheduler(clock, {
      telling: listener => this.recorder?.telling(listener),
      told: () => this.recorder?.told(),
      expire: timer => this.#expire(timer),
      flush: () => {
        for (const i of this.interfaces.all) i.flush()
      },
      flushText: () => {
        for (const i of this.interfaces.all) if (i.outgoing.pieceCount > 0) i.flush()
      },
      allocate: this.allocate,
      report: this.report,
    })
    this.memory = new MemoryBudget(this, memoryOptions(given.memory))
    // A link of its own has no part in what is recorded.
    const loopback = (this.recorder === null ? given.loopback : undefined) ?? new Loopback(clock)
    this.interfaces = new Interfaces(new Interface(loopback, ['127.0.0.1/8', '::1/128'].map(parsePrefix)))
    this.#internet = new Internet(this, ipOptions(given.ip))
    this.#internet.handle(PROTOCOL_TCP, new TcpInput(this))
    this.#fragmentTimer = this.newTimer(this.#internet, 'reassembly')
    this.#start(this.interfaces.loopback)
  }

  /**
   * Adds a link with addresses such as `192.0.2.2/24`; the first link added is also the way to everywhere else.
   * @throws RangeError for a bad prefix
   */
  attach(link: Link, addresses: readonly string[]): void {
    const prefixes = addresses.map(interfacePrefix)
    const to = new Interface(this.recorder?.attach(link, addresses) ?? link, prefixes)
    this.interfaces.add(to)
    this.#start(to)
  }

  #start(from: Interface): void {
    from.link.start(batch => {
      if (this.#closed) return
      // A link that delivers from within transmit would have us process a packet in the middle of another.
      if (this.#scheduler.busy) this.#receiveLater(from, batch)
      else this.#scheduler.beat(() => this.#internet.receive(from, batch))
    })
  }

  #receiveLater(from: Interface, batch: PacketBatch): void {
    const copy = new PacketBatch(batch.count, false)
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      copy.push(packet, 0, packet.length, batch.checksums[i]!, batch.segmentSizes[i]!)
    }
    this.#clock.defer(() => {
      if (!this.#closed) this.#scheduler.beat(() => this.#internet.receive(from, copy))
    })
  }

  /** Milliseconds; the same for all that one batch, timer or call does. */
  get now(): number {
    return this.#scheduler.now
  }

  /** Timers that are armed. */
  get timers(): number {
    return this.#scheduler.timers
  }

  fragmentsWeigh(bytes: number): void {
    this.memory.chargeFragments(bytes)
  }

  /** Bytes of fragments that wait for the rest of their datagrams. */
  get fragmentBytes(): number {
    return this.#internet.fragmentBytes
  }

  #expire(timer: HostTimer): void {
    const { owner } = timer
    if (owner instanceof Connection) {
      timeout(owner, timer.kind as TimerKind)
      account(owner)
    } else if (owner instanceof TimeWait) this.endTimeWait(owner, '2MSL timeout', 'timeout')
    else if (owner instanceof Internet) owner.expireFragments()
    else owner.expire()
  }

  // Environment: what connections ask of their host.

  newTimer(owner: HostTimer['owner'], kind: HostTimer['kind']): never {
    const timer = this.#timers.pop()
    if (timer === undefined) return new Timer(owner, kind) as never
    timer.owner = owner
    timer.kind = kind
    return timer as never
  }

  freeTimer(timer: HostTimer | { armed: boolean }): void {
    this.#scheduler.disarm(timer as HostTimer)
    if (this.#timers.length >= SPARE_TIMERS) return
    const spare = timer as HostTimer
    // What waits to be used again keeps no connection alive.
    spare.owner = this.#internet
    this.#timers.push(spare)
  }

  arm(timer: HostTimer | { armed: boolean }, at: number): void {
    this.#scheduler.arm(timer as HostTimer, at)
  }

  disarm(timer: HostTimer | { armed: boolean }): void {
    this.#scheduler.disarm(timer as HostTimer)
  }

  wake(c: Connection): void {
    this.#scheduler.wake(c)
  }

  text(segment: Segment): Uint8Array {
    const { buffer, start, length } = segment
    this.counters.textIn += length
    return buffer.subarray(start, start + length)
  }

  keep(packet: number): boolean {
    return this.#internet.keep(packet)
  }

  drop(reason: DropReason): void {
    this.drops[reason]++
    this.trace?.({ type: 'drop', time: this.now, reason })
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

  /** What a packet of IPv4 is told by, or a flow of IPv6: the same for all its packets, and no sequence (RFC 6437 §3). */
  #label({ family }: Route, flow: Flow): number {
    if (family.version === 4) return this.identifications.next()
    const mixed = Math.imul(flow.ports ^ Math.imul(flow.sum, 0x9e3779b1) ^ this.#labelKey, 0x85ebca6b)
    return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 12 || 1
  }

  armFragmentTimer(at: number): void {
    this.#scheduler.arm(this.#fragmentTimer, at)
  }

  /** A packet is in the batch of a link. */
  sent(to: Interface): void {
    this.counters.packetsOut++
    this.trace?.({
      type: 'packet',
      time: this.now,
      direction: 'out',
      batch: to.outgoing,
      index: to.outgoing.count - 1,
      link: to.link.name,
    })
    // Outside of a batch nothing else will come to flush it.
    this.#scheduler.soon()
  }

  fastOpenAnswered(c: Connection, segment: Segment, delivered: boolean): void {
    this.fastOpens.answered(c, segment, delivered, this.now)
  }

  fastOpenFailed(c: Connection): void {
    this.fastOpens.failed(c, this.now)
  }

  established(c: Connection): void {
    if (c.synchronized) {
      this.fastOpens.settled(c, false, this.now)
      // Fast open: the user has had it since the SYN.
      if (c.fastOpen?.opened) return
    }
    if (!(c.parent instanceof Arrival)) return
    const { listener } = c.parent
    c.parent.leaveSynQueue()
    listener.acceptQueue.add(c)
    if (!listener.awake) {
      listener.awake = true
      this.#scheduler.wakeListener(listener)
    }
  }

  orphaned(c: Connection): void {
    this.memory.orphans.add(c)
  }

  remove(c: Connection): void {
    this.memory.forget(c)
    if (!c.active) this.memory.peers.connect(c.remoteAddress, -1)
    if (c.parent instanceof Arrival) c.parent.leaveSynQueue()
    this.fastOpens.settled(c, c.error === 'ECONNRESET', this.now)
    // A TIME-WAIT record may have taken its place.
    if (this.connections.of(c) === c) this.connections.delete(c)
  }

  timeWait(c: Connection, record: TimeWait): void {
    this.connections.delete(c)
    if (this.options.timeWaitRecords === 0) return
    if (this.#timeWaits.size >= this.options.timeWaitRecords) {
      const oldest = this.#timeWaits.first
      if (oldest !== null) this.endTimeWait(oldest, 'ABORT', 'segment')
    }
    this.connections.add(record)
    record.place = this.#timeWaits.add(record)
    armTimeWait(this, record)
  }

  abortTimeWait(c: Connection): void {
    const record = this.connections.of(c)
    // Another incarnation may be in the same place by now.
    if (record instanceof TimeWait && record.sndNxt === c.snd.nxt && record.rcvNxt === c.rcv.nxt)
      this.endTimeWait(record, 'ABORT', 'call')
  }

  /** Ends a TIME-WAIT record. */
  endTimeWait(
    record: TimeWait,
    event: '2MSL timeout' | 'SYN reuses TIME_WAIT' | 'ABORT',
    cause: Cause,
  ): void {
    endTimeWait(this, record, event, cause)
    this.connections.delete(record)
    this.#timeWaits.delete(record.place as ListEntry<TimeWait>)
  }

  // OPEN.

  /**
   * Active OPEN (§3.10.1). The user hears of the outcome by its callbacks.
   * @throws TcpError EADDRNOTAVAIL (not an address of ours; no ephemeral port left), EADDRINUSE (the four
   *   numbers are taken), ENETUNREACH (no route, or an address nobody can have), EINVAL (port 0;
   *   from 127/8 or ::1 to another host; addresses of two families)
   * @throws RangeError for a bad option, or a source route of no or too many hops
   */
  connect(to: Address, remotePort: number, user: ConnectionUser, given: ConnectOptions = {}): Connection {
    this.recorder?.connect(to, remotePort, given)
    // RFC 4038 §4.2: an IPv4-mapped address is a way to say an IPv4 one; no packet bears it.
    const remoteAddress = this.interfaces.scoped(unmapped(to))
    const remote = formatAddress(remoteAddress)
    if (this.#closed) throw new TcpError('ENETDOWN', 'connect', remote, remotePort)
    if (remotePort < 1 || remotePort > 65_535) throw new TcpError('EINVAL', 'connect', remote, remotePort)
    if (!this.interfaces.isValidRemote(remoteAddress))
      throw new TcpError('ENETUNREACH', 'connect', remote, remotePort)
    const bound = given.localAddress === undefined ? null : unmapped(given.localAddress)
    const localAddress =
      bound === null || isUnspecified(bound) ? this.interfaces.sourceFor(remoteAddress) : bound
    if (localAddress === null) throw new TcpError('ENETUNREACH', 'connect', remote, remotePort)
    if (!this.interfaces.isOwn(localAddress))
      throw new TcpError('EADDRNOTAVAIL', 'connect', remote, remotePort)
    if (isIpv6(localAddress) !== isIpv6(remoteAddress))
      throw new TcpError('EINVAL', 'connect', remote, remotePort)
    // 127/8 and ::1 never leave the host (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). As Linux does.
    if (isLoopback(localAddress) && !this.interfaces.isOwn(remoteAddress))
      throw new TcpError('EINVAL', 'connect', remote, remotePort)
    const options = given.options === undefined ? this.options : tcpOptions(given.options, this.options)
    const sourceRoute =
      given.sourceRoute === undefined ? null : sourceRouteTo(remoteAddress, given.sourceRoute)
    const localPort = given.localPort || this.#ephemeralPort(localAddress, remoteAddress, remotePort)
    if (localPort < 0) throw new TcpError('EADDRNOTAVAIL', 'connect', remote, remotePort)
    if (this.connections.get(localAddress, localPort, remoteAddress, remotePort) !== null)
      throw new TcpError('EADDRINUSE', 'connect', remote, remotePort)
    const flow = new Flow(localAddress, localPort, remoteAddress, remotePort)
    this.reroute(flow, sourceRoute)
    const c = this.newConnection(flow, true, options)
    this.recorder?.connected(c)
    c.fastOpen = this.fastOpens.client(c, this.now)
    open(c, user, given.data ?? null)
    return c
  }

  #ephemeralPort(localAddress: Address, remoteAddress: Address, remotePort: number): number {
    return this.#ports.pick(
      this.#secret.portOffset(localAddress, remoteAddress, remotePort),
      port =>
        this.connections.get(localAddress, port, remoteAddress, remotePort) === null &&
        this.listeners.find(localAddress, port) === null,
    )
  }

  /**
   * A connection in the table, with its secrets; CLOSED when active, LISTEN when not. Its ISS is beyond all that
   * `before`, which it takes the place of, has used (§3.6.1, MAY-2; as Linux: by a window); or it is `cookie`.
   */
  newConnection(
    flow: Flow,
    active: boolean,
    options: Readonly<TcpOptions>,
    before: TimeWait | null = null,
    cookie: Seq | null = null,
  ): Connection {
    const { iss: own, tsOffset } = this.#secret.of(flow, this.now)
    const iss = before !== null && seqLeq(own, before.sndNxt) ? seqAdd(before.sndNxt, 65_537) : own
    const c = new Connection(this, flow, active, cookie ?? iss, options)
    c.tsOffset = tsOffset
    this.connections.add(c)
    return c
  }

  /**
   * Passive OPEN (§3.10.1). Address 0 stands for all of ours of IPv4, '::' for all of both families unless `ipv6Only`; port
   * 0 for an ephemeral one.
   * @throws TcpError EADDRINUSE (another listens there; or, without `reuseAddress`, connections are left from an
   *   earlier one), EADDRNOTAVAIL (not an address of ours)
   * @throws RangeError for a bad option
   */
  listen(localAddress: Address, port: number, user: ListenerUser, given: ListenOptions = {}): Listener {
    this.recorder?.listen(localAddress, port, given)
    const address = formatAddress(localAddress)
    if (this.#closed) throw new TcpError('ENETDOWN', 'listen', address, port)
    if (!isUnspecified(localAddress) && !this.interfaces.isOwn(localAddress))
      throw new TcpError('EADDRNOTAVAIL', 'listen', address, port)
    const reuse = given.reuseAddress ?? true
    const options = given.options === undefined ? this.options : tcpOptions(given.options, this.options)
    const backlog = Math.max(1, Math.min(given.backlog ?? options.backlog, 65_535))
    const localPort =
      port ||
      this.#ports.pick(
        this.#random.uint32(),
        p => !this.listeners.taken(localAddress, p, given.ipv6Only) && !this.#held(localAddress, p),
      )
    if (localPort < 0) throw new TcpError('EADDRINUSE', 'listen', address, port)
    if (
      this.listeners.taken(localAddress, localPort, given.ipv6Only) ||
      (!reuse && this.#held(localAddress, localPort))
    )
      throw new TcpError('EADDRINUSE', 'listen', address, port)
    const listener = new Listener(
      this,
      localAddress,
      localPort,
      user,
      backlog,
      reuse,
      options,
      this.now,
      given.ipv6Only,
    )
    this.listeners.add(listener)
    this.recorder?.listening(listener)
    this.#reportListener(listener, 'CLOSED', 'passive OPEN')
    return listener
  }

  /** Whether a connection, in TIME-WAIT or not, holds this local socket. */
  #held(localAddress: Address, port: number): boolean {
    for (const c of this.connections)
      if (c.localPort === port && (isUnspecified(localAddress) || c.localAddress === localAddress))
        return true
    return false
  }

  closeListener(listener: Listener, event: 'CLOSE' | 'ABORT' = 'CLOSE'): void {
    if (listener.closed) return
    listener.closed = true
    this.listeners.delete(listener)
    this.#reportListener(listener, 'LISTEN', event)
    for (const c of [...listener.synQueue.list(), ...listener.acceptQueue.list()]) {
      if (c.parent instanceof Arrival) c.parent.leaveSynQueue()
      c.parent = null
      if (c.state === 'CLOSED') continue
      sendReset(c)
      fail(c, 'ABORT', 'call', null)
    }
    listener.synQueue.clear()
    listener.acceptQueue.clear()
  }

  #reportListener(
    listener: Listener,
    from: 'CLOSED' | 'LISTEN',
    event: 'passive OPEN' | 'CLOSE' | 'ABORT',
  ): void {
    const { to, section } = transitionFor(from, event)
    this.trace?.({
      type: 'transition',
      time: this.now,
      connection: listener,
      from,
      to,
      event,
      section,
      cause: 'call',
    })
  }

  /** Ends everything at once: connections are reset, links closed. */
  close(): void {
    if (this.#closed) return
    this.recorder?.closing('host')
    for (const listener of [...this.listeners]) this.closeListener(listener, 'ABORT')
    for (const c of [...this.connections]) {
      if (c instanceof TimeWait) {
        this.endTimeWait(c, 'ABORT', 'call')
      } else {
        if (c.synchronized) sendReset(c)
        fail(c, 'ABORT', 'call', 'ECONNABORTED')
      }
    }
    this.#scheduler.stop()
    this.#closed = true
    for (const i of this.interfaces.all) i.link.close()
  }
}
