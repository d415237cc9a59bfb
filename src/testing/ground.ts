import type { Host } from '../host/host.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { Address } from '../wire/address.ts'

/** The ground of orders about packets and connections: the links of a network, or that of a program. */
export interface Ground {
  /** The connection of a socket. @throws TypeError ERR_INVALID_ARG_TYPE for what is no connected socket of these links */
  connectionOf(socket: unknown): Connection
  /** The stack that has this address; null for nobody's. */
  hostAt(address: Address): Host | null
  /** Hands a packet that no stack has sent to its destination, at once. */
  inject(packet: Uint8Array): void
  /** Has such a packet follow those that its source has sent to its destination. */
  follow(packet: Uint8Array): void
  /** Calls back in `ms` milliseconds on the links' clock. */
  later(ms: number, callback: () => void): void
}

/** An order under way. */
export interface Order<End> {
  /** Sees each packet before it goes on its way, and may change it in place. @returns its length then */
  alter?(b: Uint8Array, start: number, length: number, from: End, to: End): number
  /** Returns whether it takes the packet away. */
  takes(p: PacketView, from: End, to: End): boolean
}
