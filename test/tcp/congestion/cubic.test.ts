/** CUBIC by numbers: RFC 9438, section by section. */
import test from 'ava'
import type { CongestionControl } from '../../../src/tcp/congestion/controller.ts'
import { Cubic } from '../../../src/tcp/congestion/cubic.ts'
import { Reno } from '../../../src/tcp/congestion/reno.ts'
import { after, begun } from './cubics.ts'
import { ack, loseOne, MSS, round } from './samples.ts'

/** W_cubic in bytes, t and k in seconds. */
const wCubic = (t: number, k: number, wMax: number): number => (0.4 * (t - k) ** 3 + wMax) * MSS

// §4.2

test('[R9438-1] from 70 segments to W_max of 100 in K = cbrt(30 / 0.4) = 4.217 s, along the curve', t => {
  const c = after(100)
  t.is(c.cwnd, 70 * MSS)
  const k = Math.cbrt(30 / 0.4)
  t.true(Math.abs(k - 4.217) < 0.001)
  let now = 0
  for (let n = 0; n < 42; n++) {
    now = round(c, now)
    // The window is what the curve says for the moment, but for a round trip.
    t.true(c.cwnd <= wCubic(now / 1000 + 0.1, k, 100) + 1, `at ${now}: not above the target`)
    t.true(c.cwnd >= wCubic(now / 1000 - 0.1, k, 100) - MSS, `at ${now}: ${c.cwnd} not behind the curve`)
  }
  t.true(Math.abs(c.cwnd - 100 * MSS) < MSS / 4, `the plateau: ${c.cwnd}`)
})

test('[R9438-2] target: one ACK moves cwnd by (W(t + RTT) - cwnd) / cwnd; never down, never more than by half', t => {
  const c = after(1000)
  const k = Math.cbrt(300 / 0.4)
  c.acknowledged(ack())
  const begin = c.cwnd
  t.true(begin - 700_000 <= 1, 'the stage begins, with growth as Reno’s: W(0) = W_est')
  c.acknowledged(ack({ now: 10, srtt: 100 }))
  const step = (wCubic(0.11, k, 1000) - begin) / (begin / MSS)
  t.true(Math.abs(c.cwnd - begin - step) <= 1, `${c.cwnd - begin} of ${step}`)
  // Below: a window that something else has put above the curve stays.
  const high = after(1000)
  high.acknowledged(ack())
  high.cwnd = 1_500_000
  high.acknowledged(ack({ now: 10, srtt: 100 }))
  t.is(high.cwnd, 1_500_000)
  // Above: W(t + RTT) with a round trip of 30 s is 68 windows, of which half a one counts.
  const low = after(100)
  low.acknowledged(ack())
  low.acknowledged(ack({ now: 10, srtt: 30_000 }))
  t.is(low.cwnd, 70_007 + MSS / 2)
})

test('[R9438-4] the Reno-friendly region: with short round trips cwnd grows by 3 · 0.3 / 1.7 = 0.53 segments each', t => {
  const c = after(20)
  t.is(c.cwnd, 14 * MSS)
  let now = 0
  for (let n = 0; n < 10; n++) now = round(c, now, { srtt: 1 }, 1)
  const alpha = (3 * 0.3) / 1.7
  t.true(Math.abs(c.cwnd - (14 + 10 * alpha) * MSS) < 0.25 * MSS, `${c.cwnd}`)
  // And by a whole segment once it is as large as the window was (cwnd_prior, 20).
  while (c.cwnd < 20 * MSS) now = round(c, now, { srtt: 1 }, 1)
  const before = c.cwnd
  for (let n = 0; n < 10; n++) now = round(c, now, { srtt: 1 }, 1)
  t.true(Math.abs(c.cwnd - before - 10 * MSS) < 0.5 * MSS, `${c.cwnd - before}`)
})

test('[R9438-4] on a short path a cubic flow gets at least what Reno would, over many losses', t => {
  const area = [new Cubic(), new Reno()].map((control: CongestionControl) => {
    control.start(MSS, 10 * MSS, 0, 'none')
    loseOne(control, 0)
    let now = 0
    let sum = 0
    let sent = 0
    for (let n = 0; n < 5000; n++) {
      sum += control.cwnd
      sent += control.cwnd / MSS
      now = round(control, now, { srtt: 2 }, 2)
      // One of 1000 segments is lost.
      if (sent < 1000) continue
      sent -= 1000
      loseOne(control, now)
    }
    return sum
  })
  t.true(area[0]! > 0.95 * area[1]!, `${area[0]! / area[1]!}`)
})

