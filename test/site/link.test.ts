/** Links to experiments: short, the same everywhere, and refused with a reason when they are bad. */
import test from 'ava'
import fc from 'fast-check'
import { fromBase64url, toBase64url } from '../../src/site/experiment/bytes.ts'
import { FIRST_PLAN } from '../../src/site/experiment/examples.ts'
import { BadLink, decodePlan, encodePlan } from '../../src/site/experiment/link.ts'
import {
  type Action,
  CALLS,
  DIRECTIONS,
  emptyPlan,
  HOST_ACTIONS,
  LOSABLE,
  MOST_ACTIONS,
  type Plan,
} from '../../src/site/experiment/plan.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { congestionControls } from '../../src/tcp/congestion/registry.ts'
import { linesOf } from './support.ts'

const host = fc.constantFrom(0 as const, 1 as const)
const direction = fc.constantFrom(...DIRECTIONS, null)
const probability = fc.integer({ min: 0, max: 1_000_000 }).map(n => n / 1_000_000)
const duration = fc.integer({ min: 0, max: 10_000_000 }).map(n => n / 1000)

/** All values of the option. */
const ECN = Object.keys({
  off: true,
  passive: true,
  on: true,
  accurate: true,
  'accurate-passive': true,
  'accurate-classic': true,
} satisfies Record<TcpOptions['ecn'], true>) as TcpOptions['ecn'][]

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constantFrom(...HOST_ACTIONS), host }),
  fc.record({ do: fc.constantFrom(...CALLS), host, connection: fc.nat(200) }),
  fc.record({ do: fc.constant('send' as const), host, connection: fc.nat(200), bytes: fc.nat(10_000_000) }),
  fc.record({ do: fc.constant('lose next' as const), what: fc.constantFrom(...LOSABLE), direction }),
  fc.record({
    do: fc.constant('faults' as const),
    direction,
    faults: fc.record(
      {
        loss: fc.option(probability),
        delay: fc.option(duration),
        rate: fc.option(fc.integer({ min: 1, max: 10 ** 10 })),
        mtu: fc.option(fc.integer({ min: 68, max: 65_535 })),
        icmp: fc.option(fc.boolean()),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    do: fc.constant('options' as const),
    host: fc.option(host),
    tcp: fc.record(
      {
        msl: fc.integer({ min: 1, max: 2 ** 31 }),
        noDelay: fc.boolean(),
        congestionControl: fc.constantFrom(...congestionControls()),
        ecn: fc.constantFrom(...ECN),
      },
      { requiredKeys: [] },
    ),
  }),
)

const plan: fc.Arbitrary<Plan> = fc
  .record({
    seed: fc.maxSafeNat(),
    family: fc.constantFrom(4 as const, 6 as const),
    router: fc.boolean(),
    bound: fc.constantFrom({}, { bound: true }),
    script: fc.array(fc.tuple(fc.nat(10_000_000), action), { maxLength: 30 }),
    rest: fc.nat(10_000_000),
  })
  .map(({ script, rest, bound, ...network }) => {
    let micros = 0
    const timed = script.map(([wait, action]) => {
      micros += wait
      return { at: micros / 1000, action }
    })
    return { ...network, ...bound, script: timed, until: (micros + rest) / 1000 }
  })

test('every experiment is read as it was written', t => {
  fc.assert(
    fc.property(plan, given => {
      t.deepEqual(decodePlan(encodePlan(given)), given)
    }),
    { seed: 18, numRuns: 200 },
  )
})

test('a link has the letters that every address may have, and is short', t => {
  const link = encodePlan(FIRST_PLAN)
  t.regex(link, /^[\w-]+$/)
  t.true(link.length < 80, String(link.length))
  t.deepEqual(linesOf(decodePlan(link)), linesOf(FIRST_PLAN))
})

test('a link has a place for every congestion controller that there is', t => {
  for (const congestionControl of congestionControls()) {
    const script: Plan['script'] = [
      { at: 0, action: { do: 'options', host: null, tcp: { congestionControl } } },
    ]
    t.deepEqual(decodePlan(encodePlan({ ...emptyPlan(), script })).script, script)
  }
})

test('links that were written by the first version are still read', t => {
  t.deepEqual(decodePlan('AQEAgLUYAAABAAIA0IYDDACsArDqAQ0NAAwBiCeQsAoIANCGAwgBuD4'), FIRST_PLAN)
})

const kindOf = (text: string): string => {
  try {
    decodePlan(text)
    return 'good'
  } catch (error) {
    if (error instanceof BadLink) return error.kind
    throw error
  }
}

test('a link with a letter changed, lost or added is damaged, as is one that is none', t => {
  const link = encodePlan(FIRST_PLAN)
  for (let i = 0; i < link.length - 1; i++) {
    const letter = link[i] === 'Q' ? 'R' : 'Q'
    // A changed version is that of a later page.
    if (i >= 2) t.is(kindOf(link.slice(0, i) + letter + link.slice(i + 1)), 'damaged', `letter ${i}`)
    t.not(kindOf(link.slice(0, i)), 'good')
    t.not(kindOf(link.slice(0, i) + link.slice(i + 1)), 'good')
  }
  for (const text of ['', 'x', 'hello world', '%00', 'ÄÖÜ', 'A'.repeat(10_000)]) t.is(kindOf(text), 'damaged')
})

/** A link with these bytes before its check. */
const forged = (bytes: readonly number[]): string => {
  let check = 0xffff
  for (const byte of bytes) {
    check ^= byte << 8
    for (let bit = 0; bit < 8; bit++) check = ((check << 1) ^ (check & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return toBase64url(Uint8Array.of(...bytes, check & 255, check >>> 8))
}

test('what no page has written is refused: later versions, times after the end, numbers out of bounds', t => {
  t.is(kindOf(forged([2, 1, 0, 0])), 'newer')
  t.is(kindOf(forged([1, 1, 0, 0])), 'good')
  t.is(kindOf(forged([1, 1, 16, 0])), 'impossible')
  t.is(kindOf(forged([1, 1, 0, 5, 6, 0, 0])), 'impossible')
  t.is(kindOf(forged([1, 1, 0, 5, 1, 99])), 'impossible')
  t.is(kindOf(forged([1, 1, 0, 5, 1])), 'impossible')
  t.is(kindOf(forged([1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1])), 'impossible')
})

test('a link with more actions than an experiment may have is refused', t => {
  const withActions = (n: number): Plan => ({
    ...emptyPlan({}),
    script: Array.from({ length: n }, () => ({ at: 0, action: { do: 'listen' as const, host: 0 as const } })),
  })
  t.is(kindOf(encodePlan(withActions(MOST_ACTIONS))), 'good')
  t.is(kindOf(encodePlan(withActions(MOST_ACTIONS + 1))), 'impossible')
})

test('whatever bytes a link has, it is read or refused', t => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 40 }), bytes => {
      t.true(['good', 'damaged', 'newer', 'impossible'].includes(kindOf(forged([1, ...bytes]))))
      t.deepEqual(fromBase64url(toBase64url(bytes)), bytes)
    }),
    { seed: 18, numRuns: 2000 },
  )
})

test('an experiment in which nothing was done has a link too', t => {
  t.deepEqual(decodePlan(encodePlan(emptyPlan({ seed: 9, family: 6, router: true }))), {
    seed: 9,
    family: 6,
    router: true,
    script: [],
    until: 0,
  })
})
