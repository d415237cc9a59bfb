import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

/** The timeout of the closed one, when both are looked at first, and when again, ms. */
const LONG = { timeout: 20_000, soon: 10_000, late: 3_600_000 }
const SHORT = { timeout: 3000, soon: 500, late: 5000 }

export const finWait2: Lab = {
  name: 'fin-wait-2',
  summary: 'One side closes, the other never does: how long FIN_WAIT_2 lasts',
  shows:
    'A socket that its application has let go of leaves FIN_WAIT_2 after a timeout (60 s, an option; RFC 9293 does not ask for it, every system does). One that was only shut down stays: its application may still read, and the RFC lets the other side take as long as it likes.',
  bench: short => ({
    path: { delay: 10 },
    client: { finWait2Timeout: (short ? SHORT : LONG).timeout },
  }),
  tail: 0,
  async script(bench, f) {
    const { soon, late } = bench.short ? SHORT : LONG
    const door = await opened(bench.server.listen(80))
    const closed = await opened(bench.client.connect(80))
    await bench.until('the handshake', () => closed.connected && door.accepted.length > 0)
    await closed.close()
    const half = await opened(bench.client.connect(80))
    await bench.until('the second handshake', () => half.connected && door.accepted.length > 1)
    await half.shutdown()
    await bench.after(soon)
    f.same(`after ${soon / 1000} s`, await bench.client.states(), ['FIN_WAIT_2', 'FIN_WAIT_2'])
    await bench.after(late)
    f.same(`${late / 1000} s later`, await bench.client.states(), ['FIN_WAIT_2'])
    await door.accepted[1]!.write(10)
    await bench.after(1000)
    f.same('bytes that the half-closed one can still read', half.received, 10)
  },
  check(f) {
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSED'])
    if (!f.realTime)
      f.near(
        'FIN_WAIT_2 of the closed one lasts the configured timeout (ms)',
        f.entered('client', 'CLOSED') - f.entered('client', 'FIN_WAIT_2'),
        (f.short ? SHORT : LONG).timeout,
        1000,
      )
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2'], 1)
  },
}
