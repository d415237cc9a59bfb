import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

export const refused: Lab = {
  name: 'refused',
  summary: 'A connect to a port on which nobody listens',
  shows:
    'CLOSED answers a SYN by a reset that acknowledges it, with sequence number 0 (RFC 9293 §3.10.7.1). The application is told ECONNREFUSED at once, not after a timeout.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 10_000,
  async script(bench, f) {
    const wire = await opened(bench.client.connect(81))
    await bench.until('the refusal', () => wire.gone)
    f.same('what the application is told', wire.error, 'ECONNREFUSED')
    if (!f.realTime) f.near('after one round trip (ms)', bench.now, 20, 10)
  },
  check(f) {
    f.conversation(['client S 0', 'server R. 0 ack 1'])
    f.same('SEG.SEQ of the reset', f.segments('server')[0]?.seq, 0)
    f.path('client', ['CLOSED', 'SYN_SENT', 'CLOSED'])
  },
}
