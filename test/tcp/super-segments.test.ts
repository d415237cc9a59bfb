/** How large a super-segment may be: the link's room, and Linux's TSO autosizing. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { largestText, mostText } from '../../src/tcp/send/super-segments.ts'

const MSS = 1460

/** A connection as far as it is looked at; a link that cuts, a wide window, nothing known of the path. */
const sender = (over: object = {}): Connection =>
  ({
    options: { tsoSegments: 2 },
    congestion: { cwnd: 100 * MSS, ssthresh: 2 ** 30 },
    flight: { underWay: 0 },
    rto: { srtt: -1 },
    minRtt: { value: -1 },
    snd: { maxWnd: 1000 * MSS },
    ecn: { accurate: null },
    env: { route: () => ({ segmentation: true, header: 20 }) },
    ...over,
  }) as unknown as Connection

test('a link that does not cut gets segments, one that does whole ones in as much as an IP packet holds', t => {
  t.is(mostText(sender({ env: { route: () => ({ segmentation: false, header: 20 }) } }), MSS), MSS)
  // 65,535 octets less 20 for IP, 20 for TCP and 40 for its options.
  t.is(mostText(sender(), 1), 65_455)
  t.is(mostText(sender(), MSS), 44 * MSS)
  t.is(mostText(sender({ env: { route: () => ({ segmentation: true, header: 40 }) } }), 1), 65_435)
  t.is(
    largestText(sender({ options: { tsoSegments: 0 }, congestion: { cwnd: MSS, ssthresh: 0 } }), MSS),
    44 * MSS,
  )
})

test('as long as no round trip is known 64 KB leave at once, and no more than half of either window', t => {
  t.is(largestText(sender(), MSS), 44 * MSS)
  t.is(largestText(sender(), 4096), 15 * 4096)
  t.is(largestText(sender({ congestion: { cwnd: 9 * MSS, ssthresh: 0 } }), MSS), 4 * MSS)
  t.is(largestText(sender({ snd: { maxWnd: 7 * MSS } }), MSS), 3 * MSS)
  t.is(largestText(sender({ congestion: { cwnd: MSS, ssthresh: 0 } }), MSS), MSS)
  t.is(largestText(sender({ snd: { maxWnd: 0 } }), MSS), MSS)
})

test('what leaves in a millisecond: two windows a round trip in slow start, 1.2 later, but the least at any rate', t => {
  const path = (srtt: number, cwnd: number, ssthresh: number, underWay = 0) =>
    sender({ rto: { srtt }, minRtt: { value: 100 }, congestion: { cwnd, ssthresh }, flight: { underWay } })
  const window = 1024 * MSS
  // A window of 1024 segments in 100 ms is 10 segments a (binary) millisecond.
  t.is(largestText(path(100, window, 2 ** 30), MSS), 20 * MSS)
  t.is(largestText(path(100, window, 2 * window), MSS), 12 * MSS)
  t.is(largestText(path(100, window, 2 * window + 2), MSS), 20 * MSS)
  t.is(largestText(path(100, window / 2, 0, window), MSS), 12 * MSS, 'what is out counts where it is more')
  t.is(largestText(path(10_000, window, 0), MSS), 2 * MSS)
})

test('a short path gets more: 64 KB, halved with each 512 µs of its least round trip', t => {
  const path = (value: number) =>
    sender({ rto: { srtt: 1e9 }, minRtt: { value }, congestion: { cwnd: 100 * 1024, ssthresh: 0 } })
  t.is(largestText(path(0.511), 1024), 50 * 1024, 'half of the window')
  t.is(largestText(path(0.512), 1024), 32 * 1024)
  t.is(largestText(path(1.024), 1024), 16 * 1024)
  t.is(largestText(path(-1), 1024), 2 * 1024, 'nothing is known of it')
})
