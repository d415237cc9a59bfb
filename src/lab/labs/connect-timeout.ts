import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

/** SYNs after the first, when the TCP gives up, and how long the hasty one waits, ms. */
const LONG = { retries: 6, end: 127_000, haste: 5000, hasty: 3 }
const SHORT = { retries: 2, end: 7000, haste: 1500, hasty: 2 }

export const connectTimeout: Lab = {
  name: 'connect-timeout',
  summary: 'A connect to a host that never answers; the timeout of the TCP, and one of the application’s own',
  shows:
    'The SYN goes out at 0, 1, 3, 7, 15 … s, each time after twice the time (RFC 6298 §2.1 and §5.5), always with the same sequence number, and the application hears ETIMEDOUT when the retries are used up. How many there are is an option (6 with Linux); an application that closes sooner ends it there, and no segment tells the other side.',
  bench: short => ({
    path: { delay: 10, blackhole: true },
    client: { synRetries: (short ? SHORT : LONG).retries },
  }),
  tail: 100_000,
  async script(bench, f) {
    const { end, haste } = bench.short ? SHORT : LONG
    const wire = await opened(bench.client.connect(80))
    await bench.until('the timeout', () => wire.gone)
    f.same('what the application is told', wire.error, 'ETIMEDOUT')
    if (!f.realTime) f.near('after (ms)', bench.now, end, 100)
    const hasty = await opened(bench.client.connect(80))
    await bench.after(haste)
    await hasty.close()
  },
  check(f) {
    const { retries, hasty } = f.short ? SHORT : LONG
    const [first] = f.segments().map(s => s.source)
    const one = f.segments().filter(s => s.source === first)
    f.same('one SYN and its retransmissions', f.lines(one), Array(retries + 1).fill('client S 0 lost'))
    f.same('one sequence number', new Set(one.map(({ seq }) => seq)).size, 1)
    const gaps = f.gaps(one).map(gap => Math.round(gap / 100) / 10)
    if (f.realTime)
      f.that(
        'each apart by more than the one before (s)',
        gaps.every((gap, i) => gap > (i === 0 ? 0.5 : 1.3 * gaps[i - 1]!)),
        gaps,
      )
    else
      f.same(
        'apart (s)',
        gaps,
        Array.from({ length: retries }, (_, i) => 2 ** i),
      )
    f.path('client', ['CLOSED', 'SYN_SENT', 'CLOSED'])
    const two = f.segments().filter(s => s.source !== first)
    f.same(
      'the hasty one sends no SYN any more when it has given up, and nothing else',
      f.lines(two),
      Array(hasty).fill('client S 0 lost'),
    )
    f.path('client', ['CLOSED', 'SYN_SENT', 'CLOSED'], 1)
  },
}
