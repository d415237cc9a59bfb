import { connected, opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

export const closeBoth: Lab = {
  name: 'close-both',
  summary: 'Both sides close at once, their FINs cross; then the short cut of a FIN that acknowledges a FIN',
  shows:
    'A FIN that arrives before the acknowledgment of our own leads to CLOSING, and both sides end in TIME_WAIT (RFC 9293 figure 13). When the FIN acknowledges ours, FIN_WAIT_1 goes to TIME_WAIT at once.',
  // Long enough, in real time, for both to have closed before either hears of it.
  bench: short => ({ path: { delay: short ? 200 : 10 } }),
  tail: 100_000,
  async script(bench) {
    const { door, wire, served } = await connected(bench, { server: { closesAtEnd: true } })
    await wire.close()
    await served.close()
    await bench.after(1000)
    const second = await opened(bench.client.connect(80))
    await bench.until('the second handshake', () => second.connected && door.accepted.length > 1)
    await second.close()
    await bench.after(1000)
  },
  check(f) {
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'CLOSING', 'TIME_WAIT', 'CLOSED'])
    f.path('server', [
      'LISTEN',
      'SYN_RECEIVED',
      'ESTABLISHED',
      'FIN_WAIT_1',
      'CLOSING',
      'TIME_WAIT',
      'CLOSED',
    ])
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'TIME_WAIT', 'CLOSED'], 1)
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'], 1)
    const fins = f.segments().filter(({ flags }) => flags & 1)
    const [a, b] = fins
    f.that(
      'the two FINs cross: each leaves before the other arrives',
      a !== undefined && b !== undefined && a.from !== b.from && b.time < (a.arrivals[0] ?? 0),
      f.lines(fins),
    )
    f.same('neither acknowledges the other', f.lines(fins.slice(0, 2)).sort(), [
      'client F. 1 ack 1',
      'server F. 1 ack 1',
    ])
  },
}
