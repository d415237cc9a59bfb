import type { PacketView } from '../link/path/packet-view.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { Address } from '../wire/address.ts'

/** A name for what one end sends to the other. */
export const oneWay = (from: Address, fromPort: number, to: Address, toPort: number): string =>
  `${from}:${fromPort}>${to}:${toPort}`

/** One name for both directions of a connection. */
export const flowBetween = (a: Address, aPort: number, b: Address, bPort: number): string => {
  const one = `${a}:${aPort}`
  const other = `${b}:${bPort}`
  return one < other ? `${one} ${other}` : `${other} ${one}`
}

/** The connection that a packet belongs to; null when it is no TCP segment. */
export const flowOf = (p: PacketView): string | null =>
  p.tcp ? flowBetween(p.source, p.sourcePort, p.destination, p.destinationPort) : null

export const flowOfConnection = (c: Connection): string =>
  flowBetween(c.localAddress, c.localPort, c.remoteAddress, c.remotePort)
