/** A real server behind a bad network, for tests in real time: `await startProxy({ target: 'localhost:5432' })`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DropNext, DropNextOptions } from '../faults/drop-next.ts'
import type { FaultsShown } from '../faults/fault-set.ts'
import type { LinkFaults } from '../faults/link-faults.ts'
import { explainCapture } from '../lab/explain/explain-capture.ts'
import { explanationLog } from '../lab/explain/explain-text.ts'
import { badType, badValue } from '../net/errors.ts'
import { fineClock } from '../net/fine-clock.ts'
import { nodeClock } from '../net/node-clock.ts'
import type { Stream } from '../proxy/lane.ts'
import { TcpProxy } from '../proxy/proxy.ts'
import { errorText, type Place, placeOf, placeText } from '../proxy/target.ts'
import type { Toxics } from '../proxy/toxics/toxics.ts'
import { Ladder } from '../sim/ladder.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { Capture } from '../trace/capture.ts'
import { type CaptureFile, captureToFile } from '../trace/capture-file.ts'
import { combine } from '../trace/combine.ts'
import { ANY, checkOptions, type KindsOf, OBJECT, SEED, TEXT, WHOLE_NUMBER } from '../wire/option-kinds.ts'

const LOOPBACK = '127.0.0.1'
const LADDER_LINES = 500
/** Bytes of packets that are kept to be explained; what comes later is in the file alone. */
const EXPLAINED = 32 << 20

/** Options of {@link startProxy}. */
export interface StartProxyOptions {
  /** The server behind it: `'localhost:5432'`, the path of a UNIX socket, or a URL such as `'postgres://me@localhost:5432/db'`. */
  readonly target: string
  /** The place where clients connect; default a port of 127.0.0.1 that the kernel chooses. */
  readonly listen?: string
  /** All chance follows from it. Default: a new one, which {@link TestProxy.report} tells. */
  readonly seed?: number | string
  /** The faults of the link from the beginning, as {@link TestProxy.link}. */
  readonly link?: LinkFaults
  /** Timers and limits of both TCPs within. */
  readonly tcp?: Partial<TcpOptions>
  /** Lines of the ladder that are kept; default 500. */
  readonly ladder?: number
  /** A file for the packets; default one that is gone at the end unless {@link TestProxy.guard} has seen a failure. */
  readonly pcap?: string
}

const OPTIONS: KindsOf<StartProxyOptions> = {
  target: ANY,
  listen: TEXT,
  seed: SEED,
  link: OBJECT,
  tcp: OBJECT,
  ladder: WHOLE_NUMBER,
  pcap: TEXT,
}

/** A proxy of a test; made by {@link startProxy}. */
export class TestProxy {
  /** The place at which clients connect: the target's URL with this proxy in it, or `host:port`, or a path. */
  readonly url: string
  /** The host and the port of that; '' and 0 of a UNIX socket. */
  readonly host: string
  readonly port: number
  readonly seed: number | string
  /** The file with the packets of both hosts within, before and after the path. */
  readonly pcap: string
  readonly #proxy: TcpProxy
  readonly #ladder: Ladder
  readonly #file: CaptureFile
  readonly #near: NearCapture
  /** The directory that goes at the end; null when the file was named. */
  readonly #directory: string | null
  #keeps = false
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(
    proxy: TcpProxy,
    url: string,
    seed: number | string,
    seen: { ladder: Ladder; file: CaptureFile; near: NearCapture; pcap: string; directory: string | null },
  ) {
    const { listen } = proxy
    this.url = url
    this.host = 'path' in listen ? '' : listen.host
    this.port = 'path' in listen ? 0 : listen.port
    this.seed = seed
    this.pcap = seen.pcap
    this.#proxy = proxy
    this.#ladder = seen.ladder
    this.#file = seen.file
    this.#near = seen.near
    this.#directory = seen.directory
  }

  /**
   * Changes what befalls packets in both directions; connections live on. What is not named stays, and null turns it off.
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE; each names the option
   */
  link(faults: LinkFaults): void {
    this.#proxy.passage.faults.change(faults)
  }

  /** As {@link link}, for what clients send. */
  upstream(faults: LinkFaults): void {
    this.#proxy.passage.faults.change(faults, 'upstream')
  }

  /** As {@link link}, for what clients receive. */
  downstream(faults: LinkFaults): void {
    this.#proxy.passage.faults.change(faults, 'downstream')
  }

  /** Nothing passes any more, and nobody is told, until {@link heal}. */
  partition(): void {
    this.link({ blackhole: true })
  }

  /** Ends a {@link partition}. */
  heal(): void {
    this.link({ blackhole: null })
  }

  /** All is well, and nothing more is dropped; toxics stay. */
  clear(): void {
    this.#proxy.passage.faults.clear()
  }

  /** Has the next packets lost that the description fits. @throws as {@link link} */
  dropNext(options: DropNextOptions = {}, stream: Stream | null = null): DropNext {
    return this.#proxy.passage.faults.dropNext(options, stream)
  }

  /** Toxiproxy's toxics, and those of packets: `p.toxics.add({ type: 'latency', attributes: { latency: 100 } })`. */
  get toxics(): Toxics {
    return this.#proxy.passage.toxics
  }

