/** What a congestion controller hears of each ACK. */
import test from 'ava'
import { send } from '../../../src/tcp/calls.ts'
import type { AckSample } from '../../../src/tcp/congestion/controller.ts'
import { registerCongestionControl } from '../../../src/tcp/congestion/registry.ts'
import { Reno } from '../../../src/tcp/congestion/reno.ts'
import type { AckReport } from '../../../src/tcp/flight/ack-report.ts'
import { ack, at, flying, MSS, opened, rack } from '../../support/flights.ts'

let heard: AckSample[] = []

/** Reno that writes down what it hears. */
class Listening extends Reno {
  override acknowledged(sample: AckSample): void {
    heard.push({ ...sample })
    super.acknowledged(sample)
  }
}
registerCongestionControl('listening', () => new Listening())

test('an ACK tells what it delivers, the round trip, what is out before and after it, and where the sender stands', t => {
  heard = []
  const d = rack(10, { congestionControl: 'listening' })
  const c = flying(d, 10, { segments: 10 })
  d.after(60)
  d.receives(ack(2))
  t.is(heard.length, 1)
  t.like(heard[0], {
    now: 160,
    acked: 2 * MSS,
    delivered: 2 * MSS,
    lost: 0,
    priorInFlight: 10 * MSS,
    inFlight: 8 * MSS,
    sack: true,
    recovering: false,
    afterTimeout: false,
    rtt: 60,
    minRtt: 60,
    // RFC 6298 (2.3): 7/8 of 100 and 1/8 of 60.
    srtt: 95,
    totalDelivered: 2 * MSS,
    priorDelivered: 0,
    una: c.snd.una,
    nxt: c.snd.nxt,
  })
  d.after(20)
  d.receives(ack(2, [3, 7]))
  t.like(heard[1], {
    acked: 0,
    delivered: 4 * MSS,
    lost: MSS,
    lostSince: MSS,
    priorInFlight: 8 * MSS,
    rtt: 80,
    minRtt: 60,
    totalDelivered: 6 * MSS,
  })
  // Half of the lost one, and what was lost is told once.
  d.receives(`. 1:1(0) ack ${at(2) + MSS / 2} win 60000 <nop,nop,sack ${at(3)}:${at(7)}>`)
  t.like(heard[2], { acked: MSS / 2, delivered: MSS / 2, lost: 0, totalDelivered: 6.5 * MSS })
})

test('the round trip is that of what left last; a retransmission tells of none', t => {
  heard = []
  const d = rack(10, { congestionControl: 'listening', noDelay: true })
  const c = opened(d)
  send(c, Buffer.alloc(MSS))
  d.after(30)
  send(c, Buffer.alloc(MSS))
  d.skip()
  d.after(50)
  d.receives(ack(2))
  t.is(heard[0]!.rtt, 50)
  send(c, Buffer.alloc(MSS))
  d.after(1000)
  d.skip()
  t.is(c.troubles.retransmissions, 1)
  d.after(20)
  d.receives(ack(3))
  t.is(heard[1]!.rtt, -1)
  t.is(heard[1]!.minRtt, 50)
  // Nor does it tell what size the path bears (RFC 4821), and without accurate ECN nothing counts marks.
  const reports = heard as AckReport[]
  t.deepEqual(
    reports.map(({ largestSegment }) => largestSegment),
    [MSS, 0],
  )
  t.deepEqual(
    reports.map(({ ace }) => ace),
    [-1, -1],
  )
})

/** It paces too, so fast that nothing waits. */
class PacedListening extends Listening {
  override get pacingRate(): number {
    return 2 ** 20
  }
}
registerCongestionControl('paced-listening', () => new PacedListening())

test('the window was used if it held text back; to one who paces, if the flight had no room for a segment more', t => {
  for (const [congestionControl, segments, limited] of [
    ['listening', 11, true],
    ['listening', 9, false],
    ['paced-listening', 11, true],
    ['paced-listening', 10, true],
    // More than half of it is enough in slow start.
    ['paced-listening', 6, true],
    ['paced-listening', 5, false],
  ] as const) {
    heard = []
    const d = rack(10, { congestionControl })
    flying(d, Math.min(segments, 10), { segments })
    d.receives(ack(2))
    t.is(heard[0]!.cwndLimited, limited, `${congestionControl}, ${segments} segments`)
  }
})
