// Rate, queue, ECN marks, delay and jitter.
import test from 'ava'
import fc from 'fast-check'
import { everyNth } from '../../../src/link/path/script.ts'
import { enter, headerIsRight, pathOf, range, segment } from './support.ts'

/** A packet of so many bytes. */
const sized = (bytes: number, trafficClass = 0, seq = 1) => segment({ length: bytes - 40, trafficClass, seq })
const seqOf = (b: Uint8Array) => new DataView(b.buffer).getUint32(24)

test('1 MB at 8 Mbit/s takes a second; each packet leaves when the one before has', t => {
  const { clock, path, arrivals } = pathOf({ rate: 8e6, queue: 1e6, delay: 20 })
  const packet = sized(1000)
  for (let n = 0; n < 1000; n++) enter(path, [packet])
  t.is(path.queued, 999_000)
  clock.run()
  t.is(arrivals.length, 1000)
  t.is(clock.now(), 1020)
  t.deepEqual(
    arrivals.map(a => Math.round(a.at * 1e6) / 1e6),
    range(1000).map(n => 21 + n),
  )
  t.is(path.queued, 0)
})

test('the queue takes what fits, the packet that is being sent aside, and drops exactly the rest', t => {
  const { clock, path, arrivals } = pathOf({ rate: 8000, queue: 2500 })
  enter(
    path,
    range(5).map(n => sized(1000, 0, n)),
  )
  // One is being sent, two wait; 500 bytes are left.
  t.is(path.queued, 2000)
  t.is(path.counters.lost.queue, 2)
  enter(path, [sized(501, 0, 5), sized(500, 0, 6), sized(40, 0, 7)])
  t.is(path.counters.lost.queue, 4)
  t.is(path.queued, 2500)
  // A second later the next is being sent.
  clock.advance(1000)
  t.is(path.queued, 1500)
  enter(path, [sized(1000, 0, 8), sized(40, 0, 9)])
  clock.run()
  t.deepEqual(
    arrivals.map(a => seqOf(a.bytes)),
    [0, 1, 2, 6, 8],
  )
  t.is(path.counters.lost.queue, 5)
  const none = pathOf({ rate: 8000, queue: 0 })
  enter(none.path, [sized(1000), sized(1000)])
  none.clock.advance(1000)
  enter(none.path, [sized(1000)])
  none.clock.run()
  t.is(none.arrivals.length, 2)
})

test('by default the queue has the bandwidth-delay product, or 100 packets when that is less', t => {
  for (const [options, fit] of [
    [{ rate: 1e6, delay: 20 }, 101],
    // 100 Mbit/s · 2 · 20 ms = 500,000 bytes.
    [{ rate: 100e6, delay: 20 }, 334],
  ] as const) {
    const { path } = pathOf(options)
    for (let n = 0; n < 1000; n++) enter(path, [sized(1500)])
    t.is(path.underWay, fit)
  }
})

test('the packets of any bursts leave at the rate, never early and never in disorder', t => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ wait: fc.nat(20), bytes: fc.integer({ min: 40, max: 1500 }) }), {
        maxLength: 100,
      }),
      fc.constantFrom(1e5, 1e6, 1e7),
      (steps, rate) => {
        const { clock, path, arrivals } = pathOf({ rate, queue: 20_000, delay: 3 })
        let free = 0
        const expected: [at: number, seq: number][] = []
        const waiting: { start: number; bytes: number }[] = []
        for (const [seq, { wait, bytes }] of steps.entries()) {
          clock.advance(wait)
          const now = clock.now()
          enter(path, [sized(bytes, 0, seq)])
          const queued = waiting.reduce((sum, w) => sum + (w.start > now ? w.bytes : 0), 0)
          const start = Math.max(now, free)
          if (start > now && queued + bytes > 20_000) continue
          free = start + (bytes * 8000) / rate
          waiting.push({ start, bytes })
          expected.push([free + 3, seq])
        }
        clock.run()
        t.deepEqual(
          arrivals.map(a => [a.at, seqOf(a.bytes)]),
          expected,
        )
      },
    ),
    { seed: 1, numRuns: 100 },
  )
})

