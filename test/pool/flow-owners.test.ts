/** The table of flows that all workers share. */
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { NO_ROOM, NOBODY, OURS } from '../../src/ip/pool.ts'
import { FlowOwners, flowOwnersBytes } from '../../src/pool/flow-owners.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { parseAddress } from '../../src/wire/address.ts'

const LOCAL = parseAddress('192.0.2.2')
const REMOTE = parseAddress('192.0.2.1')
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i)

const table = (workers: number, flows: number) => {
  const shape = { workers, flows }
  const memory = new SharedArrayBuffer(flowOwnersBytes(shape))
  const view = (me: number): FlowOwners => new FlowOwners(memory, shape, me, KEY)
  return { memory, shape, view, views: Array.from({ length: workers }, (_, me) => view(me)) }
}

test('a flow is whoever claims it first; it is free when its owner, and no other, gives it up', t => {
  const [a, b] = table(2, 8).views as [FlowOwners, FlowOwners]
  t.is(a.ownerOf(LOCAL, 80, REMOTE, 1), NOBODY)
  t.is(a.claim(LOCAL, 80, REMOTE, 1), OURS)
  t.is(a.claim(LOCAL, 80, REMOTE, 1), OURS)
  t.is(b.claim(LOCAL, 80, REMOTE, 1), 0)
  t.is(b.ownerOf(LOCAL, 80, REMOTE, 1), 0)
  b.release(LOCAL, 80, REMOTE, 1)
  t.is(b.ownerOf(LOCAL, 80, REMOTE, 1), 0)
  a.release(LOCAL, 80, REMOTE, 1)
  t.is(b.claim(LOCAL, 80, REMOTE, 1), OURS)
  t.is(a.ownerOf(LOCAL, 80, REMOTE, 1), 1)
})

test('the ends of a flow are told apart, and the families', t => {
  const [a] = table(1, 8).views as [FlowOwners]
  a.claim(LOCAL, 80, REMOTE, 81)
  t.is(a.ownerOf(REMOTE, 81, LOCAL, 80), NOBODY)
  t.is(a.ownerOf(LOCAL, 81, REMOTE, 80), NOBODY)
  t.is(a.ownerOf(parseAddress('2001:db8::2'), 80, parseAddress('2001:db8::1'), 81), NOBODY)
})

test('a worker has as many flows as it may, the other as many more, and room again for each that is given up', t => {
  const [a, b] = table(2, 5).views as [FlowOwners, FlowOwners]
  for (let port = 0; port < 5; port++) {
    t.is(a.claim(LOCAL, 80, REMOTE, port), OURS)
    t.is(b.claim(LOCAL, 81, REMOTE, port), OURS)
  }
  t.is(a.claim(LOCAL, 80, REMOTE, 5), NO_ROOM)
  a.release(LOCAL, 80, REMOTE, 2)
  t.is(a.claim(LOCAL, 80, REMOTE, 5), OURS)
  t.is(a.claim(LOCAL, 80, REMOTE, 2), NO_ROOM)
  for (const port of [0, 1, 3, 4, 5]) t.is(b.ownerOf(LOCAL, 80, REMOTE, port), 0)
})

test('two flows are never taken for one: among 300,000 there are some that half of their hash does not tell apart', t => {
  const flows = 300_000
  const [a] = table(1, flows).views as [FlowOwners]
  let room = true
  for (let n = 0; n < flows; n++) room &&= a.claim(LOCAL, 1 + (n >>> 16), REMOTE, n & 0xffff) === OURS
  t.true(room)
  // Each has taken a place of its own.
  t.is(a.claim(LOCAL, 80, REMOTE, 0), NO_ROOM)
})

test('what a table says is what a map would say, over 200,000 random steps of three workers', t => {
  const random = new SeededRandom(1)
  const { views } = table(3, 3000)
  const model = new Map<number, number>()
  const counts = [0, 0, 0]
  let wrong = 0
  for (let n = 0; n < 200_000; n++) {
    const me = random.uint32() % 3
    const port = random.uint32() % 6000
    const owner = model.get(port)
    const view = views[me]!
    if (random.uint32() % 2 === 0) {
      const expected =
        owner === undefined ? (counts[me]! < 3000 ? OURS : NO_ROOM) : owner === me ? OURS : owner
      if (view.claim(LOCAL, 80, REMOTE, port) !== expected) wrong++
      if (owner === undefined && expected === OURS) {
        model.set(port, me)
        counts[me]!++
      }
    } else {
      view.release(LOCAL, 80, REMOTE, port)
      if (owner === me) {
        model.delete(port)
        counts[me]!--
      }
    }
    if (view.ownerOf(LOCAL, 80, REMOTE, port) !== (model.get(port) ?? NOBODY)) wrong++
  }
  t.is(wrong, 0)
})

test('a dead worker is evicted, with the lock that it held; its successor has room for as many', t => {
  const { memory, shape, view, views } = table(2, 100)
  const [a, b] = views as [FlowOwners, FlowOwners]
  for (let port = 0; port < 100; port++) {
    a.claim(LOCAL, 80, REMOTE, port)
    b.claim(LOCAL, 81, REMOTE, port)
  }
  // The first words are the locks: it died with all of them in hand.
  const locks = new Int32Array(memory, 0, 1024)
  locks.fill(1)
  new FlowOwners(memory, shape, shape.workers, KEY).evict(0)
  const successor = view(0)
  for (let port = 0; port < 100; port++) {
    t.is(b.ownerOf(LOCAL, 80, REMOTE, port), NOBODY)
    t.is(successor.ownerOf(LOCAL, 81, REMOTE, port), 1)
  }
  for (let port = 0; port < 100; port++) t.is(successor.claim(LOCAL, 80, REMOTE, port), OURS)
  t.is(successor.claim(LOCAL, 80, REMOTE, 100), NO_ROOM)
})

const RACER = `
import { parentPort, workerData } from 'node:worker_threads'
const { url, memory, shape, me, key, held, rounds } = workerData
const { FlowOwners } = await import(url)
const owners = new FlowOwners(memory, shape, me, key)
const counts = new Int32Array(held, 4)
const ready = new Int32Array(held, 0, 1)
// All begin together.
Atomics.add(ready, 0, 1)
while (Atomics.load(ready, 0) < shape.workers) {}
let taken = 0
let wrong = 0
for (let n = 0; n < rounds; n++) {
  const port = n % counts.length
  if (owners.claim(1, 80, 2, port) !== -1) continue
  taken++
  // Nobody else has it now.
  if (Atomics.add(counts, port, 1) !== 0) wrong++
  Atomics.sub(counts, port, 1)
  owners.release(1, 80, 2, port)
}
parentPort.postMessage({ taken, wrong })
`

test('of threads that claim the same flows at a time, one has each at a time', async t => {
  const { memory, shape } = table(3, 16)
  const held = new SharedArrayBuffer(4 * (1 + 3))
  const url = new URL('../../src/pool/flow-owners.js', import.meta.url).href
  const results = await Promise.all(
    [0, 1, 2].map(
      me =>
        new Promise<{ taken: number; wrong: number }>((resolve, reject) => {
          const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(RACER)}`), {
            workerData: { url, memory, shape, me, key: KEY, held, rounds: 500_000 },
          })
          worker.once('message', resolve)
          worker.once('error', reject)
        }),
    ),
  )
  for (const { taken, wrong } of results) {
    t.is(wrong, 0)
    t.true(taken > 0)
  }
})