test('[R9438-5] one round trip of ACKs takes cwnd to the target, concave below W_max, convex above', t => {
  const c = after(1000)
  const k = Math.cbrt(300 / 0.4)
  let now = 0
  const growth: number[] = []
  for (let n = 0; n < 160; n++) {
    const before = c.cwnd
    now = round(c, now)
    growth.push(c.cwnd - before)
  }
  const plateau = Math.round(k * 10)
  for (let n = 1; n < plateau - 3; n++) t.true(growth[n]! <= growth[n - 1]! + 2, `concave at ${n}`)
  for (let n = plateau + 3; n < 160; n++) t.true(growth[n]! >= growth[n - 1]! - 2, `convex at ${n}`)
  t.true(Math.abs(c.cwnd / wCubic(16, k, 1000) - 1) < 0.02)
})

test('[R9438-5] an ACK of two segments counts as two ACKs of one', t => {
  const one = after(1000)
  const two = after(1000)
  for (let n = 0; n < 700; n++) one.acknowledged(ack({ now: n / 7 }))
  for (let n = 0; n < 350; n++) two.acknowledged(ack({ now: (2 * n) / 7, acked: 2 * MSS }))
  t.true(Math.abs(one.cwnd - two.cwnd) < MSS, `${one.cwnd} ${two.cwnd}`)
})

test('[R9438-5] growth of less than a byte an ACK is not lost in rounding', t => {
  const c = after(10_000)
  c.acknowledged(ack())
  const before = c.cwnd
  // ACKs of ten bytes each, of a flow that has 92 segments to go in this round trip: 0.13 bytes for each.
  for (let n = 0; n < 1000; n++) c.acknowledged(ack({ now: 100, acked: 10 }))
  t.true(c.cwnd - before > 120 && c.cwnd - before < 140, `${c.cwnd - before}`)
  t.true(Number.isInteger(c.cwnd))
})

test('[R9438-3][R9438-7] the time in which the application holds back does not count: no jump afterwards', t => {
  const busy = after(100)
  const lazy = after(100)
  let a = round(busy, 0)
  let b = round(lazy, 0)
  t.is(lazy.cwnd, busy.cwnd)
  // Ten seconds of little: ACKs that say that the window was not what limited.
  const held = lazy.cwnd
  for (let n = 0; n < 100; n++) {
    b += 100
    lazy.acknowledged(ack({ now: b, cwndLimited: false }))
  }
  t.is(lazy.cwnd, held)
  a = round(busy, a)
  b = round(lazy, b)
  t.true(Math.abs(lazy.cwnd - busy.cwnd) <= 1, `${lazy.cwnd} ${busy.cwnd}`)
})

test('[R9438-3] nor does a pause without any ACK', t => {
  const busy = after(100)
  const lazy = after(100)
  round(busy, 0)
  round(lazy, 0)
  round(busy, 100)
  round(lazy, 10_100)
  // A pause cannot be told from a round trip, so one of those counts.
  t.true(lazy.cwnd - busy.cwnd < 2 * MSS, `${lazy.cwnd - busy.cwnd}`)
})

// §4.6–4.8

test('[R9438-6] a loss with 100 segments in flight: ssthresh 70; with 40 of a window of 100: 28; never below 2', t => {
  for (const [inFlight, ssthresh] of [
    [100, 70],
    [40, 28],
    [2, 2],
    [0, 2],
  ] as const) {
    const c = begun(100)
    c.congestion('loss', inFlight * MSS, 0)
    t.is(c.ssthresh, ssthresh * MSS)
    const late = begun(100)
    late.timedOut(inFlight * MSS, false, 0)
    t.is(late.ssthresh, ssthresh * MSS, 'by a timeout as well')
  }
})

test('[R9438-6] W_max is the window, and ssthresh what was in flight: growth goes back to the window', t => {
  const c = begun(100)
  loseOne(c, 0, 50 * MSS)
  t.is(c.cwnd, 35 * MSS)
  let now = 0
  // K = cbrt(65 / 0.4) = 5.46 s
  while (now < 5400) now = round(c, now)
  t.true(Math.abs(c.cwnd - 100 * MSS) < MSS, `${c.cwnd}`)
})

test('[R9438-8] ECN echoes reduce down to one segment, while ssthresh stays at two', t => {
  const c = begun(10)
  const seen = []
  for (let n = 0; n < 8; n++) {
    c.congestion('ecn', c.cwnd, n)
    c.cwnd = c.ssthresh
    c.recovered(n)
    seen.push(c.cwnd)
    t.true(c.ssthresh >= 2 * MSS)
  }
  t.deepEqual(seen.slice(0, 4), [7000, 4900, 3430, 2401])
  t.is(seen.at(-1), MSS)
})

