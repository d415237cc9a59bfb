/** A network that duplicates packets is no reason to take losses for none (RFC 3708 §3 (b)). */
import test from 'ava'
import type { RecoveryEvent } from '../../src/tcp/block/events.ts'
import { download } from '../support/download.ts'

const PATH = { delay: 20, rate: 20e6, queue: 100_000 }
const SIZE = 40 << 20

for (const congestionControl of ['reno', 'cubic'] as const)
  for (const lossDetection of ['rack', 'sack'] as const)
    test(`[R3708-4] behind a bottleneck 1 % duplicates change little: ${congestionControl}, losses found by ${lossDetection}`, t => {
      const run = (duplicate: number) => {
        const events: RecoveryEvent[] = []
        const { path, elapsed } = download(
          3,
          { ...PATH, duplicate },
          { congestionControl, lossDetection, minRto: 200 },
          SIZE,
          event => {
            if (event.type === 'recovery') events.push({ ...event })
          },
        )
        return { drops: path.counters.lost.queue, undone: events.filter(e => e.undone).length, elapsed }
      }
      const clean = run(0)
      const copied = run(0.01)
      t.is(clean.undone, 0)
      t.true(copied.undone <= 1, `${copied.undone} undone`)
      t.true(copied.drops < 3 * clean.drops, `${copied.drops} drops for ${clean.drops}`)
    })
