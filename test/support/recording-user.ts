import type { Connection } from '../../src/tcp/block/connection.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import { blockOf, type ConnectionView } from '../../src/tcp/block/connection-view.ts'
import { receive, setUser } from '../../src/tcp/calls.ts'

/** A user of a connection, which keeps what it has heard, in order. */
export class RecordingUser implements ConnectionUser {
  connection: Connection | null = null
  readonly log: string[] = []
  /** Text read so far. */
  text = ''
  /** It reads what comes; else the receive queue fills. */
  reading = true

  established(): void {
    this.log.push('established')
  }
  readable(): void {
    if (this.reading) this.read()
  }
  /** Reads up to so many chunks. */
  read(chunks = Number.POSITIVE_INFINITY): string {
    const c = this.connection
    let text = ''
    for (let n = 0; c !== null && n < chunks; n++) {
      const chunk = receive(c)
      if (chunk === null) break
      text += Buffer.from(chunk).toString('latin1')
    }
    this.text += text
    if (text !== '') this.log.push(text.length <= 40 ? `data ${text}` : `data (${text.length})`)
    if (c?.finReceived && c.receiveQueue.length === 0 && !this.log.includes('end')) this.log.push('end')
    return text
  }
  writable(): void {}
  closed(error: string | null): void {
    this.log.push(`closed ${error ?? 'in order'}`)
  }
  peerUserTimeout(ms: number): void {
    this.log.push(`peer's user timeout ${ms}`)
  }
  urgent(): void {
    this.log.push('urgent')
  }
  softError(code: string, text: string): void {
    this.log.push(`soft ${code}: ${text}`)
  }
}

/** Gives an accepted connection a recording user. */
export const adopt = (accepted: ConnectionView): RecordingUser => {
  const user = new RecordingUser()
  const c = blockOf(accepted)
  user.connection = c
  setUser(c, user)
  user.log.push('accepted')
  if (c.receiveQueue.length > 0 || c.finReceived) user.readable()
  return user
}