test('[R9438-9] fast convergence: a second loss at a lower window makes W_max 0.85 of it', t => {
  const c = after(100)
  // At 70 segments, below W_max of 100: W_max is 59.5, and cwnd 49 grows towards that.
  loseOne(c, 1)
  t.is(c.cwnd, 49 * MSS)
  const curve = (stage: CongestionControl, k: number, wMax: number): void => {
    stage.acknowledged(ack({ now: 2 }))
    const { cwnd } = stage
    stage.acknowledged(ack({ now: 102, srtt: 100 }))
    t.is(stage.cwnd, cwnd + Math.floor((wCubic(0.2, k, wMax) - cwnd) / (cwnd / MSS) + 0.8))
  }
  curve(c, Math.cbrt((59.5 - 49) / 0.4), 59.5)
  const alone = begun(100, false)
  loseOne(alone, 0)
  loseOne(alone, 1)
  curve(alone, Math.cbrt((70 - 49) / 0.4), 70)
})

test('[R9438-10] a timeout with 100 in flight: ssthresh 70, cwnd 1; the next stage starts with K = 0 at its plateau', t => {
  const c = begun(100)
  c.timedOut(100 * MSS, false, 0)
  t.is(c.ssthresh, 70 * MSS)
  t.is(c.cwnd, MSS)
  c.timedOut(MSS, true, 1000)
  t.is(c.ssthresh, 70 * MSS, 'the same segment again')
  let now = 1000
  while (c.cwnd <= c.ssthresh) now = round(c, now, { afterTimeout: true })
  const begin = c.cwnd
  t.true(begin <= 2 * 70 * MSS)
  // W_max is the window at the beginning of the stage: growth is convex from here, C·t³ or Reno's.
  const stage = now
  c.acknowledged(ack({ now: stage, acked: 1 }))
  for (let n = 0; n < 60; n++) now = round(c, now)
  const seconds = (now - stage) / 1000
  t.true(c.cwnd <= wCubic(seconds + 0.2, 0, begin / MSS) + MSS)
  t.true(c.cwnd >= wCubic(seconds - 0.2, 0, begin / MSS) - MSS)
})

// §4.9

test('[R9438-11] a loss that was none: cwnd, ssthresh and the curve are what they were', t => {
  const c = after(100)
  const twin = after(100)
  let now = 0
  for (let n = 0; n < 10; n++) {
    round(twin, now)
    now = round(c, now)
  }
  const { cwnd, ssthresh } = c
  c.congestion('loss', c.cwnd, now)
  c.cwnd = c.ssthresh
  c.undo(now)
  c.recovered(now)
  t.is(c.cwnd, cwnd)
  t.is(c.ssthresh, ssthresh)
  for (let n = 0; n < 50; n++) {
    round(twin, now)
    now = round(c, now)
  }
  t.is(c.cwnd, twin.cwnd, 'W_max, K, t_epoch and W_est with it')
})

test('[R9438-11] a timeout that was none in the first slow start: it goes on', t => {
  const c = begun(10)
  const { ssthresh } = c
  c.timedOut(10 * MSS, false, 0)
  c.timedOut(MSS, true, 1)
  c.undo(2)
  t.is(c.cwnd, 10 * MSS)
  t.is(c.ssthresh, ssthresh)
  round(c, 2)
  t.is(c.cwnd, 20 * MSS)
})

test('[R9438-11] found out late, when the window has grown beyond: nothing is restored', t => {
  const c = after(20)
  let now = 0
  while (c.cwnd <= 20 * MSS) now = round(c, now)
  const { cwnd, ssthresh } = c
  c.undo(now)
  t.is(c.cwnd, cwnd)
  t.is(c.ssthresh, ssthresh)
})

// §4.10

test('[R9438-12] slow start while cwnd is no more than ssthresh', t => {
  const c = begun(20)
  c.timedOut(20 * MSS, false, 0)
  t.is(c.ssthresh, 14 * MSS)
  for (let n = 0; n < 14; n++) {
    const before = c.cwnd
    c.acknowledged(ack({ now: n, afterTimeout: true }))
    t.is(c.cwnd - before, MSS, `at ${before}`)
  }
  c.acknowledged(ack({ now: 20 }))
  t.true(c.cwnd < 16 * MSS, 'one beyond: congestion avoidance')
})

test('[R3465-4][R9438-12] after a timeout an ACK of 5 segments adds one; otherwise two; eight in the first slow start', t => {
  const c = begun(100)
  c.acknowledged(ack({ acked: 12 * MSS }))
  t.is(c.cwnd, 108 * MSS, 'RFC 9406 §4.3: L = 8 when not paced')
  c.timedOut(100 * MSS, false, 1)
  c.acknowledged(ack({ now: 2, acked: 5 * MSS, afterTimeout: true }))
  t.is(c.cwnd, 2 * MSS)
  c.acknowledged(ack({ now: 3, acked: 5 * MSS }))
  t.is(c.cwnd, 4 * MSS)
})

