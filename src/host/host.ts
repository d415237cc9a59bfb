/** One host: its links, its connections and listeners, and the calls that open them. */
import type { Clock } from '../base/clock.ts'
import type { Flow } from '../ip/flow.ts'
import { Interface, Interfaces } from '../ip/interfaces.ts'
import { Internet } from '../ip/internet.ts'
import type { Link } from '../ip/link.ts'
import { Loopback } from '../ip/loopback.ts'
import { ipOptions } from '../ip/options.ts'
import type { HandedOver, HostPool } from '../ip/pool.ts'
import { Connection } from '../tcp/block/connection.ts'
import type { ConnectionUser } from '../tcp/block/connection-user.ts'
import type { ConnectionView } from '../tcp/block/connection-view.ts'
import type { TimerKind } from '../tcp/block/events.ts'
import { account } from '../tcp/block/memory.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { fail, sendReset } from '../tcp/ending.ts'
import { TimeWait } from '../tcp/time-wait.ts'
import { timeout } from '../tcp/timeouts.ts'
import { type Address, ANY_IPV4, type Prefix, parsePrefix } from '../wire/address.ts'
import { batchOf, PacketBatch } from '../wire/batch.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { type Seq, seqAdd, seqLeq } from '../wire/sequence.ts'
import { ActiveOpens } from './active-opens.ts'
import { HalfOpen } from './half-open/half-open.ts'
import type { Listener, ListenerUser } from './listener.ts'
import { Listening } from './listening.ts'
import { MemoryBudget } from './memory/budget.ts'
import { memoryOptions } from './memory/options.ts'
import type { ConnectOptions, HostOptions, ListenOptions } from './options.ts'
import { PassiveOpens } from './passive-opens.ts'
import type { HostTimer } from './scheduler.ts'
import { TcpEnvironment } from './tcp-environment.ts'
import { TcpInput } from './tcp-input.ts'

export type { ConnectOptions, HostOptions, ListenOptions } from './options.ts'

/** @throws RangeError for a network of all addresses: with it, everybody would be a neighbour */
const interfacePrefix = (text: string): Prefix => {
  const prefix = parsePrefix(text)
  if (prefix.length > 0) return prefix
  throw new RangeError(
    `the prefix of '${text}' has no length: an address of ours stands in a network, as 192.0.2.2/24`,
  )
}

/** One host: its links, its connections and listeners. Nothing of Node's is in it. */
export class Host extends TcpEnvironment {
  readonly clock: Clock
  readonly interfaces: Interfaces
  readonly memory: MemoryBudget
  /** Brings connections to listeners. */
  readonly passiveOpens: PassiveOpens
  protected readonly internet: Internet
  /** The clock of the host itself; its users have the one that was given. */
  readonly #clock: Clock
  readonly #activeOpens: ActiveOpens
  readonly #listening: Listening
  readonly #fragmentTimer: HostTimer
  #closed = false

