/** Fast opens that were reset go on counting for a minute, however many there are: each costs the same. */
import { PendingFastOpens } from '../../src/host/fast-open-cookies.ts'
import { counting, growth } from '../support/operations.ts'

const MINUTE = 60_000

counting('resets that no longer count, one after the other', t => {
  const attack = (n: number) => {
    const pending = new PendingFastOpens()
    const counts: number[] = []
    for (let i = 0; i < n; i++) {
      pending.begin()
      pending.end(true, i)
    }
    return () => {
      for (let i = 0; i < n; i++) counts.push(pending.count(MINUTE + i))
      if (counts.some((count, i) => count !== n - 1 - i)) throw new Error(`counted ${counts.slice(0, 5)} …`)
    }
  }
  const ratio = growth(1000, attack)
  t.true(ratio < 2.6, `${ratio}`)
})
