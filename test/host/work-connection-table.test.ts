/** What a single connection costs that comes or goes, when the table of connections has to grow or may shrink. */
import { ConnectionTable } from '../../src/host/connection-table.ts'
import { Flow } from '../../src/ip/flow.ts'
import { counting, operations } from '../support/operations.ts'

/** Sizes at which a table that begins with 256 slots grows, and those just after. */
const GROWS = [8, 9, 10, 11, 12, 13].flatMap(k => [0, 1, 2].map(more => Math.ceil(0.8 * 2 ** k) + more))

counting('no connection that comes or goes waits until all others have moved, however many there are', t => {
  const most = (n: number): number => {
    const table = new ConnectionTable<Flow>(7)
    const all = Array.from({ length: n }, (_, i) => new Flow(1, 80, i, i % 60_000))
    let largest = 0
    const change = (work: () => void): void => {
      largest = Math.max(largest, operations(work))
    }
    for (const [i, e] of all.entries())
      if (GROWS.includes(i)) change(() => table.add(e))
      else table.add(e)
    for (const [i, e] of all.entries())
      if (n - i < n >> 3 && i % 2 === 0) change(() => table.delete(e))
      else table.delete(e)
    return largest
  }
  const [few, many] = [most(1000), most(4000)]
  t.true(many < 2 * few, `${few}, ${many}`)
})
