import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

const CONNECTIONS = 200
const PORT = 40_000

export const timeWaitExhaustion: Lab = {
  name: 'time-wait-exhaustion',
  summary: 'A crawler makes many short connections and closes first: where the TIME_WAITs pile up',
  shows:
    'Each connection leaves a TIME_WAIT with the side that closes first, and its port cannot be used towards the same server until it is over: EADDRINUSE for a port that was asked for, EADDRNOTAVAIL when all are taken. When the server closes first (Connection: close) the pile is the server’s; there a SYN with a newer timestamp may take the place of a TIME_WAIT at once (RFC 6191).',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const door = await opened(bench.server.listen(80, { closesAtEnd: true }))
    const crawl = async (count: number, clientFirst: boolean): Promise<void> => {
      for (let n = 0; n < count; n++) {
        const before = door.accepted.length
        const wire = await opened(bench.client.connect(80, { closesAtEnd: true }))
        await bench.until('a handshake', () => wire.connected && door.accepted.length > before)
        const served = door.accepted[before]!
        if (clientFirst) await wire.close()
        else await served.close()
        await bench.until('the close', () => (clientFirst ? served : wire).gone)
      }
    }
    await crawl(CONNECTIONS, true)
    f.same('TIME_WAITs at the client that closes first', pile(await bench.client.states()), CONNECTIONS)
    f.same('TIME_WAITs at its server', pile(await bench.server.states()), 0)
    await bench.after(61_000)
    f.same('TIME_WAITs after 2MSL', pile(await bench.client.states()), 0)
    await crawl(CONNECTIONS, false)
    f.same('TIME_WAITs at the client when the server closes first', pile(await bench.client.states()), 0)
    f.same('TIME_WAITs at the server that closes first', pile(await bench.server.states()), CONNECTIONS)
    await bench.after(61_000)

    // One port, used again.
    const use = async (clientFirst: boolean) => {
      const before = door.accepted.length
      const wire = await opened(bench.client.connect(80, { closesAtEnd: true, localPort: PORT }))
      await bench.until('a handshake from the port', () => wire.connected && door.accepted.length > before)
      const served = door.accepted[before]!
      if (clientFirst) await wire.close()
      else await served.close()
      await bench.until('the close', () => (clientFirst ? served : wire).gone)
    }
    await use(false)
    const at = bench.now
    await use(false)
    f.that(
      'a port whose TIME_WAIT the server has is used again at once',
      bench.now - at < 1000,
      bench.now - at,
    )
    await bench.after(61_000)
    await use(true)
    f.same(
      'a port whose TIME_WAIT the client has',
      await bench.client.connect(80, { localPort: PORT }),
      'EADDRINUSE',
    )
  },
  check(f) {
    const reused = f.run.transitions.filter(({ event }) => event === 'SYN reuses TIME_WAIT')
    f.same('SYNs that take the place of a TIME_WAIT', reused.length, 1)
    const syns = f.of(PORT).filter(s => s.from === 'client' && s.flags & 2)
    f.that(
      'all connections from the port offer timestamps',
      syns.length === 3 && syns.every(({ timestamps }) => timestamps),
      f.lines(syns),
    )
  },
}

const pile = (states: readonly string[]): number => states.filter(state => state === 'TIME_WAIT').length
