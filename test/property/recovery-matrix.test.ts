/** Every controller with every way of finding losses, over a path that loses, in virtual time. */
import test from 'ava'
import type { RecoveryEvent } from '../../src/tcp/block/events.ts'
import { download } from '../support/download.ts'

const SIZE = 600_000
/** One stream from a to b; what a’s recovery has reported. */
const transfer = (seed: number, congestionControl: string, lossDetection: 'rack' | 'sack') => {
  const events: RecoveryEvent[] = []
  const { connection, elapsed } = download(
    seed,
    { delay: 20, rate: 10_000_000, loss: 0.02 },
    { congestionControl, lossDetection },
    SIZE,
    event => {
      if (event.type === 'recovery') events.push({ ...event })
    },
  )
  return { events, c: connection, elapsed }
}

for (const congestionControl of ['reno', 'cubic'] as const)
  for (const lossDetection of ['rack', 'sack'] as const)
    test(`[R9937-8] PRR with ${congestionControl}, losses found by ${lossDetection}`, t => {
      let recoveries = 0
      let timeouts = 0
      for (let seed = 1; seed <= 5; seed++) {
        const { events, elapsed } = transfer(seed, congestionControl, lossDetection)
        const began = events.filter(e => e.cause === (lossDetection === 'rack' ? 'RACK' : 'SACK'))
        // An episode that ends leaves the window at ssthresh (RFC 9937 §6.4).
        for (const [n, e] of events.entries())
          if (e.cause === 'recovered' && events[n - 1]?.phase === 'recovery') t.is(e.cwnd, e.ssthresh)
        // Nothing is overtaken on this path: what was found lost was.
        t.false(events.some(e => e.undone))
        t.true(elapsed < 10_000)
        recoveries += began.length
        timeouts += events.filter(e => e.cause === 'timeout').length
      }
      // Losses are repaired without the timer, but for some at the very end.
      t.true(recoveries >= 15 && timeouts <= 1)
    })
