/** Controllers hear of each loss, with what was known when it was sent. */
import test from 'ava'
import { configure, send } from '../../../src/tcp/calls.ts'
import type { LostSegment } from '../../../src/tcp/congestion/controller.ts'
import { registerCongestionControl } from '../../../src/tcp/congestion/registry.ts'
import { Reno } from '../../../src/tcp/congestion/reno.ts'
import { ack, at, flying, MSS, numbersSent, rack } from '../../support/flights.ts'

let heard: LostSegment[] = []

/** Reno with ears. */
class Hearing extends Reno {
  lost(segment: LostSegment): void {
    heard.push({ ...segment })
  }
}
registerCongestionControl('hearing', () => new Hearing())

test('a loss is told with its size, what was in flight when it left, and what has been delivered and lost since', t => {
  heard = []
  const d = rack(10, { congestionControl: 'hearing' })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [2, 6]))
  // Before the first flight there was nothing to send.
  t.deepEqual(
    heard.map(({ seq, ...rest }) => ({ ...rest, seq: (seq - c.snd.iss) | 0 })),
    [
      { seq: at(0), sentInFlight: MSS, lostSince: MSS },
      { seq: at(1), sentInFlight: 2 * MSS, lostSince: 2 * MSS },
    ].map(each => ({ ...each, now: 200, size: MSS, totalDelivered: 4 * MSS, appLimited: true })),
  )
})

test('only what left while the application had nothing more to send is limited by it', t => {
  heard = []
  const d = rack(10, { congestionControl: 'hearing' })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(10))
  const next = (d.next().seq - c.snd.iss) | 0
  d.skip()
  t.is(next, at(10))
  d.after(100)
  d.receives(ack(10, [11, 15]))
  t.deepEqual(
    heard.map(({ appLimited }) => appLimited),
    [false],
  )
})

test('a controller that comes while segments are out hears of their losses; one without ears is not asked', t => {
  heard = []
  const d = rack(10, { congestionControl: 'reno' })
  const c = flying(d, 10)
  configure(c, { congestionControl: 'hearing' })
  t.is(c.congestion.cwnd, 10 * MSS, 'the window stays')
  d.after(100)
  d.receives(ack(0, [1, 5]))
  t.is(heard.length, 1)
  configure(c, { congestionControl: 'cubic' })
  d.receives(ack(0, [1, 5], [7, 10]))
  t.is(heard.length, 1)
})

test('before the handshake a change of the controller leaves the window to its beginning', t => {
  const d = rack(10)
  const user = d.connect({ congestionControl: 'reno' })
  d.next()
  configure(user.connection!, { congestionControl: 'cubic' })
  t.is(user.connection!.congestion.cwnd, 0)
  d.receives('S. 0:0(0) ack 1 win 60000 <mss 1460,nop,nop,sackOK>')
  t.is(user.connection!.congestion.cwnd, 10 * MSS)
})

test('what was lost before a segment left does not count for it', t => {
  heard = []
  const d = rack(10, { congestionControl: 'hearing' })
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(0, [2, 6]))
  d.after(100)
  d.receives(ack(10))
  t.is(c.recovery.phase, 'open')
  heard = []
  send(c, Buffer.alloc(5 * MSS))
  d.skip()
  d.after(100)
  d.receives(ack(10, [11, 15]))
  // What is late may have been overtaken, for a quarter of a round trip.
  d.after(50)
  t.deepEqual(
    heard.map(({ lostSince, seq }) => [lostSince, (seq - c.snd.iss) | 0]),
    [[MSS, at(10)]],
  )
})

test('nor does it where the flight goes on', t => {
  heard = []
  const d = rack(10, { congestionControl: 'hearing' })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 6]))
  d.skip()
  d.after(20)
  d.receives(ack(6, [7, 10]))
  t.deepEqual(numbersSent(d), [6, 10, 11, 12, 13])
  d.after(100)
  d.receives(ack(10, [11, 14]))
  d.after(50)
  t.deepEqual(
    heard.map(({ seq, lostSince }) => [lostSince, (seq - c.snd.iss) | 0]),
    [
      [MSS, at(0)],
      [2 * MSS, at(6)],
      [MSS, at(10)],
    ],
  )
})
