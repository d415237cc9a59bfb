/** Two ends in real time, each the kernel's TCP or ours, joined by an emulated path that both directions cross. */
import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { Host } from '../host/host.ts'
import type { Link } from '../ip/link.ts'
import { type Bridge, bridge } from '../link/bridge.ts'
import type { PathOptions } from '../link/path/options.ts'
import { createPipe } from '../link/pipe.ts'
import { nodeClock } from '../net/node-clock.ts'
import { nodeRandom } from '../net/node-random.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { combine } from '../trace/combine.ts'
import { formatAddress, parseAddress, parseIpv4Address } from '../wire/address.ts'
import { type Bench, type BenchOptions, type End, SHORT_TIMERS } from './bench.ts'
import { createKernelEnd, KernelEnd } from './kernel/kernel-end.ts'
import { OwnEnd } from './own-end.ts'
import { type EndName, Recorder } from './recorder.ts'

export type Stack = 'kernel' | 'tuntcp'

/**
 * Two addresses of 198.18.0.0/15 (RFC 2544) or of 2001:2::/48 (RFC 5180), other ones for every run: what the kernel tells
 * of its sockets it does not tell by namespace.
 */
const newAddresses = (family: 4 | 6): Record<EndName, string> => {
  if (family === 6) {
    const network = `2001:2:0:${randomInt(1, 1 << 16).toString(16)}`
    return { client: `${network}::1`, server: `${network}::2` }
  }
  const at = parseIpv4Address('198.18.0.0') + randomInt(1 << 15) * 4
  return { client: formatAddress(at + 1), server: formatAddress(at + 2) }
}

/** Bits of the network that both ends are in. */
const PREFIX_LENGTH = { 4: 30, 6: 64 } as const

/** The longest time that a lab waits for something, and the time between looks, ms. */
const PATIENCE = 60_000
const LOOK = 2

/** Real time from 0 on. */
const clockFromNow = (): Clock => {
  const start = nodeClock.now()
  return {
    now: () => nodeClock.now() - start,
    schedule: (at, callback) => nodeClock.schedule(at + start, callback),
    cancel: alarm => nodeClock.cancel(alarm),
    defer: callback => nodeClock.defer(callback),
  }
}

export class RealBench implements Bench {
  readonly client: End
  readonly server: End
  readonly run: Recorder
  readonly short = true
  readonly patient: boolean
  /** Those of the ends that are the kernel's. */
  readonly kernels: Readonly<Partial<Record<EndName, KernelEnd>>>
  readonly addresses: Readonly<Record<EndName, string>>
  readonly #bridge: Bridge
  readonly #clock: Clock
  readonly #closers: readonly (() => void)[]

  /** Use {@link createRealBench}. */
  constructor(
    clock: Clock,
    recorder: Recorder,
    addresses: Readonly<Record<EndName, string>>,
    ends: readonly [MadeEnd, MadeEnd],
    path: PathOptions,
    { seed, patient }: Pick<RealOptions, 'seed' | 'patient'>,
  ) {
    this.#clock = clock
    this.run = recorder
    this.addresses = addresses
    this.patient = patient
    const [client, server] = ends
    this.client = client.end
    this.server = server.end
    this.kernels = {
      ...(client.end instanceof KernelEnd ? { client: client.end } : {}),
      ...(server.end instanceof KernelEnd ? { server: server.end } : {}),
    }
    this.#closers = ends.map(({ close }) => close)
    this.#bridge = bridge(
      client.link,
      server.link,
      { aToB: path, bToA: path },
      new SeededRandom(seed),
      clock,
      recorder,
    )
  }

  get now(): number {
    return this.#clock.now()
  }

  change(options: PathOptions, from?: EndName): void {
    if (from !== 'server') this.#bridge.aToB.change(options)
    if (from !== 'client') this.#bridge.bToA.change(options)
  }

  async after(ms: number): Promise<void> {
    await setTimeout(ms)
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    for (const start = this.now; !condition(); await setTimeout(LOOK))
      if (this.now - start > PATIENCE) throw new Error(`waits in vain for '${what}'`)
  }

  async play(script: (bench: Bench) => Promise<void>, tail: number): Promise<void> {
    await script(this)
    await setTimeout(tail)
  }

  close(): void {
    for (const close of this.#closers) close()
    this.#bridge.close()
  }
}

interface MadeEnd {
  readonly end: End
  readonly link: Link
  readonly close: () => void
}

export interface RealOptions {
  /** The TCPs of the client's end and of the server's. */
  readonly stacks: Readonly<Record<EndName, Stack>>
  /** The seed of the path's luck. */
  readonly seed: number | string
  readonly patient: boolean
  /** The version of IP between the ends; default 4. */
  readonly family?: 4 | 6
  /** Further readers of the event streams of ends that are ours. */
  readonly watch: Partial<Record<EndName, TraceSink>>
}

/**
 * Makes the ends and what joins them.
 * @throws TunError, Error where they cannot be made: see whyNoKernel()
 */
export const createRealBench = async (options: BenchOptions, real: RealOptions): Promise<RealBench> => {
  const clock = clockFromNow()
  const recorder = new Recorder('a→b')
  const { family = 4 } = real
  const addresses = newAddresses(family)
  const make = async (name: EndName): Promise<MadeEnd> => {
    const [own, peer] = [addresses[name], addresses[name === 'client' ? 'server' : 'client']]
    const tcp = { ...SHORT_TIMERS, ...options[name] }
    const ports = (name === 'client' ? options.ports : null) ?? null
    if (real.stacks[name] === 'kernel') {
      const end = await createKernelEnd(name, { own, peer }, tcp, ports, recorder, () => clock.now())
      return { end, link: end.link, close: () => end.close() }
    }
    const [inside, outside] = createPipe(clock)
    const host = new Host({
      clock,
      random: nodeRandom,
      tcp,
      trace: combine([recorder.sink(name), real.watch[name] ?? null]),
      ...(ports === null ? {} : { ephemeralPorts: ports }),
    })
    host.attach(inside, [`${own}/${PREFIX_LENGTH[family]}`])
    return {
      end: new OwnEnd(name, host, parseAddress(peer), recorder, () => {}),
      link: outside,
      close: () => host.close(),
    }
  }
  const client = await make('client')
  try {
    const server = await make('server')
    return new RealBench(clock, recorder, addresses, [client, server], options.path, real)
  } catch (error) {
    client.close()
    throw error
  }
}
