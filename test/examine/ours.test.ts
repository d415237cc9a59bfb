import test from 'ava'
import { checkIds } from '../../src/examine/examine.ts'
import type { Result } from '../../src/examine/results.ts'
import { examineOurs } from './bench.ts'

/** Rules that bind nobody, or not always, and that we do not follow. */
const KNOWN = [
  // A reset does not end TIME-WAIT (RFC 1337).
  'rst-exact-in-time-wait',
  // As Linux: the option may have been stripped on the way.
  'timestamps-missing',
]

/** Checks of accurate ECN: how their names begin, and how many there are. */
const ACCURATE = 'accecn-'
const ACCURATE_CHECKS = 16

const ids = (results: readonly Result[], verdict: Result['verdict']): string[] =>
  results.filter(result => result.verdict === verdict).map(({ id }) => id)

for (const family of [4, 6] as const)
  test(`our own TCP follows every rule that binds it, IPv${family}`, async t => {
    const { results } = await examineOurs({ family, pace: 'thorough' })
    t.is(results.length, checkIds().length)
    t.deepEqual(ids(results, 'differs'), KNOWN)
    const unknown = ids(results, 'cannot tell')
    t.deepEqual(
      unknown.filter(id => !id.startsWith(ACCURATE)),
      family === 4 ? [] : ['do-not-fragment', 'icmp-source-quench'],
    )
    // As it comes it has the classic kind alone.
    t.deepEqual(unknown.filter(id => id.startsWith(ACCURATE)).length, ACCURATE_CHECKS)
  })

for (const family of [4, 6] as const)
  test(`with accurate ECN it follows the rules of that, IPv${family}`, async t => {
    const { results } = await examineOurs({
      family,
      pace: 'thorough',
      only: ['accecn', 'ecn'],
      tcp: { ecn: 'accurate-passive' },
    })
    t.is(results.filter(({ id }) => id.startsWith(ACCURATE)).length, ACCURATE_CHECKS)
    t.deepEqual(ids(results, 'differs'), [])
    t.deepEqual(ids(results, 'cannot tell'), [])
  })

test('a run with the same seed is the same run', async t => {
  const run = () => examineOurs({ only: ['dial', 'isn', 'sack', 'time'], seed: 'again' })
  const [a, b] = [await run(), await run()]
  t.deepEqual(
    a.results.map(({ log }) => log.map(({ text }) => text)),
    b.results.map(({ log }) => log.map(({ text }) => text)),
  )
})
