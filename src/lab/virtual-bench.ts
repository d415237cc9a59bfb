/** Two hosts of ours in virtual time: needs no rights, takes no time, and is the same every time. */

import { hostStatus } from '../host/status.ts'
import type { PathOptions } from '../link/path/options.ts'
import { createNetwork, type Network, type NetworkHost, type NetworkLink } from '../sim/network.ts'
import { type ErrorCode, TcpError } from '../tcp/error.ts'
import type { TraceSink } from '../tcp/events.ts'
import type { State } from '../tcp/state.ts'
import { combine } from '../trace/combine.ts'
import type { Bench, BenchOptions, Door, End, Wire, WireOptions } from './bench.ts'
import { type EndName, Recorder } from './recorder.ts'
import { VirtualWire } from './virtual-wire.ts'

/** Virtual time after which a lab has hung, ms: ten hours, for keep-alives. */
const LONGEST = 36_000_000

interface Waiting {
  readonly what: string
  readonly condition: () => boolean
  readonly resolve: () => void
}

class VirtualEnd implements End {
  readonly name: EndName
  readonly host: NetworkHost
  readonly #peer: () => NetworkHost
  readonly #recorder: Recorder
  readonly #changed: () => void

  constructor(
    name: EndName,
    host: NetworkHost,
    peer: () => NetworkHost,
    recorder: Recorder,
    changed: () => void,
  ) {
    this.name = name
    this.host = host
    this.#peer = peer
    this.#recorder = recorder
    this.#changed = changed
  }

  note(text: string): void {
    this.#recorder.note(this.name, this.host.clock.now(), text)
  }

  #wire(options: WireOptions): VirtualWire {
    return new VirtualWire(options, text => this.note(text), this.#changed)
  }

  listen(port: number, options: WireOptions & { readonly reuseAddress?: boolean } = {}): Door | ErrorCode {
    const accepted: Wire[] = []
    try {
      const listener = this.host.listen(
        0,
        port,
        {
          acceptable: () => {
            for (let c = listener.accept(); c !== null; c = listener.accept()) {
              const wire = this.#wire(options)
              wire.attach(c)
              wire.connected = true
              c.user = wire
              accepted.push(wire)
              wire.readable()
            }
          },
        },
        { reuseAddress: options.reuseAddress ?? true, options: options.tcp ?? {} },
      )
      return {
        accepted,
        close: () => {
          this.note('closes the listener')
          listener.close()
        },
      }
    } catch (error) {
      return this.#failed('listen', error)
    }
  }

  connect(port: number, options: WireOptions = {}): Wire | ErrorCode {
    const wire = this.#wire(options)
    try {
      const { localPort, tcp } = options
      wire.attach(
        this.host.connect(this.#peer().address, port, wire, {
          ...(localPort === undefined ? {} : { localPort }),
          ...(tcp === undefined ? {} : { options: tcp }),
        }),
      )
      return wire
    } catch (error) {
      return this.#failed('connect', error)
    }
  }

  #failed(call: string, error: unknown): ErrorCode {
    if (!(error instanceof TcpError)) throw error
    this.note(`${call}(): ${error.code}`)
    return error.code
  }

  states(): State[] {
    return hostStatus(this.host).map(({ state }) => state)
  }
}

/** The ends, the network between them, and all that happens there. */
export class VirtualBench implements Bench {
  readonly client: VirtualEnd
  readonly server: VirtualEnd
  readonly run = new Recorder('client→server')
  readonly #network: Network
  readonly #link: NetworkLink
  #waiting: Waiting[] = []

  /** @param watch further readers of the ends' event streams */
  constructor(options: BenchOptions, seed: number | string, watch: Partial<Record<EndName, TraceSink>> = {}) {
    this.#network = createNetwork({ seed, ladder: 0 })
    const end = (name: EndName, peer: () => NetworkHost): VirtualEnd => {
      const host = this.#network.host(name, {
        tcp: options[name] ?? {},
        trace: combine([this.run.sink(name), watch[name] ?? null]),
      })
      return new VirtualEnd(name, host, peer, this.run, () => this.#look())
    }
    this.client = end('client', () => this.server.host)
    this.server = end('server', () => this.client.host)
    this.#link = this.#network.link(this.client.host, this.server.host, options.path)
    this.#link.aToB.observer = this.run
    this.#link.bToA.observer = this.run
    this.run.onChange = () => this.#look()
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
    const turn = async (): Promise<void> => {
      await new Promise(setImmediate)
    }
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
