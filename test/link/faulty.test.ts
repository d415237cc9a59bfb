import test from 'ava'
import { type Faults, faulty } from '../../src/link/faulty.ts'
import { createPipe, type PipeOptions } from '../../src/link/pipe.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, CHECKSUM_VERIFIED } from '../../src/wire/batch.ts'
import { collect, packet, send } from './links.ts'

const range = (n: number) => Array.from({ length: n }, (_, i) => i)

/** A pipe with faults at end `a`. */
const bad = (faults: Faults, seed = 1, pipe: PipeOptions = {}) => {
  const clock = new VirtualClock()
  const [end, b] = createPipe(clock, pipe)
  const a = faulty(end, faults, new SeededRandom(seed), clock)
  return { clock, a, b, end, atA: collect(a, clock), atB: collect(b, clock) }
}

/** Which packet of `packet(n)` it is: they differ in the first two bytes. */
const number = (bytes: Uint8Array, count: number) =>
  range(count).find(n => packet(n)[0] === bytes[0] && packet(n)[1] === bytes[1] && packet(n)[8] === bytes[8])

/** Bits in which two packets of the same length differ. */
const differing = (a: Uint8Array, b: Uint8Array): number[] => {
  const bits: number[] = []
  for (let bit = 0; bit < a.length * 8; bit++)
    if (((a[bit >> 3]! ^ b[bit >> 3]!) >> (bit & 7)) & 1) bits.push(bit)
  return bits
}

const none = { sent: 0, lost: 0, duplicated: 0, reordered: 0, corrupted: 0 }

test('without faults packets pass as they are, in their batches', t => {
  for (const direction of ['out', 'in', 'both'] as const) {
    const { clock, a, b, atA, atB } = bad({ direction })
    send(
      a,
      range(100).map(n => packet(n)),
    )
    send(b, [packet(1), packet(2)])
    clock.run()
    t.deepEqual(
      atB.map(d => d.bytes),
      range(100).map(n => packet(n)),
    )
    t.deepEqual(
      atB.map(d => d.batch),
      range(100).map(n => (n < 64 ? 0 : 1)),
    )
    t.deepEqual(
      atA.map(d => d.bytes),
      [packet(1), packet(2)],
    )
    t.deepEqual(
      atA.map(d => d.batch),
      [0, 0],
    )
    t.deepEqual(a.counters, { ...none, sent: { out: 100, in: 2, both: 102 }[direction] })
  }
})

test('it offers no offload, and is otherwise as the link below', t => {
  const { a, end } = bad({}, 1, { offload: true, mtu: 1400, names: ['wire', 'b'] })
  t.deepEqual(end.offload, { checksum: true, segmentation: true })
  t.deepEqual(a.offload, { checksum: false, segmentation: false })
  t.is(a.mtu, 1400)
  t.is(a.name, 'wire')
})

test('loss of 1 loses all, of 0 none, of 5 % about as many; the rest arrives in order', t => {
  for (const [loss, low, high] of [
    [1, 10_000, 10_000],
    [0, 0, 0],
    [0.05, 400, 600],
  ] as const) {
    const { clock, a, atB } = bad({ loss })
    for (const n of range(10_000)) send(a, [packet(n)])
    clock.run()
    const { lost } = a.counters
    t.true(lost >= low && lost <= high, `${lost}`)
    t.deepEqual(a.counters, { ...none, sent: 10_000, lost })
    t.is(atB.length, 10_000 - lost)
    let n = 0
    for (const { bytes } of atB) {
      while (n < 10_000 && !packet(n).every((x, i) => x === bytes[i])) n++
      t.true(n < 10_000)
      n++
    }
  }
})

test('a duplicated packet arrives twice, one after the other', t => {
  const { clock, a, atB } = bad({ duplicate: 1 })
  send(
    a,
    range(50).map(n => packet(n)),
  )
  clock.run()
  t.deepEqual(
    atB.map(d => d.bytes),
    range(100).map(n => packet(n >> 1)),
  )
  t.deepEqual(a.counters, { ...none, sent: 50, duplicated: 50 })
})

