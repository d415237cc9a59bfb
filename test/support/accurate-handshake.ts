/** Handshakes with accurate ECN, for dialogues. */
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from './dialogue.ts'

/** The options of an end that says nothing of accurate ECN in them. */
export const MSS = 'mss 1460'
/** The option of who has seen nothing yet. */
export const EMPTY_COUNTERS = 'ECN e1b 1 ceb 0 e0b 1,nop'
/** Those of the first SYN,ACK that agrees. */
export const SERVER_OPTION = `mss 1460,${EMPTY_COUNTERS}`

export const accurate = (tcp: Partial<TcpOptions> = {}): Dialogue =>
  dialogue({ tcp: { ecn: 'accurate', windowScaling: false, ...tcp } })

export const listening = (tcp: Partial<TcpOptions> = {}): Dialogue => {
  const d = accurate(tcp)
  d.listen()
  return d
}

/** The first that was accepted. */
export const connectionOf = (d: Dialogue): Connection => d.accepted[0]!.connection!

/** Text leaves, in a packet of this ECN field. */
export const sendsText = (d: Dialogue, c: Connection, line: string): void => {
  send(c, Buffer.alloc(100))
  d.sends(line)
}
