/** What "full-sized" means for delayed ACKs: learnt from what comes, as Linux learns it. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { learnSegmentSize } from '../../src/tcp/send/acknowledgment.ts'
import { ACK, FIN, PSH, type Segment, URG } from '../../src/wire/tcp.ts'

/** A receiver, and what it has learnt after segments of these sizes. */
const receiver = (mss = 1000) => {
  const c = { rcv: { mss, lastSize: 0 }, advertisedMss: 1460 } as unknown as Connection
  return (length: number, flags = ACK, segmentSize = 0): number => {
    learnSegmentSize(c, { length, flags, segmentSize } as Segment)
    return c.rcv.mss
  }
}

test('a larger one at once, up to what we have offered; of what a device has joined the size of its segments', t => {
  const takes = receiver()
  t.is(takes(1200), 1200)
  t.is(takes(9000), 1460)
  t.is(receiver()(14_480, ACK, 1448), 1448)
  t.is(receiver()(14_480, ACK, 500), 1000)
})

test('a smaller one when it comes twice in a row', t => {
  const takes = receiver()
  t.is(takes(600), 1000)
  t.is(takes(700), 1000)
  t.is(takes(600), 1000)
  t.is(takes(600), 600)
})

test('small ones are the ends of what was written: from 88 bytes on they count, from 536 where something ends with them', t => {
  const twice = (length: number, flags: number): number => {
    const takes = receiver()
    takes(length, flags)
    return takes(length, flags)
  }
  t.is(twice(87, ACK), 1000)
  t.is(twice(88, ACK), 88)
  for (const flag of [PSH, FIN, URG]) {
    t.is(twice(535, ACK | flag), 1000)
    t.is(twice(536, ACK | flag), 536)
  }
})
