import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

/** As many as there are ephemeral ports. */
const LONG = 200
const SHORT = 20
const FIRST = 40_000
/** A port that is none of them. */
const PORT = 50_000

export const timeWaitExhaustion: Lab = {
  name: 'time-wait-exhaustion',
  summary: 'A crawler makes many short connections and closes first: where the TIME_WAITs pile up',
  shows:
    'Each connection leaves a TIME_WAIT with the side that closes first, and its port cannot be used towards the same server until it is over: EADDRINUSE for a port that was asked for, EADDRNOTAVAIL when all are taken. When the server closes first (Connection: close) the pile is the server’s; there a SYN with a newer timestamp may take the place of a TIME_WAIT at once (RFC 6191).',
  bench: short => ({
    path: { delay: short ? 1 : 10 },
    ports: [FIRST, FIRST + (short ? SHORT : LONG) - 1],
  }),
  tail: 100_000,
  async script(bench, f) {
    const all = bench.short ? SHORT : LONG
    const crawl = async (port: number, count: number, clientFirst: boolean, localPort?: number) => {
      const door = await opened(bench.server.listen(port, { closesAtEnd: true }))
      for (let n = 0; n < count; n++) {
        const wire = await opened(
          bench.client.connect(port, {
            closesAtEnd: true,
            ...(localPort === undefined ? {} : { localPort }),
          }),
        )
        await bench.until('a handshake', () => wire.connected && door.accepted.length > n)
        const served = door.accepted[n]!
        if (clientFirst) await wire.close()
        else await served.close()
        await bench.until('the close', () => (clientFirst ? served : wire).gone)
      }
    }
    await crawl(80, all, true)
    f.same('TIME_WAITs at the client that closes first', pile(await bench.client.states()), all)
    f.same('TIME_WAITs at its server', pile(await bench.server.states()), 0)
    f.same('one connection more', await bench.client.connect(80), 'EADDRNOTAVAIL')
    if (!bench.short) {
      await bench.after(61_000)
      f.same('TIME_WAITs after 2MSL', pile(await bench.client.states()), 0)
    }
    const before = pile(await bench.client.states())
    await crawl(81, all, false)
    f.same(
      'more TIME_WAITs at the client when the server closes first',
      pile(await bench.client.states()) - before,
      0,
    )
    // A kernel may take a port again that its server still has.
    const ports = new Set(
      f
        .segments('client')
        .filter(s => s.destination.endsWith(':81'))
        .map(s => s.source),
    )
    f.same('TIME_WAITs at the server that closes first', pile(await bench.server.states()), ports.size)

    // One port, used again while the server has its TIME_WAIT: with a newer timestamp at once.
    await crawl(82, 2, false, PORT)
    await crawl(83, 1, true, PORT)
    // Linux takes one that was bound again here too, by its timestamps.
    if (!bench.short)
      f.same(
        'a port whose TIME_WAIT the client has',
        await bench.client.connect(83, { localPort: PORT }),
        'EADDRINUSE',
      )
  },
  check(f) {
    const reused = f.run.transitions.filter(({ event }) => event === 'SYN reuses TIME_WAIT')
    // A kernel tells nobody; that the connection opens shows it.
    if (!f.realTime) f.same('SYNs that take the place of a TIME_WAIT', reused.length, 1)
    const answered = f.of(PORT).filter(s => s.from === 'server' && s.flags & 2)
    f.same('connections from one port', new Set(answered.map(({ seq }) => seq)).size, 3)
    const syns = f.of(PORT).filter(s => s.from === 'client' && s.flags & 2)
    f.that(
      'all connections from the port offer timestamps',
      syns.length >= 3 && syns.every(({ timestamps }) => timestamps),
      f.lines(syns),
    )
  },
}

const pile = (states: readonly string[]): number => states.filter(state => state === 'TIME_WAIT').length
