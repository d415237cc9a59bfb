/** The receive queue against a model: a plain array of what has come for each position of the stream. */
import test from 'ava'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { BUFFER_WEIGHT, QUEUE_WEIGHT, VIEW_WEIGHT } from '../../src/tcp/block/memory.ts'
import { LARGE, ReceiveQueue } from '../../src/tcp/queues/receive-queue.ts'
import { seqAdd, seqDiff } from '../../src/wire/sequence.ts'

const NO_LIMIT = 1_000_000

/** So many bytes of a value, in memory of their own. */
const of = (value: number, length: number): Uint8Array => new Uint8Array(length).fill(value)

const queueWith = (...pieces: [seq: number, value: number, length: number][]): ReceiveQueue => {
  const queue = new ReceiveQueue()
  for (const [seq, value, length] of pieces) queue.insert(seq, of(value, length), NO_LIMIT, memory)
  return queue
}

const memory = (bytes: number): Uint8Array => new Uint8Array(bytes)

/** The text above the gap, as `seq: value × length` for each row of a value. */
const above = (queue: ReceiveQueue): string[] =>
  queue.pieces().flatMap(({ seq, bytes }) => {
    const rows: string[] = []
    for (let i = 0; i < bytes.length; ) {
      let end = i
      while (end < bytes.length && bytes[end] === bytes[i]) end++
      rows.push(`${seqAdd(seq, i)}: ${bytes[i]} × ${end - i}`)
      i = end
    }
    return rows
  })

const drain = (queue: ReceiveQueue): number[] => {
  const bytes: number[] = []
  for (let chunk = queue.shift(); chunk !== null; chunk = queue.shift()) bytes.push(...chunk)
  return bytes
}

test('[SHLD-31] pieces above a gap are kept in order, and only what is new of each', t => {
  t.deepEqual(above(queueWith([20, 2, 5], [10, 1, 5], [30, 3, 5])), ['10: 1 × 5', '20: 2 × 5', '30: 3 × 5'])
  // The same again, a part of it, its beginning, its end.
  for (const [seq, length] of [
    [20, 5],
    [21, 3],
    [20, 2],
    [23, 2],
  ] as const)
    t.deepEqual(above(queueWith([20, 2, 5], [seq, 9, length])), ['20: 2 × 5'])
  // Over its beginning, over its end, over both, right before and right after.
  t.deepEqual(above(queueWith([20, 2, 5], [18, 9, 4])), ['18: 9 × 2', '20: 2 × 5'])
  t.deepEqual(above(queueWith([20, 2, 5], [22, 9, 5])), ['20: 2 × 5', '25: 9 × 2'])
  t.deepEqual(above(queueWith([20, 2, 5], [18, 9, 10])), ['18: 9 × 2', '20: 2 × 5', '25: 9 × 3'])
  t.deepEqual(above(queueWith([20, 2, 5], [15, 9, 5])), ['15: 9 × 5', '20: 2 × 5'])
  t.deepEqual(above(queueWith([20, 2, 5], [25, 9, 5])), ['20: 2 × 5', '25: 9 × 5'])
  // Over several, with nothing between two of them.
  t.deepEqual(above(queueWith([10, 1, 5], [15, 2, 5], [30, 3, 5], [12, 9, 30])), [
    '10: 1 × 5',
    '15: 2 × 5',
    '20: 9 × 10',
    '30: 3 × 5',
    '35: 9 × 7',
  ])
})

test('[SHLD-31] what the next byte makes whole is readable in order, once', t => {
  const queue = queueWith([10, 1, 5], [20, 2, 5])
  t.is(queue.bytesAbove, 10)
  // Nothing yet; then up to the second gap, over what was known meanwhile.
  t.is(queue.collect(9), 9)
  t.is(queue.length, 0)
  t.is(queue.collect(12), 15)
  t.deepEqual(drain(queue), [1, 1, 1])
  t.deepEqual([queue.piecesAbove, queue.bytesAbove], [1, 5])
  // All of it came otherwise: nothing is readable twice.
  t.is(queue.collect(25), 25)
  t.deepEqual([queue.length, queue.piecesAbove, queue.bytesAbove], [0, 0, 0])
  t.is(queueWith([10, 1, 5], [15, 2, 5]).collect(10), 20)
})

test('beyond the limit the highest pieces go', t => {
  const queue = new ReceiveQueue()
  for (const seq of [30, 10, 50, 20, 40]) queue.insert(seq, of(seq, 5), 3, memory)
  t.deepEqual(above(queue), ['10: 10 × 5', '20: 20 × 5', '30: 30 × 5'])
  t.is(queue.bytesAbove, 15)
})

