import test from 'ava'
import fc from 'fast-check'
import { createPipe } from '../../src/link/pipe.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL } from '../../src/wire/batch.ts'
import { collect, packet, send } from './links.ts'

const range = (n: number) => Array.from({ length: n }, (_, i) => i)

test('what one end sends the other delivers, in order, both ways, each in memory of its own', t => {
  const clock = new VirtualClock()
  const [a, b] = createPipe(clock)
  const [atA, atB] = [collect(a, clock), collect(b, clock)]
  // send() overwrites what it lent; and lengths of all kinds come to lie side by side.
  const packets = range(300).map(n => packet(n, 1 + ((n * 37) % 1500)))
  for (const p of packets) send(a, [p])
  send(b, [packet(1000), packet(1001)])
  clock.run()
  t.deepEqual(
    atB.map(d => d.bytes),
    packets,
  )
  t.deepEqual(
    atA.map(d => d.bytes),
    [packet(1000), packet(1001)],
  )
})

test('any packets in any batches arrive as they were sent', t => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { maxLength: 5 }), {
        maxLength: 10,
      }),
      fc.constantFrom(0, 3),
      (batches, delay) => {
        const clock = new VirtualClock()
        const [a, b] = createPipe(clock, { delay, mtu: 3000 })
        const delivered = collect(b, clock)
        for (const packets of batches) {
          send(a, packets)
          clock.advance(1)
        }
        clock.run()
        t.deepEqual(
          delivered.map(d => d.bytes),
          batches.flat(),
        )
      },
    ),
    { seed: 1, numRuns: 200 },
  )
})

test('without a delay it delivers at the same time, but not before the sender has returned', t => {
  const clock = new VirtualClock({ start: 7 })
  const [a, b] = createPipe(clock)
  const delivered = collect(b, clock)
  send(a, [packet(1)])
  send(a, [packet(2)])
  t.is(delivered.length, 0)
  clock.advance(0)
  t.deepEqual(
    delivered.map(d => [d.time, d.batch]),
    [
      [7, 0],
      [7, 0],
    ],
  )
})

test('an answer from within a delivery comes with the next one: no recursion', t => {
  const clock = new VirtualClock()
  const [a, b] = createPipe(clock)
  let depth = 0
  let bounces = 0
  for (const end of [a, b]) {
    end.start(() => {
      t.is(++depth, 1)
      if (++bounces < 50_000) send(end, [packet(bounces)])
      depth--
    })
  }
  send(a, [packet(0)])
  clock.run()
  t.is(bounces, 50_000)
  t.is(clock.now(), 0)
})

test('with a delay it delivers that much later; what arrives at the same time comes in one batch', t => {
  const clock = new VirtualClock()
  const [a, b] = createPipe(clock, { delay: 2.5 })
  const delivered = collect(b, clock)
  send(a, [packet(1), packet(2)])
  send(a, [packet(3)])
  clock.run(1)
  send(a, [packet(4)])
  clock.run()
  t.deepEqual(
    delivered.map(d => [d.time, d.batch]),
    [
      [2.5, 0],
      [2.5, 0],
      [2.5, 0],
      [3.5, 1],
    ],
  )
})

test('a batch has at most 64 packets', t => {
  for (const delay of [0, 1]) {
    const clock = new VirtualClock()
    const [a, b] = createPipe(clock, { delay })
    const delivered = collect(b, clock)
    send(
      a,
      range(150).map(n => packet(n)),
    )
    clock.run()
    const sizes = [0, 0, 0]
    for (const d of delivered) sizes[d.batch]!++
    t.deepEqual(sizes, [64, 64, 22])
    t.deepEqual(
      delivered.map(d => d.bytes),
      range(150).map(n => packet(n)),
    )
  }
})

