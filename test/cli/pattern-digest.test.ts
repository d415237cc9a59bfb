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

test('a sum of many bytes is that of the pattern, whatever was summed before', async t => {
  const digests = new PatternDigest()
  for (const length of [0, 3 * PATTERN.length, PATTERN.length - 1, PATTERN.length, 5 * PATTERN.length + 1]) {
    const expected = createHash('sha256')
    let rest = length
    for (; rest > PATTERN.length; rest -= PATTERN.length) expected.update(PATTERN)
    t.is(await digests.of(length), expected.update(PATTERN.subarray(0, rest)).digest('hex'), `${length}`)
  }
  t.is(await digests.of(2 ** 30 + 1), null)
})

test('many lengths take the steps of the longest, and a short one does not wait for them', async t => {
  const digests = new PatternDigest()
  const megabytes = 30
  const lengths = 20
  const asked = Array.from({ length: lengths }, (_, n) => digests.of(megabytes * 2 ** 20 + n))
  const rounds = countRounds(Promise.all(asked))
  const short = digests.of(1000).then(() => rounds.count)
  t.true((await short) <= lengths, `${await short} rounds`)
  t.is(new Set(await Promise.all(asked)).size, lengths)
  t.true(rounds.count >= megabytes && rounds.count <= 2 * (megabytes + lengths), `${rounds.count} rounds`)
})
