/** Two hosts of ours in virtual time: needs no rights, takes no time, and is the same every time. */

import type { PathOptions } from '../link/path/options.ts'
import { task } from '../link/task.ts'
import { createNetwork, type Network, type NetworkHost, type NetworkLink } from '../sim/network.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { combine } from '../trace/combine.ts'
import { type Address, familyOf } from '../wire/address.ts'
import { type Bench, type BenchOptions, SHORT_TIMERS } from './bench.ts'
import { OwnEnd } from './own-end.ts'
import { type EndName, Recorder } from './recorder.ts'

/** Virtual time after which a lab has hung, ms: ten hours, for keep-alives. */
const LONGEST = 36_000_000

interface Waiting {
  readonly what: string
  readonly condition: () => boolean
  readonly resolve: () => void
}

/** The ends, the network between them, and all that happens there. */
export class VirtualBench implements Bench {
  readonly client: OwnEnd
  readonly server: OwnEnd
  readonly run = new Recorder('client→server')
  readonly #network: Network
  readonly #link: NetworkLink
  #waiting: Waiting[] = []

  readonly short: boolean
  readonly patient: boolean

  /**
   * @param watch further readers of the ends' event streams
   * @param pace how the script is to be played: as if somebody waited, or not
   * @param family of IP, between the ends
   */
  constructor(
    options: BenchOptions,
    seed: number | string,
    watch: Partial<Record<EndName, TraceSink>> = {},
    pace: Pick<Bench, 'short' | 'patient'> = { short: false, patient: true },
    family: 4 | 6 = 4,
  ) {
    this.short = pace.short
    this.patient = pace.patient
    this.#network = createNetwork({ seed, ladder: 0 })
    const hosts = {
      client: this.#host('client', options, watch),
      server: this.#host('server', options, watch),
    }
    const addressOf = ({ addresses }: NetworkHost): Address =>
      addresses.find(address => familyOf(address) === family)!
    const end = (name: EndName, peer: EndName): OwnEnd =>
      new OwnEnd(name, hosts[name], addressOf(hosts[peer]), this.run, () => this.#look())
    this.client = end('client', 'server')
    this.server = end('server', 'client')
    this.#link = this.#network.link(hosts.client, hosts.server, options.path)
    this.#link.aToB.observer = this.run
    this.#link.bToA.observer = this.run
    this.run.onChange = () => this.#look()
  }

  #host(name: EndName, options: BenchOptions, watch: Partial<Record<EndName, TraceSink>>): NetworkHost {
    return this.#network.host(name, {
      tcp: { ...(this.short ? SHORT_TIMERS : {}), ...options[name] },
      ...(name === 'client' && options.ports !== undefined ? { ephemeralPorts: options.ports } : {}),
      trace: combine([this.run.sink(name), watch[name] ?? null]),
    })
  }

  get now(): number {
    return this.#network.clock.now()
  }

  change(options: PathOptions, from?: EndName): void {
    if (from !== 'server') this.#link.aToB.change(options)
    if (from !== 'client') this.#link.bToA.change(options)
  }

  after(ms: number): Promise<void> {
    const { clock } = this.#network
    return new Promise(resolve => {
      clock.schedule(clock.now() + ms, resolve)
    })
  }

  until(what: string, condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise(resolve => {
      this.#waiting.push({ what, condition, resolve })
    })
  }

  #look(): void {
    if (this.#waiting.length === 0) return
    const met = this.#waiting.filter(({ condition }) => condition())
    if (met.length === 0) return
    this.#waiting = this.#waiting.filter(waiting => !met.includes(waiting))
    for (const { resolve } of met) resolve()
  }

  /**
   * Runs the script of a lab to its end, and then until nothing is left to happen or `tail` ms have passed.
   * @throws what the script throws; Error when it waits for what does not happen
   */
  async play(script: (bench: Bench) => Promise<void>, tail: number): Promise<void> {
    const { clock } = this.#network
    let over = false
    const played = script(this).finally(() => {
      over = true
    })
    played.catch(() => {})
    // A script that is over has nothing more to say of time: what is left runs out by itself.
    const turn = (): Promise<void> => new Promise(task)
    await turn()
    while (!over && clock.pending(LONGEST)) {
      clock.step(LONGEST)
      await turn()
    }
    await turn()
    if (!over)
      throw new Error(
        `waits in vain for ${this.#waiting.map(({ what }) => `'${what}'`).join(', ') || 'time to pass'}`,
      )
    await played
    clock.run(clock.now() + tail)
  }
}
