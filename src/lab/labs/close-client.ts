import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

/** 2 × the MSL of 30 s that Linux and we have. */
const TWO_MSL = 60_000

export const closeClient: Lab = {
  name: 'close-client',
  summary: 'The client closes first; the server a second later: the four segments apart',
  shows:
    'Who closes first ends in TIME_WAIT and stays there for 2MSL: its last ACK may be lost, and old segments must die out before the same ports are used again (RFC 9293 §3.6.1). The other goes by CLOSE_WAIT (its program has yet to close) and LAST_ACK.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench) {
    const { wire, served } = await connected(bench)
    await wire.close()
    await bench.until('the end of the stream', () => served.ended)
    await bench.after(1000)
    await served.close()
    await bench.until('the end', () => wire.gone)
  },
  check(f) {
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'TIME_WAIT', 'CLOSED'])
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
    f.conversation([
      'client S 0',
      'server S. 0 ack 1',
      'client . 1 ack 1',
      'client F. 1 ack 1',
      'server . 1 ack 2',
      'server F. 1 ack 2',
      'client . 2 ack 2',
    ])
    // A kernel's lasts a minute too, and it tells nobody when it ends.
    if (!f.short)
      f.near(
        'TIME_WAIT lasts 2MSL (ms)',
        f.entered('client', 'CLOSED') - f.entered('client', 'TIME_WAIT'),
        TWO_MSL,
        10,
      )
  },
}
