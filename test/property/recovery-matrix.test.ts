/** Every controller with every way of finding losses, over a path that loses, in virtual time. */
import test from 'ava'
import type { RecoveryEvent } from '../../src/tcp/events.ts'
import { B, pattern, Streamer, twoHosts } from '../support/two-hosts.ts'

const SIZE = 600_000
const says = pattern(SIZE, 1)
const nothing = pattern(0, 2)

/** One stream from a to b; what a’s recovery has reported. */
const transfer = (seed: number, congestionControl: string, lossDetection: 'rack' | 'sack') => {
  const events: RecoveryEvent[] = []
  const { a, b, clock } = twoHosts(
    seed,
    { delay: 20, rate: 10_000_000, loss: 0.02 },
    { congestionControl, lossDetection },
    (host, event) => {
      if (host === 'a' && event.type === 'recovery') events.push({ ...event })
    },
  )
  let far: Streamer | null = null
  const listener = b.listen(B, 80, {
    acceptable: () => {
      const c = listener.accept()
      if (c === null) return
      far = new Streamer(c, nothing, says)
      c.user = far
      far.writable()
      far.readable()
    },
  })
  const user: { streamer: Streamer | null } = { streamer: null }
  const c = a.connect(B, 80, {
    established: () => user.streamer!.established(),
    readable: () => user.streamer!.readable(),
    writable: () => user.streamer!.writable(),
    closed: error => user.streamer!.closed(error),
  })
  user.streamer = new Streamer(c, says, nothing)
  const from = clock.now()
  while (!(far as Streamer | null)?.ended && clock.now() < from + 120_000) clock.advance(50)
  return { events, c, far: far as Streamer | null, elapsed: clock.now() - from }
}

for (const congestionControl of ['reno', 'cubic'] as const)
  for (const lossDetection of ['rack', 'sack'] as const)
    test(`[R9937-8] PRR with ${congestionControl}, losses found by ${lossDetection}`, t => {
      let recoveries = 0
      let timeouts = 0
      for (let seed = 1; seed <= 5; seed++) {
        const { events, far, elapsed } = transfer(seed, congestionControl, lossDetection)
        t.is(far?.received, SIZE)
        t.is(far?.fault, '')
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
