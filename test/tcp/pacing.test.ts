/** Pacing: bursts, what may be saved up, and how it holds sending back. */
import test from 'ava'
import { configure, send } from '../../src/tcp/calls.ts'
import { Pacer } from '../../src/tcp/congestion/pacing.ts'
import { dialogue } from '../support/dialogue.ts'
import { ack, flying, MSS, numbersSent, opened } from '../support/flights.ts'

test('a burst is of two segments at least, or of a millisecond, or 64 KB', t => {
  for (const [rate, burst] of [
    [1, 2000],
    [10_000, 10_000],
    [1_000_000, 65_536],
  ] as const) {
    const pacer = new Pacer()
    pacer.allowed(rate, 1000, 0)
    pacer.sent(Math.max(10_000, 4 * rate))
    t.is(pacer.allowed(rate, 1000, 0), 0)
    t.is(pacer.wait(rate, 1000), burst / rate)
    t.true(pacer.allowed(rate, 1000, burst / rate) >= burst)
  }
})

test('of silence ten segments are saved, or four milliseconds, no more', t => {
  const pacer = new Pacer()
  t.is(Math.floor(pacer.allowed(1, 1000, 0)), 10_001)
  pacer.sent(10_000)
  t.is(Math.floor(pacer.allowed(1, 1000, 1e9)), 10_001)
  t.is(Math.floor(new Pacer().allowed(10_000, 1000, 0)), 40_001)
})

test('in the long run no more leaves than the rate allows, and no less', t => {
  for (const rate of [0.5, 7, 333.3, 12_345]) {
    const pacer = new Pacer()
    let now = 0
    let sent = 0
    while (now < 10_000) {
      const allowed = Math.floor(pacer.allowed(rate, 1000, now))
      if (allowed > 0) {
        pacer.sent(allowed)
        sent += allowed
      } else {
        now += pacer.wait(rate, 1000)
      }
    }
    const saved = Math.max(10_000, 4 * rate)
    t.true(sent <= rate * now + saved + 1)
    t.true(sent >= rate * now - 2 * Math.max(2000, rate))
  }
})

test('paced text leaves in bursts of two segments, at the rate, and what is lost too', t => {
  const d = dialogue({ tcp: { sack: true, tailLossProbe: false, initialWindow: 30 } })
  const c = opened(d)
  // One segment each 10 ms.
  Object.defineProperty(c.congestion, 'pacingRate', { value: MSS / 10 })
  send(c, Buffer.alloc(40 * MSS))
  t.is(numbersSent(d).length, 10)
  d.after(19)
  d.silent()
  d.after(1)
  t.deepEqual(numbersSent(d), [10, 11])
  d.after(20)
  t.deepEqual(numbersSent(d), [12, 13])
  d.after(60)
  d.skip()
  // 0 and 2 are lost: they wait for their turn as well.
  d.receives(ack(0, [1, 2], [3, 8]))
  d.silent()
  d.after(20)
  t.deepEqual(numbersSent(d), [0, 2])
})

test('text that leaves while nothing is paced is no debt when pacing begins again', t => {
  const d = dialogue({ tcp: { sack: true, tailLossProbe: false, initialWindow: 30 } })
  const c = opened(d)
  let rate = MSS / 10
  Object.defineProperty(c.congestion, 'pacingRate', { get: () => rate })
  send(c, Buffer.alloc(10 * MSS))
  t.is(numbersSent(d).length, 10)
  rate = 0
  d.receives(ack(10))
  send(c, Buffer.alloc(20 * MSS))
  t.is(numbersSent(d).length, 20)
  rate = MSS / 10
  d.receives(ack(30))
  send(c, Buffer.alloc(4 * MSS))
  t.deepEqual(numbersSent(d), [30, 31, 32, 33])
})

test('another congestion controller paces in its own way, from when it has come', t => {
  const d = dialogue({
    tcp: { sack: true, tailLossProbe: false, initialWindow: 30, congestionControl: 'bbr' },
  })
  const c = opened(d)
  send(c, Buffer.alloc(10 * MSS))
  numbersSent(d)
  const before = c.pacer
  t.not(before, null)
  configure(c, { congestionControl: 'prague' })
  t.is(c.pacer, null)
  d.receives(ack(10))
  send(c, Buffer.alloc(10 * MSS))
  t.not(c.pacer, before)
})

test('without a rate nothing holds it back', t => {
  const d = dialogue({ tcp: { sack: true, initialWindow: 30 } })
  const c = flying(d, 30)
  t.is(c.pacer, null)
})
