import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

const LONG = { keepAlive: true, keepAliveIdle: 10_000, keepAliveInterval: 5000, keepAliveCount: 3 }
const SHORT = { ...LONG, keepAliveIdle: 2000, keepAliveInterval: 1000 }

export const keepalive: Lab = {
  name: 'keepalive',
  summary: 'An idle connection whose peer vanishes',
  shows:
    'TCP sends nothing on an idle connection: a peer that is gone is never noticed, unless keep-alives are asked for (RFC 9293 §3.8.4; by default off, and then after two hours). A probe repeats the last sequence number, so that it has to be acknowledged; after so many without an answer the application hears ETIMEDOUT.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const tcp = bench.short ? SHORT : LONG
    const { wire } = await connected(bench, { client: { tcp } })
    await bench.until('a probe and its answer', () => f.segments().length >= 5)
    await bench.after(tcp.keepAliveIdle / 2)
    f.same('while the peer lives a probe is answered', f.lines(f.segments().slice(3, 5)), [
      'client . 0 ack 1',
      'server . 1 ack 1',
    ])
    bench.change({ blackhole: true })
    const since = bench.now
    await bench.until('the end', () => wire.gone)
    f.same('what the application is told', wire.error, 'ETIMEDOUT')
    const probes = f.segments('client').filter(s => s.time >= since)
    f.same('probes', f.lines(probes).slice(0, 3), Array(3).fill('client . 0 ack 1 lost'))
    if (!f.realTime) f.same('apart (ms)', f.gaps(probes.slice(0, 3)), Array(2).fill(tcp.keepAliveInterval))
    f.that(
      'and no more than a reset',
      probes.length === 3 || (probes.length === 4 && (probes[3]!.flags & 4) !== 0),
      f.lines(probes),
    )
    f.same('the side without keep-alives knows of nothing', await bench.server.states(), [
      'LISTEN',
      'ESTABLISHED',
    ])
  },
  check(f) {
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'CLOSED'])
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED'])
  },
}
