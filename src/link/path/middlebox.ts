import type { PacketView } from './packet-view.ts'

/** A box before a path that looks into packets: a firewall, a NAT, a proxy. */
export interface Middlebox {
  /** May change a packet in place. @returns its length then */
  alter(b: Uint8Array, start: number, length: number): number
  /** Returns whether it takes the packet away. */
  takes(p: PacketView): boolean
}
