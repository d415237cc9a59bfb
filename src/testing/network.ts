import { DropNext, type DropNextOptions } from '../faults/drop-next.ts'
import type { LinkFaults } from '../faults/link-faults.ts'
import { changeFaults, pathOptions } from '../faults/link-faults.ts'
import { type Duration, milliseconds, type Size } from '../faults/units.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import { badType, badValue } from '../net/errors.ts'
import { nodeRandom } from '../net/node-random.ts'
import { setImmediate, setTimeout } from '../net/real-timers.ts'
import { CHANNEL, SocketView } from '../net/socket-view.ts'
import { Ladder } from '../sim/ladder.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import { type CaptureFile, captureToFile } from '../trace/capture-file.ts'
import { combine } from '../trace/combine.ts'
import { type Address, formatAddress, parseAddress, parseIpv4Address } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../wire/batch.ts'
import { checkNames, type NamesOf } from '../wire/names.ts'
import type { FakeTimers } from './fake-timers.ts'
import { IdleFirewall } from './firewall.ts'
import { flowOf, flowOfConnection } from './flow.ts'
import { TestHost, type TestHostOptions } from './host.ts'
import { Names } from './names.ts'
import { forgedReset, live } from './reset.ts'
import { type NetworkTime, realTime, timeWith, virtualTime } from './time.ts'
import { Wire } from './wire.ts'

/** Benchmarking addresses, RFC 2544 appendix C.2.2. */
const FIRST_ADDRESS = parseIpv4Address('198.18.0.0')
const PREFIX = '/15'

const LADDER_LINES = 500
const GRAIN = 10
/** How long (ms of real time, in steps) {@link TestNetwork.until} waits for files, look-ups and the like. */
const PATIENCE = 1000
const PATIENCE_STEP = 5

/** Options of {@link createNetwork}. */
export interface TestNetworkOptions {
  /** All luck follows from it: a failure repeats itself with the seed it was reported with. Default: a new one. */
  readonly seed?: number | string
  /** 'real' (default), or 'virtual': time passes in {@link TestNetwork.advance} and {@link TestNetwork.until} only. */
  readonly time?: 'real' | 'virtual'
  /** Fake timers that virtual time moves along: `mock.timers` of node:test, `vi`, `jest`, or sinon's clock. */
  readonly timers?: FakeTimers
  /**
   * How far fake timers without asynchronous ticks (node:test) go ahead of the network; default 10 ms. What they do
   * reaches the network at most so late.
   */
  readonly grain?: Duration
  /** Timers and limits of all hosts' TCP. */
  readonly tcp?: Partial<TcpOptions>
  /** What all links do to begin with, as {@link TestNetwork.link}. */
  readonly link?: LinkFaults
  /** Lines of the ladder that are kept; default 500. */
  readonly ladder?: number
}

const HOST_OPTIONS: NamesOf<TestHostOptions> = { address: true, memory: true, tcp: true, trace: true }

const OPTIONS: NamesOf<TestNetworkOptions> = {
  seed: true,
  time: true,
  timers: true,
  grain: true,
  tcp: true,
  link: true,
  ladder: true,
}

/** Options of {@link TestNetwork.capture}. */
export interface CaptureToOptions {
  /** Whose packets, as they leave and arrive; default all hosts': then each stands in the file twice. */
  readonly hosts?: readonly TestHost[]
}

/** Options of {@link TestNetwork.mtu}. */
export interface MtuOptions {
  /** Whether senders of larger packets are told so (ICMP type 3 code 4); default true. */
  readonly icmp?: boolean
}

/**
 * A network for tests: hosts in this process, each with a TCP of its own, on links that do what they are told.
 * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE; each names the option
 */
export const createNetwork = (options: TestNetworkOptions = {}): TestNetwork => new TestNetwork(options)

