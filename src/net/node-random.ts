import { randomFillSync } from 'node:crypto'
import type { Random } from '../base/clock.ts'

const pool = new Uint32Array(64)
let used = pool.length

/** Random numbers nobody can predict (RFC 4086; R6528-4). */
export const nodeRandom: Random = {
  uint32() {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    const value = pool[used]!
    pool[used++] = 0
    return value
  },
}
