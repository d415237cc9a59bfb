import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

export const unreadClose: Lab = {
  name: 'unread-close',
  summary: 'An application closes with unread data in its receive buffer: RST instead of FIN',
  shows:
    'A FIN would tell the sender that all it has sent was received in order. It was not: so the connection is reset (RFC 9293 §3.6.1, SHLD-3; RFC 2525 §2.17). HTTP servers that answer before they have read the request meet this.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const { wire, served } = await connected(bench, { server: { reading: false } })
    await wire.write(100)
    await bench.after(1000)
    await served.close()
    await bench.after(1000)
    f.same('what the writer is told', wire.error, 'ECONNRESET')
  },
  check(f) {
    f.that('no FIN was sent', !f.segments().some(({ flags }) => flags & 1), f.lines())
    const last = f.segments().at(-1)
    f.that(
      'the last segment is the server’s reset',
      last?.from === 'server' && (last.flags & 4) !== 0,
      f.lines(),
    )
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'CLOSED'])
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSED'])
  },
}
