/** The stages of toxics, each between a source and a sink, in virtual time. */
import test from 'ava'
import type { Stage } from '../../src/proxy/flow.ts'
import { LimitData, ResetPeer, SlowClose, Timeout } from '../../src/proxy/toxics/ending.ts'
import type { StageContext } from '../../src/proxy/toxics/stage.ts'
import { Bandwidth, Latency, Slicer } from '../../src/proxy/toxics/timed.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

const contextOf = (clock: VirtualClock, say: (what: string) => void): StageContext => ({
  clock,
  luck: new SeededRandom(7),
  emptier: () => say('emptier'),
  closing: () => say('closing'),
  reset: () => say('reset'),
})

/** A stage, and what comes out of it: bytes or the end, with the time in ms. */
const bench = (make: (context: StageContext) => Stage) => {
  const clock = new VirtualClock()
  const out: string[] = []
  const chunks: Buffer[] = []
  const say = (what: string) => out.push(`${clock.now()} ${what}`)
  const stage = make(contextOf(clock, say))
  stage.next = {
    push: chunk => {
      chunks.push(chunk)
      say(String(chunk.length))
    },
    end: () => say('end'),
  }
  return { clock, out, chunks, stage }
}

test('latency: each chunk is as late, and the end comes behind the last', t => {
  const { clock, out, stage } = bench(context => new Latency(context, { latency: 100, jitter: 0 }))
  stage.push(Buffer.alloc(1))
  clock.advance(30)
  stage.push(Buffer.alloc(2))
  stage.end()
  clock.run()
  t.deepEqual(out, ['100 1', '130 2', '130 end'])
})

test('latency: jitter never has a chunk overtake another', t => {
  const { clock, out, stage } = bench(context => new Latency(context, { latency: 100, jitter: 90 }))
  for (let size = 1; size <= 20; size++) {
    stage.push(Buffer.alloc(size))
    clock.advance(1)
  }
  clock.run()
  t.deepEqual(
    out.map(line => Number(line.split(' ')[1])),
    Array.from({ length: 20 }, (_, n) => n + 1),
  )
  t.true(out.every(line => Number(line.split(' ')[0]) >= 10 && Number(line.split(' ')[0]) <= 210))
})

test('latency: single octets weigh what their objects do', t => {
  const { stage } = bench(context => new Latency(context, { latency: 100_000, jitter: 0 }))
  let octets = 0
  for (; !stage.full && octets < 1_000_000; octets++) stage.push(Buffer.alloc(1))
  t.true(octets > 100_000 && octets < 200_000, `${octets}`)
})

test('bandwidth: pieces of 100 ms at most, at the rate', t => {
  const { clock, out, stage } = bench(context => new Bandwidth(context, { rate: 1 }))
  stage.push(Buffer.alloc(250))
  stage.end()
  clock.run()
  t.deepEqual(out, ['100 100', '200 100', '250 50', '250 end'])
})

test('bandwidth: a source that is faster has to wait until less is held', t => {
  const { clock, out, stage } = bench(context => new Bandwidth(context, { rate: 1000 }))
  stage.push(Buffer.alloc(100_000))
  t.true(stage.full)
  clock.run()
  t.false(stage.full)
  t.deepEqual(out, ['100 100000', '100 emptier'])
})

test('a stage that leaves hands over all it holds, in order, at once', t => {
  for (const make of [
    (context: StageContext) => new Latency(context, { latency: 1000, jitter: 0 }),
    (context: StageContext) => new Bandwidth(context, { rate: 0 }),
    (context: StageContext) => new Slicer(context, { average_size: 2, size_variation: 0, delay: 1e6 }),
  ]) {
    const { clock, out, chunks, stage } = bench(make)
    stage.push(Buffer.from('hello '))
    stage.push(Buffer.from('world'))
    stage.end()
    stage.leave()
    t.is(String(Buffer.concat(chunks)), 'hello world')
    t.is(out.at(-1), '0 end')
    clock.run()
    t.is(out.filter(line => line.endsWith('end')).length, 1)
  }
})

test('slicer: slices of the size ± the variation, apart', t => {
  const { clock, out, chunks, stage } = bench(
    context => new Slicer(context, { average_size: 100, size_variation: 20, delay: 1000 }),
  )
  const bytes = Buffer.alloc(1000, 'a pattern of bytes ')
  stage.push(bytes)
  stage.end()
  clock.run()
  t.true(Buffer.concat(chunks).equals(bytes))
  t.true(chunks.length >= 8 && chunks.every(({ length }) => length > 0 && length <= 120))
  t.is(out.at(-1), `${chunks.length - 1} end`)
})

