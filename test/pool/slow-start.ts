// The module of workers in pool-cases.ts: worker 0 does not start once it is told, worker 1 is slow, and waits at its top.
import type { Stack } from '../../src/net/stack.ts'
import type { WorkerContext } from '../../src/pool/options.ts'
import { NUMBERS } from './slow-import.ts'

await null

export default (_: Stack, { worker, data }: WorkerContext): void => {
  if (worker === 1) throw new Error(`it was told to close, after ${NUMBERS.length} numbers`)
  Atomics.wait(data as Int32Array, 0, 0)
  throw new Error('it does not start')
}
