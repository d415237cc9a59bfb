// Managed queues: CoDel and DualPI2, packet by packet.
import test from 'ava'
import type { PathOptions } from '../../../src/link/path/options.ts'
import { ecnOf } from '../../../src/wire/ecn.ts'
import { enter, headerIsRight, pathOf, range, segment } from './support.ts'

const NOT_ECT = 0
const ECT_1 = 1
const ECT_0 = 2
const CE = 3

const sized = (bytes: number, trafficClass = 0, seq = 1) => segment({ length: bytes - 40, trafficClass, seq })
const seqOf = (b: Uint8Array) => new DataView(b.buffer).getUint32(24)

/** Packets of 1,000 bytes that come one each `apart` ms at a line of 8 Mbit/s: one takes a millisecond. */
const LINE: PathOptions = { rate: 8e6, queue: 1e6 }

/** Lets packets of these ECN fields come in turn for so many ms. */
const load = (path: ReturnType<typeof pathOf>, ms: number, apart: number, fields: readonly number[]) => {
  let n = 0
  for (const end = path.clock.now() + ms; path.clock.now() < end; path.clock.advance(apart))
    for (const field of fields) enter(path.path, [sized(1000, field, n++)])
}

for (const queueDiscipline of ['codel', 'dualpi2'] as const) {
  test(`${queueDiscipline}: a line that is not too busy hands on all packets, in order, each when the one before has left`, t => {
    const p = pathOf({ ...LINE, queueDiscipline, delay: 20 })
    enter(
      p.path,
      range(5).map(n => sized(1000, NOT_ECT, n)),
    )
    t.is(p.path.queued, 4000)
    t.is(p.path.underWay, 5)
    p.clock.run()
    t.deepEqual(
      p.arrivals.map(a => [seqOf(a.bytes), Math.round(a.at * 1e6) / 1e6]),
      range(5).map(n => [n, 21 + n]),
    )
    t.is(p.path.underWay, 0)
    t.is(p.path.lost, 0)
  })

  test(`${queueDiscipline}: what does not fit is lost, and a new rate applies to what waits`, t => {
    const p = pathOf({ ...LINE, queue: 2500, queueDiscipline })
    for (const seq of range(5)) enter(p.path, [sized(1000, NOT_ECT, seq)])
    t.is(p.path.counters.lost.queue, 2)
    p.clock.advance(0.5)
    p.path.change({ rate: 4e6 })
    p.clock.run()
    // Half a packet at 8 Mbit/s, the rest at 4.
    t.deepEqual(
      p.arrivals.map(a => Math.round(a.at * 1e6) / 1e6),
      [1.5, 3.5, 5.5],
    )
    for (const seq of range(3)) enter(p.path, [sized(1000, NOT_ECT, seq)])
    p.path.change({ rate: Number.POSITIVE_INFINITY })
    p.clock.run()
    t.is(p.arrivals.length, 6)
    t.is(p.clock.now(), 5.5)
  })

  test(`${queueDiscipline}: another discipline takes over what waits; the line is never twice as fast`, t => {
    for (const [first, second] of [
      ['droptail', queueDiscipline],
      [queueDiscipline, 'droptail'],
    ] as const) {
      const p = pathOf({ ...LINE, queueDiscipline: first })
      for (const seq of range(5)) enter(p.path, [sized(1000, NOT_ECT, seq)])
      p.clock.advance(1.5)
      p.path.change({ queueDiscipline: second })
      for (const seq of range(3)) enter(p.path, [sized(1000, NOT_ECT, 5 + seq)])
      p.clock.run()
      t.deepEqual(
        p.arrivals.map(a => [seqOf(a.bytes), Math.round(a.at * 1e6) / 1e6]),
        range(8).map(n => [n, n + 1]),
      )
    }
  })
}

test('a discipline that there is not is refused', t => {
  t.throws(() => pathOf({ queueDiscipline: 'red' as never }), {
    instanceOf: RangeError,
    message: "queueDiscipline must be one of droptail, codel, dualpi2, not 'red'",
  })
})

test('[R8289-1] codel: nothing is dropped in the first 100 ms above 5 ms; then one packet, and the next ever sooner', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'codel' })
  const drops: number[] = []
  p.path.observer = {
    entered: () => ({
      note: what => what.startsWith('lost') && drops.push(p.clock.now()),
      delivered: () => {},
    }),
  }
  // A burst of 20 ms, and from then on as much as leaves: a standing queue.
  enter(
    p.path,
    range(20).map(n => sized(1000, NOT_ECT, n)),
  )
  load(p, 800, 1, [NOT_ECT])
  // The first packet that has waited for 5 ms leaves at 5; the control law is 100 ms / √count.
  t.true(drops[0]! >= 105 && drops[0]! < 109, `${drops[0]}`)
  const gaps = drops.slice(1).map((at, n) => at - drops[n]!)
  t.true(gaps.length >= 4)
  for (const [n, gap] of gaps.entries()) t.true(Math.abs(gap - 100 / Math.sqrt(n + 1)) < 2.1, `${n}: ${gap}`)
  t.is(p.path.counters.lost.aqm, drops.length)
  // The burst is gone: below the target nothing is dropped.
  const before = drops.length
  p.clock.run()
  load(p, 300, 1, [NOT_ECT])
  t.is(drops.length, before)
})

test('[R8289-1] codel marks what is ECN-capable instead, with a header that is right', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'codel' })
  enter(
    p.path,
    range(20).map(() => sized(1000, ECT_0)),
  )
  load(p, 400, 1, [ECT_0])
  p.clock.run()
  t.is(p.path.lost, 0)
  const marked = p.arrivals.filter(a => ecnOf(a.bytes, 0) === CE)
  t.is(marked.length, p.path.counters.marked)
  t.true(marked.length >= 4)
  t.true(marked.every(a => headerIsRight(a.bytes)))
})

