import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

const PIECES = 3
const PIECE = 1000

export const halfClose: Lab = {
  name: 'half-close',
  summary: 'The client shuts down its sending side; the server goes on sending for a while',
  shows:
    'A FIN says "I have no more to send", not "I am gone": the other direction goes on for as long as it likes. The client acknowledges what comes after its own FIN, and reads to the end (0 bytes) when the server’s FIN is there.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const { wire, served } = await connected(bench)
    await wire.write(10)
    await wire.shutdown()
    await bench.until('the end of the request', () => served.ended)
    for (let n = 0; n < PIECES; n++) {
      await bench.after(500)
      await served.write(PIECE)
    }
    await served.close()
    await bench.until('the end of the answer', () => wire.ended)
    f.same('bytes that the client has read', wire.received, PIECES * PIECE)
    f.that('the client has read what was sent', wire.intact)
    await wire.close()
  },
  check(f) {
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'TIME_WAIT', 'CLOSED'])
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
    const fin = f.segments('client').find(({ flags }) => flags & 1)
    const after = f.segments('server').filter(s => s.length > 0 && s.time > (fin?.arrivals[0] ?? Infinity))
    f.same(
      'bytes of the server’s after the client’s FIN',
      after.reduce((sum, s) => sum + s.length, 0),
      PIECES * PIECE,
    )
    for (const s of after)
      f.that(
        `${f.lines([s])[0]} is acknowledged`,
        f.segments('client').some(a => a.time >= s.time && ((a.ack - s.seq - s.length) | 0) >= 0),
      )
  },
}
