import { opened } from '../bench.ts'
import type { Lab } from '../lab.ts'

const RETRIES = 6

export const connectTimeout: Lab = {
  name: 'connect-timeout',
  summary: 'A connect to a host that never answers; the timeout of the TCP, and one of the application’s own',
  shows:
    'The SYN goes out at 0, 1, 3, 7, 15 … s, each time after twice the time (RFC 6298 §2.1 and §5.5), always with the same sequence number, and the application hears ETIMEDOUT when the retries are used up. How many there are is an option (here 6, as Linux); an application that closes sooner ends it there, and no segment tells the other side.',
  bench: () => ({ path: { delay: 10, blackhole: true }, client: { synRetries: RETRIES } }),
  tail: 100_000,
  async script(bench, f) {
    const wire = await opened(bench.client.connect(80))
    await bench.until('the timeout', () => wire.gone)
    f.same('what the application is told', wire.error, 'ETIMEDOUT')
    f.near('after (ms)', bench.now, 127_000, 100)
    const hasty = await opened(bench.client.connect(80))
    await bench.after(5000)
    await hasty.close()
  },
  check(f) {
    const [, first] = f.segments().map(s => s.source)
    const one = f.segments().filter(s => s.source === first)
    f.same('one SYN and its retransmissions', f.lines(one), Array(RETRIES + 1).fill('client S 0 lost'))
    f.same('one sequence number', new Set(one.map(({ seq }) => seq)).size, 1)
    f.same(
      'apart (s)',
      f.gaps(one).map(gap => Math.round(gap / 100) / 10),
      [1, 2, 4, 8, 16, 32],
    )
    f.path('client', ['CLOSED', 'SYN_SENT', 'CLOSED'])
    const two = f.segments().filter(s => s.source !== first)
    f.same('the hasty one sends SYNs at 0, 1 and 3 s, and nothing when it gives up', f.lines(two), [
      'client S 0 lost',
      'client S 0 lost',
      'client S 0 lost',
    ])
    f.path('client', ['CLOSED', 'SYN_SENT', 'CLOSED'], 1)
  },
}