test('only what is new is copied: into memory of just that size, or with room for what follows it', t => {
  const queue = queueWith([20, 2, 5])
  const asked: number[] = []
  const counted = (bytes: number) => {
    asked.push(bytes)
    return memory(bytes)
  }
  const whole = of(9, 1000)
  queue.insert(30, whole, NO_LIMIT, counted)
  queue.insert(1029, of(8, 1000), NO_LIMIT, counted)
  queue.insert(500, of(7, 100), NO_LIMIT, counted)
  queue.insert(29, of(6, 1000), NO_LIMIT, counted)
  t.deepEqual(asked, [1000, 2000, 1])
  for (const { bytes } of queue.pieces()) {
    t.not(bytes.buffer, whole.buffer)
    t.true(bytes.buffer.byteLength <= 2 * bytes.length + 2)
  }
})

test('wherever the numbers wrap: any pieces in any order, as a plain array has them', t => {
  for (const first of [0, 0x7fff_ff80 | 0, 0xffff_ff80 | 0]) {
    const random = new SeededRandom(first + 1)
    const below = (n: number) => random.uint32() % n
    for (let round = 0; round < 60; round++) {
      const queue = new ReceiveQueue()
      const model = new Array<number>(400).fill(0)
      const read: number[] = []
      let next = 0
      for (let n = 1; n <= 25; n++) {
        const at = next + below(300 - next)
        const bytes = of(n, 1 + below(60))
        if (at === next) {
          // In order, as segmentText has it.
          for (let i = 0; i < bytes.length; i++) model[at + i] = n
          queue.push(bytes)
          next = seqDiff(queue.collect(seqAdd(first, at + bytes.length)), first)
        } else {
          for (let i = 0; i < bytes.length; i++) model[at + i] ||= n
          queue.insert(seqAdd(first, at), bytes, NO_LIMIT, memory)
        }
        if (below(3) === 0) read.push(...drain(queue))
        // Never anything below RCV.NXT, nothing twice, all that came.
        const held = new Array<number>(400).fill(0)
        let end = next
        for (const piece of queue.pieces()) {
          const seq = seqDiff(piece.seq, first)
          if (seq < end || piece.bytes.length === 0) t.fail('below RCV.NXT, overlapping or empty')
          end = seq + piece.bytes.length
          for (let i = 0; i < piece.bytes.length; i++) held[seq + i] = piece.bytes[i]!
        }
        t.is(held.slice(next).join(), model.slice(next).join())
        t.is(queue.bytesAbove, held.filter(value => value !== 0).length)
        t.is(queue.length, next - read.length)
      }
      read.push(...drain(queue))
      t.is(read.join(), model.slice(0, next).join())
    }
  }
})

test('octet by octet text is joined to chunks of up to 4096; large text stays as it came', t => {
  const queue = new ReceiveQueue()
  const large = of(1, 513)
  queue.push(large)
  for (let n = 0; n < 4097; n++) queue.push(of(2, 1))
  queue.push(large)
  queue.push(of(3, 512))
  queue.push(of(4, 512))
  queue.push(new Uint8Array(0))
  const lengths: number[] = []
  for (let chunk = queue.shift(); chunk !== null; chunk = queue.shift()) {
    lengths.push(chunk.length)
    if (chunk.length === 513) t.is(chunk, large)
  }
  t.deepEqual(lengths, [513, 4096, 1, 513, 1024])
  t.is(queue.length, 0)
})

test('text in order weighs what memory it lies in, until the last of a chunk is taken', t => {
  const queue = new ReceiveQueue()
  t.is(queue.weight, 0)
  queue.push(of(1, 1000), 1500)
  queue.push(of(2, 600))
  const chunk = VIEW_WEIGHT + BUFFER_WEIGHT
  t.is(queue.weight, QUEUE_WEIGHT + 2 * chunk + 2100)
  t.is(queue.shift(999)!.length, 999)
  t.is(queue.weight, QUEUE_WEIGHT + 2 * chunk + 2100)
  t.is(queue.shift()!.length, 1)
  t.is(queue.weight, QUEUE_WEIGHT + chunk + 600)
  t.is(queue.shift()!.length, 600)
  t.is(queue.weight, 0)
})

test('short chunks that are several are worth joining, up to the first large one', t => {
  const short = (...lengths: number[]): number => {
    const queue = new ReceiveQueue()
    for (const length of lengths) queue.push(of(1, length))
    return queue.lengthOfShort
  }
  t.is(short(), 0)
  t.is(short(1000), 0)
  t.is(short(1000, LARGE), 0)
  t.is(short(LARGE, 1000, 1000), 0)
  t.is(short(1000, LARGE - 1, LARGE, 1000), 1000 + LARGE - 1)
  const borrowing = new ReceiveQueue()
  borrowing.borrow(of(1, 1000), { take: () => false }, 0)
  t.is(borrowing.lengthOfShort, 1000, 'which has to be copied anyway')
})

