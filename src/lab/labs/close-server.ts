import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

export const closeServer: Lab = {
  name: 'close-server',
  summary: 'The server writes, waits a second and closes first; the client a second later',
  shows:
    'The same path with the roles turned: TIME_WAIT is with the side that closes first, whether it is called client or server. The states know no client and no server.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const { wire, served } = await connected(bench)
    await served.write(12)
    await bench.after(1000)
    await served.close()
    await bench.until('the end of the stream', () => wire.ended)
    f.same('bytes that the client has read before the end', wire.received, 12)
    await bench.after(1000)
    await wire.close()
    await bench.until('the end', () => wire.gone)
  },
  check(f) {
    f.path('server', [
      'LISTEN',
      'SYN_RECEIVED',
      'ESTABLISHED',
      'FIN_WAIT_1',
      'FIN_WAIT_2',
      'TIME_WAIT',
      'CLOSED',
    ])
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
    f.conversation([
      'client S 0',
      'server S. 0 ack 1',
      'client . 1 ack 1',
      'server P. 1:13 ack 1',
      'client . 1 ack 13',
      'server F. 13 ack 1',
      'client . 1 ack 14',
      'client F. 1 ack 14',
      'server . 14 ack 2',
    ])
    // A kernel's lasts a minute too, and it tells nobody when it ends.
    if (!f.short)
      f.near(
        'TIME_WAIT lasts 2MSL (ms)',
        f.entered('server', 'CLOSED') - f.entered('server', 'TIME_WAIT'),
        60_000,
        10,
      )
  },
}
