import { maySend, send, sendRoom, skip } from '../../tcp/calls.ts'
import { BareConnection, serveBare } from './bare-server.ts'
import { PATTERN } from './pattern.ts'
import type { Service } from './service.ts'

class Chargen extends BareConnection {
  readable(): void {
    skip(this.connection)
    this.writable()
  }

  writable(): void {
    const c = this.connection
    // Whole periods, so that they join; and nobody ever writes to it, so that it need not be copied.
    while (maySend(c) && sendRoom(c) > 0) send(c, PATTERN)
  }
}

/** RFC 864, with a pattern that can be checked. It ignores what comes, the peer's end too, until the peer is gone. */
export const chargen: Service = {
  name: 'chargen',
  port: 19,
  help: 'sends bytes for ever, the i-th being i mod 251',
  async start(stack, port) {
    serveBare(stack, port, Chargen)
  },
}
