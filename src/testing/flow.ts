import type { PacketView } from '../link/path/packet-view.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { Address } from '../wire/address.ts'

/** One name for both directions of a connection. */
const flow = (a: Address, aPort: number, b: Address, bPort: number): string => {
  const one = `${a}:${aPort}`
  const other = `${b}:${bPort}`
  return one < other ? `${one} ${other}` : `${other} ${one}`
}

/** The connection that a packet belongs to; null when it is no TCP segment. */
export const flowOf = (p: PacketView): string | null =>
  p.tcp ? flow(p.source, p.sourcePort, p.destination, p.destinationPort) : null

export const flowOfConnection = (c: Connection): string =>
  flow(c.localAddress, c.localPort, c.remoteAddress, c.remotePort)
