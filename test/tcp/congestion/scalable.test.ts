/** DCTCP's and Prague's arithmetic: the average of marks, what marks and losses leave, what others' feedback gets. */
import test from 'ava'
import { createCongestionControl } from '../../../src/tcp/congestion/registry.ts'
import { ack, MSS } from './samples.ts'

/** A controller in congestion avoidance with a window of 100 segments, all of whose packets are acknowledged in rounds. */
const scalable = (name: string, rtt = 100) => {
  const control = createCongestionControl(name)
  control.start(MSS, 100 * MSS, 0, 'accurate')
  control.ssthresh = 100 * MSS
  let una = 0
  let now = 0
  /** A round trip in which so many of 100 packets are marked; they are the last ones. */
  const round = (marked = 0) => {
    const nxt = una + 200 * MSS
    for (let n = 1; n <= 100; n++) {
      una += MSS
      now += rtt / 100
      const mark = n > 100 - marked ? 1 : 0
      const sample = { now, una, nxt, rtt, srtt: rtt, markedPackets: mark, marked: mark * MSS }
      control.acknowledged(ack(sample))
    }
    una = nxt - 100 * MSS
  }
  /** The rest of the window after a mark. */
  const left = () => {
    const before = control.cwnd
    control.congestion('ecn', before, now)
    return control.cwnd / before
  }
  return { control, round, left, now: () => now }
}

for (const name of ['dctcp', 'prague']) {
  test(`[R8257-1][R8257-2] ${name}: the first mark halves the window, and α follows the share of marks by a sixteenth a round`, t => {
    t.is(scalable(name).left(), 0.5)
    const s = scalable(name)
    // The first round has one part that ends with the first ACK: all of it counts from there.
    for (let n = 0; n < 200; n++) s.round(20)
    const steady = 2 * (1 - s.left())
    t.true(Math.abs(steady - 0.2) < 0.01, `${steady}`)
    s.round(0)
    s.round(0)
    const later = 2 * (1 - s.left())
    t.true(later < 0.2 * (15 / 16) + 0.005 && later > 0.2 * (15 / 16) ** 3 - 0.005, `${later}`)
  })

  test(`[R8257-4] ${name}: a loss halves the window, however little was marked, and a spurious one is undone`, t => {
    const s = scalable(name)
    for (let n = 0; n < 200; n++) s.round(1)
    t.true(s.left() > 0.99)
    const before = s.control.cwnd
    s.control.congestion('loss', before, s.now())
    t.is(s.control.cwnd, Math.floor(before / 2))
    s.control.undo(s.now())
    t.is(s.control.cwnd, before)
    s.control.timedOut(before, false, s.now())
    t.is(s.control.cwnd, MSS)
    t.is(s.control.ssthresh, Math.floor(before / 2))
  })

  test(`${name}: marked packets do not let the window grow, others do by a segment a round trip`, t => {
    const s = scalable(name)
    const before = s.control.cwnd
    s.round(100)
    t.is(s.control.cwnd, before)
    s.round(0)
    t.true(Math.abs(s.control.cwnd - before - MSS) < 10, `${s.control.cwnd - before}`)
  })

  test(`[R9331-4] ${name}: without accurate feedback it is a classic controller, that says nothing else on its packets`, t => {
    for (const feedback of ['none', 'classic'] as const) {
      const control = createCongestionControl(name)
      control.start(MSS, 10 * MSS, 0, feedback)
      t.false(control.l4s === true)
      t.false(control.ownsWindow)
      t.false(control.gradual)
      control.congestion('ecn', 10 * MSS, 0)
      t.is(control.ssthresh, name === 'prague' ? 7 * MSS : 5 * MSS)
    }
  })
}

test('[R9331-6] prague: after 500 round trips of 5 ms the window grows as if they were of 25 ms, dctcp’s as before', t => {
  const growth = (name: string, rtt: number) => {
    const s = scalable(name, rtt)
    for (let n = 0; n < 600; n++) {
      s.control.cwnd = s.control.ssthresh = 100 * MSS
      s.round()
    }
    return s.control.cwnd / MSS - 100
  }
  t.true(Math.abs(growth('prague', 5) - 1 / 25) < 0.005, `${growth('prague', 5)}`)
  t.true(Math.abs(growth('prague', 50) - 1) < 0.02)
  t.true(Math.abs(growth('dctcp', 5) - 1) < 0.02)
})

test('prague is paced at a window a round trip, at two in slow start; not where a round trip is too short for timers', t => {
  const control = createCongestionControl('prague')
  control.start(MSS, 10 * MSS, 0, 'accurate')
  t.is(control.pacingRate, 0, 'no round trip is known')
  const rate = (srtt: number, cwnd: number, ssthresh: number) => {
    control.acknowledged(ack({ srtt, rtt: srtt, acked: 0, delivered: 0, cwndLimited: false }))
    control.cwnd = cwnd
    control.ssthresh = ssthresh
    return control.pacingRate
  }
  t.is(rate(10, 49 * MSS, 100 * MSS), (2 * 49 * MSS) / 10)
  t.is(rate(10, 50 * MSS, 100 * MSS), (50 * MSS) / 10)
  t.is(rate(0.1, 50 * MSS, 100 * MSS), (50 * MSS) / 0.1)
  t.is(rate(0.099, 50 * MSS, 100 * MSS), 0)
  const dctcp = createCongestionControl('dctcp')
  dctcp.start(MSS, 10 * MSS, 0, 'accurate')
  dctcp.acknowledged(ack({ srtt: 10, rtt: 10 }))
  t.is(dctcp.pacingRate, 0, 'DCTCP leaves as ACKs come')
})

