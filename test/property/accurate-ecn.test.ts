/**
 * Whatever a path does to what belongs to ECN, the bytes are right, both ends come to modes that fit together, and no count
 * of marks is above what has come (RFC 9768).
 */
import test from 'ava'
import fc from 'fast-check'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import {
  ACCECN,
  BYTES,
  countsAreTrue,
  expectedModes,
  isQuiet,
  modeOf,
  must,
  type Run,
  talk,
} from '../support/ecn-talk.ts'

const mangled = fc.record(
  {
    mark: fc.constantFrom(0.02, 0.3, 1),
    ecnField: fc.constantFrom('not-ect' as const, 'ect0' as const, 'ect1' as const, 'ce' as const),
    ecnFlags: fc.constantFrom('clear' as const, 'clear-ae' as const),
    stripOptions: fc.constant(ACCECN),
  },
  { requiredKeys: [] },
)
const noise = fc.record(
  { loss: fc.constantFrom(0.02, 0.1), duplicate: fc.constantFrom(0.05), reorder: fc.constantFrom(0.05) },
  { requiredKeys: [] },
)
/** Half of the pairs of ways deliver every packet, so that it is known what the ends agree to. */
const ways = fc.oneof(
  fc.tuple(mangled, mangled),
  fc.tuple(mangled, mangled, noise, noise).map(
    ([there, back, a, b]) =>
      [
        { ...there, ...a },
        { ...back, ...b },
      ] as const,
  ),
)
const kind = fc.constantFrom<TcpOptions['ecn']>(
  'accurate',
  'accurate',
  'off',
  'passive',
  'on',
  'accurate-passive',
  'accurate-classic',
)
const runs: fc.Arbitrary<Run> = fc
  .record({
    seed: fc.nat(1000),
    ipv6: fc.boolean(),
    client: kind,
    server: kind,
    option: fc.constantFrom('needed', 'never', 'always'),
    sack: fc.boolean(),
    ways,
  })
  .map(({ ways: [there, back], ...run }) => ({ ...run, there, back }))

test('whatever the path does: the bytes are right, the modes fit, no count is above what has come', t => {
  let quiet = 0
  fc.assert(
    fc.property(runs, run => {
      const { client, server } = talk(run)
      for (const [name, s] of Object.entries({ client, server })) {
        must(s.fault === '' && s.received === BYTES && s.ended, `${name}: ${s.fault || s.received}`)
        must(s.over === null, `${name} ended with ${s.over}`)
      }
      const modes = [modeOf(client.connection), modeOf(server.connection)] as const
      if (isQuiet(run.there) && isQuiet(run.back)) {
        quiet++
        const wanted = expectedModes(run)
        must(modes.join() === wanted.join(), `modes ${modes}, not ${wanted}`)
      }
      // A client never has a kind that its server has not, unless the way back makes one of the other.
      if (modes[0] === 'accurate') must(modes[1] === 'accurate', `modes ${modes}`)
      countsAreTrue('client', client.connection, server.connection, run.back)
      countsAreTrue('server', server.connection, client.connection, run.there)
    }),
    { numRuns: 60, seed: 9768 },
  )
  t.true(quiet > 15, `${quiet}`)
})

test('on a good path both count the same: with the option to the byte, without it to the packet', t => {
  for (const option of ['needed', 'always', 'never'] as const) {
    const { client, server } = talk({
      seed: 3,
      ipv6: false,
      client: 'accurate',
      server: 'accurate',
      option,
      sack: true,
      there: { mark: 0.05 },
      back: { mark: 0.05 },
    })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const { s } = from.connection.ecn.accurate!
      const { r } = to.connection.ecn.accurate!
      t.true(r.cep > 5)
      t.is(s.cep, r.cep, option)
      if (option !== 'never') t.deepEqual({ ...s }, { ...r }, option)
    }
  }
})
