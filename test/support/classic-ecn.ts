/** Connections with the ECN of RFC 3168, for dialogues. */
import type { Connection } from '../../src/tcp/block/connection.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { type Dialogue, dialogue } from './dialogue.ts'

export const capable = (options: Partial<TcpOptions> = {}): Dialogue =>
  dialogue({ tcp: { ecn: 'passive', initialWindow: 10, ...options } })

/** A connection on which both have agreed. */
export const open = (d: Dialogue, options = 'mss 1460'): Connection => {
  d.listen()
  d.receives(`SEW 0:0(0) win 65535 <${options}>`)
  d.sends('[noecn] SE. 0:0(0) ack 1')
  d.after(100)
  d.receives('. 1:1(0) ack 1 win 60000')
  return d.accepted[0]!.connection!
}
