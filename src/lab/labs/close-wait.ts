import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

const CONNECTIONS = 5
const TEN_MINUTES = 600_000

export const closeWait: Lab = {
  name: 'close-wait',
  summary: 'A server application that forgets to close: connections pile up in CLOSE_WAIT',
  shows:
    'CLOSE_WAIT has no timeout: it waits for the program, for as long as that lives. Many of them are always a bug of the program, never one of the network. The other side waits in FIN_WAIT_2 until its TCP gives up; the FIN that comes at last finds nobody and is answered by a reset.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 10_000,
  async script(bench, f) {
    const door = await opened(bench.server.listen(80))
    for (let n = 0; n < CONNECTIONS; n++) {
      const wire = await opened(bench.client.connect(80))
      await bench.until('a handshake', () => wire.connected && door.accepted.length > n)
      await wire.close()
      await bench.until('the end of the stream', () => door.accepted[n]!.ended)
      await bench.after(1000)
      f.same('in CLOSE_WAIT at the server', waiting(await bench.server.states()), n + 1)
    }
    await bench.after(TEN_MINUTES)
    f.same('in CLOSE_WAIT ten minutes later', waiting(await bench.server.states()), CONNECTIONS)
    f.same('what the client still has', await bench.client.states(), [])
    for (const wire of door.accepted) await wire.close()
    await bench.after(1000)
    f.same('left at the server once its program has closed', await bench.server.states(), ['LISTEN'])
  },
  check(f) {
    for (let n = 0; n < CONNECTIONS; n++) {
      f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSED'], n)
      f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'], n)
      f.near(
        'FIN_WAIT_2 of a closed socket lasts its timeout (ms)',
        f.entered('client', 'CLOSED', n) - f.entered('client', 'FIN_WAIT_2', n),
        60_000,
        1000,
      )
    }
    const resets = f.segments('client').filter(({ flags }) => flags & 4)
    f.same('resets that answer the late FINs', resets.length, CONNECTIONS)
  },
}

const waiting = (states: readonly string[]): number => states.filter(state => state === 'CLOSE_WAIT').length
