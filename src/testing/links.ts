import type { Clock } from '../base/clock.ts'
import type { LinkFaults } from '../faults/link-faults.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import { badType, badValue } from '../net/errors.ts'
import type { Ladder } from '../sim/ladder.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import type { PacketBatch } from '../wire/batch.ts'
import { Conditions } from './conditions.ts'
import type { TestHost } from './host.ts'
import { Wire } from './wire.ts'

/** What the links of a network share. */
export interface LinksContext {
  readonly seed: number | string
  readonly clock: Clock
  readonly ladder: Ladder
}

/** Takes a packet away on its way between two hosts; false lets it pass. */
export type Taker = (p: PacketView, from: TestHost, to: TestHost) => boolean

/** The hosts of a network, and the wires between each two of them. */
export class Links {
  readonly ladder: Ladder
  readonly hosts: TestHost[] = []
  readonly wires: Wire[] = []
  /** These are asked of each packet, in turn, until one takes it. */
  readonly takers: Taker[] = []
  readonly #context: LinksContext
  /** The condition of every link that has been told of no other. */
  readonly #conditions = new Conditions()

  constructor(context: LinksContext) {
    this.#context = context
    this.ladder = context.ladder
  }

  /** Milliseconds on the network's clock. */
  get now(): number {
    return this.#context.clock.now()
  }

  /** Random numbers that follow from the seed, and differ from those of every other name. */
  random(name: string): SeededRandom {
    return new SeededRandom(`${this.#context.seed} ${name}`)
  }

  /** Links a host to all others. */
  add(host: TestHost): void {
    for (const other of this.hosts) this.#join(host, other)
    this.hosts.push(host)
    for (const { station } of this.hosts) station.forget()
  }

  #join(a: TestHost, b: TestHost): void {
    const there = this.#wire(a, b, batch => back.enter(batch))
    const back: Wire = this.#wire(b, a, batch => there.enter(batch))
  }

  #wire(from: TestHost, to: TestHost, back: (batch: PacketBatch) => void): Wire {
    const wire = new Wire(from, to, this.#conditions.copy(), {
      clock: this.#context.clock,
      luck: name => this.random(name),
      observer: this.ladder,
      takes: this.#takes,
      back,
    })
    this.wires.push(wire)
    from.station.neighbours.push({ station: to.station, pathOf: family => wire.pathOf(family) })
    return wire
  }

  readonly #takes: Taker = (p, from, to) => {
    for (const takes of this.takers) if (takes(p, from, to)) return true
    return false
  }

  /** Changes the faults of all links, those of hosts to come included. @throws as {@link Conditions.change} */
  change(change: LinkFaults, family?: 4 | 6): void {
    this.#conditions.change(change, family)
    for (const wire of this.wires) wire.change(change, family)
  }

  /** Cuts all links, those of hosts to come included, or mends them. */
  cut(cut: boolean, family?: 4 | 6): void {
    this.#conditions.cut(cut, family)
    for (const wire of this.wires) wire.cut(cut, family)
  }

  /** @throws TypeError ERR_INVALID_ARG_TYPE for what is no host of this network */
  own(host: TestHost): void {
    if (!this.hosts.includes(host)) throw badType('host', 'a host of this network', host)
  }

  /** The wires between two hosts, one in each direction. @throws TypeError as {@link own}, and for a host and itself */
  between(a: TestHost, b: TestHost): Wire[] {
    this.own(a)
    this.own(b)
    if (a === b) throw badValue('There is no link between a host and itself')
    return this.wires.filter(({ from, to }) => (from === a && to === b) || (from === b && to === a))
  }
}
