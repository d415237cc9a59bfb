import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

const CONNECTIONS = 5
/** The length of the client's FIN_WAIT_2, and the life of the forgetful program, ms. */
const LONG = { timeout: 60_000, life: 600_000, between: 1000 }
const SHORT = { timeout: 2000, life: 5000, between: 200 }

export const closeWait: Lab = {
  name: 'close-wait',
  summary: 'A server application that forgets to close: connections pile up in CLOSE_WAIT',
  shows:
    'CLOSE_WAIT has no timeout: it waits for the program, for as long as that lives. Many of them are always a bug of the program, never one of the network. The other side waits in FIN_WAIT_2 until its TCP gives up; the FIN that comes at last finds nobody and is answered by a reset.',
  bench: short => ({
    path: { delay: 10 },
    client: { finWait2Timeout: (short ? SHORT : LONG).timeout },
  }),
  tail: 10_000,
  async script(bench, f) {
    const { life, between } = bench.short ? SHORT : LONG
    const door = await opened(bench.server.listen(80))
    for (let n = 0; n < CONNECTIONS; n++) {
      const wire = await opened(bench.client.connect(80))
      await bench.until('a handshake', () => wire.connected && door.accepted.length > n)
      await wire.close()
      await bench.until('the end of the stream', () => door.accepted[n]!.ended)
      await bench.after(between)
      f.same('in CLOSE_WAIT at the server', waiting(await bench.server.states()), n + 1)
    }
    await bench.after(life)
    f.same(`in CLOSE_WAIT ${life / 1000} s later`, waiting(await bench.server.states()), CONNECTIONS)
    // A FIN that was sent again begins the timeout anew.
    for (let n = 0; bench.short && n < 20 && (await bench.client.states()).length > 0; n++)
      await bench.after(250)
    f.same('what the client still has', await bench.client.states(), [])
    for (const wire of door.accepted) await wire.close()
    await bench.after(1000)
    f.same('left at the server once its program has closed', await bench.server.states(), ['LISTEN'])
  },
  check(f) {
    for (let n = 0; n < CONNECTIONS; n++) {
      f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSED'], n)
      f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'], n)
      if (f.realTime) continue
      f.near(
        'FIN_WAIT_2 of a closed socket lasts its timeout (ms)',
        f.entered('client', 'CLOSED', n) - f.entered('client', 'FIN_WAIT_2', n),
        (f.short ? SHORT : LONG).timeout,
        1000,
      )
    }
    const resets = f.segments('client').filter(({ flags }) => flags & 4)
    const answered = new Set(resets.map(({ source }) => source))
    f.same('connections whose late FINs are answered by a reset', answered.size, CONNECTIONS)
  },
}

const waiting = (states: readonly string[]): number => states.filter(state => state === 'CLOSE_WAIT').length
