/** Connections whose path MTU is told or found. */
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { PathMtuEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import type { Dialogue } from './dialogue.ts'
import type { Sent } from './sent.ts'

/** A connection with so many bytes just sent. */
export const flying = (
  d: Dialogue,
  bytes: number,
  tcp: Partial<TcpOptions> = {},
  syn = 'S 0:0(0) win 65535 <mss 1460,nop,wscale 7>',
): { c: Connection; flight: Sent[] } => {
  const c = d.established(tcp, syn, '. 1:1(0) ack 1 win 8000').connection!
  if (bytes > 0) send(c, Buffer.alloc(bytes))
  return { c, flight: d.skip() }
}

/** The changes of the path MTU so far, with their reasons. */
export const changes = (d: Dialogue): string[] =>
  d.events.filter((e): e is PathMtuEvent => e.type === 'path-mtu').map(e => `${e.from} → ${e.to} ${e.cause}`)
