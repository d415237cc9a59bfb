import type { Connection } from '../../src/tcp/block/connection.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import type { Dialogue } from '../support/dialogue.ts'
import type { Sent } from '../support/sent.ts'
import type { MakeDialogue } from '../support/states.ts'

const FULL: Partial<TcpOptions> = { backlog: 1, synRetries: 1, synAckRetries: 255, maxRto: 60_000 }

/** A listener whose SYN queue is full. */
export const underPressure = (dialogue: MakeDialogue, tcp: Partial<TcpOptions> = {}): Dialogue => {
  const d = dialogue({ tcp: { ...FULL, ...tcp } })
  d.listen()
  d.receives('999>80 S 0:0(0)')
  d.sends('999>80 S. 0:0(0) ack 1')
  return d
}

export const connectionOf = (d: Dialogue): Connection => d.accepted[0]!.connection!

/** The answer to a SYN with these options. */
export const answered = (d: Dialogue, options: string, flags = 'SEW'): Sent => {
  d.receives(`${flags} 0:0(0) <${options}>`)
  return d.next()
}
