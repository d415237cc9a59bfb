import { close, maySend, receive, send, sendRoom } from '../../tcp/calls.ts'
import { BareConnection, serveBare } from './bare-server.ts'
import type { Service } from './service.ts'

class Echo extends BareConnection {
  readable(): void {
    const c = this.connection
    while (maySend(c) && sendRoom(c) > 0) {
      const bytes = receive(c)
      if (bytes === null) break
      send(c, bytes)
    }
    if (c.finReceived && c.receiveQueue.length === 0) close(c)
  }

  writable(): void {
    this.readable()
  }
}

/** RFC 862. Closes after the peer has. */
export const echo: Service = {
  name: 'echo',
  port: 7,
  help: 'sends back what comes',
  async start(stack, port) {
    serveBare(stack, port, Echo)
  },
}
