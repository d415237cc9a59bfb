// Packets lost, corrupted, duplicated and held back, by chance, in bursts and by script.
import test from 'ava'
import { first, nth } from '../../../src/link/path/script.ts'
import { sum16 } from '../../../src/wire/checksum.ts'
import { enter, pathOf, range, segment } from './support.ts'

const numbered = (n: number) => segment({ seq: n, length: 20 })

test('without options packets arrive at once, whole and in order, in batches of at most 64', t => {
  const sizes: number[] = []
  const { clock, path, arrivals } = pathOf({})
  enter(
    path,
    range(100).map(n => numbered(n)),
  )
  t.is(arrivals.length, 0, 'not before the sender has returned')
  clock.run(0)
  t.deepEqual(
    arrivals.map(a => a.bytes),
    range(100).map(n => numbered(n)),
  )
  t.is(clock.now(), 0)
  t.like(path.counters, { entered: 100, delivered: 100, bytes: 6000 })
  t.is(path.lost, 0)

  const other = pathOf({}, 1, { deliver: batch => sizes.push(batch.count) })
  enter(
    other.path,
    range(100).map(n => numbered(n)),
  )
  other.clock.run()
  t.deepEqual(sizes, [64, 36])
})

test('random loss: of 1 all, of 0 none, of 5 % as many as the seed says; the rest arrives in order', t => {
  for (const [loss, lost] of [
    [1, 10_000],
    [0, 0],
    [0.05, 529],
  ] as const) {
    const { clock, path, arrivals } = pathOf({ loss })
    for (const n of range(10_000)) enter(path, [numbered(n)])
    clock.run()
    t.is(path.counters.lost.random, lost)
    t.is(path.lost, lost)
    t.is(arrivals.length, 10_000 - lost)
    const numbers = arrivals.map(a => new DataView(a.bytes.buffer).getUint32(24))
    t.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    )
  }
})

test('bursts: 1 / leave packets on average, as often as enter says; loss within them as asked', t => {
  const runs = (options: Parameters<typeof pathOf>[0]) => {
    const { clock, path, arrivals } = pathOf(options)
    const count = 100_000
    for (const n of range(count)) enter(path, [numbered(n)])
    clock.run()
    const arrived = new Set(arrivals.map(a => new DataView(a.bytes.buffer).getUint32(24)))
    const lengths: number[] = []
    let length = 0
    for (let n = 0; n <= count; n++) {
      if (n < count && !arrived.has(n)) length++
      else if (length > 0) {
        lengths.push(length)
        length = 0
      }
    }
    t.is(path.counters.lost.burst, count - arrived.size)
    return lengths
  }
  const lengths = runs({ burst: { enter: 0.01, leave: 0.2 } })
  const mean = lengths.reduce((sum, n) => sum + n, 0) / lengths.length
  t.true(Math.abs(mean - 5) < 0.3, `${mean}`)
  // Geometric: a fifth of them is of one packet.
  const single = lengths.filter(n => n === 1).length / lengths.length
  t.true(Math.abs(single - 0.2) < 0.04, `${single}`)
  // One in 1 / enter + 1 / leave packets begins one.
  t.true(Math.abs(lengths.length / (100_000 / 105) - 1) < 0.1, `${lengths.length}`)
  t.deepEqual(runs({ burst: { enter: 0, leave: 0.2 } }), [])
  t.deepEqual(runs({ burst: { enter: 1, leave: 0 } }), [100_000])
  const half = runs({ burst: { enter: 1, leave: 0, loss: 0.5 } })
  t.true(Math.abs(half.reduce((sum, n) => sum + n, 0) - 50_000) < 1000)
})

test('a duplicate comes right after, in memory of its own', t => {
  const { clock, path, arrivals } = pathOf({ duplicate: nth(2), delay: 3 })
  enter(
    path,
    range(3).map(n => numbered(n)),
  )
  clock.run()
  t.deepEqual(
    arrivals.map(a => [a.at, a.bytes]),
    [0, 1, 1, 2].map(n => [3, numbered(n)]),
  )
  t.is(path.counters.duplicated, 1)
})

test('corruption flips one bit, anywhere', t => {
  const { clock, path, arrivals } = pathOf({ corrupt: 1 })
  const whole = numbered(1)
  for (let n = 0; n < 5000; n++) enter(path, [whole])
  clock.run()
  const hit = new Set<number>()
  for (const { bytes } of arrivals) {
    const bits = range(whole.length * 8).filter(
      bit => ((whole[bit >> 3]! ^ bytes[bit >> 3]!) >> (bit & 7)) & 1,
    )
    t.is(bits.length, 1)
    hit.add(bits[0]!)
  }
  // 60 bytes: each of their bits comes up in 5000 draws.
  t.is(hit.size, 480)
  t.is(path.counters.corrupted, 5000)
})

test('what is held back is overtaken', t => {
  const { clock, path, arrivals } = pathOf({ delay: 10, reorder: nth([1, 4]), reorderDelay: 2.5 })
  for (const n of range(6)) {
    enter(path, [numbered(n)])
    clock.advance(1)
  }
  clock.run()
  t.deepEqual(
    arrivals.map(a => [a.at, new DataView(a.bytes.buffer).getUint32(24)]),
    [
      [11, 1],
      [12, 2],
      [12.5, 0],
      [14, 4],
      [15, 5],
      [15.5, 3],
    ],
  )
  t.is(path.counters.reordered, 2)
})