test('a reordered packet is held back, so that later ones overtake it', t => {
  for (const [faults, delay] of [
    [{ reorder: 0.3 }, 5],
    [{ reorder: 0.3, reorderDelay: 2.5 }, 2.5],
  ] as const) {
    const { clock, a, atB } = bad(faults)
    for (const n of range(200)) {
      send(a, [packet(n)])
      clock.advance(1)
    }
    clock.run()
    t.is(atB.length, 200)
    const delays = new Map<number, number>()
    for (const { bytes, time } of atB) {
      const n = number(bytes, 200)!
      delays.set(n, time - n)
    }
    t.is(delays.size, 200)
    const late = [...delays.values()].filter(d => d === delay)
    t.is(late.length, a.counters.reordered)
    t.true(late.length > 30 && late.length < 90)
    t.true([...delays.values()].every(d => d === 0 || d === delay))
  }
})

test('a corrupted packet differs in one bit, anywhere, in a copy of its own', t => {
  const { clock, a, b, atB } = bad({ corrupt: 1, duplicate: 0 })
  const hit = new Set<number>()
  for (let n = 0; n < 5000; n++) send(a, [packet(n)])
  clock.run()
  for (const [n, d] of atB.entries()) {
    const bits = differing(packet(n), d.bytes)
    t.is(bits.length, 1)
    hit.add(bits[0]!)
  }
  // 40 bytes: each of their bits comes up in 5000 draws.
  t.is(hit.size, 320)
  t.is(a.counters.corrupted, 5000)
  t.is(b.dropped, 0)
})

test('a script decides by bytes, number and direction; it counts as loss', t => {
  const asked: [number, number, string][] = []
  const { clock, a, b, atA, atB } = bad({
    direction: 'both',
    drop: (bytes, index, direction) => {
      asked.push([number(bytes, 50)!, index, direction])
      return direction === 'out' ? index === 1 : bytes[0] === packet(41)[0]
    },
  })
  send(a, [packet(0), packet(1)])
  send(a, [packet(2)])
  send(b, [packet(40), packet(41), packet(42)])
  clock.run()
  t.deepEqual(asked, [
    [0, 0, 'out'],
    [1, 1, 'out'],
    [2, 2, 'out'],
    [40, 0, 'in'],
    [41, 1, 'in'],
    [42, 2, 'in'],
  ])
  t.deepEqual(
    atB.map(d => d.bytes),
    [packet(0), packet(2)],
  )
  t.deepEqual(
    atA.map(d => d.bytes),
    [packet(40), packet(42)],
  )
  t.deepEqual(a.counters, { ...none, sent: 6, lost: 2 })
})

test('faults befall what is sent, or what is received, or both', t => {
  for (const [direction, out, into] of [
    ['out', 0, 10],
    ['in', 10, 0],
    ['both', 0, 0],
    ['by default', 0, 10],
  ] as const) {
    const { clock, a, b, atA, atB } = bad(direction === 'by default' ? { loss: 1 } : { direction, loss: 1 })
    const packets = range(10).map(n => packet(n))
    send(a, packets)
    send(b, packets)
    clock.run()
    t.is(atB.length, out)
    t.is(atA.length, into)
  }
})

test('faults may be changed while packets flow; numbers go on', t => {
  const { clock, a, atB } = bad({ loss: 1 })
  send(a, [packet(0)])
  const numbers: number[] = []
  a.faults = {
    drop: (_, index) => {
      numbers.push(index)
      return false
    },
  }
  send(a, [packet(1)])
  clock.run()
  t.deepEqual(numbers, [1])
  t.deepEqual(
    atB.map(d => d.bytes),
    [packet(1)],
  )
})

