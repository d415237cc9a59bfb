import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

export const handshake: Lab = {
  name: 'handshake',
  summary: 'A connection opens and closes without a byte of data: six segments',
  shows:
    'SYN, SYN-ACK, ACK; FIN-ACK, FIN-ACK (the server closes at once, so the acknowledgment of the FIN rides on its own FIN), ACK. SYN and FIN take a sequence number each, so that they can be acknowledged: ack = seq + 1. The initial sequence numbers of two connections have nothing to do with each other (RFC 6528).',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench) {
    const door = await opened(bench.server.listen(80, { closesAtEnd: true }))
    for (let n = 0; n < 2; n++) {
      const wire = await opened(bench.client.connect(80))
      await bench.until('the handshake', () => wire.connected && door.accepted.length > n)
      await wire.close()
      await bench.until('the close', () => door.accepted[n]!.gone)
    }
    await door.close()
  },
  check(f) {
    const ports = f.clientPorts()
    f.same('connections', ports.length, 2)
    for (const port of ports) {
      const segments = f.of(port)
      f.conversation(
        [
          'client S 0',
          'server S. 0 ack 1',
          'client . 1 ack 1',
          'client F. 1 ack 1',
          'server F. 1 ack 2',
          'client . 2 ack 2',
        ],
        segments,
      )
      f.that(
        'no segment has text',
        segments.every(({ length }) => length === 0),
      )
    }
    const syns = f.segments().filter(({ flags }) => flags & 2)
    for (const from of ['client', 'server'] as const) {
      const [a, b] = syns.filter(s => s.from === from)
      const apart = a && b ? Math.abs((a.seq - b.seq) | 0) : 0
      // One in two thousand pairs of random numbers is nearer.
      f.that(`the ${from}'s two initial sequence numbers are far apart`, apart > 1 << 20, apart)
    }
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'TIME_WAIT', 'CLOSED'])
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
  },
}
