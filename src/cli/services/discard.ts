import { close, maySend, send, skip } from '../../tcp/calls.ts'
import { BareConnection, serveBare } from './bare-server.ts'
import type { Service } from './service.ts'

class Discard extends BareConnection {
  #bytes = 0

  readable(): void {
    const c = this.connection
    this.#bytes += skip(c)
    if (!c.finReceived || !maySend(c)) return
    send(c, Buffer.from(`${this.#bytes}\n`))
    close(c)
  }

  writable(): void {}
}

/** RFC 863, and beyond it: after the peer's end it tells how many bytes there were. */
export const discard: Service = {
  name: 'discard',
  port: 9,
  help: 'reads everything; in the end it says how many bytes there were',
  async start(stack, port) {
    serveBare(stack, port, Discard)
  },
}