test('[R9406-6] where few ACKs come the sender paces, and the first slow start and later ones count all of an ACK', t => {
  const c = begun(20)
  c.acknowledged(ack({ now: 50, acked: 18 * MSS }))
  t.is(c.cwnd, 38 * MSS)
  t.is(c.pacingRate, (2 * 38 * MSS) / 100)
  c.timedOut(38 * MSS, false, 300)
  c.acknowledged(ack({ now: 350, acked: 18 * MSS, delivered: 10 * MSS, afterTimeout: true, sack: true }))
  t.is(c.cwnd, 11 * MSS)
})

test('[R9438-12] HyStart++ leaves slow start without a loss: ssthresh and W_max are the window, K is 0', t => {
  const c = begun(100)
  let now = 0
  let una = 0
  const ssthresh = c.ssthresh
  // Round after round, each of a window's ACKs; delay grows by 20 ms from the third on.
  for (let n = 0; n < 12 && c.ssthresh === ssthresh; n++) {
    const rtt = n < 2 ? 50 : 70
    const nxt = una + 10_000
    for (let i = 0; i < 10; i++) {
      una += 1000
      now += rtt / 10
      c.acknowledged(ack({ now, rtt, una, nxt: nxt + i * 1000 }))
    }
  }
  t.true(c.cwnd - c.ssthresh < MSS)
  t.true(c.cwnd < 200 * MSS, 'and did not double any more')
  const begin = c.cwnd
  for (let n = 0; n < 30; n++) now = round(c, now)
  t.true(Math.abs(c.cwnd - begin - 30 * MSS) < MSS, 'first as Reno, by a segment a round trip')
  for (let n = 0; n < 50; n++) now = round(c, now)
  t.true(c.cwnd > wCubic(7.8, 0, begin / MSS) - MSS && c.cwnd < wCubic(8.2, 0, begin / MSS), `${c.cwnd}`)
})

test('[R5681-11] sending begins anew after a pause: no more than the restart window, the curve starts over', t => {
  const c = after(100)
  round(c, 0)
  c.restart(10 * MSS, 60_000)
  t.is(c.cwnd, 10 * MSS)
  t.is(c.ssthresh, 70 * MSS)
  let now = 60_000
  while (c.cwnd <= c.ssthresh) now = round(c, now)
  const { cwnd } = c
  now = round(c, now)
  t.true(c.cwnd - cwnd < 10 * MSS)
})

test('[R9438-1] in fast recovery the window is PRR’s and does not grow; in the slow start after a timeout it does', t => {
  const c = begun(100)
  c.congestion('loss', 100 * MSS, 0)
  const { cwnd } = c
  c.acknowledged(ack({ now: 10, recovering: true }))
  t.is(c.cwnd, cwnd)
  c.timedOut(100 * MSS, false, 20)
  c.acknowledged(ack({ now: 30, recovering: true, afterTimeout: true }))
  t.is(c.cwnd, 2 * MSS)
})

test('[R9438-12] after a timeout slow start goes on at ssthresh itself, also when a loss had brought the window down before', t => {
  const c = after(100)
  c.timedOut(20 * MSS, false, 0)
  t.is(c.ssthresh, 14 * MSS)
  for (let n = 0; n < 14; n++) c.acknowledged(ack({ now: n, afterTimeout: true }))
  t.is(c.cwnd, 15 * MSS)
})

test('[R9438-10] the stage after a timeout begins at its plateau, whatever W_max was before', t => {
  const c = after(1000)
  c.timedOut(100 * MSS, false, 0)
  while (c.cwnd <= 70 * MSS) c.acknowledged(ack({ afterTimeout: true }))
  let now = 0
  while (now < 2000) now = round(c, now)
  t.true(c.cwnd < 95 * MSS, `${c.cwnd}`)
})

test('[R9438-6] a loss in the slow start after a timeout: the next stage goes back to the window at the loss', t => {
  const c = begun(200)
  c.timedOut(200 * MSS, false, 0)
  let now = 0
  while (c.cwnd < 100 * MSS) c.acknowledged(ack({ now, afterTimeout: true }))
  loseOne(c, now)
  t.is(c.cwnd, 70 * MSS)
  while (now < 4200) now = round(c, now)
  // K = 4.217 s, not at the plateau already.
  t.true(Math.abs(c.cwnd - 100 * MSS) < MSS, `${c.cwnd}`)
})
