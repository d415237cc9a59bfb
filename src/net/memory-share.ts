/** A stack may hold a share of the memory that this process can have, where nobody says how much. */
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { MemoryOptions } from '../host/memory/options.ts'

/** The share of the machine's memory, or of a container's: about as much as Linux's tcp_mem takes. */
const OF_MACHINE = 1 / 10
/** The share of V8's heap: small pieces of text cost objects, which lie in it. */
const OF_HEAP = 1 / 4
/** As much as a stack can live on, bytes. */
const LEAST = 2 ** 23

/** Bytes: the least of the shares. */
export const memoryShare = (): number => {
  const total = totalmem()
  // Without a constraint it is 0, or more than any machine has.
  const constrained = process.constrainedMemory?.() ?? 0
  const machine = constrained > 0 && constrained < total ? constrained : total
  const share = Math.min(machine * OF_MACHINE, getHeapStatistics().heap_size_limit * OF_HEAP)
  return Math.max(LEAST, Math.floor(share))
}

/** The options with a limit: {@link memoryShare} where none is given. */
export const limitedMemory = (given: Partial<MemoryOptions>): Partial<MemoryOptions> =>
  given.high === undefined ? { ...given, high: memoryShare() } : given