test('with offload, partial checksums and super-segments pass; without, they do not', t => {
  const clock = new VirtualClock()
  const large = packet(1, 60_000)
  {
    const [a, b] = createPipe(clock, { offload: true })
    t.deepEqual(a.offload, { checksum: true, segmentation: true })
    const delivered = collect(b, clock)
    send(a, [large], CHECKSUM_PARTIAL, 1448)
    clock.run()
    t.is(delivered[0]?.checksum, CHECKSUM_PARTIAL)
    t.is(delivered[0]?.segmentSize, 1448)
    t.deepEqual(delivered[0]?.bytes, large)
  }
  {
    const [a, b] = createPipe(clock)
    t.deepEqual(a.offload, { checksum: false, segmentation: false })
    const delivered = collect(b, clock)
    send(a, [packet(1)], CHECKSUM_PARTIAL, 0)
    send(a, [large], CHECKSUM_PARTIAL, 1448)
    clock.run()
    // Nobody vouches for it: the receiver is to find that its checksum is wrong.
    t.deepEqual(
      delivered.map(d => d.checksum),
      [CHECKSUM_COMPLETE],
    )
    t.is(b.dropped, 1)
  }
})

test('a packet that is larger than the MTU is dropped', t => {
  const clock = new VirtualClock()
  for (const offload of [false, true]) {
    const [a, b] = createPipe(clock, { mtu: 100, offload })
    const delivered = collect(b, clock)
    send(a, [packet(1, 100), packet(2, 101), packet(3, 99)])
    clock.run()
    t.deepEqual(
      delivered.map(d => d.bytes.length),
      [100, 99],
    )
    t.is(b.dropped, 1)
    t.is(a.dropped, 0)
  }
})

test('a queue has room for so many packets under way; more are dropped', t => {
  const clock = new VirtualClock()
  const [a, b] = createPipe(clock, { delay: 10, queue: 3 })
  const delivered = collect(b, clock)
  send(
    a,
    range(2).map(n => packet(n)),
  )
  clock.run(5)
  send(
    a,
    range(4).map(n => packet(10 + n)),
  )
  clock.run(10)
  send(
    a,
    range(9).map(n => packet(20 + n)),
  )
  clock.run()
  t.deepEqual(
    delivered.map(d => d.bytes),
    [0, 1, 10, 20, 21].map(n => packet(n)),
  )
  t.is(b.dropped, 3 + 7)
})

test('a closed end delivers nothing more and sends nothing; what it had sent still arrives', t => {
  const clock = new VirtualClock()
  const [a, b] = createPipe(clock, { delay: 5 })
  const [atA, atB] = [collect(a, clock), collect(b, clock)]
  send(a, [packet(1)])
  send(b, [packet(2)])
  a.close()
  a.close()
  send(a, [packet(3)])
  send(b, [packet(4)])
  clock.run()
  t.deepEqual(
    atB.map(d => d.bytes),
    [packet(1)],
  )
  t.deepEqual(atA, [])
})

test('a receiver that throws, or that is not there yet, stops nothing', t => {
  const clock = new VirtualClock()
  const [a, b] = createPipe(clock, { queue: 2 })
  send(a, [packet(0)])
  clock.run()
  b.start(() => {
    throw new Error('receiver')
  })
  send(a, [packet(1), packet(2)])
  t.throws(() => clock.run(), { message: 'receiver' })
  const delivered = collect(b, clock)
  send(a, [packet(3), packet(4)])
  clock.run()
  t.deepEqual(
    delivered.map(d => d.bytes),
    [packet(3), packet(4)],
  )
})

test('names and MTU are as given', t => {
  const [a, b] = createPipe(new VirtualClock(), { names: ['left', 'right'], mtu: 576 })
  t.deepEqual([a.name, b.name, a.mtu, b.mtu], ['left', 'right', 576, 576])
  t.deepEqual(
    createPipe(new VirtualClock()).map(end => [end.name, end.mtu]),
    [
      ['a', 1500],
      ['b', 1500],
    ],
  )
})