/** Hosts in this process, each linked to each. Made by {@link createNetwork}. */
export class TestNetwork {
  /** What the luck follows from. */
  readonly seed: number | string
  readonly #time: NetworkTime
  readonly #virtual: boolean
  readonly #tcp: Partial<TcpOptions>
  readonly #ladder: Ladder
  readonly #names = new Names()
  readonly #hosts: TestHost[] = []
  readonly #wires: Wire[] = []
  /** What every link does that nobody has said anything else of. */
  #faults: LinkFaults = {}
  readonly #dropNext: DropNext<TestHost>[] = []
  #firewall: IdleFirewall | null = null
  /** Connections that are silently cut off. */
  readonly #lostFlows = new Set<string>()
  #blackhole = false
  readonly #captures: { readonly file: CaptureFile; readonly hosts: readonly TestHost[] | null }[] = []
  readonly #traces = new Map<TestHost, TraceSink | null>()
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(options: TestNetworkOptions) {
    if (typeof options !== 'object' || options === null) throw badType('options', 'of type object', options)
    checkNames('options', options, OPTIONS)
    const {
      seed = nodeRandom.uint32(),
      time = 'real',
      timers,
      grain = GRAIN,
      ladder = LADDER_LINES,
    } = options
    if (typeof seed !== 'number' && typeof seed !== 'string')
      throw badType('options.seed', 'a number or a string', seed)
    if (time !== 'real' && time !== 'virtual')
      throw badValue(`The property 'options.time' must be 'real' or 'virtual'. Received '${String(time)}'`)
    if (time === 'real' && timers !== undefined)
      throw badValue("The property 'options.timers' needs time: 'virtual'")
    if (!(Number.isInteger(ladder) && ladder >= 1))
      throw badValue(`The property 'options.ladder' must be a number of lines, 1 or more. Received ${ladder}`)
    this.seed = seed
    this.#virtual = time === 'virtual'
    this.#tcp = options.tcp ?? {}
    tcpOptions(this.#tcp)
    this.#ladder = new Ladder(ladder)
    const step = Math.max(1, milliseconds('options.grain', grain))
    this.#time = time === 'real' ? realTime() : timers === undefined ? virtualTime() : timeWith(timers, step)
    if (options.link !== undefined) this.link(options.link)
  }

  /** Milliseconds on the network's clock. */
  get now(): number {
    return this.#time.clock.now()
  }

  /**
   * A host, linked to all others.
   * @param name that others reach it by, in any case: `connect({ host: 'server', port: 80 })`
   * @throws TypeError ERR_INVALID_ARG_VALUE for a name or an address that is taken
   */
  host(name: string, options: TestHostOptions = {}): TestHost {
    if (typeof name !== 'string' || name === '') throw badType('name', 'a string that is not empty', name)
    checkNames('options', options, HOST_OPTIONS)
    const prefix = prefixOf(options.address, (FIRST_ADDRESS + this.#hosts.length + 1) | 0)
    const address = prefix.slice(0, prefix.indexOf('/'))
    for (const other of this.#hosts) {
      if (other.name.toLowerCase() === name.toLowerCase())
        throw badValue(`The argument 'name' must be one that no other host has. Received '${name}'`)
      if (other.address === address)
        throw badValue(
          `The property 'options.address' must be one that no other host has. Received '${address}'`,
        )
    }
    const host = new TestHost(name, prefix, options, {
      clock: this.#time.clock,
      random: this.#random(`host ${name}`),
      lookup: this.#names.lookup,
      tcp: this.#tcp,
      trace: null,
    })
    this.#names.add(name, address)
    for (const other of this.#hosts) this.#join(host, other)
    this.#hosts.push(host)
    this.#traces.set(host, options.trace ?? null)
    this.#setTrace(host)
    return host
  }

  #random(name: string): SeededRandom {
    return new SeededRandom(`${this.seed} ${name}`)
  }

  #join(a: TestHost, b: TestHost): void {
    const there = this.#wire(a, b, batch => back.path.enter(batch))
    const back: Wire = this.#wire(b, a, batch => there.path.enter(batch))
    for (const { station } of this.#hosts) station.forget()
    a.station.forget()
  }

  #wire(from: TestHost, to: TestHost, back: (batch: PacketBatch) => void): Wire {
    const wire = new Wire(from, to, {
      clock: this.#time.clock,
      luck: this.#random(`path ${from.name}→${to.name}`),
      observer: this.#ladder,
      takes: this.#takes,
      back,
    })
    wire.change(this.#faults)
    if (this.#blackhole) wire.cut = true
    this.#wires.push(wire)
    from.station.neighbours.push({ station: to.station, path: wire.path })
    return wire
  }

  readonly #takes = (p: PacketView, from: TestHost, to: TestHost): boolean => {
    for (const drop of this.#dropNext) if (drop.takes(p, from, to)) return true
    if (this.#lostFlows.size > 0) {
      const flow = flowOf(p)
      if (flow !== null && this.#lostFlows.has(flow)) return true
    }
    return this.#firewall?.drops(p) ?? false
  }

  // What links do.

  /**
   * Changes what links do to packets, in both directions, now and for what comes; connections live on. What is not
   * named stays as it was, and `null` turns it off: `net.link({ loss: 0.05, delay: '40ms', rate: '10mbit' })`.
   * Without hosts it is for all links, those of hosts to come included. The rate is each direction's own.
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE; each names the option
   */
  link(faults: LinkFaults): void
  link(a: TestHost, b: TestHost, faults: LinkFaults): void
  link(...args: [LinkFaults] | [TestHost, TestHost, LinkFaults]): void {
    if (args.length === 1) {
      const faults = changeFaults(this.#faults, args[0])
      pathOptions(args[0])
      this.#faults = faults
      for (const wire of this.#wires) wire.change(args[0])
    } else {
      const [a, b, faults] = args
      pathOptions(faults)
      for (const wire of this.#between(a, b)) wire.change(faults)
    }
  }

  /** As {@link link}, for what `from` sends to `to` only. */
  path(from: TestHost, to: TestHost, faults: LinkFaults): void {
    pathOptions(faults, 'path')
    this.#between(from, to)
      .find(wire => wire.from === from)!
      .change(faults)
  }

  /**
   * Bytes of the largest packet that links carry, from 68; null for no limit. Senders of larger ones are told by ICMP
   * unless `icmp` is false: then it is a hole that only path MTU discovery without ICMP (RFC 4821) gets out of.
   * @throws as {@link link}
   */
  mtu(bytes: Size | null, options: MtuOptions = {}): void {
    checkNames('options', options, { icmp: true } satisfies NamesOf<MtuOptions>)
    this.link({ mtu: bytes, icmp: bytes === null ? null : (options.icmp ?? true) })
  }

  /** Nothing passes between two hosts any more, and nobody is told. @throws TypeError for what is no host of this network */
  partition(a: TestHost, b: TestHost): void {
    for (const wire of this.#between(a, b)) wire.cut = true
  }

  /**
   * All is lost from now on, without a word: of one connection, as when a firewall or a NAT has forgotten it, or
   * everything.
   * @param connection either end of it
   * @throws TypeError ERR_INVALID_ARG_TYPE for what is no connected socket of this network
   */
  blackhole(connection?: object): void {
    if (connection !== undefined) {
      this.#lostFlows.add(flowOfConnection(this.#connection(connection)))
      return
    }
    this.#blackhole = true
    for (const wire of this.#wires) wire.cut = true
  }

  /** Ends a {@link partition}; without hosts all of them, every {@link blackhole} and the {@link firewall}. */
  heal(a?: TestHost, b?: TestHost): void {
    if (a !== undefined && b !== undefined) {
      for (const wire of this.#between(a, b)) wire.cut = false
      return
    }
    this.#blackhole = false
    this.#lostFlows.clear()
    this.#firewall = null
    for (const wire of this.#wires) wire.cut = false
  }

  /**
   * A stateful firewall between all hosts: it forgets connections on which nothing has passed for `idle`, and drops
   * what belongs to them from then on, without a word. {@link heal} takes it away.
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  firewall(options: { readonly idle: Duration }): void {
    checkNames('options', options, { idle: true })
    this.#firewall = new IdleFirewall(milliseconds('options.idle', options?.idle))
  }

  /**
   * Has the next packets lost that the description fits: `net.dropNext({ from: client, flags: 'FIN' })`.
   * @returns how many have been, and are to be
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  dropNext(options: DropNextOptions<TestHost> = {}): DropNext<TestHost> {
    for (const host of [options?.from, options?.to]) if (host !== undefined) this.#own(host)
    const drop = new DropNext(options)
    this.#dropNext.push(drop)
    return drop
  }

  /**
   * Resets a connection as a middlebox does: both ends get a RST that seems to be the other's, at once.
   * @param connection either end of it
   * @throws TypeError ERR_INVALID_ARG_TYPE for what is no connected socket of this network
   */
  reset(connection: object): void {
    const c = this.#connection(connection)
    const { localAddress, localPort, remoteAddress, remotePort } = c
    const ends = [
      [localAddress, localPort, remoteAddress, remotePort],
      [remoteAddress, remotePort, localAddress, localPort],
    ] as const
    // Both are written before either is read: the first may have its user answer.
    const resets = ends.flatMap(end => {
      const host = this.#hosts.find(({ station }) => station.address === end[0])
      const to = live(host?.stack.host.connections.get(...end) ?? null)
      return host === undefined || to === null ? [] : [{ host, packet: forgedReset(to) }]
    })
    for (const { host, packet } of resets) {
      const batch = new PacketBatch(1, false)
      batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
      this.#ladder.entered(`forged→${host.name}`, this.now, packet, 0, packet.length).delivered(this.now)
      host.interface.deliver(batch)
    }
  }

  #connection(socket: object): Connection {
    const connection = socket instanceof SocketView ? socket[CHANNEL]?.connection : null
    if (!connection) throw badType('connection', 'a connected socket of this network', socket)
    return connection
  }

  #own(host: TestHost): void {
    if (!this.#hosts.includes(host)) throw badType('host', 'a host of this network', host)
  }

  /** Both directions. */
  #between(a: TestHost, b: TestHost): Wire[] {
    this.#own(a)
    this.#own(b)
    if (a === b) throw badValue('There is no link between a host and itself')
    return this.#wires.filter(({ from, to }) => (from === a && to === b) || (from === b && to === a))
  }

  // Time.

  /**
   * Lets virtual time pass: packets arrive, timers go off, and promises and streams settle in between. Fake timers that
   * the network was made with go along.
   * @param duration milliseconds, or such as '15min'
   * @throws Error ERR_INVALID_STATE in real time; TypeError, RangeError for what is no duration
   */
  async advance(duration: Duration): Promise<void> {
    await this.#time.advance(milliseconds('duration', duration))
  }

  /**
   * What the promise gives, with time passing for as long as it takes: `await net.until(once(socket, 'connect'))`.
   * In real time it is just awaited.
   * @param options.within how long at most, in virtual time; default '1h'
   * @throws Error with the ladder when that is over, or when nothing is left to happen that could settle it
   */
  async until<T>(promise: PromiseLike<T>, options: { readonly within?: Duration } = {}): Promise<T> {
    if (!this.#virtual) return await promise
    const within = milliseconds('options.within', options.within ?? '1h')
    const deadline = this.now + within
    let settled = false
    const settle = () => {
      settled = true
    }
    promise.then(settle, settle)
    for (let idle = 0; ; ) {
      await this.#time.settle()
      if (settled) return await promise
      if (this.now >= deadline) throw this.#failure(`still waiting after ${within} ms of virtual time`)
      if (await this.#time.step(deadline)) idle = 0
      else if (idle++ * PATIENCE_STEP >= PATIENCE)
        throw this.#failure('still waiting, and nothing is left to happen')
      else await new Promise(resolve => setTimeout(resolve, PATIENCE_STEP))
    }
  }

  #failure(what: string): Error {
    return new Error(`${what}\n${this.report()}`)
  }

  // What happened.

  /**
   * The last packets, a line each: when and where it was sent, the segment as tcpdump shows it, and what became of it.
   */
  ladder(): string {
    return String(this.#ladder)
  }

  /** The seed, the time and the {@link ladder}. */
  report(): string {
    return `seed ${JSON.stringify(this.seed)}, at ${this.now.toFixed(3)} ms\n${this.ladder()}`
  }

  /**
   * Runs a test; when it fails, {@link report} is printed and the error thrown on as it is.
   * @param print where to; default standard error
   */
  async guard<T>(
    test: () => T | PromiseLike<T>,
    print: (report: string) => void = console.error,
  ): Promise<T> {
    try {
      return await test()
    } catch (error) {
      print(this.report())
      throw error
    }
  }

  /**
   * Captures what hosts send and receive from now on to a pcapng file, for Wireshark, in which each state transition and
   * each reason is a comment on its packet.
   * @returns what ends it; {@link close} does too
   * @throws the error of open(2)
   */
  capture(path: string, options: CaptureToOptions = {}): { close(): void } {
    for (const host of options.hosts ?? []) this.#own(host)
    const capture = {
      file: captureToFile(path, () => this.now),
      hosts: options.hosts ?? null,
    }
    this.#captures.push(capture)
    for (const host of this.#hosts) this.#setTrace(host)
    return {
      close: () => {
        capture.file.close()
        const at = this.#captures.indexOf(capture)
        if (at < 0) return
        this.#captures.splice(at, 1)
        for (const host of this.#hosts) this.#setTrace(host)
      },
    }
  }

  #setTrace(host: TestHost): void {
    const captures = this.#captures.filter(({ hosts }) => hosts === null || hosts.includes(host))
    host.stack.host.trace = combine([
      this.#traces.get(host) ?? null,
      ...captures.map(capture => capture.file.sink),
    ])
  }

  /**
   * Ends everything at once: sockets are destroyed, servers closed, files written; nothing keeps the process alive.
   * A second call gives the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // First, so that nobody hears of the others' ends.
    for (const wire of this.#wires) wire.path.close()
    await Promise.all(this.#hosts.map(host => host.stack.close({ grace: 0 })))
    for (const { file } of this.#captures) file.close()
    // Streams tell of their end a turn later.
    for (let turns = 0; turns < 3; turns++) await new Promise<void>(resolve => setImmediate(resolve))
  }

  /** As {@link close}: `await using net = createNetwork()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The address with its prefix; `next` when none was given. */
const prefixOf = (address: string | undefined, next: Address): string => {
  if (address === undefined) return formatAddress(next) + PREFIX
  if (typeof address !== 'string') throw badType('options.address', 'of type string', address)
  try {
    return `${formatAddress(parseAddress(address))}/32`
  } catch {
    throw badValue(
      `The property 'options.address' must be an IPv4 address, such as '192.0.2.1'. Received '${address}'`,
    )
  }
}
