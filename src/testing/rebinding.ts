import { changePort, isWhole, portsOf } from '../link/path/edit.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { Dissection } from '../wire/dissect.ts'
import type { Order } from './ground.ts'

/**
 * A NAT that has forgotten a connection, and given it another port when the end behind it spoke again: to the other end it is
 * somebody else.
 */
export class Rebinding<End = unknown> implements Order<End> {
  /** The end behind the NAT. */
  readonly connection: Connection
  /** Its port, as the other end sees it. */
  port: number
  /** The ports that it had. */
  readonly #former: Set<number>
  readonly #packet = new Dissection()
  /** The packet that is looked at has gone to a port of former times. */
  #stale = false

  constructor(connection: Connection, port: number) {
    this.connection = connection
    this.port = port
    this.#former = new Set([connection.localPort])
  }

  /** Once more. */
  move(port: number): void {
    this.#former.add(this.port)
    this.#former.delete(port)
    this.port = port
  }

  alter(b: Uint8Array, start: number, length: number): number {
    this.#stale = false
    const packet = this.#packet.read(b, start, length)
    if (!isWhole(packet, length)) return length
    const { localAddress, localPort, remoteAddress, remotePort } = this.connection
    const [sourcePort, destinationPort] = portsOf(b, packet)
    const { source, destination } = packet
    const ofEnds = source === localAddress && destination === remoteAddress
    if (ofEnds && sourcePort === localPort && destinationPort === remotePort)
      changePort(b, packet, 0, this.port)
    else if (source === remoteAddress && destination === localAddress && sourcePort === remotePort) {
      if (destinationPort === this.port) changePort(b, packet, 2, localPort)
      else this.#stale = this.#former.has(destinationPort)
    }
    return length
  }

  takes(_p: PacketView): boolean {
    return this.#stale
  }
}
