import { type Duration, milliseconds } from '../faults/units.ts'
import { badType, badValue } from '../net/errors.ts'
import { setImmediate } from '../net/real-timers.ts'
import { benchmarkPrefixes } from '../sim/benchmark-addresses.ts'
import { Ladder } from '../sim/ladder.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { formatAddress, isIpv6, parseAddress } from '../wire/address.ts'
import { checkNames, type NamesOf } from '../wire/names.ts'
import { Captures, type CaptureToOptions } from './captures.ts'
import { FaultOrders } from './fault-orders.ts'
import { TestHost, type TestHostOptions } from './host.ts'
import { Links } from './links.ts'
import { changeNames, type DnsFaults, Names } from './names.ts'
import { networkSettings, type TestNetworkOptions } from './options.ts'
import type { NetworkTime } from './time.ts'
import { until } from './until.ts'

const HOST_OPTIONS: NamesOf<TestHostOptions> = { address: true, memory: true, tcp: true, trace: true }

/**
 * A network for tests: hosts in this process, each with a TCP of its own, on links that do what they are told.
 * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE; each names the option
 */
export const createNetwork = (options: TestNetworkOptions = {}): TestNetwork => new TestNetwork(options)

/** Hosts in this process, each linked to each. Made by {@link createNetwork}. */
export class TestNetwork extends FaultOrders {
  /** The seed of all luck. */
  readonly seed: number | string
  readonly #virtual: boolean
  readonly #time: NetworkTime
  readonly #family: 4 | 6 | null
  readonly #tcp: Partial<TcpOptions>
  readonly #names: Names
  readonly #links: Links
  readonly #captures: Captures
  /** Hosts made so far, those that are gone included: each has addresses of its own. */
  #made = 0
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(options: TestNetworkOptions) {
    const { seed, virtual, time, family, tcp, ladder } = networkSettings(options)
    const links = new Links({ seed, clock: time.linkClock ?? time.clock, ladder: new Ladder(ladder) })
    super(links)
    this.seed = seed
    this.#virtual = virtual
    this.#time = time
    this.#family = family
    this.#tcp = tcp
    this.#links = links
    this.#captures = new Captures(links)
    this.#names = new Names((ms, callback) => links.later(ms, callback))
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
    const { hosts } = this.#links
    const prefixes = prefixesOf(options.address, this.#made + 1, this.#family)
    for (const other of hosts) {
      if (other.name.toLowerCase() === name.toLowerCase())
        throw badValue(`The argument 'name' must be one that no other host has. Received '${name}'`)
      const taken = other.addresses.find(address => prefixes.some(prefix => prefix.startsWith(`${address}/`)))
      if (taken !== undefined)
        throw badValue(
          `The property 'options.address' must be one that no other host has. Received '${taken}'`,
        )
    }
    const host: TestHost = new TestHost(name, prefixes, options, {
      clock: this.#time.clock,
      random: this.#links.random(`host ${name}`),
      lookup: this.#names.lookup,
      tcp: this.#tcp,
      trace: null,
      remove: () => {
        this.#names.remove(name)
        this.#links.remove(host)
      },
    })
    this.#made++
    this.#names.add(name, host.addresses)
    this.#links.add(host)
    this.#captures.add(host, options.trace ?? null)
    return host
  }

  /**
   * Changes what happens to those who look names up, of hosts and others: of one name, or of all.
   * `net.dns('db', { addresses: [primary, replica], delay: '2s' })`, `net.dns({ error: 'EAI_AGAIN' })`. What is left out stays
   * as it was, and `null` turns it off.
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE; each names the option
   */
  dns(name: string, options: DnsFaults): void
  dns(options: DnsFaults): void
  dns(...args: [DnsFaults] | [string, DnsFaults]): void {
    changeNames(this.#names, args)
  }

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
   * The value of the promise, with time passing for as long as it takes: `await net.until(once(socket, 'connect'))`.
   * In real time it is just awaited.
   * @param options.within how long at most, in virtual time; default '1h'
   * @throws Error with the ladder when that is over, or when nothing is left to happen that could settle it
   */
  async until<T>(promise: PromiseLike<T>, options: { readonly within?: Duration } = {}): Promise<T> {
    if (!this.#virtual) return await promise
    const within = milliseconds('options.within', options.within ?? '1h')
    return until(promise, this.#time, within, what => new Error(`${what}\n${this.report()}`))
  }

  /**
   * The last packets, a line each: when and where it was sent, the segment as tcpdump shows it, and what became of it.
   */
  ladder(): string {
    return String(this.#links.ladder)
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
    return this.#captures.start(path, options)
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
    for (const wire of this.#links.wires) wire.close()
    await Promise.all(this.#links.hosts.map(host => host.stack.close({ grace: 0 })))
    this.#captures.close()
    // Streams tell of their end a turn later.
    for (let turns = 0; turns < 3; turns++) await new Promise<void>(resolve => setImmediate(resolve))
  }

  /** As {@link close}: `await using net = createNetwork()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Addresses as prefixes: what is given, or one of each family for the `n`th host. */
const prefixesOf = (
  given: string | readonly string[] | undefined,
  n: number,
  family: 4 | 6 | null,
): readonly string[] => {
  if (given === undefined) {
    const [ipv4, ipv6] = benchmarkPrefixes(n)
    return family === 4 ? [ipv4] : family === 6 ? [ipv6] : [ipv4, ipv6]
  }
  const all: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (all.length === 0) throw badValue("The property 'options.address' must have one address at least")
  return all.map(text => {
    if (typeof text !== 'string') throw badType('options.address', 'a string, or an array of strings', text)
    try {
      const address = parseAddress(text)
      return `${formatAddress(address)}/${isIpv6(address) ? 128 : 32}`
    } catch {
      throw badValue(
        `The property 'options.address' must be IP addresses, such as '192.0.2.1' or '2001:db8::1'. Received '${text}'`,
      )
    }
  })
}
