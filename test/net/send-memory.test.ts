/** The memory in which sent bytes wait for their acknowledgment is used again then, and not before. */
import test from 'ava'
import { SendMemory } from '../../src/net/send-memory.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'

interface Sent {
  readonly bytes: Uint8Array
  readonly expected: Buffer
}

test('what is not acknowledged is never written to, whatever is sent and acknowledged meanwhile', t => {
  const random = new SeededRandom(3)
  const below = (n: number) => random.uint32() % n
  const memories = Array.from({ length: 4 }, () => new SendMemory())
  const queues: Sent[][] = memories.map(() => [])
  for (let step = 0; step < 4000; step++) {
    const n = below(memories.length)
    const memory = memories[n]!
    const queue = queues[n]!
    if (below(3) < 2) {
      const text = Buffer.alloc(below(2) === 0 ? 1 + below(300) : 1 + below(65_536), step)
      const short = text.length < 300 ? text.toString('latin1') : null
      let bytes: Uint8Array
      if (short !== null && below(2) === 0)
        bytes = memory.gather([{ chunk: short, encoding: 'latin1' }], 3 * short.length)
      else if (below(4) === 0 && text.length > 1) {
        const whole = memory.allocate(text.length + 7)
        memory.giveBack(7)
        bytes = whole.subarray(0, text.length)
        bytes.set(text)
      } else bytes = memory.copy(text)
      queue.push({ bytes, expected: text })
    } else {
      const keep = below(3) === 0 ? 0 : below(queue.length + 1)
      queue.splice(0, queue.length - keep)
      // A part of the first may be acknowledged too.
      const length = queue.reduce((sum, { bytes }) => sum + bytes.length, 0)
      const first = queue[0]
      const cut = first === undefined ? 0 : below(first.bytes.length)
      if (first !== undefined)
        queue[0] = { bytes: first.bytes.subarray(cut), expected: first.expected.subarray(cut) }
      memory.acknowledged(length - cut)
    }
    if (step % 50 === 0)
      for (const q of queues) for (const { bytes, expected } of q) if (!expected.equals(bytes)) t.fail()
  }
  for (const q of queues) for (const { bytes, expected } of q) t.true(expected.equals(bytes))
})

test('what is acknowledged is used again, by any connection', t => {
  const one = new SendMemory()
  const first = one.copy(new Uint8Array(65_536))
  const second = one.copy(new Uint8Array(65_536))
  one.acknowledged(65_536)
  const other = new SendMemory()
  t.is(other.copy(new Uint8Array(50_000)).buffer, first.buffer)
  one.acknowledged(0)
  t.is(other.copy(new Uint8Array(50_000)).buffer, second.buffer)
})

test('small writes come to lie side by side; blocks grow with what is under way', t => {
  const memory = new SendMemory()
  const sizes: number[] = []
  let last: ArrayBufferLike | null = null
  for (let n = 0; n < 2000; n++) {
    const { buffer } = memory.copy(new Uint8Array(100))
    if (buffer !== last) sizes.push(buffer.byteLength)
    last = buffer
  }
  t.deepEqual(sizes.slice(0, 6), [2048, 4096, 8192, 16_384, 32_768, 65_536])
  memory.acknowledged(0)
  t.is(memory.copy(new Uint8Array(100)).buffer.byteLength, 2048)
})

test('after a write that failed nothing is used again', t => {
  const memory = new SendMemory()
  const bytes = memory.copy(new Uint8Array(60_000))
  memory.abandon()
  memory.acknowledged(0)
  t.not(memory.copy(new Uint8Array(60_000)).buffer, bytes.buffer)
})