  /** Resets all connections, at both ends. */
  reset(): void {
    for (const session of [...this.#proxy.passage.sessions]) session.reset()
  }

  /** Refuses connections and ends those that there are, as a server that is down, until {@link up}. */
  async down(): Promise<void> {
    await this.#proxy.stop()
  }

  /** Takes connections again. @throws the error of listen(2) */
  async up(): Promise<void> {
    await this.#proxy.start()
  }

  /** Connections under way. */
  get connections(): number {
    return this.#proxy.passage.sessions.size
  }

  /** The faults of the link, and how many packets have met each so far. */
  show(): FaultsShown<Stream> {
    return this.#proxy.passage.show()
  }

  /** The last packets, a line each: when, in which direction, the segment as tcpdump shows it, and what became of it. */
  ladder(): string {
    return String(this.#ladder)
  }

  /** The ladder of the connections: each segment as the near host saw it, the states of both ends, and why. */
  explain(): string {
    const { connections } = explainCapture(this.#near.bytes())
    return connections.flatMap(each => [...explanationLog(each), '']).join('\n')
  }

  /** The seed, and the {@link ladder}. */
  report(): string {
    return `seed ${JSON.stringify(this.seed)}, packets in ${this.pcap}\n${this.ladder()}`
  }

  /**
   * Runs a test; when it fails, {@link report} is printed, the file of {@link pcap} is kept, and the error thrown on as it is.
   * @param print where to; default standard error
   */
  async guard<T>(
    test: () => T | PromiseLike<T>,
    print: (report: string) => void = console.error,
  ): Promise<T> {
    try {
      return await test()
    } catch (error) {
      this.#keeps = true
      print(this.report())
      throw error
    }
  }

  /** Ends everything. A second call gives the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#proxy.close()
    this.#file.close()
    if (this.#directory !== null && !this.#keeps) rmSync(this.#directory, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The first packets of one host, in memory. */
class NearCapture {
  readonly capture: Capture
  readonly #chunks: Uint8Array[] = []
  #size = 0

  constructor() {
    this.capture = new Capture(
      bytes => {
        if (this.#size > EXPLAINED) return
        this.#size += bytes.length
        this.#chunks.push(bytes)
      },
      { wallClockOffset: Date.now() - nodeClock.now() },
    )
  }

  bytes(): Uint8Array {
    this.capture.flush()
    return Buffer.concat(this.#chunks)
  }
}

interface Goal {
  readonly place: Place
  /** The target with another host and port in it. */
  readonly urlOf: (place: Place) => string
}

/** @throws RangeError ERR_OUT_OF_RANGE-like for what is no target */
const goalOf = (target: unknown): Goal => {
  if (typeof target !== 'string') throw badType('options.target', "a text, such as 'localhost:5432'", target)
  if (!target.includes('://')) return { place: read('target', target, null), urlOf: placeText }
  let url: URL
  try {
    url = new URL(target)
  } catch {
    throw badValue(`The property 'options.target' must be HOST:PORT, a path or a URL. Received '${target}'`)
  }
  const port = url.port || DEFAULT_PORTS[url.protocol]
  if (url.hostname === '' || port === undefined)
    throw badValue(`The property 'options.target' must have a host and a port. Received '${target}'`)
  return {
    place: read('target', `${url.hostname}:${port}`, null),
    urlOf: place => target.replace(/^([^/]*:\/\/(?:[^/@]*@)?)[^/?#]*/, `$1${placeText(place)}`),
  }
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'ws:': '80',
  'wss:': '443',
  'postgres:': '5432',
  'postgresql:': '5432',
  'mysql:': '3306',
  'redis:': '6379',
  'rediss:': '6379',
  'mongodb:': '27017',
  'amqp:': '5672',
}

const read = (name: string, text: string, host: string | null, least = 1): Place => {
  try {
    return placeOf(name, text, host, least)
  } catch (error) {
    throw badValue(`The property 'options.${name}' is wrong: ${(error as Error).message}`)
  }
}

/**
 * Puts a bad network before a real server, in this process and without root: what is lost on it are packets, between two
 * TCPs of this library, and what programs see is what a TCP makes of it. See docs/proxy.md.
 * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE; the error of listen(2)
 */
export const startProxy = async (options: StartProxyOptions): Promise<TestProxy> => {
  checkOptions('options', options, OPTIONS)
  const { listen = '0', seed = Math.floor(Math.random() * 2 ** 32), tcp = {}, ladder: lines } = options
  const { place, urlOf } = goalOf(options.target)
  const at = read('listen', listen, LOOPBACK, 0)
  const directory = options.pcap === undefined ? mkdtempSync(join(tmpdir(), 'tuntcp-proxy-')) : null
  const pcap = options.pcap ?? join(directory!, 'packets.pcapng')
  const file = captureToFile(pcap, nodeClock.now)
  const near = new NearCapture()
  const ladder = new Ladder(lines ?? LADDER_LINES)
  const proxy = new TcpProxy({
    name: 'proxy',
    listen: at,
    target: place,
    clock: nodeClock,
    pathClock: fineClock,
    seed,
    tcp,
    trace: file.sink,
    observer: ladder,
    unreachable: (target, error) => console.error(`${target} cannot be reached: ${errorText(error)}`),
  })
  const { host } = proxy.passage.tunnel.near
  host.trace = combine([host.trace, near.capture.sink])
  const seen = { ladder, file, near, pcap, directory }
  try {
    if (options.link !== undefined) proxy.passage.faults.change(options.link)
    await proxy.start()
  } catch (error) {
    await proxy.close()
    file.close()
    if (directory !== null) rmSync(directory, { recursive: true, force: true })
    throw error
  }
  return new TestProxy(proxy, urlOf(proxy.listen), seed, seen)
}
