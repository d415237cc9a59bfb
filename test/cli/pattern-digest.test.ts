import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers'
import test from 'ava'
import { PATTERN } from '../../src/cli/services/pattern.ts'
import { PatternDigest } from '../../src/cli/services/pattern-digest.ts'

/** Counts rounds of the event loop for as long as `until` takes. */
const countRounds = (until: Promise<unknown>): { count: number } => {
  const rounds = { count: 0 }
  let over = false
  const round = (): void => {
    rounds.count++
    if (!over) setImmediate(round)
  }
  setImmediate(round)
  const end = (): void => {
    over = true
  }
  until.then(end, end)
  return rounds
}

test('of those who ask at once, a round of the event loop answers one', async t => {
  const digests = new PatternDigest()
  const answered: number[] = []
  const sums = new Set<string | null>()
  const asked = Array.from({ length: 100 }, async () => {
    sums.add(await digests.of(1000))
    answered.push(rounds.count)
  })
  const rounds = countRounds(Promise.all(asked))
  await Promise.all(asked)
  t.is(new Set(answered).size, 100)
  t.deepEqual([...sums], [createHash('sha256').update(PATTERN.subarray(0, 1000)).digest('hex')])
})

test('sums of several lengths share the rounds: each has a step of at most one of them', async t => {
  const digests = new PatternDigest()
  const megabytes = 3
  const asked = Array.from({ length: 5 }, (_, n) => digests.of(megabytes * 2 ** 20 + n))
  const rounds = countRounds(Promise.all(asked))
  t.is(new Set(await Promise.all(asked)).size, 5)
  t.true(rounds.count >= 5 * megabytes, `${rounds.count} rounds`)
})
