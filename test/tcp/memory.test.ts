/** When a connection has its host charge it anew, and what it may have where memory is scarce. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import {
  account,
  affordable,
  EXHAUSTED,
  type MemoryLevel,
  PLENTY,
  PRESSURE,
  QUANTUM,
} from '../../src/tcp/block/memory.ts'

/** A connection that weighs `weight` and is charged for `charged`; what its host is told. */
const told = (weight: number, charged: number, state = 'ESTABLISHED'): number[] => {
  const charges: number[] = []
  account({
    state,
    sendQueue: { weight },
    receiveQueue: { weight: 0 },
    flight: { size: 0 },
    held: { charged },
    env: { memory: { charge: (_: unknown, bytes: number) => charges.push(bytes) } },
  } as unknown as Connection)
  return charges
}

test('the host hears of a weight beyond what is charged, and of one that leaves two quanta of it free', t => {
  t.deepEqual(told(1, 0), [1])
  t.deepEqual(told(QUANTUM, QUANTUM), [])
  t.deepEqual(told(QUANTUM + 1, QUANTUM), [QUANTUM + 1])
  t.deepEqual(told(QUANTUM + 1, 3 * QUANTUM), [])
  t.deepEqual(told(QUANTUM, 3 * QUANTUM), [QUANTUM])
})

test('and of the end of all weight, once', t => {
  t.deepEqual(told(0, QUANTUM), [0])
  t.deepEqual(told(0, 0), [])
})

test('a connection that has ended is charged for nothing any more', t => {
  for (const state of ['CLOSED', 'TIME_WAIT']) t.deepEqual(told(10_000, 0, state), [], state)
})

test('a buffer is what is asked for while there is plenty, 64 KiB under pressure, 4 KiB when memory is exhausted', t => {
  const most = (level: MemoryLevel, size: number): number =>
    affordable({ env: { memory: { levelFor: () => level } } } as unknown as Connection, size)
  t.is(most(PLENTY, 1_000_000), 1_000_000)
  t.is(most(PRESSURE, 1_000_000), 65_536)
  t.is(most(PRESSURE, 1000), 1000)
  t.is(most(EXHAUSTED, 1_000_000), 4096)
  t.is(most(EXHAUSTED, 1000), 1000)
})
