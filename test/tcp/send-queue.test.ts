/** The send queue against a model: the stream as one array. */
import test from 'ava'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { BUFFER_WEIGHT, QUEUE_WEIGHT, VIEW_WEIGHT } from '../../src/tcp/block/memory.ts'
import { SendQueue } from '../../src/tcp/queues/send-queue.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { type Seq, seqAdd } from '../../src/wire/sequence.ts'

/** A segment's text, and of how many pieces it consists. */
const segment = (queue: SendQueue, from: Seq, length: number): { text: Uint8Array; pieces: number } => {
  const batch = new PacketBatch(1)
  batch.begin(0)
  queue.addPieces(batch, from, length)
  batch.commit(CHECKSUM_COMPLETE, 0)
  const text = new Uint8Array(batch.packetLength(0))
  batch.copy(0, text)
  return { text, pieces: batch.pieces.length }
}

/** Bytes `at` to `end` of the stream. */
const stream = (at: number, end: number): Uint8Array => {
  const bytes = new Uint8Array(end - at)
  for (let i = 0; i < bytes.length; i++) bytes[i] = (at + i) % 251
  return bytes
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

test('whatever is queued in whatever sizes: every segment of it has the bytes of the stream', t => {
  for (const first of [0, 0x7fff_fff0, 0xffff_fff0 | 0])
    for (const largest of [5, 600, 5000]) {
      const random = new SeededRandom(first + largest)
      const below = (n: number) => random.uint32() % n
      const queue = new SendQueue(first)
      let una = 0
      let end = 0
      for (let n = 0; n < 400; n++) {
        const length = below(largest + 1)
        queue.push(stream(end, end + length))
        end += length
        if (below(4) === 0) {
          const bytes = Math.min(end - una, below(5 * largest))
          queue.acknowledge(bytes)
          una += bytes
        }
        t.is(queue.seq, seqAdd(first, una))
        t.is(queue.end, seqAdd(first, end))
        t.is(queue.length, end - una)
        // One from somewhere, and one that goes on where it ends.
        let from = una + below(end - una + 1)
        for (let twice = 0; twice < 2; twice++) {
          const to = Math.min(end, from + below(1460))
          if (!same(segment(queue, seqAdd(first, from), to - from).text, stream(from, to)))
            t.fail(`bytes ${from} to ${to}`)
          from = to
        }
      }
      queue.clear()
      t.is(queue.seq, seqAdd(first, end))
      t.is(queue.length, 0)
    }
})

test('octets are joined: no segment of them has more pieces than a system call can write (IOV_MAX)', t => {
  const queue = new SendQueue(0)
  for (let n = 0; n < 20_000; n++) queue.push(stream(n, n + 1))
  const { text, pieces } = segment(queue, 0, 20_000)
  t.deepEqual(text, stream(0, 20_000))
  // The first two as they are, then 4096 a piece.
  t.is(pieces, 2 + Math.ceil((20_000 - 2) / 4096))
})

test('chunks of more than 512 bytes are sent from where they lie, the first one too however small', t => {
  const queue = new SendQueue(0)
  const chunks = [stream(0, 1), stream(1, 514), stream(514, 1027), stream(1027, 1539), stream(1539, 2051)]
  for (const chunk of chunks) queue.push(chunk)
  const batch = new PacketBatch(1)
  batch.begin(0)
  queue.addPieces(batch, 0, 2051)
  t.deepEqual(
    batch.pieces.map(piece => chunks.indexOf(piece)),
    [0, 1, 2, -1],
  )
  t.deepEqual(batch.pieceLengths, [1, 513, 513, 1024])
})

test('a thousand chunks acknowledged one by one, and in the middle of one: the rest is as it was', t => {
  const queue = new SendQueue(0)
  for (let n = 0; n < 1000; n++) queue.push(stream(n * 600, (n + 1) * 600))
  for (let una = 0; una < 600_000; una += 300) {
    const to = Math.min(una + 1460, 600_000)
    if (!same(segment(queue, una, to - una).text, stream(una, to))) t.fail(`after ${una} bytes`)
    queue.acknowledge(300)
  }
  t.is(queue.length, 0)
})

test('a chunk weighs whole until the last of it is acknowledged, small ones what they were joined in, all what the user keeps', t => {
  const queue = new SendQueue(7)
  t.is(queue.weight, 0)
  queue.push(stream(0, 10_000))
  queue.push(stream(10_000, 13_000))
  t.is(queue.weight, QUEUE_WEIGHT + 2 * VIEW_WEIGHT + 13_000)
  queue.acknowledge(9999)
  t.is(queue.weight, QUEUE_WEIGHT + 2 * VIEW_WEIGHT + 13_000)
  queue.acknowledge(1)
  t.is(queue.weight, QUEUE_WEIGHT + VIEW_WEIGHT + 3000)
  queue.push(stream(13_000, 13_600))
  for (let at = 13_600; at < 13_700; at += 10) queue.push(stream(at, at + 10))
  const joined = 4096 + BUFFER_WEIGHT
  t.is(queue.weight, QUEUE_WEIGHT + 3 * VIEW_WEIGHT + 3600 + joined)
  queue.keeps(5000)
  t.is(queue.weight, QUEUE_WEIGHT + 3 * VIEW_WEIGHT + 5000 + joined)
  queue.acknowledge(3650)
  t.is(queue.weight, QUEUE_WEIGHT + VIEW_WEIGHT + 5000 + joined)
  queue.push(stream(13_700, 15_000))
  t.is(queue.weight, QUEUE_WEIGHT + 2 * VIEW_WEIGHT + 5000 + joined)
  queue.acknowledge(50)
  queue.keeps(0)
  t.is(queue.weight, QUEUE_WEIGHT + VIEW_WEIGHT + 1300)
  queue.clear()
  t.is(queue.weight, 0)
})

test('what is kept of joined text weighs as before, what is not weighs no more', t => {
  const queue = new SendQueue(0)
  for (const [at, end] of [
    [0, 1000],
    [1000, 2000],
    [2000, 2100],
    [2100, 2200],
  ] as const)
    queue.push(stream(at, end))
  const joined = 4096 + BUFFER_WEIGHT
  t.is(queue.weight, QUEUE_WEIGHT + 3 * VIEW_WEIGHT + 2000 + joined)
  queue.keep(2150)
  t.is(queue.weight, QUEUE_WEIGHT + 3 * VIEW_WEIGHT + 2000 + joined)
  queue.keep(1500)
  t.is(queue.weight, QUEUE_WEIGHT + 2 * VIEW_WEIGHT + 1500)
  t.true(same(segment(queue, 0, 1500).text, stream(0, 1500)))
  queue.push(stream(1500, 1600))
  t.true(same(segment(queue, 900, 700).text, stream(900, 1600)))
})

test('of an empty queue nothing is kept, acknowledged or pushed', t => {
  const queue = new SendQueue(5)
  queue.keep(0)
  queue.acknowledge(0)
  queue.markPushed()
  queue.keeps(10)
  t.like(queue, { seq: 5, end: 5, length: 0, weight: 0, pushed: null })
})
