import test from 'ava'
import { bridge } from '../../src/link/bridge.ts'
import { type Emulation, emulate } from '../../src/link/emulated.ts'
import { nth } from '../../src/link/path/script.ts'
import { createPipe, type PipeOptions } from '../../src/link/pipe.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL } from '../../src/wire/batch.ts'
import { DONT_FRAGMENT } from '../../src/wire/ipv4.ts'
import { collect, packet, send } from './links.ts'
import { range, segment } from './path/support.ts'

/** A pipe, emulated at end `a`. */
const emulated = (paths: Emulation, pipe: PipeOptions = {}) => {
  const clock = new VirtualClock()
  const [end, b] = createPipe(clock, pipe)
  const a = emulate(end, paths, new SeededRandom(1), clock)
  return { clock, a, b, end, atA: collect(a, clock), atB: collect(b, clock) }
}

test('each direction has a path of its own; what is not given is ideal', t => {
  const { clock, a, b, atA, atB } = emulated({ out: { delay: 10 }, in: { drop: nth(2), delay: 3 } })
  send(
    a,
    range(100).map(n => packet(n)),
  )
  send(b, [packet(1), packet(2), packet(3)])
  clock.run()
  t.deepEqual(
    atB.map(d => [d.time, d.bytes]),
    range(100).map(n => [10, packet(n)]),
  )
  t.deepEqual(
    atA.map(d => [d.time, d.bytes]),
    [
      [3, packet(1)],
      [3, packet(3)],
    ],
  )
  t.is(a.in.counters.lost.script, 1)
  const ideal = emulated({})
  send(ideal.a, [packet(1)])
  send(ideal.b, [packet(2)])
  ideal.clock.run(0)
  t.deepEqual([ideal.atB[0]?.bytes, ideal.atA[0]?.bytes], [packet(1), packet(2)])
})

test('it offers no offload, cuts what the link below delivers, and is otherwise as that', t => {
  const { clock, a, b, end, atA } = emulated({}, { offload: true, mtu: 1400, names: ['wire', 'b'] })
  t.deepEqual(end.offload, { checksum: true, segmentation: true })
  t.deepEqual(a.offload, { checksum: false, segmentation: false })
  t.is(a.mtu, 1400)
  t.is(a.name, 'wire')
  send(b, [segment({ length: 3000 })], CHECKSUM_PARTIAL, 1000)
  clock.run()
  t.deepEqual(
    atA.map(d => [d.bytes.length, d.checksum, d.segmentSize]),
    range(3).map(() => [1040, CHECKSUM_COMPLETE, 0]),
  )
})

test('what a router on one way sends back comes by the other, after its delay', t => {
  const { clock, a, atA, atB } = emulated({ out: { mtu: 500, icmp: true, delay: 100 }, in: { delay: 7 } })
  send(a, [segment({ length: 1000, fragment: DONT_FRAGMENT })])
  clock.run()
  t.deepEqual(atB, [])
  t.deepEqual(
    atA.map(d => [d.time, d.bytes[20], d.bytes[21]]),
    [[7, 3, 4]],
  )
})

test('options may be changed while packets flow', t => {
  const { clock, a, atB } = emulated({ out: { loss: 1 } })
  send(a, [packet(0)])
  a.out.options = {}
  send(a, [packet(1)])
  clock.run()
  t.deepEqual(
    atB.map(d => d.bytes),
    [packet(1)],
  )
})

test('closed, it delivers and sends nothing more, and the link below is closed', t => {
  const { clock, a, b, end, atA, atB } = emulated({ out: { delay: 5 }, in: { delay: 5 } })
  send(a, [packet(1)])
  send(b, [packet(2)])
  clock.run(1)
  a.close()
  a.close()
  send(a, [packet(3)])
  send(b, [packet(4)])
  clock.run()
  t.deepEqual([atA, atB, end.peer], [[], [], null])
})

test('in real time nothing comes early, and all comes', async t => {
  const [end, b] = createPipe(nodeClock)
  const a = emulate(end, { out: { delay: 20, rate: 8e6 } }, new SeededRandom(1), nodeClock)
  const atB = collect(b, nodeClock)
  const begun = nodeClock.now()
  send(
    a,
    range(50).map(n => packet(n, 100)),
  )
  // Alarms alone keep no process alive; this one does, and has no say in the result.
  while (atB.length < 50) await new Promise(resolve => setTimeout(resolve, 1))
  for (const [n, d] of atB.entries()) {
    t.deepEqual(d.bytes, packet(n, 100))
    t.true(d.time - begun >= 20 + (n + 1) * 0.1 - 1e-6, `${n} after ${d.time - begun}`)
  }
})

test('a bridge relays both ways, each through its path', t => {
  const clock = new VirtualClock()
  const [a, endA] = createPipe(clock)
  const [b, endB] = createPipe(clock)
  const between = bridge(
    endA,
    endB,
    { aToB: { delay: 10, drop: nth(2) }, bToA: { delay: 20, mtu: 500, icmp: true } },
    new SeededRandom(1),
    clock,
  )
  const [atA, atB] = [collect(a, clock), collect(b, clock)]
  send(a, [packet(1), packet(2), packet(3)])
  send(b, [packet(4), segment({ length: 1000, fragment: DONT_FRAGMENT })])
  clock.run()
  t.deepEqual(
    atB.map(d => [d.time, d.bytes.length === 40 ? d.bytes : [...d.bytes.subarray(20, 22)]]),
    [
      [10, packet(1)],
      [10, packet(3)],
      [10, [3, 4]],
    ],
  )
  t.deepEqual(
    atA.map(d => [d.time, d.bytes]),
    [[20, packet(4)]],
  )
  t.is(between.aToB.counters.lost.script, 1)
  between.close()
  send(a, [packet(5)])
  clock.run()
  t.is(atB.length, 3)
  t.is(endA.peer, null)
})