test('[R9331-6] prague: once round trips count as 25 ms, one reduction in so long; DCTCP’s are as often as marks', t => {
  const s = scalable('prague', 5)
  for (let n = 0; n < 600; n++) {
    s.control.cwnd = s.control.ssthresh = 100 * MSS
    s.round(20)
  }
  t.true(s.left() < 0.95)
  t.is(s.left(), 1)
  for (let n = 0; n < 4; n++) s.round()
  t.is(s.left(), 1, 'after 20 ms')
  s.round()
  t.true(s.left() < 0.95, 'after 25 ms')
  const other = scalable('dctcp', 5)
  for (let n = 0; n < 600; n++) other.round(20)
  t.true(other.left() < 0.95)
  t.true(other.left() < 0.95)
})

for (const name of ['dctcp', 'prague'])
  test(`[R8257-4] ${name}: the window does not grow while a loss is repaired, but for the slow start after a timeout`, t => {
    const s = scalable(name)
    s.control.congestion('loss', 100 * MSS, 0)
    t.is(s.control.cwnd, 50 * MSS)
    s.round()
    t.is(s.control.cwnd, 50 * MSS)
    s.control.recovered(s.now())
    s.round()
    t.true(s.control.cwnd > 51 * MSS)
    s.control.timedOut(50 * MSS, false, s.now())
    s.control.acknowledged(ack())
    t.is(s.control.cwnd, MSS)
    s.control.acknowledged(ack({ afterTimeout: true }))
    t.is(s.control.cwnd, 2 * MSS)
  })

test('[R9331-7] prague: where a classic queue marks a mark halves the window; that slow start makes one is no sign of it', t => {
  // A queue of 20 ms on average, that varies by 8.
  const rounds = (ssthresh: number, name = 'prague') => {
    const control = createCongestionControl(name)
    control.start(MSS, 100 * MSS, 0, 'accurate')
    let una = 0
    let now = 0
    for (let n = 0; n < 200; n++) {
      control.cwnd = 100 * MSS
      control.ssthresh = ssthresh
      const nxt = una + 200 * MSS
      for (let i = 1; i <= 100; i++) {
        una += MSS
        now += 1
        const mark = i === 100 ? 1 : 0
        const rtt = i % 2 === 0 ? 116 : 124
        const times = { now, rtt, srtt: 120, minRtt: 100 }
        control.acknowledged(ack({ ...times, una, nxt, markedPackets: mark, marked: mark * MSS }))
      }
      una = nxt - 100 * MSS
    }
    const before = control.cwnd
    control.congestion('ecn', before, now)
    return control.cwnd / before
  }
  t.true(Math.abs(rounds(100 * MSS) - 0.5) < 0.001)
  t.true(rounds(2 ** 30) > 0.99)
  t.true(rounds(100 * MSS, 'dctcp') > 0.99, 'DCTCP is for networks without such queues')
})

test('prague: bursts of a segment or a quarter of a millisecond; two segments or two milliseconds are saved', t => {
  const { control } = scalable('prague')
  for (const [rate, burst, saved] of [
    [1, 1000, 2000],
    [10_000, 2500, 20_000],
  ] as const) {
    const pacer = control.pacer!()!
    t.is(Math.floor(pacer.allowed(rate, 1000, 0)), saved + 1)
    pacer.sent(saved)
    t.is(pacer.wait(rate, 1000), burst / rate)
  }
})

test('dctcp: a timeout of the same segment again reduces nothing more, and both are undone together', t => {
  const { control, round } = scalable('dctcp')
  control.timedOut(100 * MSS, false, 0)
  control.timedOut(MSS, true, 1000)
  t.is(control.ssthresh, 50 * MSS)
  control.undo(2000)
  t.deepEqual([control.cwnd, control.ssthresh], [100 * MSS, 100 * MSS])
  round()
  t.true(control.cwnd > 100.9 * MSS, 'and nothing is under repair any more')
})

test('dctcp, prague: an ACK of a single byte lets the window grow by it in slow start; one that was marked does not', t => {
  for (const name of ['dctcp', 'prague']) {
    const control = createCongestionControl(name)
    control.start(MSS, 10 * MSS, 0, 'accurate')
    control.acknowledged(ack({ acked: 1 }))
    t.is(control.cwnd, 10 * MSS + 1)
    control.acknowledged(ack({ acked: 1, markedPackets: 1, marked: 1 }))
    t.is(control.cwnd, 10 * MSS + 1)
  }
})

test('dctcp, prague: sending begins anew at the restart window itself, without a part of a byte from before', t => {
  for (const name of ['dctcp', 'prague']) {
    const control = createCongestionControl(name)
    control.start(MSS, 6 * MSS, 0, 'accurate')
    t.true(control.gradual, 'a mark is no loss')
    control.ssthresh = 2 * MSS
    control.acknowledged(ack())
    t.is(control.cwnd, 6166, 'a sixth of a segment, of which two thirds of a byte are still to come')
    control.restart(6 * MSS, 1000)
    control.acknowledged(ack({ now: 1000 }))
    t.is(control.cwnd, 6166)
  }
})
