/** Text that comes in order, and out of it; an operation is a segment. */
import { ReceiveQueue } from '../../../dist/src/tcp/queues/receive-queue.js'

const MSS = 1448
const FIRST = 1000
const LIMIT = 4096
const allocate = Buffer.allocUnsafeSlow
const text = new Uint8Array(MSS)
const at = n => (FIRST + n * MSS) | 0

const empty = queue => {
  while (queue.shift() !== null) {}
}

const inOrder = () => {
  const queue = new ReceiveQueue()
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      queue.push(text)
      queue.shift()
    }
    return rounds
  }
}

/** One is missing, all others of the flight come, then the one. */
const oneMissing = segments => () => {
  const queue = new ReceiveQueue()
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      for (let n = 1; n < segments; n++) queue.insert(at(n), text, LIMIT, allocate)
      queue.push(text)
      if (queue.collect(at(1)) !== at(segments)) throw new Error('not all is there')
      empty(queue)
    }
    return rounds * segments
  }
}

/** Every other one comes first, then what fills the holes: each collects two. */
const everyOther = segments => () => {
  const queue = new ReceiveQueue()
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      for (let n = 1; n < segments; n += 2) queue.insert(at(n), text, LIMIT, allocate)
      let next = at(0)
      for (let n = 0; n < segments; n += 2) {
        queue.push(text)
        next = queue.collect(at(n + 1))
      }
      if (next !== at(segments)) throw new Error('not all is there')
      empty(queue)
    }
    return rounds * segments
  }
}

/** The last one first: the worst order for a sorted list. */
const backwards = segments => () => {
  const queue = new ReceiveQueue()
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      for (let n = segments - 1; n > 0; n--) queue.insert(at(n), text, LIMIT, allocate)
      queue.push(text)
      if (queue.collect(at(1)) !== at(segments)) throw new Error('not all is there')
      empty(queue)
    }
    return rounds * segments
  }
}

export const receiveQueue = {
  'receive queue: in order': inOrder,
  'receive queue: one of 1000 missing': oneMissing(1000),
  'receive queue: 500 holes': everyOther(1000),
  'receive queue: 1000 backwards': backwards(1000),
}
