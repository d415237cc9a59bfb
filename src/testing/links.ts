import type { Clock } from '../base/clock.ts'
import type { LinkFaults } from '../faults/link-faults.ts'
import type { Middlebox } from '../link/path/middlebox.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import { badType, badValue } from '../net/errors.ts'
import type { Ladder } from '../sim/ladder.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import type { Address } from '../wire/address.ts'
import { batchOf, type PacketBatch } from '../wire/batch.ts'
import { destinationOf, dissect } from '../wire/dissect.ts'
import { Conditions } from './conditions.ts'
import type { TestHost } from './host.ts'
import { Wire } from './wire.ts'

/** The common state of a network's links. */
export interface LinksContext {
  readonly seed: number | string
  readonly clock: Clock
  readonly ladder: Ladder
}

/** Orders that concern packets of the whole network: they may change a packet between two hosts, or take it away. */
export interface Interference {
  alter(b: Uint8Array, start: number, length: number, from: TestHost, to: TestHost): number
  takes(p: PacketView, from: TestHost, to: TestHost): boolean
}

/** The hosts of a network, and the wires between each two of them. */
export class Links {
  readonly ladder: Ladder
  readonly hosts: TestHost[] = []
  readonly wires: Wire[] = []
  /** Is asked of each packet. */
  interference: Interference | null = null
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
      middlebox: this.#middlebox,
      back,
    })
    this.wires.push(wire)
    from.station.neighbours.push({ station: to.station, pathOf: family => wire.pathOf(family) })
    return wire
  }

  readonly #middlebox = (from: TestHost, to: TestHost): Middlebox => ({
    alter: (b, start, length) => this.interference?.alter(b, start, length, from, to) ?? length,
    takes: p => this.interference?.takes(p, from, to) ?? false,
  })

  /** The host that has this address, or null. */
  hostAt(address: Address): TestHost | null {
    return this.hosts.find(({ station }) => station.addresses.includes(address)) ?? null
  }

  /** Hands a packet that no host has sent to its destination, at once. */
  inject(packet: Uint8Array): void {
    const host = this.hostAt(destinationOf(packet, 0, packet.length)!)
    if (host === null) return
    this.ladder.entered(`forged→${host.name}`, this.now, packet, 0, packet.length).delivered(this.now)
    host.interface.deliver(batchOf(packet))
  }

  /** Has a packet follow those that its source has sent to its destination. */
  follow(packet: Uint8Array): void {
    const { source, destination } = dissect(packet)
    const wire = this.wires.find(
      ({ from, to }) => from.station.addresses.includes(source) && to.station.addresses.includes(destination),
    )
    wire?.enter(batchOf(packet))
  }

  /** Calls back in `ms` milliseconds on the network's clock. */
  later(ms: number, callback: () => void): void {
    this.#context.clock.schedule(this.now + ms, callback)
  }

  /** Unlinks a host from all others. */
  remove(host: TestHost): void {
    this.hosts.splice(this.hosts.indexOf(host), 1)
    for (const wire of this.wires.filter(({ from, to }) => from === host || to === host)) {
      wire.close()
      this.wires.splice(this.wires.indexOf(wire), 1)
    }
    for (const { station } of this.hosts) {
      const { neighbours } = station
      neighbours.splice(
        neighbours.findIndex(each => each.station === host.station),
        1,
      )
      station.forget()
    }
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