test('a new rate applies to the rest of the packet that is being sent and to what waits', t => {
  const { clock, path, arrivals } = pathOf({ rate: 8000, delay: 10 })
  enter(path, [sized(1000, 0, 0), sized(1000, 0, 1), sized(1000, 0, 2)])
  clock.advance(500)
  // Half of the first is left: 500 bytes.
  path.change({ rate: 80_000 })
  clock.advance(10)
  path.change({ rate: 8000 })
  // 400 bytes are left.
  clock.run()
  t.deepEqual(
    arrivals.map(a => a.at),
    [920, 1920, 2920],
  )
  const free = pathOf({ rate: 8000, delay: 10 })
  enter(free.path, [sized(1000, 0, 0), sized(1000, 0, 1)])
  free.clock.advance(100)
  free.path.change({ rate: Number.POSITIVE_INFINITY })
  enter(free.path, [sized(1000, 0, 2)])
  free.clock.run()
  t.deepEqual(
    free.arrivals.map(a => [a.at, seqOf(a.bytes)]),
    [
      [110, 0],
      [110, 1],
      [110, 2],
    ],
  )
  t.is(free.path.queued, 0)
})

test('above the threshold packets of ECN-capable transports are marked, with the checksum right', t => {
  const [NOT_ECT, ECT1, ECT0, CE] = [0, 1, 2, 3]
  const { clock, path, arrivals } = pathOf({ rate: 8000, ecnThreshold: 2000 })
  const classes = [ECT0, ECT0, ECT0, ECT0, NOT_ECT, 0xb8 | ECT1, CE, ECT0]
  // The first is being sent, two wait: as much as the threshold says. From the fourth on it is more.
  enter(
    path,
    classes.map((c, n) => sized(1000, c, n)),
  )
  clock.run()
  t.deepEqual(
    arrivals.map(a => a.bytes[1]),
    [ECT0, ECT0, ECT0, CE, NOT_ECT, 0xb8 | CE, CE, CE],
  )
  t.true(arrivals.every(a => headerIsRight(a.bytes)))
  t.is(path.counters.marked, 3)
})

test('a mark does not mend a checksum that is wrong', t => {
  const { clock, path, arrivals } = pathOf({ rate: 8000, ecnThreshold: 0 })
  const wrong = sized(100, 2)
  wrong[10]! ^= 1
  enter(path, [sized(100), wrong])
  clock.run()
  t.is(path.counters.marked, 1)
  t.false(headerIsRight(arrivals[1]!.bytes))
})

test('jitter keeps the order, unless it need not', t => {
  const run = (keepOrder: boolean, distribution: 'uniform' | 'normal' = 'uniform') => {
    const { clock, path, arrivals } = pathOf({ delay: 50, jitter: 20, keepOrder, distribution })
    for (const n of range(2000)) {
      enter(path, [sized(100, 0, n)])
      clock.advance(1)
    }
    clock.run()
    t.is(arrivals.length, 2000)
    return arrivals.map(a => ({ n: seqOf(a.bytes), delay: a.at - seqOf(a.bytes) }))
  }
  const ordered = run(true)
  t.deepEqual(
    ordered.map(a => a.n),
    range(2000),
  )
  t.true(ordered.every(a => a.delay >= 30 && a.delay < 70))
  const free = run(false)
  t.true(free.some((a, i) => i > 0 && a.n < free[i - 1]!.n))
  const delays = free.map(a => a.delay)
  t.true(Math.min(...delays) >= 30 && Math.min(...delays) < 30.5)
  t.true(Math.max(...delays) < 70 && Math.max(...delays) > 69.5)
  const mean = (list: number[]) => list.reduce((sum, x) => sum + x, 0) / list.length
  t.true(Math.abs(mean(delays) - 50) < 1)
  const bell = run(false, 'normal').map(a => a.delay)
  t.true(Math.abs(mean(bell) - 50) < 2)
  const deviation = Math.sqrt(mean(bell.map(d => (d - mean(bell)) ** 2)))
  t.true(Math.abs(deviation - 20) < 1.5, `${deviation}`)
  // 2.3 % lie beyond two deviations on each side, where the uniform kind has none.
  t.true(Math.abs(bell.filter(d => d > 90).length / 2000 - 0.023) < 0.01)
  t.true(bell.every(d => d >= 0))
})

test('what is held back delays nobody behind it', t => {
  const { clock, path, arrivals } = pathOf({
    delay: 5,
    jitter: 2,
    reorder: everyNth(10),
    reorderDelay: 100,
  })
  for (const n of range(100)) {
    enter(path, [sized(100, 0, n)])
    clock.advance(1)
  }
  clock.run()
  for (const a of arrivals) {
    const n = seqOf(a.bytes)
    t.is(a.at - n > 50, n % 10 === 9, `${n}`)
  }
})
