/** Text in the worst order costs no more, segment by segment, than a little of it. */
import { ReceiveQueue } from '../../src/tcp/queues/receive-queue.ts'
import { SackBlocks } from '../../src/tcp/queues/sack-blocks.ts'
import { seqAdd } from '../../src/wire/sequence.ts'
import { counting, growth } from '../support/operations.ts'

const NO_LIMIT = 1_000_000
const memory = (bytes: number): Uint8Array => new Uint8Array(bytes)
const LENGTH = 2
const text = new Uint8Array(LENGTH)
const FIRST = -1000
const at = (n: number): number => seqAdd(FIRST, n * LENGTH)

/** Text at each of these places comes above a gap, and its SACK blocks are told; then the gap is filled. */
const arriving =
  (order: (n: number) => number[], limit = NO_LIMIT) =>
  (n: number) => {
    const places = order(n)
    const queue = new ReceiveQueue()
    const blocks = new SackBlocks()
    return () => {
      for (const place of places) {
        queue.insert(at(place), text, limit, memory)
        blocks.add(at(place), at(place + 1), queue)
      }
      queue.collect(at(0))
    }
  }

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const ORDERS: Record<string, (n: number) => number[]> = {
  'in order above one gap': n => upTo(n).map(i => i + 1),
  'the last one first': n => upTo(n).map(i => n - i),
  'every second, then those between': n => upTo(n).map(i => 1 + ((2 * i) % n) + (2 * i >= n ? 1 : 0)),
  'every second from the end, then those between': n =>
    upTo(n).map(i => 1 + n - ((2 * i) % n) - (2 * i >= n ? 1 : 0)),
  'from both ends': n => upTo(n).map(i => (i % 2 === 0 ? 1 + i : 2 * n - i)),
  'all over the window': n => upTo(n).map(i => 1 + ((i * 7919) % (4 * n + 1))),
  'eight runs that grow in turn': n => upTo(n).map(i => 1 + (i % 8) * 2 * n + (i >> 3)),
  'every second, over and over': n => upTo(n).map(i => 1 + 2 * (i % (n >> 1))),
}

for (const [name, order] of Object.entries(ORDERS))
  counting(`text above a gap, ${name}: twice as much is twice the work`, t => {
    t.true(growth(2000, arriving(order)) < 2.6)
  })

counting('text above a gap, beyond the limit of pieces: twice as much is twice the work', t => {
  t.true(growth(4000, arriving(ORDERS['the last one first']!, 1000)) < 2.6)
})

counting('a segment over all that is held costs what it makes whole, once', t => {
  const over = (n: number) => {
    const queue = new ReceiveQueue()
    for (let i = 0; i < n; i++) queue.insert(at(2 * i + 1), text, NO_LIMIT, memory)
    const whole = new Uint8Array(2 * n * LENGTH)
    return () => {
      for (let i = 0; i < n; i++) queue.insert(at(1), whole, NO_LIMIT, memory)
    }
  }
  t.true(growth(1000, over) < 2.6)
})
