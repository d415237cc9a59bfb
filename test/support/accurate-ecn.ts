/** Connections with accurate ECN, for dialogues. */
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { type Dialogue, dialogue } from './dialogue.ts'
import type { RecordingUser } from './recording-user.ts'

export const accurateDialogue = (tcp: Partial<TcpOptions> = {}): Dialogue =>
  dialogue({ tcp: { ecn: 'accurate', windowScaling: false, initialWindow: 10, ...tcp } })

/** A server's connection. `syn`: options of the client's SYN, `ack`: those of the last ACK of its handshake. */
export const openAccurate = (d: Dialogue, syn = '', ack = ''): RecordingUser => {
  d.listen()
  d.receives(`SEWA 0:0(0) win 65535 <mss 1460${syn}>`)
  d.next()
  d.after(50)
  d.receives(`.2 1:1(0) ack 1 win 60000${ack === '' ? '' : ` <${ack}>`}`)
  return d.accepted[0]!
}