test('[R9332-2] dualpi2: ECT(1) and CE overtake what waits as ECT(0) and not ECN-capable', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'dualpi2' })
  for (const [seq, field] of [NOT_ECT, NOT_ECT, ECT_0, ECT_1, CE].entries())
    enter(p.path, [sized(1000, field, seq)])
  p.clock.run()
  t.deepEqual(
    p.arrivals.map(a => seqOf(a.bytes)),
    [0, 3, 4, 1, 2],
  )
})

test('[R9332-3] dualpi2: the classic queue keeps a tenth of the line beside a low latency queue that never empties', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'dualpi2' })
  enter(
    p.path,
    range(150).map(n => sized(1000, ECT_1, n)),
  )
  enter(
    p.path,
    range(150).map(n => sized(1000, ECT_0, 1000 + n)),
  )
  p.clock.advance(100)
  const classic = p.arrivals.filter(a => seqOf(a.bytes) >= 1000).length
  t.true(classic >= 8 && classic <= 12, `${classic}`)
})

test('[R9332-4] dualpi2: traffic that does not heed marks is dropped, of both queues, and neither delay grows without end', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'dualpi2' })
  // A sixth too much in ECT(1), and a little of ECT(0).
  load(p, 3000, 6, [ECT_1, ECT_1, ECT_1, ECT_1, ECT_1, ECT_1, ECT_1, ECT_0])
  t.true(p.path.counters.lost.aqm > 500, `${p.path.counters.lost.aqm}`)
  t.is(p.path.counters.lost.queue, 0)
  t.true(p.path.queued < 200_000, `${p.path.queued}`)
  const late = p.arrivals.filter(a => a.at > 2000)
  t.true(late.some(a => ecnOf(a.bytes, 0) === ECT_0 || seqOf(a.bytes) % 8 === 7))
})

test('[R9332-1] dualpi2: the low latency queue is marked by its own delay above a millisecond, alone and beside others', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'dualpi2' })
  // One packet each millisecond: none waits.
  load(p, 200, 1, [ECT_1])
  t.is(p.path.counters.marked, 0)
  // Three at once: the second waits a millisecond, which is not above it, and the third two with nothing behind it.
  load(p, 200, 4, [ECT_1, ECT_1, ECT_1])
  t.is(p.path.counters.marked, 0)
  load(p, 40, 4, [ECT_1, ECT_1, ECT_1, ECT_1])
  t.is(p.path.counters.marked, 10)
})

test('[R9332-1] dualpi2: the low latency queue is marked with twice the root of the probability of the classic one', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'dualpi2' })
  // A standing queue of ECT(0), above the target: the probability grows slowly. One packet of ECT(1) after five of ECT(0).
  enter(
    p.path,
    range(20).map(() => sized(1000, ECT_0)),
  )
  load(p, 1500, 6, [ECT_0, ECT_0, ECT_0, ECT_0, ECT_0, ECT_1])
  const from = p.arrivals.length
  load(p, 1500, 6, [ECT_0, ECT_0, ECT_0, ECT_0, ECT_0, ECT_1])
  const left = p.arrivals.slice(from)
  const share = (low: boolean) => {
    const those = left.filter(a => (seqOf(a.bytes) % 6 === 5) === low)
    return those.filter(a => ecnOf(a.bytes, 0) === CE).length / those.length
  }
  t.is(p.path.lost, 0)
  const ratio = share(true) / Math.sqrt(share(false))
  t.true(ratio > 1.9 && ratio < 2.1, `${share(true)} ${share(false)} ${ratio}`)
})

test('[R9332-4] dualpi2: what is ECN-capable in the classic queue and does not heed marks is dropped in the end', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'dualpi2' })
  load(p, 3000, 6, [ECT_0, ECT_0, ECT_0, ECT_0, ECT_0, ECT_0, ECT_0, ECT_0])
  t.true(p.path.counters.marked > 0)
  t.true(p.path.counters.lost.aqm > 200, `${p.path.counters.lost.aqm}`)
  t.is(p.path.counters.lost.queue, 0)
})

test('[R8289-1] codel: what waits alone is not dropped, however long it has waited', t => {
  const p = pathOf({ ...LINE, rate: 40_000, queueDiscipline: 'codel' })
  // A packet takes 200 ms, and one more waits for its turn.
  enter(p.path, [sized(1000, NOT_ECT, 1), sized(1000, NOT_ECT, 2)])
  load(p, 4000, 200, [NOT_ECT])
  p.clock.run()
  t.is(p.path.lost, 0)
})

test('[R8289-1] codel: a queue that stands again soon after is dropped from at the rate of before', t => {
  const p = pathOf({ ...LINE, queueDiscipline: 'codel' })
  let drops: number[] = []
  p.path.observer = {
    entered: () => ({
      note: what => what.startsWith('lost') && drops.push(p.clock.now()),
      delivered: () => {},
    }),
  }
  const stand = (ms: number) => {
    drops = []
    enter(
      p.path,
      range(40).map(n => sized(1000, NOT_ECT, n)),
    )
    load(p, ms, 1, [NOT_ECT])
    p.clock.run()
    return drops
  }
  const first = stand(1000)
  t.true(first.length > 5 && first[1]! - first[0]! > 95, `${first}`)
  const again = stand(400)
  t.true(again.length > 3 && again[1]! - again[0]! < 60, `${again}`)
})
