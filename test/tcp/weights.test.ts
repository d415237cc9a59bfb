/** Queues take the memory that they say, of V8's heap and of array buffers, within a factor of two. */
import test from 'ava'
import { Reassembly } from '../../src/ip/reassembly.ts'
import { allocateRead } from '../../src/net/read-memory.ts'
import { SendMemory } from '../../src/net/send-memory.ts'
import { TRANSMISSION_WEIGHT } from '../../src/tcp/block/memory.ts'
import { Flight } from '../../src/tcp/flight/flight.ts'
import { ReceiveQueue } from '../../src/tcp/queues/receive-queue.ts'
import { SendQueue } from '../../src/tcp/queues/send-queue.ts'
import { MORE_FRAGMENTS, writeIpv4 } from '../../src/wire/ipv4.ts'
import { heldMemory } from '../support/held-memory.ts'

interface Weighed {
  readonly weight: number
}

/** The memory that so many of a kind take, for each byte that they say. */
const ratio = (make: () => Weighed, count: number): number => {
  make()
  const before = heldMemory()
  const all = Array.from({ length: count }, make)
  const grown = heldMemory() - before
  return grown / all.reduce((sum, { weight }) => sum + weight, 0)
}

const packet = new Uint8Array(65_536)
const text = (length: number): Uint8Array => packet.subarray(0, length)
const allocate = Buffer.allocUnsafeSlow
const NO_LIMIT = 1_000_000
const PIECES = 200

const above = (length: number, apart: number) => (): ReceiveQueue => {
  const queue = new ReceiveQueue()
  for (let n = 0; n < PIECES; n++) queue.insert(1000 + apart * n, text(length), NO_LIMIT, allocate)
  return queue
}

/** A batch that leaves its memory to whoever asks. */
const LENDER = { take: () => true }

/** Text in order that nobody reads, a packet a batch. */
const unread = (length: number, packets: number) => (): ReceiveQueue => {
  const queue = new ReceiveQueue()
  for (let n = 0; n < packets; n++) {
    queue.borrow(text(length), LENDER, 0)
    queue.settle(allocate)
  }
  return queue
}

/** Octets that are new between duplicates of text that is held: only they are to be kept. */
const newBetweenOld = (): ReceiveQueue => {
  const queue = new ReceiveQueue()
  for (let n = 0; n < PIECES; n++) queue.insert(1000 + 1001 * n, text(1000), NO_LIMIT, allocate)
  for (let n = 0; n < PIECES; n++) queue.insert(1000 + 1001 * n, text(1001), NO_LIMIT, allocate)
  return queue
}

/** Datagrams of 64 KB that were put together from fragments, of which a part is new. */
const datagrams = (length: number) => (): ReceiveQueue => {
  const queue = new ReceiveQueue()
  for (let n = 0; n < 20; n++) queue.borrow(new Uint8Array(65_536).subarray(65_536 - length), null, 0)
  return queue
}

/** A super-segment that was left in the slab that it was read to, for a reader who then did not come. */
const putAside = (): ReceiveQueue => {
  const queue = new ReceiveQueue()
  queue.borrow(allocate(524_288).subarray(1000, 21_000), LENDER, 0)
  queue.settle(allocateRead, true)
  queue.moveOut(allocate)
  return queue
}

/** Octets that were put together for a reader, in memory of Node's pool, and one that stays. */
const octetPutAside = (): ReceiveQueue => {
  const queue = new ReceiveQueue()
  queue.borrow(text(1), LENDER, 0)
  queue.settle(allocateRead, true)
  allocateRead(4000)
  queue.moveOut(allocate)
  return queue
}

const queued = (length: number) => (): SendQueue => {
  const queue = new SendQueue(0)
  for (let n = 0; n < PIECES; n++) queue.push(new Uint8Array(text(length)))
  return queue
}

/** As a socket sends: copies, in blocks. Most of it may be acknowledged. */
const copied =
  (length: number, chunks: number, left = 1) =>
  () => {
    const queue = new SendQueue(0)
    const memory = new SendMemory()
    for (let n = 0; n < chunks; n++) queue.push(memory.copy(text(length)))
    queue.acknowledge(Math.floor(queue.length * (1 - left)))
    memory.acknowledged(queue.length)
    queue.keeps(memory.bytes)
    const { weight } = queue
    return { weight, queue, memory }
  }

/** First fragments of datagrams that never become whole: one of each, or as many as one may have. */
const fragments = (length: number, each: number) => () => {
  const reassembly = new Reassembly()
  const packet = new Uint8Array(20 + length)
  for (let id = 0; id < 64; id++) {
    for (let n = 0; n < each; n++) {
      writeIpv4(packet, 0, packet.length, 17, 1, 2, 64, 0, id, MORE_FRAGMENTS | ((2 * n * length) >> 3))
      reassembly.add(packet, 0, packet.length, 20, 0)
    }
  }
  return reassembly
}

const flight = () => {
  const f = new Flight()
  for (let n = 0; n < PIECES; n++) f.append(n * 100, n * 100 + 100, 0.5 + n)
  return { weight: f.size * TRANSMISSION_WEIGHT, flight: f }
}

const KINDS: Record<string, readonly [make: () => Weighed, count: number]> = {
  'octets above gaps': [above(1, 3000), 50],
  '64 bytes above gaps': [above(64, 3000), 50],
  '200 bytes above gaps': [above(200, 3000), 50],
  'segments above gaps': [above(1460, 3000), 50],
  'octets in a row above a gap': [above(1, 1), 1000],
  'segments in a row above a gap': [above(1460, 1460), 50],
  'new octets between duplicates': [newBetweenOld, 50],
  'an octet unread': [unread(1, 1), 5000],
  'two octets unread': [unread(1, 2), 5000],
  'many octets unread': [unread(1, 1000), 1000],
  '600 bytes unread': [unread(600, 100), 100],
  'segments unread': [unread(1460, 100), 100],
  'super-segments unread': [unread(65_000, 10), 20],
  'datagrams unread': [datagrams(65_000), 10],
  'the last octets of datagrams unread': [datagrams(1), 200],
  'super-segments put aside': [putAside, 20],
  'octets put aside': [octetPutAside, 3000],
  'octets to send': [queued(1), 1000],
  '100 bytes to send': [queued(100), 200],
  'segments to send': [queued(1460), 50],
  'an octet copied to send': [copied(1, 1), 3000],
  'octets copied to send': [copied(1, 100), 500],
  'segments copied to send': [copied(1460, 50), 100],
  'blocks copied to send': [copied(30_000, 50), 20],
  'blocks copied to send, almost all acknowledged': [copied(30_000, 50, 0.001), 100],
  'transmissions under way': [flight, 50],
  'fragments of 8 bytes': [fragments(8, 60), 20],
  'fragments of 1,480 bytes': [fragments(1480, 10), 20],
  'datagrams of which one fragment has come': [fragments(8, 1), 300],
}

for (const [name, [make, count]] of Object.entries(KINDS))
  test.serial(`${name} take what they say`, t => {
    const measured = ratio(make, count)
    t.true(measured > 0.5 && measured < 2, `${measured.toFixed(2)}`)
  })