test('slicer: slices of two chunks are apart as those of one', t => {
  const { clock, out, stage } = bench(
    context => new Slicer(context, { average_size: 2, size_variation: 0, delay: 1000 }),
  )
  stage.push(Buffer.alloc(4))
  stage.push(Buffer.alloc(2))
  clock.advance(10)
  stage.push(Buffer.alloc(2))
  clock.run()
  t.deepEqual(out, ['0 2', '1 2', '2 2', '10 2'])
})

test('slicer: nonsense for sizes makes slices of a byte, not an endless loop', t => {
  const { clock, chunks, stage } = bench(
    context => new Slicer(context, { average_size: -5, size_variation: 1000, delay: -1 }),
  )
  stage.push(Buffer.alloc(100))
  clock.run()
  t.is(chunks.length, 100)
})

test('slow_close: bytes pass at once, the end comes late; at once when the toxic leaves', t => {
  const { clock, out, stage } = bench(context => new SlowClose(context, { delay: 50 }))
  stage.push(Buffer.alloc(1))
  stage.end()
  clock.advance(40)
  t.deepEqual(out, ['0 1'])
  stage.leave()
  t.deepEqual(out, ['0 1', '40 end'])
  clock.run()
  t.is(out.length, 2)
})

test('timeout: what comes is lost, and does not put its end off', t => {
  const { clock, out, stage } = bench(context => new Timeout(context, { timeout: 100 }))
  clock.advance(90)
  stage.push(Buffer.alloc(1))
  clock.run()
  t.deepEqual(out, ['100 closing', '100 end'])
  stage.end()
  t.is(out.length, 2, 'once')
})

test('reset_peer: what comes first sets it off, once', t => {
  const { clock, out, stage } = bench(context => new ResetPeer(context, { timeout: 30 }))
  clock.advance(100)
  t.false(stage.full)
  stage.push(Buffer.alloc(1))
  t.true(stage.full)
  stage.push(Buffer.alloc(1))
  stage.end()
  clock.run()
  t.deepEqual(out, ['130 reset'])
})

test('limit_data: a change of the limit goes on from what has passed', t => {
  const transmitted = { bytes: 0 }
  const first = bench(context => new LimitData(context, { bytes: 10 }, transmitted))
  first.stage.push(Buffer.alloc(6))
  t.deepEqual(first.out, ['0 6'])
  const second = bench(context => new LimitData(context, { bytes: 8 }, transmitted))
  second.stage.push(Buffer.alloc(6))
  t.deepEqual(second.out, ['0 2', '0 closing', '0 end'])
  second.stage.push(Buffer.alloc(6))
  second.stage.end()
  t.is(second.out.length, 3, 'what comes behind it is lost')
})

test('reset_peer: a connection that has lost bytes is reset though the toxic leaves before its time', t => {
  const { clock, out, stage } = bench(context => new ResetPeer(context, { timeout: 30 }))
  stage.push(Buffer.alloc(1))
  clock.advance(10)
  stage.leave()
  t.deepEqual(out, ['10 reset'])
  clock.run()
  t.is(out.length, 1)
  const unused = bench(context => new ResetPeer(context, { timeout: 30 }))
  unused.stage.leave()
  unused.clock.run()
  t.deepEqual(unused.out, [])
})

test('a stage that another one replaces hands over to it, and to nobody else', t => {
  const latency = (ms: number) => (context: StageContext) => new Latency(context, { latency: ms, jitter: 0 })
  const bandwidth = (rate: number) => (context: StageContext) => new Bandwidth(context, { rate })
  const slowClose = (delay: number) => (context: StageContext) => new SlowClose(context, { delay })
  for (const [before, after, expected] of [
    [latency(1000), latency(500), ['500 6', '500 5', '500 end']],
    [latency(1000), latency(100), ['300 6', '300 5', '300 end']],
    [bandwidth(0), bandwidth(1), ['306 6', '311 5', '311 end']],
    [slowClose(1000), slowClose(50), ['0 6', '0 5', '350 end']],
  ] as const) {
    const { clock, out, stage } = bench(before)
    const heir = after(contextOf(clock, () => t.fail()))
    heir.next = stage.next
    stage.push(Buffer.from('hello '))
    stage.push(Buffer.from('world'))
    stage.end()
    clock.advance(300)
    stage.leave(heir)
    clock.run()
    t.deepEqual(out, expected)
  }
})
