import { isPureAck, nth } from '../../link/path/script.ts'
import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

export const lostLastAck: Lab = {
  name: 'lost-last-ack',
  summary: 'The last ACK of a close is lost on the way',
  shows:
    'This is what TIME_WAIT is for: the peer in LAST_ACK sends its FIN again after its retransmission timeout, TIME_WAIT acknowledges it again and starts its 2MSL anew (RFC 9293 §3.10.7.4). Without it the peer would be reset.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 200_000,
  async script(bench) {
    // The client's first ACK is the handshake's.
    bench.change({ drop: nth(2, isPureAck) }, 'client')
    const { wire, served } = await connected(bench)
    await wire.close()
    await bench.until('the end of the stream', () => served.ended)
    await bench.after(100)
    await served.close()
    await bench.until('the close', () => served.gone)
  },
  check(f) {
    f.conversation([
      'client S 0',
      'server S. 0 ack 1',
      'client . 1 ack 1',
      'client F. 1 ack 1',
      'server . 1 ack 2',
      'server F. 1 ack 2',
      'client . 2 ack 2 lost',
      'server F. 1 ack 2',
      'client . 2 ack 2',
    ])
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'TIME_WAIT', 'CLOSED'])
    const last = f.segments('client').at(-1)
    // A kernel's lasts a minute too, and it tells nobody when it ends.
    if (!f.short)
      f.near(
        'TIME_WAIT lasts 2MSL from the second FIN on (ms)',
        f.entered('client', 'CLOSED') - (last?.time ?? 0),
        60_000,
        10,
      )
    f.that(
      'LAST_ACK lasts until the second ACK',
      f.entered('server', 'CLOSED') > (last?.time ?? Infinity),
      f.entered('server', 'CLOSED'),
    )
  },
}
