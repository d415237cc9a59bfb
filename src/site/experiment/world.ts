/** The hosts of an experiment and the network between them, in virtual time. */

import type { DropNextOptions } from '../../faults/drop-next.ts'
import { FaultSet } from '../../faults/fault-set.ts'
import type { Path } from '../../link/path/path.ts'
import { isPureAck } from '../../link/path/script.ts'
import { createNetwork, type Network as SimNetwork } from '../../sim/network.ts'
import type { VirtualClock } from '../../sim/virtual-clock.ts'
import type { ConnectionView } from '../../tcp/block/connection-view.ts'
import type { TraceSink } from '../../tcp/block/events.ts'
import { decodeEvents } from '../../view/model/decode.ts'
import { EventRing } from '../../view/model/event-ring.ts'
import type { Ends, ViewEvent } from '../../view/model/view-event.ts'
import { Machine, type Refusal } from './machine.ts'
import {
  type Action,
  DIRECTIONS,
  type Direction,
  FIRST_FAULTS,
  FIRST_PORT,
  HOST_NAMES,
  type HostActionName,
  type Losable,
  type Network,
  otherOf,
  type Which,
} from './plan.ts'

/** More events than one moment brings forth. */
const SLOTS = 8192

/** One direction of a cable. */
interface Leg {
  readonly path: Path
  /** The hosts that are cut off without it. */
  readonly hosts: readonly Which[]
  /** The direction whose faults it has; null for none. */
  readonly faults: Direction | null
}

const LOSE: Readonly<Record<Losable, DropNextOptions>> = {
  SYN: { flags: 'SYN' },
  ACK: { match: isPureAck },
  FIN: { flags: 'FIN' },
  RST: { flags: 'RST' },
  text: { data: true },
}

export class World {
  readonly clock: VirtualClock
  readonly #machines: readonly [Machine, Machine]
  readonly #legs: readonly Leg[]
  readonly #faults = new FaultSet<Direction>(DIRECTIONS, () => this.#arrange())
  readonly #unplugged = [false, false]
  readonly #ring = new EventRing(SLOTS)
  #read = 0
  readonly #hear: (events: readonly ViewEvent[]) => void
  /** The opener of each connection, its port there (0 when it could not be opened), and whether the other host has opened it, too. */
  readonly #opened: { readonly by: Which; readonly port: number; met: boolean }[] = []
  readonly #bound: boolean

  /** @param hear is told what has happened, in order */
  constructor(network: Network, hear: (events: readonly ViewEvent[]) => void) {
    this.#hear = hear
    this.#bound = network.bound ?? false
    const sim = createNetwork({ seed: network.seed, ladder: 0 })
    this.clock = sim.clock
    this.#machines = [this.#machine(sim, 0, network), this.#machine(sim, 1, network)]
    this.#legs = this.#cables(sim, network.router)
    this.#faults.change(FIRST_FAULTS)
  }

  #machine(sim: SimNetwork, which: Which, { family, ports }: Network): Machine {
    const ring = this.#ring.sink(which)
    const trace: TraceSink = event => {
      // A host without power sends nothing, and counts as sent what it had ready.
      const isUp = this.#machines?.[which].isUp ?? true
      if (isUp || (event.type !== 'packet' && event.type !== 'segment-out')) ring(event)
    }
    const note = (ends: Ends, text: string): void => {
      this.flush()
      const { localAddress, localPort, remoteAddress, remotePort, active } = ends
      const own = { localAddress, localPort, remoteAddress, remotePort, active }
      this.#hear([{ kind: 'note', host: which, time: this.clock.now(), ends: own, text }])
    }
    const options =
      ports === undefined
        ? { trace }
        : { trace, ephemeralPorts: [FIRST_PORT, FIRST_PORT + ports - 1] as const }
    return new Machine(sim.host(HOST_NAMES[which], options), family, note, c => this.#accepted(which, c))
  }

  #cables(sim: SimNetwork, router: boolean): Leg[] {
    const [{ host: client }, { host: server }] = this.#machines
    const middle = router ? sim.router('router') : client
    const link = sim.link(middle, server)
    const legs: Leg[] = [
      { path: link.aToB, hosts: router ? [1] : [0, 1], faults: 'out' },
      { path: link.bToA, hosts: router ? [1] : [0, 1], faults: 'in' },
    ]
    if (router) {
      const near = sim.link(client, middle)
      legs.push({ path: near.aToB, hosts: [0], faults: null }, { path: near.bToA, hosts: [0], faults: null })
      near.aToB.observer = this.#ring.observer(0)
      near.bToA.observer = this.#ring.observer(1)
    }
    link.aToB.observer = this.#ring.observer(0)
    link.bToA.observer = this.#ring.observer(1)
    return legs
  }

  #arrange(): void {
    for (const { path, hosts, faults } of this.#legs) {
      const options = faults === null ? {} : this.#faults.options(faults)
      path.options = hosts.some(which => this.#unplugged[which]) ? { ...options, blackhole: true } : options
    }
  }

  /** Tells what has happened since the last time. */
  flush(): void {
    const { bytes, next } = this.#ring.read(this.#read)
    this.#read = next
    if (bytes.length > 0) this.#hear(decodeEvents(bytes))
  }

  #accepted(which: Which, c: ConnectionView): number {
    const by = otherOf(which)
    return this.#opened.findLastIndex(opened => opened.by === by && opened.port === c.remotePort)
  }

  /** The number of the connection that has been opened from this port last; null when there is none. */
  numberOf(port: number): number | null {
    const number = this.#opened.findLastIndex(opened => opened.port === port)
    return number < 0 ? null : number
  }

  /** Connections that have been opened so far. */
  get connections(): number {
    return this.#opened.length
  }

  /** Does it now. @returns why there was nothing to be done, or null */
  perform(action: Action): Refusal | null {
    switch (action.do) {
      case 'lose next':
        this.#faults.dropNext(LOSE[action.what], action.direction)
        return null
      case 'faults':
        this.#faults.change(action.faults, action.direction)
        return null
      case 'options':
        for (const { host } of action.host === null ? this.#machines : [this.#machines[action.host]])
          host.configure(action.tcp)
        return null
      case 'send':
      case 'shutdown':
      case 'close':
      case 'abort':
      case 'stop reading':
      case 'read': {
        if (action.connection >= this.#opened.length) return 'no connection'
        const bytes = action.do === 'send' ? action.bytes : 0
        return this.#machines[action.host].call(action.do, action.connection, bytes)
      }
      default:
        return this.#onHost(action.do, action.host)
    }
  }

  #onHost(what: HostActionName, which: Which): Refusal | null {
    const machine = this.#machines[which]
    switch (what) {
      case 'listen':
        return machine.listen()
      case 'stop listening':
        return machine.stopListening()
      case 'connect':
        return this.#connect(which)
      case 'crash':
        return machine.crash()
      case 'reboot':
        return machine.reboot()
      case 'unplug':
      case 'plug':
        this.#unplugged[which] = what === 'unplug'
        this.#arrange()
        return null
    }
  }

  #connect(which: Which): Refusal | null {
    const to = this.#machines[otherOf(which)].address
    const last = this.#opened.at(-1)
    const meets = this.#bound && last !== undefined && last.by !== which && !last.met
    const number = this.#opened.length - (meets ? 1 : 0)
    const port = this.#machines[which].connect(number, to, this.#bound)
    if (typeof port === 'string') return port
    if (meets) last.met = true
    else this.#opened.push({ by: which, port, met: false })
    return null
  }
}
