/** The use that a flight makes of the congestion window: RFC 7661, as Linux's tcp_cwnd_validate() has it. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { WindowUsage } from '../../src/tcp/flight/window-usage.ts'

const MSS = 1000

/** A connection as far as it is looked at. */
const sender = (over: { una?: number; nxt?: number; cwnd?: number; ssthresh?: number; held?: boolean }) => {
  const { una = 0, nxt = 0, cwnd = 10 * MSS, ssthresh = 2 ** 30, held = false } = over
  const c = { windowLimited: held, inFlight: nxt - una, snd: { una, nxt, mss: MSS } }
  return Object.assign(c, {
    flight: { underWay: nxt - una },
    congestion: { cwnd, ssthresh },
  }) as unknown as Connection
}

const usage = (): WindowUsage => {
  const u = new WindowUsage()
  u.begin(0)
  return u
}

test('a window with room for less than a segment more was used, or one that held text back', t => {
  const u = usage()
  const c = sender({ nxt: 9 * MSS, ssthresh: 0 })
  u.sent(c)
  t.false(u.limited(c), 'there is room for just a segment')
  u.sent(sender({ nxt: 9 * MSS + 1, ssthresh: 0 }))
  t.true(u.limited(c))
  const held = usage()
  held.sent(sender({ nxt: MSS, ssthresh: 0, held: true }))
  t.true(held.limited(c))
})

test('in slow start more than half of it is enough, and the most of a flight counts', t => {
  const u = usage()
  u.sent(sender({ nxt: 5 * MSS }))
  t.false(u.limited(sender({})))
  u.sent(sender({ nxt: 6 * MSS }))
  t.true(u.limited(sender({})))
  u.sent(sender({ una: 4 * MSS, nxt: 6 * MSS + 1 }))
  t.true(u.limited(sender({})), 'less is in flight now, of the same flight')
  t.false(u.limited(sender({ ssthresh: 10 * MSS })), 'but not in congestion avoidance')
  t.false(u.limited(sender({ cwnd: 12 * MSS })))
})

test('a flight is over when all is acknowledged that had left when most was out: the next one speaks for itself', t => {
  const u = usage()
  u.sent(sender({ nxt: 10 * MSS, ssthresh: 0 }))
  u.sent(sender({ una: 9 * MSS, nxt: 11 * MSS, ssthresh: 0 }))
  t.true(u.limited(sender({ ssthresh: 0 })))
  u.sent(sender({ una: 10 * MSS, nxt: 12 * MSS, ssthresh: 0 }))
  t.false(u.limited(sender({ ssthresh: 0 })))
  t.false(u.limited(sender({})))
})
