/** Congestion controllers on the same path, with the same seed: how each of them fares. */

import type { PathOptions } from '../../link/path/options.ts'
import { createNetwork, type Network, type NetworkHost } from '../../sim/network.ts'
import type { ConnectionView } from '../../tcp/block/connection-view.ts'
import { receive, send, sendRoom, setUser } from '../../tcp/calls.ts'
import { tcpInfo } from '../../tcp/tcp-info.ts'
import type { Address } from '../../wire/address.ts'

export interface RaceOptions {
  /** One way, ms. */
  readonly delay: number
  /** Bits a second. */
  readonly rate: number
  /** Bytes that may wait before the bottleneck. */
  readonly queue: number
  /** Probability, of segments that carry data. */
  readonly loss: number
  readonly seconds: number
  readonly seed: number
  /** All at once over the one path, or each on its own over one that is the same. */
  readonly shared: boolean
}

/** A moment of a sender. */
export interface RaceSample {
  /** ms from the beginning */
  readonly time: number
  /** Bytes. */
  readonly cwnd: number
  /** Bits a second that its receiver has read lately. */
  readonly goodput: number
  /** Smoothed, ms; 0 before the first. */
  readonly rtt: number
}

export interface Lane {
  /** The controller's name. */
  readonly name: string
  readonly samples: readonly RaceSample[]
  /** Bits a second over all of the time. */
  readonly goodput: number
  /** Segments that were sent again. */
  readonly resent: number
}

const PORT = 80
const BLOCK = new Uint8Array(65_536)
/** Moments of a run. */
const SAMPLES = 240
/** Those that goodput is measured over: what waits behind a gap comes all at once. */
const LATELY = 8

/** One sender with all that its receiver has read. */
class Runner {
  readonly name: string
  readonly samples: RaceSample[] = []
  received = 0
  #connection: ConnectionView
  /** Bytes that had been received at each moment. */
  readonly #received: number[] = [0]

  constructor(name: string, from: NetworkHost, to: NetworkHost) {
    this.name = name
    const fill = (): void => {
      while (sendRoom(this.#connection) >= BLOCK.length) send(this.#connection, BLOCK)
    }
    this.#connection = from.connect(
      to.address,
      PORT,
      { established: fill, writable: fill, readable() {}, closed() {} },
      { options: { congestionControl: name } },
    )
  }

  /** @param step ms since the moment before */
  sample(time: number, step: number): void {
    const info = tcpInfo(this.#connection)
    this.#received.push(this.received)
    const moments = Math.min(this.#received.length - 1, LATELY)
    const bytes = this.received - this.#received.at(-1 - moments)!
    this.samples.push({
      time,
      cwnd: info.tcpi_snd_cwnd * info.tcpi_snd_mss,
      goodput: (8000 * bytes) / (moments * step),
      rtt: info.tcpi_rtt / 1000,
    })
  }

  get resent(): number {
    return tcpInfo(this.#connection).tcpi_total_retrans
  }
}

const accept = (host: NetworkHost, runnerOf: (from: Address) => Runner): void => {
  const listener = host.listen(host.address, PORT, {
    acceptable() {
      for (let c = listener.accept(); c !== null; c = listener.accept()) {
        const connection = c
        const runner = runnerOf(c.remoteAddress)
        const readable = (): void => {
          for (let chunk = receive(connection); chunk !== null; chunk = receive(connection))
            runner.received += chunk.length
        }
        setUser(connection, { established() {}, readable, writable() {}, closed() {} })
        readable()
      }
    },
  })
}

/** A network with a sender for each name, who share its bottleneck. */
const start = (names: readonly string[], options: RaceOptions): { network: Network; runners: Runner[] } => {
  const { delay, rate, queue, loss, seed } = options
  const network = createNetwork({ seed, ladder: 0 })
  const server = network.host('server')
  const router = network.router()
  const bottleneck: PathOptions = { delay, rate, queue, loss }
  network.link(router, server, bottleneck, { delay })
  const hosts = names.map(name => {
    const host = network.host(name)
    network.link(host, router)
    return host
  })
  const runners: Runner[] = []
  accept(server, from => runners[hosts.findIndex(host => host.addresses.some(a => a === from))]!)
  for (const [i, host] of hosts.entries()) runners.push(new Runner(names[i]!, host, server))
  return { network, runners }
}

/** Runs those that share a path. */
const run = (names: readonly string[], options: RaceOptions, moved: (part: number) => void): Lane[] => {
  const { network, runners } = start(names, options)
  const step = (1000 * options.seconds) / SAMPLES
  for (let n = 1; n <= SAMPLES; n++) {
    network.run(step)
    for (const runner of runners) runner.sample((1000 * options.seconds * n) / SAMPLES, step)
    moved(n / SAMPLES)
  }
  return runners.map(({ name, samples, received, resent }) => ({
    name,
    samples,
    goodput: (8 * received) / options.seconds,
    resent,
  }))
}

/**
 * @param names of controllers that are registered
 * @param moved hears how far it is, from 0 to 1
 * @throws what a controller throws
 */
export const race = (
  names: readonly string[],
  options: RaceOptions,
  moved: (part: number) => void = () => {},
): Lane[] => {
  if (options.shared) return run(names, options, moved)
  return names.flatMap((name, i) => run([name], options, part => moved((i + part) / names.length)))
}
