/** Dynamic right-sizing of the receive buffer, call by call (Fisk and Feng, 2001). */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { PLENTY, PRESSURE } from '../../src/tcp/block/memory.ts'
import { ReceiveBuffer } from '../../src/tcp/queues/receive-buffer.ts'

/** A receiver as far as it is looked at: round trips of 100 ms, a window of 1000. */
const receiver = (over: object = {}) => ({
  options: { maxReceiveBuffer: 1_000_000 },
  env: { now: 0, memory: { level: PLENTY } },
  rto: { srtt: 100 },
  rcv: { nxt: 0, edge: 1000, mss: 1000 },
  advertisedMss: 1460,
  ...over,
})

const begin = (size: number, offered?: number) => {
  const c = receiver()
  const buffer = ReceiveBuffer.beginning(size, offered).own()
  return {
    c,
    buffer,
    read(now: number, bytes: number): number {
      c.env.now = now
      buffer.read(c as unknown as Connection, bytes)
      return buffer.size
    },
    received(now: number, nxt: number, length: number): number {
      c.env.now = now
      c.rcv = { nxt, edge: nxt + 1000, mss: 1000 }
      buffer.received(c as unknown as Connection, length)
      return buffer.room(0)
    },
  }
}

test('twice what was read in a round trip, times what that has grown by, twice at most', t => {
  const b = begin(10_000)
  t.is(b.read(0, 4000), 10_000, 'the round trip begins')
  t.is(b.read(99, 4000), 10_000)
  t.is(b.read(100, 2000), 40_000)
  t.is(b.buffer.readPerRoundTrip, 10_000)
  t.is(b.read(200, 15_000), 45_000)
  t.is(b.read(300, 14_000), 45_000, 'less than in the one before')
  t.is(b.read(400, 60_000), 2 * 60_000 * 2)
  t.is(b.read(500, 1_000_000), 1_000_000, 'the most there is')
  t.is(b.read(600, 2_000_000), 1_000_000)
})

test('a buffer that is large enough stays, and so does any while memory is scarce', t => {
  const b = begin(100_000)
  b.read(0, 1000)
  t.is(b.read(100, 1000), 100_000)
  const scarce = begin(1000)
  scarce.c.env.memory.level = PRESSURE
  scarce.read(0, 5000)
  t.is(scarce.read(100, 5000), 1000)
})

test('who reads seldom, and no more than before, begins a new round', t => {
  const b = begin(1000)
  b.read(0, 5000)
  b.read(100, 5000)
  t.is(b.buffer.size, 40_000)
  b.read(3000, 100)
  b.read(3101, 100)
  // Those were of a round that is over: only what comes from here on counts.
  t.is(b.read(3150, 30_000), 40_000)
  t.is(b.read(3201, 1), 2 * 30_001 * 2)
})

test('without a sample of the timer’s the round trip is what it takes until a window’s worth has come, the least of these', t => {
  const b = begin(1000)
  b.c.rto.srtt = -1
  b.read(0, 5000)
  t.is(b.read(1000, 5000), 1000, 'nothing is known yet')
  b.received(0, 0, 100)
  t.is(b.buffer.roundTrip, -1)
  b.received(50, 999, 100)
  t.is(b.buffer.roundTrip, -1)
  b.received(80, 1000, 100)
  t.is(b.buffer.roundTrip, 80)
  b.received(140, 2000, 100)
  t.is(b.buffer.roundTrip, 60)
  b.received(230, 3000, 100)
  t.is(b.buffer.roundTrip, 60)
  t.is(b.read(1060, 1), 4 * 10_001)
})

test('a window that grows with what comes: two segments for each that is not small, up to the buffer', t => {
  const b = begin(10_000, 2000)
  t.is(b.buffer.room(0), 2000)
  t.is(b.received(0, 0, 127), 2000)
  t.is(b.received(0, 0, 128), 4000, 'by what the peer sends')
  t.is(b.received(0, 0, 1152), 4000 + 2 * 1460, 'by what we have offered')
  t.is(b.buffer.room(5000), 5000)
  b.c.env.memory.level = PRESSURE
  t.is(b.received(0, 0, 1152), 6920)
  b.c.env.memory.level = PLENTY
  for (let n = 0; n < 5; n++) b.received(0, 0, 1152)
  t.is(b.buffer.room(0), 10_000)
})

test('all that begin alike share one until something comes', t => {
  const one = ReceiveBuffer.beginning(5000, 300)
  t.is(ReceiveBuffer.beginning(5000, 300), one)
  t.not(ReceiveBuffer.beginning(5000, 301), one)
  t.not(one.own(), one)
  const own = one.own()
  t.is(own.own(), own)
  t.is(one.offering(400).room(0), 400)
})
