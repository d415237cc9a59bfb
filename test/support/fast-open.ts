/** Both sides of TCP Fast Open in a dialogue. */
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { abort } from '../../src/tcp/calls.ts'
import type { Dialogue } from './dialogue.ts'
import { formatOptions } from './segment-notation.ts'
import type { Sent } from './sent.ts'
import type { MakeDialogue } from './states.ts'

export const ON: Partial<TcpOptions> = { fastOpen: true }

export const fastOpenOf = (sent: Sent): string | null => {
  const m = /(FO(?: [0-9a-f]+)?)(?:,nop)*$/.exec(formatOptions(sent.options))
  return m === null ? null : m[1]!
}

/** A listener, and the peer's cookie for it. */
export const server = (dialogue: MakeDialogue, tcp: Partial<TcpOptions> = {}): [Dialogue, string] => {
  const d = dialogue({ tcp: { ...ON, ...tcp } })
  d.listen()
  d.receives('999>80 S 0:0(0) <mss 1460,FO>')
  const option = fastOpenOf(d.next())!
  d.receives('999>80 R 1:1(0)')
  return [d, option]
}

export const syn = (d: Dialogue, option: string, text = 'hello') =>
  d.inject(d.build(`S 0:${text.length}(${text.length}) win 65535 <mss 1460,${option}>`, text))

export const COOKIE = 'FO 0011223344556677'
export const DATA = Buffer.from('hello')

/** We have connected once, and the peer has answered the question for a cookie. */
export const client = (
  dialogue: MakeDialogue,
  tcp: Partial<TcpOptions> = {},
  answer = `mss 1300,${COOKIE}`,
): Dialogue => {
  const d = dialogue({ tcp: { ...ON, ...tcp } })
  const user = d.connect()
  d.next()
  d.receives(`S. 0:0(0) ack 1 win 65535 <${answer}>`)
  d.next()
  abort(user.connection!)
  d.skip()
  d.localPort++
  return d
}