  constructor(given: HostOptions) {
    const { clock, random } = given.recorder?.begin(given) ?? given
    super(given, clock, random)
    this.clock = given.clock
    this.#clock = clock
    this.passiveOpens = new PassiveOpens(this, this.secret)
    this.#activeOpens = new ActiveOpens(this, this.secret, this.ports)
    this.#listening = new Listening(this, random, this.ports, this.table)
    this.memory = new MemoryBudget(
      this,
      memoryOptions(given.memory),
      // (No connection has this flow.)
      this.secret.portOffset(ANY_IPV4, ANY_IPV4, 0),
    )
    // A link of its own has no part in what is recorded.
    const loopback = (this.recorder === null ? given.loopback : undefined) ?? new Loopback(clock)
    this.interfaces = new Interfaces(new Interface(loopback, ['127.0.0.1/8', '::1/128'].map(parsePrefix)))
    this.internet = new Internet(this, ipOptions(given.ip))
    this.internet.handle(PROTOCOL_TCP, new TcpInput(this))
    this.#fragmentTimer = this.newTimer(this.internet, 'reassembly')
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
      if (this.scheduler.busy) this.#receiveLater(from, batch)
      else this.scheduler.beat(() => this.internet.receive(from, batch))
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
      if (!this.#closed) this.scheduler.beat(() => this.internet.receive(from, copy))
    })
  }

  /** Sends what waits for those who were told last to answer. Not while a packet is processed. */
  sendNow(): void {
    if (!this.#closed) this.scheduler.beat(() => {})
  }

  /** Hands the datagram that is being delivered to another host of the pool. */
  handOver(to: number): void {
    this.internet.handOver(to)
  }

  /** Receives packets that another host of the pool has handed over. */
  receiveHandedOver(packets: readonly HandedOver[]): void {
    if (this.#closed) return
    this.scheduler.beat(() => {
      for (const packet of packets) this.#receiveHandedOver(packet, this.pool!)
    })
  }

  #receiveHandedOver({ bytes, sum, segmentSize, seen, loopback }: HandedOver, pool: HostPool): void {
    const from = loopback ? this.interfaces.loopback : this.interfaces.all[1]
    if (from === undefined) return
    pool.seen = seen
    try {
      this.internet.receive(from, batchOf(bytes, sum, segmentSize), true)
    } finally {
      pool.seen = 0
    }
  }

  /** True when {@link close} was called. */
  get closed(): boolean {
    return this.#closed
  }

  fragmentsWeigh(bytes: number): void {
    this.memory.chargeFragments(bytes)
  }

  /** Bytes of fragments that wait for the rest of their datagrams. */
  get fragmentBytes(): number {
    return this.internet.fragmentBytes
  }

  armFragmentTimer(at: number): void {
    this.scheduler.arm(this.#fragmentTimer, at)
  }

  protected expire(timer: HostTimer | HalfOpen): void {
    if (timer instanceof HalfOpen) {
      timeout(this.halfOpens.unpack(timer), 'retransmission')
      return
    }
    const { owner } = timer
    if (owner instanceof Connection) {
      timeout(owner, timer.kind as TimerKind)
      account(owner)
    } else if (owner instanceof TimeWait) this.endTimeWait(owner, '2MSL timeout', 'timeout')
    else if (owner instanceof Internet) owner.expireFragments()
    else owner.expire()
  }

  /**
   * Active OPEN (§3.10.1). The user hears of the outcome by its callbacks.
   * @throws TcpError EADDRNOTAVAIL (not an address of ours; no ephemeral port left), EADDRINUSE (the four
   *   numbers are taken), ENETUNREACH (no route, or an address nobody can have), EINVAL (port 0;
   *   from 127/8 or ::1 to another host; addresses of two families)
   * @throws RangeError for a bad option, or a source route of no or too many hops
   */
  connect(to: Address, remotePort: number, user: ConnectionUser, given: ConnectOptions = {}): ConnectionView {
    this.recorder?.connect(to, remotePort, given)
    return this.#activeOpens.connect(to, remotePort, user, given)
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
    return this.#listening.listen(localAddress, port, user, given)
  }

  closeListener(listener: Listener, event: 'CLOSE' | 'ABORT' = 'CLOSE'): void {
    this.#listening.close(listener, event)
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
    const { iss: own, tsOffset } = this.secret.of(flow, this.now)
    const iss = before !== null && seqLeq(own, before.sndNxt) ? seqAdd(before.sndNxt, 65_537) : own
    const c = new Connection(this, flow, active, cookie ?? iss, options)
    c.tsOffset = tsOffset
    this.table.add(c)
    return c
  }

  /** Ends everything at once: connections are reset, links closed. */
  close(): void {
    if (this.#closed) return
    this.recorder?.closing('host')
    this.abortAll()
    this.scheduler.stop()
    this.#closed = true
    for (const i of this.interfaces.all) i.link.close()
  }

  /** Ends all listeners, connections and TIME-WAIT records: connections are reset. */
  abortAll(): void {
    for (const listener of [...this.listeners]) this.closeListener(listener, 'ABORT')
    // With their listeners all half-open ones have gone.
    for (const c of [...this.table]) {
      if (c instanceof HalfOpen) continue
      if (c instanceof TimeWait) {
        this.endTimeWait(c, 'ABORT', 'call')
      } else {
        if (c.synchronized) sendReset(c)
        fail(c, 'ABORT', 'call', 'ECONNABORTED')
      }
    }
  }
}
