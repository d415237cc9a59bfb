/** Two ends in real time, each the kernel's TCP or ours, joined by an emulated path that both directions cross. */
import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../host/clock.ts'
import { Host } from '../host/host.ts'
import type { Link } from '../host/link.ts'
import { type Bridge, bridge } from '../link/bridge.ts'
import type { PathOptions } from '../link/path/options.ts'
import { createPipe } from '../link/pipe.ts'
import { nodeClock } from '../net/node-clock.ts'
import { nodeRandom } from '../net/node-random.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import { parseAddress } from '../wire/address.ts'
import type { Bench, BenchOptions, End } from './bench.ts'
import { createKernelEnd, type KernelEnd } from './kernel/kernel-end.ts'
import { OwnEnd } from './own-end.ts'
import { type EndName, Recorder } from './recorder.ts'

export type Stack = 'kernel' | 'tuntcp'

const ADDRESSES: Record<EndName, string> = { client: '192.0.2.1', server: '192.0.2.2' }

/** How long something that a lab waits for may take, and how often it is looked at, ms. */
const PATIENCE = 15_000
const LOOK = 2
/** After a script: what is still under way. */
const TAIL = 300

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
  readonly #bridge: Bridge
  readonly #clock: Clock
  readonly #closers: readonly (() => void)[]

  constructor(
    clock: Clock,
    recorder: Recorder,
    ends: readonly [MadeEnd, MadeEnd],
    path: PathOptions,
    seed: number | string,
  ) {
    this.#clock = clock
    this.run = recorder
    this.client = ends[0].end
    this.server = ends[1].end
    this.#closers = ends.map(({ close }) => close)
    this.#bridge = bridge(
      ends[0].link,
      ends[1].link,
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

  async play(script: (bench: Bench) => Promise<void>): Promise<void> {
    await script(this)
    await setTimeout(TAIL)
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

/**
 * @param stacks whose TCP the client's end and the server's have
 * @throws TunError where no device can be made: as root, or in a namespace of one's own (scripts/netns.sh)
 */
export const createRealBench = async (
  options: BenchOptions,
  stacks: Readonly<Record<EndName, Stack>>,
  seed: number | string,
): Promise<RealBench> => {
  const clock = clockFromNow()
  const recorder = new Recorder('a→b')
  const make = async (name: EndName): Promise<MadeEnd> => {
    const peer = ADDRESSES[name === 'client' ? 'server' : 'client']
    if (stacks[name] === 'kernel') {
      const end: KernelEnd = await createKernelEnd(name, ADDRESSES[name], peer, recorder, () => clock.now())
      return { end, link: end.link, close: () => end.close() }
    }
    const [inside, outside] = createPipe(clock)
    const host = new Host({
      clock,
      random: nodeRandom,
      tcp: options[name] ?? {},
      trace: recorder.sink(name),
    })
    host.attach(inside, [`${ADDRESSES[name]}/24`])
    return {
      end: new OwnEnd(name, host, parseAddress(peer), recorder, () => {}),
      link: outside,
      close: () => host.close(),
    }
  }
  const client = await make('client')
  return new RealBench(clock, recorder, [client, await make('server')], options.path, seed)
}