test('a black hole takes all, one way, until it closes; what is under way arrives', t => {
  const { clock, path, arrivals } = pathOf({ delay: 10 })
  enter(path, [numbered(0)])
  path.change({ blackhole: true })
  enter(path, [numbered(1), numbered(2)])
  path.change({ blackhole: false })
  enter(path, [numbered(3)])
  clock.run()
  t.deepEqual(
    arrivals.map(a => a.bytes),
    [numbered(0), numbered(3)],
  )
  t.is(path.counters.lost.blackhole, 2)
})

test('each impairment sees what those before it let pass; each loss has its reason', t => {
  const { clock, path, arrivals } = pathOf({
    drop: first(2),
    mtu: 500,
    duplicate: nth(1),
  })
  enter(path, [numbered(0), segment({ length: 1000 }), segment({ length: 1000 }), numbered(1), numbered(2)])
  clock.run()
  t.deepEqual(path.counters.lost, { blackhole: 0, script: 2, random: 0, burst: 0, mtu: 1, queue: 0, aqm: 0 })
  t.deepEqual(
    arrivals.map(a => a.bytes),
    [numbered(1), numbered(1), numbered(2)],
  )
})

test('options may be changed while packets flow: scripts go on counting, the rest stays', t => {
  const { clock, path, arrivals } = pathOf({ drop: nth(3), delay: 1 })
  enter(path, [numbered(0), numbered(1)])
  path.change({ delay: 2 })
  enter(path, [numbered(2), numbered(3)])
  clock.run()
  t.deepEqual(
    arrivals.map(a => [a.at, a.bytes]),
    [
      [1, numbered(0)],
      [1, numbered(1)],
      [2, numbered(3)],
    ],
  )
  path.options = {}
  t.deepEqual(path.options, {})
})

test('what is no probability, delay, rate, size or address is refused, at once and later, by name', t => {
  for (const [name, options] of [
    ['loss', { loss: -0.01 }],
    ['loss', { loss: '1' as unknown as number }],
    ['duplicate', { duplicate: 1.01 }],
    ['reorder', { reorder: Number.NaN }],
    ['corrupt', { corrupt: Number.POSITIVE_INFINITY }],
    ['burst.enter', { burst: { enter: 2, leave: 0 } }],
    ['burst.leave', { burst: { enter: 0, leave: -1 } }],
    ['burst.loss', { burst: { enter: 0, leave: 0, loss: 2 } }],
    ['reorderDelay', { reorderDelay: -1 }],
    ['delay', { delay: Number.NaN }],
    ['jitter', { jitter: Number.POSITIVE_INFINITY }],
    ['distribution', { distribution: 'pareto' as 'normal' }],
    ['rate', { rate: 0 }],
    ['queue', { queue: -1 }],
    ['ecnThreshold', { ecnThreshold: Number.NaN }],
    ['mtu', { mtu: 67 }],
    ['192.0.2', { router: '192.0.2' }],
  ] as const) {
    t.throws(() => pathOf(options), { instanceOf: RangeError, message: new RegExp(name) })
    const { path } = pathOf({ delay: 1 })
    t.throws(() => path.change(options), { instanceOf: RangeError })
    t.deepEqual(path.options, { delay: 1 })
  }
  t.notThrows(() => pathOf({ loss: 0, duplicate: 1, reorder: 0.5, corrupt: 1, reorderDelay: 0, mtu: 68 }))
})

test('the same seed brings the same fate, another another', t => {
  const run = (seed: number) => {
    const { clock, path, arrivals } = pathOf(
      {
        delay: 5,
        jitter: 4,
        keepOrder: false,
        rate: 1e6,
        queue: 3000,
        loss: 0.1,
        burst: { enter: 0.01, leave: 0.2 },
        duplicate: 0.1,
        reorder: 0.1,
        corrupt: 0.1,
      },
      seed,
    )
    for (const n of range(500)) {
      enter(path, [numbered(n)])
      clock.advance(1)
    }
    clock.run()
    return { counters: path.counters, packets: arrivals.map(a => [a.at, ...a.bytes]) }
  }
  t.deepEqual(run(1), run(1))
  t.notDeepEqual(run(1).packets, run(2).packets)
})

test('closed, it delivers nothing more, not even what was under way', t => {
  const { clock, path, arrivals } = pathOf({ delay: 5 })
  enter(path, [numbered(1)])
  clock.advance(1)
  t.is(path.underWay, 1)
  path.close()
  path.close()
  enter(path, [numbered(2)])
  clock.run()
  t.deepEqual(arrivals, [])
  t.is(path.underWay, 0)
})

test('a receiver that throws, or lets packets enter, disturbs nothing', t => {
  let path!: ReturnType<typeof pathOf>['path']
  const got: number[] = []
  const made = pathOf({ delay: 1 }, 1, {
    deliver: batch => {
      const n = new DataView(
        batch.buffers[0]!.buffer,
        batch.buffers[0]!.byteOffset + batch.starts[0]!,
      ).getUint32(24)
      got.push(n)
      if (n < 100) enter(path, [numbered(n + 100)])
      t.is(sum16(batch.buffers[0]!, batch.starts[0]!, 20), 0xffff, 'the batch is still the one delivered')
      if (n === 2) throw new Error('from the receiver')
    },
  })
  path = made.path
  for (const n of [1, 2, 3]) {
    enter(path, [numbered(n)])
    made.clock.run(made.clock.now() + 0.1)
  }
  t.throws(() => made.clock.run(), { message: 'from the receiver' })
  made.clock.run()
  t.deepEqual(got, [1, 2, 3, 101, 102, 103])
})
