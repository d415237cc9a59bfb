import test from 'ava'
import { ReceiveQueue } from '../../src/tcp/queues/receive-queue.ts'
import { keepQueue, NO_TEXT, takeQueue } from '../../src/tcp/queues/receive-queue-pool.ts'

test('a queue with nothing in it goes back, and serves the next connection', t => {
  const queue = takeQueue()
  t.is(keepQueue(queue), NO_TEXT)
  t.is(takeQueue(), queue)
  t.not(takeQueue(), queue)
})

test('a queue with text stays, and so does one with text above a gap', t => {
  const queue = new ReceiveQueue()
  queue.push(new Uint8Array(1))
  t.is(keepQueue(queue), queue)
  const above = Object.create(ReceiveQueue.prototype, { length: { value: 0 }, piecesAbove: { value: 1 } })
  t.is(keepQueue(above), above)
})

test('the empty queue that all share is never given to be added to', t => {
  t.is(keepQueue(NO_TEXT), NO_TEXT)
  const taken = Array.from({ length: 2000 }, takeQueue)
  t.false(taken.some(queue => queue === NO_TEXT))
  t.is(new Set(taken).size, 2000)
})

test('1024 are kept for reuse, and no more', t => {
  // What others have left there goes first.
  for (let n = 0; n < 1024; n++) takeQueue()
  const queues = Array.from({ length: 1100 }, () => new ReceiveQueue())
  for (const queue of queues) keepQueue(queue)
  const taken = new Set(Array.from({ length: 1100 }, takeQueue))
  t.is(queues.filter(queue => taken.has(queue)).length, 1024)
})