test('who does not come soon has no large memory kept for a small text, and no copy of what fills it', t => {
  for (const [length, copied] of [
    [499, true],
    [500, false],
  ] as const) {
    const queue = new ReceiveQueue()
    for (const n of [1, 2, 3]) {
      queue.borrow(of(n, 600), { take: () => false }, 0)
      queue.settle(bytes => new Uint8Array(bytes), true)
    }
    const pool = new Uint8Array(1000)
    queue.borrow(of(4, length), { take: () => false }, 0)
    queue.settle(() => pool.subarray(0, length), true)
    queue.moveOut(bytes => new Uint8Array(bytes))
    const chunks = [queue.shift()!, queue.shift()!, queue.shift()!, queue.shift()!]
    t.deepEqual(
      chunks.map(chunk => chunk[0]),
      [1, 2, 3, 4],
    )
    t.is(chunks[3]!.buffer !== pool.buffer, copied)
    t.is(chunks[3]!.length, length)
  }
})

test('what was taken is the user’s: nothing is joined to it any more', t => {
  const queue = new ReceiveQueue()
  queue.push(of(1, 10))
  queue.push(of(2, 10))
  const taken = queue.shift()!
  queue.push(of(3, 10))
  queue.push(of(4, 10))
  const whole = new Uint8Array(taken.buffer)
  t.deepEqual([...whole.subarray(0, 25)], [...of(1, 10), ...of(2, 10), ...of(0, 5)])
  t.deepEqual(drain(queue), [...of(3, 10), ...of(4, 10)])
})

test('cleared, it is as new', t => {
  const queue = queueWith([10, 1, 5])
  queue.push(of(2, 600))
  queue.push(of(3, 600))
  queue.shift()
  queue.clear()
  t.deepEqual([queue.length, queue.bytesAbove, queue.piecesAbove, queue.shift()], [0, 0, 0, null])
  queue.push(of(4, 3))
  t.deepEqual(drain(queue), [4, 4, 4])
})

test('batches of text, borrowed and our own, read in any way: the stream, whatever becomes of memory that was not kept', t => {
  const random = new SeededRandom(71)
  const upTo = (n: number): number => random.uint32() % n
  const sizes = [1, 3, 200, 511, 1448, LARGE - 1, LARGE, 40_000, 65_000]
  for (let round = 0; round < 60; round++) {
    const queue = new ReceiveQueue()
    let written = 0
    const read: Uint8Array[] = []
    const views: { bytes: Uint8Array; copy: Uint8Array }[] = []
    const take = (bytes: Uint8Array): void => {
      read.push(new Uint8Array(bytes))
      views.push({ bytes, copy: new Uint8Array(bytes) })
    }
    for (let batch = 0; batch < 12; batch++) {
      const packets: Uint8Array[] = []
      const kept = new Set<number>()
      const lender = { take: (packet: number) => packet % 3 !== 0 && kept.add(packet) !== undefined }
      for (let n = upTo(6); n > 0; n--) {
        const bytes = new Uint8Array(sizes[upTo(sizes.length)]!).map(() => written++ % 251)
        if (upTo(3) > 0) queue.borrow(bytes, lender, packets.push(bytes) - 1)
        else queue.borrow(bytes, null, 0)
      }
      for (let n = upTo(5); n > 0; n--) {
        const before = queue.length
        t.true(queue.lengthOfShort <= queue.length)
        if (upTo(20) === 0) {
          // Text that is skipped has to be accounted for: it is looked at before.
          take(queue.peek(before))
          queue.skip()
          t.deepEqual([queue.length, queue.borrows], [0, false])
        } else if (upTo(2) === 0) {
          const memory = new Uint8Array(1 + upTo(100_000))
          take(memory.subarray(0, queue.read(memory)))
        } else {
          const chunk = upTo(3) === 0 ? queue.shift(1 + upTo(30_000)) : queue.shift()
          t.is(chunk === null, before === 0)
          if (chunk !== null) take(chunk)
        }
      }
      queue.settle(bytes => new Uint8Array(bytes).fill(0xdd), upTo(2) === 0)
      t.false(queue.borrows)
      // The reader does not come: what it was kept for may be written to again.
      if (upTo(3) === 0) {
        queue.moveOut(bytes => new Uint8Array(bytes).fill(0xdd))
        t.true(queue.weight >= queue.length)
      }
      for (const [n, bytes] of packets.entries()) if (!kept.has(n)) bytes.fill(0xee)
    }
    for (let chunk = queue.shift(); chunk !== null; chunk = queue.shift()) take(chunk)
    t.is(queue.length, 0)
    t.true(views.every(({ bytes, copy }) => Buffer.compare(bytes, copy) === 0))
    const whole = Buffer.concat(read)
    t.is(whole.length, written)
    t.true(whole.every((byte, i) => byte === i % 251))
  }
})
