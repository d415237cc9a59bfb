import { createHash } from 'node:crypto'
import test from 'ava'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import { sweep } from '../support/sweep.ts'
import { complaints, converse, testSeeds } from './ten-megabytes.ts'

testSeeds(1, 100)

const SEEDS = sweep(20, 5)

/** All events but the packets' bytes, in order, as one number. */
const digest = (seed: number): string => {
  const hash = createHash('sha256')
  const last = { a: 'CLOSED', b: 'CLOSED' }
  const run = converse(seed, 1 << 20, (host: 'a' | 'b', event: TraceEvent) => {
    if (event.type === 'packet' || event.type === 'segment-in') {
      hash.update(`${host} ${event.time} ${event.type}`)
      return
    }
    const { connection, ...rest } = { connection: null, ...event }
    hash.update(`${host} ${JSON.stringify(rest)}`)
    if (event.type === 'transition' && event.connection.remotePort !== 0) last[host] = event.to
  })
  if (complaints(run, 1 << 20).length > 0 || last.a !== 'CLOSED' || last.b !== 'CLOSED')
    throw new Error(`seed ${seed} ends in ${last.a} and ${last.b}`)
  return hash.digest('hex')
}

test(`the same seed gives the same events, another gives others; all connections end CLOSED: seeds 1 to ${SEEDS}`, t => {
  for (let seed = 1; seed <= SEEDS; seed++) t.is(digest(seed), digest(seed), `seed ${seed}`)
  t.not(digest(1), digest(2))
})
