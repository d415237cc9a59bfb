/** How much of what is queued is worth a segment: RFC 9293 §3.8.6.2.1, §3.7.4; and what a path begins with, RFC 6928, RFC 3390. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { initialWindow, noteInitialLoss, restartWindow } from '../../src/tcp/send/initial-window.ts'
import { mayLeaveSmall } from '../../src/tcp/send/nagle.ts'
import { leastStep, worthSending } from '../../src/tcp/send/silly-window.ts'

const MSS = 1000

const sender = (over: object = {}): Connection =>
  ({
    finQueued: false,
    flushing: false,
    holding: false,
    allAcked: false,
    options: { corked: false, noDelay: false, minshall: false },
    snd: { maxWnd: 4000, small: 0, una: 0, nxt: 0 },
    ...over,
  }) as unknown as Connection

const IDLE = { allAcked: true }
const NO_DELAY = { options: { corked: false, noDelay: true, minshall: false } }

test('whole segments leave, and the rest of what is queued where Nagle lets it', t => {
  t.is(worthSending(sender(), 2 * MSS, 5 * MSS, 9 * MSS, MSS), 2 * MSS)
  t.is(worthSending(sender(), 2 * MSS + 1, 5 * MSS, 9 * MSS, MSS), 2 * MSS)
  t.is(worthSending(sender(), 2 * MSS + 1, 2 * MSS + 1, 9 * MSS, MSS), 2 * MSS)
  t.is(worthSending(sender(IDLE), 2 * MSS + 1, 2 * MSS + 1, 9 * MSS, MSS), 2 * MSS + 1)
  t.is(worthSending(sender(), 2 * MSS, 2 * MSS, 9 * MSS, MSS), 2 * MSS)
  t.is(worthSending(sender(), 999, 999, 9 * MSS, MSS), 0)
})

test('less than a segment of more: half of the largest window, if it is the window that says so, and nothing is out', t => {
  t.is(worthSending(sender(IDLE), 999, 5000, 999, MSS), 0, 'half would be 2000')
  const narrow = { snd: { maxWnd: 1800, small: 0, una: 0, nxt: 0 } }
  t.is(worthSending(sender({ ...IDLE, ...narrow }), 900, 5000, 900, MSS), 900)
  t.is(worthSending(sender({ ...IDLE, ...narrow }), 899, 5000, 899, MSS), 0)
  t.is(worthSending(sender({ ...IDLE, ...narrow }), 900, 5000, 950, MSS), 0, 'the congestion window says so')
  t.is(worthSending(sender(narrow), 900, 5000, 900, MSS), 0, 'something is out')
  t.is(worthSending(sender({ ...NO_DELAY, ...narrow }), 900, 5000, 900, MSS), 900)
})

test('Minshall’s Nagle: a small segment waits only while one that was small itself is out', t => {
  const out = (small: number, una: number, nxt: number): boolean =>
    mayLeaveSmall(
      sender({
        options: { corked: false, noDelay: false, minshall: true },
        snd: { small, una, nxt, maxWnd: 0 },
      }),
    )
  t.false(out(500, 0, 2500))
  t.false(out(2500, 0, 2500), 'the last was small')
  t.true(out(500, 500, 2500), 'it is acknowledged')
  t.false(out(501, 500, 2500))
  t.true(out(2501, 0, 2500), 'none of those that are out: it is from before the numbers came round')
  t.false(
    mayLeaveSmall(sender({ snd: { small: 0, una: 5, nxt: 9, maxWnd: 0 } })),
    'Nagle’s own waits for all',
  )
})

test('a cork, and more that is to come, hold it back; CLOSE and a flush let it go', t => {
  const corked = { options: { corked: true, noDelay: true, minshall: false } }
  t.false(mayLeaveSmall(sender({ ...corked, allAcked: true })))
  t.true(mayLeaveSmall(sender({ ...corked, finQueued: true })))
  t.true(mayLeaveSmall(sender({ ...corked, flushing: true })))
  t.false(mayLeaveSmall(sender({ ...NO_DELAY, holding: true })))
})

test('the receiver’s step is a segment, or half of a small buffer', t => {
  t.is(leastStep(10_000, 1460), 1460)
  t.is(leastStep(2000, 1460), 1000)
})

const path = (mss: number, over: object = {}): Connection =>
  ({
    options: { initialWindow: 10, initialWindowInSegments: false },
    snd: { mss, una: 0, iss: 0, nxt: 0 },
    troubles: { initialLoss: false },
    ...over,
  }) as unknown as Connection

test('[R6928-1][R6928-4] ten segments, at most 14,600 octets, at least two; three where a path could not bear that', t => {
  const of = (mss: number) => [
    initialWindow(path(mss)),
    restartWindow(path(mss, { troubles: { initialLoss: true } })),
  ]
  t.deepEqual(of(536), [5360, 4 * 536])
  t.deepEqual(of(1460), [14_600, 4380])
  t.deepEqual(of(2000), [14_600, 4380])
  t.deepEqual(of(3000), [14_600, 6000])
  t.deepEqual(of(9000), [18_000, 18_000])
  t.is(restartWindow(path(1460)), 14_600)
  t.is(initialWindow(path(9000, { options: { initialWindow: 10, initialWindowInSegments: true } })), 90_000)
})

test('only a loss of the first flight counts, and only where that was more than RFC 3390 allows', t => {
  const lost = (una: number, nxt: number): boolean => {
    const troubles = { initialLoss: false }
    noteInitialLoss(path(1460, { snd: { mss: 1460, iss: 0, una, nxt }, ownTroubles: () => troubles }))
    return troubles.initialLoss
  }
  t.true(lost(1, 14_600))
  t.true(lost(14_600, 30_000))
  t.false(lost(14_601, 30_000))
  t.true(lost(0, 4381))
  t.false(lost(0, 4380))
})
