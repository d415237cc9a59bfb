/**
 * Whatever a path does to what belongs to ECN, the bytes are right, both ends come to modes that fit together, and no count
 * of marks is above what has come (RFC 9768).
 */
import test from 'ava'
import fc from 'fast-check'
import type { PathOptions } from '../../src/link/path/options.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { B, B6, pattern, Streamer, twoHosts } from '../support/two-hosts.ts'

const BYTES = 60_000
const says = pattern(BYTES, 1)
const hears = pattern(BYTES, 2)
/** The kinds of the AccECN option. */
const ACCECN = [172, 174]

interface Run {
  readonly seed: number
  readonly ipv6: boolean
  readonly client: TcpOptions['ecn']
  readonly server: TcpOptions['ecn']
  readonly option: TcpOptions['accEcnOption']
  readonly sack: boolean
  readonly there: PathOptions
  readonly back: PathOptions
}

type Mode = 'none' | 'classic' | 'accurate'

const modeOf = ({ ecn }: ConnectionView): Mode =>
  ecn.accurate !== null ? 'accurate' : ecn.on ? 'classic' : 'none'

/** Two ends tell each other their streams over such a path. */
const talk = (run: Run): { client: Streamer; server: Streamer } => {
  const { seed, there, back, option, sack } = run
  const delay = 5
  const common = { accEcnOption: option, sack, timestamps: sack }
  const { network, clock, a, b, paths } = twoHosts(seed, { delay })
  paths[0].options = { delay, ...there }
  paths[1].options = { delay, ...back }
  let server: Streamer | undefined
  const listener = b.listen(
    parseAddress('::'),
    80,
    {
      acceptable: () => {
        const c = listener.accept()
        if (c === null) return
        server = new Streamer(c, hears, says)
        setUser(c, server)
        if (c.receiveQueue.length > 0) server.readable()
      },
    },
    { options: { ecn: run.server, ...common } },
  )
  let client: Streamer | undefined
  const later = {
    established: () => client?.established(),
    readable: () => client?.readable(),
    writable: () => client?.writable(),
    closed: (error: string | null) => client?.closed(error),
  }
  const c = a.connect(run.ipv6 ? B6 : B, 80, later, { options: { ecn: run.client, ...common } })
  client = new Streamer(c, says, hears)
  network.guard(() => clock.run())
  if (server === undefined) throw new Error('the connection was never accepted')
  return { client, server }
}

const must = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(what)
}

const isQuiet = ({ loss = 0, duplicate = 0, reorder = 0 }: PathOptions): boolean =>
  loss === 0 && duplicate === 0 && reorder === 0

/** The modes of client and server where no segment of the handshake is lost. */
const expected = ({ client, server, there, back }: Run): readonly [Mode, Mode] => {
  const takes = server.startsWith('accurate')
  let asks: Mode =
    client === 'accurate' ? 'accurate' : client === 'on' || client === 'accurate-classic' ? 'classic' : 'none'
  if (there.ecnFlags === 'clear') asks = 'none'
  if (there.ecnFlags === 'clear-ae' && asks === 'accurate') asks = 'classic'
  const agreed =
    asks === 'none' || server === 'off' ? 'none' : asks === 'accurate' && takes ? asks : 'classic'
  // The server has agreed, and the client does not hear of it.
  if (back.ecnFlags === 'clear') return ['none', agreed]
  // AE is a part of the answer: without it another field of the SYN is told, or nothing.
  if (back.ecnFlags === 'clear-ae' && agreed === 'accurate') {
    const field = there.ecnField ?? 'not-ect'
    return [field === 'ect0' ? 'none' : 'accurate', 'accurate']
  }
  return [agreed, agreed]
}

/** No count of the sender is above that of the receiver of its packets. */
const countsAreTrue = (name: string, sender: ConnectionView, receiver: ConnectionView, acks: PathOptions) => {
  const s = sender.ecn.accurate?.s
  const r = receiver.ecn.accurate?.r
  if (s === undefined || r === undefined) return
  must(s.ceb <= r.ceb && s.e0b <= r.e0b && s.e1b <= r.e1b, `${name}: bytes ${JSON.stringify([s, r])}`)
  // A field whose bits are cleared on the way is no count any more; one that may have wrapped is taken at its worst.
  if (acks.ecnFlags === undefined && sender.ecn.accurate!.certain)
    must(s.cep <= r.cep, `${name}: packets ${s.cep} of ${r.cep}`)
}

const mangled = fc.record(
  {
    mark: fc.constantFrom(0.02, 0.3, 1),
    ecnField: fc.constantFrom('not-ect' as const, 'ect0' as const, 'ect1' as const, 'ce' as const),
    ecnFlags: fc.constantFrom('clear' as const, 'clear-ae' as const),
    stripOptions: fc.constant(ACCECN),
    loss: fc.constantFrom(0.02, 0.1),
    duplicate: fc.constantFrom(0.05),
    reorder: fc.constantFrom(0.05),
  },
  { requiredKeys: [] },
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
const runs: fc.Arbitrary<Run> = fc.record({
  seed: fc.nat(1000),
  ipv6: fc.boolean(),
  client: kind,
  server: kind,
  option: fc.constantFrom('needed', 'never', 'always'),
  sack: fc.boolean(),
  there: mangled,
  back: mangled,
})

test('whatever the path does: the bytes are right, the modes fit, no count is above what has come', t => {
  fc.assert(
    fc.property(runs, run => {
      const { client, server } = talk(run)
      for (const [name, s] of Object.entries({ client, server })) {
        must(s.fault === '' && s.received === BYTES && s.ended, `${name}: ${s.fault || s.received}`)
        must(s.over === null, `${name} ended with ${s.over}`)
      }
      const modes = [modeOf(client.connection), modeOf(server.connection)] as const
      if (isQuiet(run.there) && isQuiet(run.back)) {
        const wanted = expected(run)
        must(modes.join() === wanted.join(), `modes ${modes}, not ${wanted}`)
      }
      // A client never has a kind that its server has not, unless the way back makes one of the other.
      if (modes[0] === 'accurate') must(modes[1] === 'accurate', `modes ${modes}`)
      countsAreTrue('client', client.connection, server.connection, run.back)
      countsAreTrue('server', server.connection, client.connection, run.there)
    }),
    { numRuns: 60, seed: 9768 },
  )
  t.pass()
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