test('what is no probability or no delay is refused, at once and later', t => {
  for (const faults of [
    { loss: -0.01 },
    { duplicate: 1.01 },
    { reorder: Number.NaN },
    { corrupt: Number.POSITIVE_INFINITY },
    { reorderDelay: -1 },
    { reorderDelay: Number.NaN },
    { reorderDelay: Number.POSITIVE_INFINITY },
  ]) {
    const [name] = Object.keys(faults)
    t.throws(() => bad(faults), { instanceOf: RangeError, message: new RegExp(name!) })
    const { a } = bad({})
    t.throws(
      () => {
        a.faults = faults
      },
      { instanceOf: RangeError },
    )
    t.deepEqual(a.faults, {})
  }
  t.notThrows(() => bad({ loss: 0, duplicate: 1, reorder: 0.5, corrupt: 1, reorderDelay: 0 }))
})

test('corruption of what is received is never hidden by somebody who vouches for the packet', t => {
  const { clock, a, b, atA } = bad({ direction: 'in', corrupt: 1 }, 1, { offload: true })
  send(b, [packet(1)], CHECKSUM_VERIFIED)
  // A partial checksum cannot show it: such a packet is thrown away.
  send(b, [packet(2)], CHECKSUM_PARTIAL)
  send(b, [packet(3, 3000)], CHECKSUM_VERIFIED, 1000)
  clock.run()
  t.is(atA.length, 1)
  t.is(atA[0]?.checksum, CHECKSUM_COMPLETE)
  t.is(a.counters.corrupted, 3)
})

test('the flags of received packets without faults stay', t => {
  const { clock, b, atA } = bad({ direction: 'in', loss: 0 }, 1, { offload: true })
  send(b, [packet(1)], CHECKSUM_VERIFIED)
  send(b, [packet(2, 4000)], CHECKSUM_PARTIAL, 1448)
  clock.run()
  t.deepEqual(
    atA.map(d => [d.checksum, d.segmentSize]),
    [
      [CHECKSUM_VERIFIED, 0],
      [CHECKSUM_PARTIAL, 1448],
    ],
  )
})

test('after close nothing is delivered or sent, not even what was held back', t => {
  const { clock, a, b, atA, atB } = bad({ direction: 'both', reorder: 1 })
  send(a, [packet(1)])
  send(b, [packet(2)])
  clock.run(1)
  a.close()
  a.close()
  send(a, [packet(3)])
  send(b, [packet(4)])
  clock.run()
  t.deepEqual(atA, [])
  t.deepEqual(atB, [])
})

test('a link that answers while it is transmitted to disturbs nothing', t => {
  const clock = new VirtualClock()
  const received: number[] = []
  let echo: ((batch: Parameters<typeof a.transmit>[0]) => void) | undefined
  const sync = {
    name: 'sync',
    mtu: 1500,
    offload: { checksum: false, segmentation: false },
    start: (receive: typeof echo) => {
      echo = receive
    },
    transmit: (batch: Parameters<typeof a.transmit>[0]) => {
      for (let i = 0; i < batch.count; i++) {
        const n = number(batch.buffers[i]!, 200)!
        received.push(n)
        if (n < 100) send(a, [packet(n + 100)])
      }
      echo?.(batch)
    },
    close: () => {},
  }
  const a = faulty(sync as Parameters<typeof faulty>[0], { direction: 'both' }, new SeededRandom(1), clock)
  const back = collect(a, clock)
  send(
    a,
    range(3).map(n => packet(n)),
  )
  t.deepEqual(received, [0, 100, 1, 101, 2, 102])
  t.is(back.length, 6)
  send(a, [packet(3), packet(4)])
  t.deepEqual(received.slice(6), [3, 103, 4, 104])
  t.is(back.length, 10)
  a.faults = { reorder: 1 }
  send(a, [packet(5)])
  a.close()
  send(a, [packet(6)])
  clock.run()
  t.is(received.length, 10)
})

test('the same seed brings the same fate, another another', t => {
  const run = (seed: number) => {
    const { clock, a, atB } = bad({ loss: 0.1, duplicate: 0.1, reorder: 0.1, corrupt: 0.1 }, seed)
    for (const n of range(500)) {
      send(a, [packet(n)])
      clock.advance(1)
    }
    clock.run()
    return { counters: a.counters, packets: atB.map(d => [d.time, ...d.bytes]) }
  }
  t.deepEqual(run(1), run(1))
  t.notDeepEqual(run(1).packets, run(2).packets)
})
