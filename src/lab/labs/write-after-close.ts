import { relativeSeq } from '../../trace/observed-segment.ts'
import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

export const writeAfterClose: Lab = {
  name: 'write-after-close',
  summary: 'The peer closes completely; we go on writing',
  shows:
    'A FIN only says that no more data comes: the first write after it is sent as always. There is nobody any more who could read it, so it is answered by a reset (RFC 9293 §3.6.1, SHLD-3), and only the second write fails, with EPIPE or ECONNRESET.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const { wire, served } = await connected(bench)
    await served.close()
    await bench.until('the end of the stream', () => wire.ended)
    f.same('the first write', await wire.write(10), null)
    await bench.after(1000)
    f.that('its application is told', wire.error === 'ECONNRESET' || wire.error === 'EPIPE', wire.error)
    const second = await wire.write(10)
    f.that('the second write fails', second === 'EPIPE' || second === 'ECONNRESET', second)
  },
  check(f) {
    const reset = f.segments().at(-1)
    f.that('the write is answered by a reset', reset?.from === 'server' && (reset.flags & 4) !== 0, f.lines())
    // Its sender may acknowledge something or not where the number is the one that is awaited.
    f.same('whose number is the one that is awaited', reset && relativeSeq(reset, f.begin), 2)
    f.conversation(
      [
        'client S 0',
        'server S. 0 ack 1',
        'client . 1 ack 1',
        'server F. 1 ack 1',
        'client . 1 ack 2',
        'client P. 1:11 ack 2',
      ],
      f.segments().slice(0, -1),
    )
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'CLOSE_WAIT', 'CLOSED'])
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSED'])
  },
}
