import { DropNext, type DropNextOptions } from '../faults/drop-next.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import { Cut, type CutOptions, type CutSocketOptions } from './cut.ts'
import { Firewall, type FirewallOptions } from './firewall.ts'
import { flowOf, flowOfConnection } from './flow.ts'
import type { Ground, Order } from './ground.ts'
import { Rebinding } from './rebinding.ts'
import { forgedReset, live } from './reset.ts'

/** Ports that a NAT gives, and how far from the last: the hosts' own go up one by one (RFC 6056 §3.3.4). */
const FIRST_PORT = 1024
const PORTS = 65_536 - FIRST_PORT
const STEP = 20_011

/** The orders that look into packets, and know connections. An end is a host of a network. */
export class FlowOrders<End> {
  readonly #ground: Ground
  /** In the order in which they were given: each sees what the ones before it have left. */
  #orders: readonly Order<End>[] = []
  /** Connections that are silently cut off. */
  readonly #lostFlows = new Set<string>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  alter(b: Uint8Array, start: number, length: number, from: End, to: End): number {
    for (const order of this.#orders) length = order.alter?.(b, start, length, from, to) ?? length
    return length
  }

  takes(p: PacketView, from: End, to: End): boolean {
    if (this.#lostFlows.size > 0) {
      const flow = flowOf(p)
      if (flow !== null && this.#lostFlows.has(flow)) return true
    }
    for (const order of this.#orders) if (order.takes(p, from, to)) return true
    return false
  }

  #add<T extends Order<End>>(order: T): T {
    this.#orders = [...this.#orders, order]
    return order
  }

  readonly #remove = (order: Order<End>): void => {
    this.#orders = this.#orders.filter(each => each !== order)
  }

  dropNext(options: DropNextOptions<End> = {}): DropNext<End> {
    return this.#add(new DropNext(options))
  }

  firewall(options: FirewallOptions<End>): Firewall<End> {
    return this.#add(new Firewall(options, packet => this.#ground.inject(packet), this.#remove))
  }

  blackhole(socket: object): void {
    this.#lostFlows.add(flowOfConnection(this.#ground.connectionOf(socket)))
  }

  cut(...args: [socket: object, options: CutSocketOptions] | [options: CutOptions<End>]): Cut<End> {
    const [first, second] = args
    return this.#add(
      second === undefined
        ? new Cut(this.#ground, null, first as CutOptions<End>, this.#remove)
        : new Cut(this.#ground, this.#ground.connectionOf(first), second as CutOptions<End>, this.#remove),
    )
  }

  rebind(socket: object): number {
    const connection = this.#ground.connectionOf(socket)
    const { localAddress, remoteAddress, remotePort } = connection
    const known = this.#orders.find(
      (order): order is Rebinding<End> => order instanceof Rebinding && order.connection === connection,
    )
    const host = this.#ground.hostAt(localAddress)
    let port = known?.port ?? connection.localPort
    do port = FIRST_PORT + ((port - FIRST_PORT + STEP) % PORTS)
    while (host !== null && host.connections.get(localAddress, port, remoteAddress, remotePort) !== null)
    if (known === undefined) this.#add(new Rebinding<End>(connection, port))
    else known.move(port)
    return port
  }

  reset(socket: object): void {
    const c = this.#ground.connectionOf(socket)
    const { localAddress, localPort, remoteAddress, remotePort } = c
    const ends = [
      [localAddress, localPort, remoteAddress, remotePort],
      [remoteAddress, remotePort, localAddress, localPort],
    ] as const
    // Both are written before either is read: the first may have its user answer.
    const resets = ends.flatMap(end => {
      const to = live(this.#ground.hostAt(end[0])?.connections.get(...end) ?? null)
      return to === null ? [] : [forgedReset(to)]
    })
    for (const packet of resets) this.#ground.inject(packet)
  }

  /** Ends all of these but {@link dropNext}. */
  heal(): void {
    this.#lostFlows.clear()
    this.#orders = this.#orders.filter(order => order instanceof DropNext)
  }
}
