import test from 'ava'
import { DEFAULT_MEMORY_OPTIONS, memoryOptions } from '../../src/host/memory/options.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { memoryShare } from '../../src/net/memory-share.ts'
import { sendBuffer } from '../../src/tcp/calls.ts'
import { addressOf, Crowd } from '../support/crowd.ts'

const MEBIBYTE = 2 ** 20

test('the thresholds follow the highest, unless they are said', t => {
  t.deepEqual(memoryOptions(), DEFAULT_MEMORY_OPTIONS)
  t.like(memoryOptions({ high: 12 * MEBIBYTE }), {
    low: 6 * MEBIBYTE,
    pressure: 8 * MEBIBYTE,
    orphanBytes: 3 * MEBIBYTE,
  })
  t.like(memoryOptions({ high: 12 * MEBIBYTE, pressure: 7 * MEBIBYTE }), { pressure: 7 * MEBIBYTE })
})

test('bad options are refused, by name', t => {
  const bad = (given: object, message: RegExp) =>
    t.throws(() => memoryOptions(given), { instanceOf: RangeError, message })
  bad({ hihg: 1 }, /unknown memory option 'hihg'/)
  bad({ high: -1 }, /high must be a whole number, 0 or more, not -1/)
  bad({ orphanTime: 0.5 }, /orphanTime must be a whole number/)
  bad({ high: 1000 }, /high must be from 65536 bytes, not 1000/)
  bad({ low: 200 * MEBIBYTE }, /low ≤ pressure ≤ high, not 209715200/)
})

test('a stack has a share of what this process may have; a number that is given counts', async t => {
  const share = memoryShare()
  t.true(share >= 8 * MEBIBYTE)
  const stack = createStack()
  t.is(stack.memory().high, share)
  t.like(stack.memory(), { used: 0, level: 'plenty', resets: 0, orphans: 0 })
  const other = createStack({ memory: { high: MEBIBYTE } })
  t.is(other.memory().high, MEBIBYTE)
  await Promise.all([stack.close(), other.close()])
})

test('buffers grow again when half of the memory is free, not as soon as the pressure is over', t => {
  const crowd = new Crowd({ memory: { low: 100_000, pressure: 400_000, high: 800_000 } })
  crowd.open(0, 0)
  const [c] = crowd.accepted
  const { memory } = crowd.host
  const levels: [number, number][] = []
  for (const bytes of [0, 390_000, 400_000, 800_000, 500_000, 390_000, 120_000, 90_000, 390_000]) {
    memory.chargeFragments(bytes)
    levels.push([memory.level, sendBuffer(c!)])
  }
  const [plenty, pressure, exhausted] = [
    [0, MEBIBYTE],
    [1, 65_536],
    [2, 4096],
  ]
  t.deepEqual(levels, [plenty, plenty, pressure, exhausted, exhausted, pressure, pressure, plenty, plenty])
})

test('of IPv6 all addresses of a /64 are one peer', t => {
  const { peers } = new Crowd({ memory: { peerConnections: 2 } }).host.memory
  for (const text of ['2001:db8::1', '2001:db8::2']) peers.connect(text as never, 1)
  t.true(peers.isFull('2001:db8::9' as never))
  t.false(peers.isFull('2001:db8:0:1::1' as never))
  t.false(peers.isFull(addressOf(1)))
})
