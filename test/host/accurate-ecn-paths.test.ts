/** Accurate ECN between two ends of ours, over each thing that boxes on the way do to ECN: both come to what RFC 9768 says. */
import test from 'ava'
import type { PathOptions } from '../../src/link/path/options.ts'
import type { PacketView } from '../../src/link/path/packet-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { observeSegment } from '../../src/trace/observed-segment.ts'
import { CWR, ECE, SYN } from '../../src/wire/tcp.ts'
import {
  ACCECN,
  BYTES,
  countsAreTrue,
  expectedModes,
  type Mode,
  modeOf,
  type Run,
  talk,
} from '../support/ecn-talk.ts'

/** What may befall either way. */
const WAYS: Readonly<Record<string, PathOptions>> = {
  nothing: {},
  marks: { mark: 0.2 },
  'a cleared field': { ecnField: 'not-ect' },
  'a field set to ECT(0)': { ecnField: 'ect0' },
  'a field set to ECT(1)': { ecnField: 'ect1' },
  'marks on everything': { ecnField: 'ce' },
  'cleared flags': { ecnFlags: 'clear' },
  'a cleared AE': { ecnFlags: 'clear-ae' },
  'no option': { stripOptions: ACCECN },
}

const run = (
  client: TcpOptions['ecn'],
  server: TcpOptions['ecn'],
  there: PathOptions,
  back: PathOptions,
  ipv6 = false,
): Run => ({ seed: 9768, ipv6, client, server, option: 'needed', sack: true, there, back })

/** Both streams arrive whole; returns the two ends. */
const talked = (of: Run, what: string) => {
  const { client, server } = talk(of)
  for (const [name, s] of Object.entries({ client, server }))
    if (s.fault !== '' || s.received !== BYTES || !s.ended || s.over !== null)
      throw new Error(`${what}: ${name}: ${s.fault || s.received} ${s.over}`)
  return [client.connection, server.connection] as const
}

for (const [client, server] of [
  ['accurate', 'accurate'],
  ['accurate', 'passive'],
  ['accurate', 'off'],
  ['accurate-classic', 'accurate-passive'],
  ['on', 'accurate'],
  ['passive', 'accurate'],
] as const)
  test(`'${client}' meets '${server}': over every path the bytes are right, and the modes those of RFC 9768`, t => {
    for (const [out, there] of Object.entries(WAYS))
      for (const [home, back] of Object.entries(WAYS)) {
        // Both ways at once where both ends take part; else one after the other.
        if (server !== 'accurate' && out !== 'nothing' && home !== 'nothing') continue
        const of = run(client, server, there, back)
        const what = `${out} on the way there, ${home} on the way back`
        const [a, b] = talked(of, what)
        t.deepEqual([modeOf(a), modeOf(b)], [...expectedModes(of)], what)
        countsAreTrue('client', a, b, back)
        countsAreTrue('server', b, a, there)
      }
  })

test('[R9768-17] an end whose SYN, or SYN,ACK, comes with another ECN field makes no packet ECN-capable; the other does', t => {
  for (const ecnField of ['ect0', 'ect1', 'ce'] as const) {
    const [a, b] = talked(run('accurate', 'accurate', { ecnField }, {}), ecnField)
    t.deepEqual([a.ecn.ect, b.ecn.ect], [false, true], ecnField)
    const [c, d] = talked(run('accurate', 'accurate', {}, { ecnField }), ecnField)
    t.deepEqual([c.ecn.ect, d.ecn.ect], [true, false], ecnField)
  }
})

test('options that are stripped on the way: marks are counted to the packet by the ACE field alone', t => {
  for (const ipv6 of [false, true]) {
    const way = { stripOptions: ACCECN, mark: 0.2 }
    const [a, b] = talked(run('accurate', 'accurate', way, way, ipv6), 'stripped')
    for (const [sender, receiver] of [
      [a, b],
      [b, a],
    ] as const) {
      t.true(receiver.ecn.accurate!.r.cep > 5)
      t.is(sender.ecn.accurate!.s.cep, receiver.ecn.accurate!.r.cep)
      t.is(sender.ecn.accurate!.s.e0b, 1, 'a counter of the option has moved')
    }
  }
})

const hasFlags = (p: PacketView): boolean => (p.flags & SYN) !== 0 && (p.flags & (ECE | CWR)) !== 0
const hasOption = (p: PacketView): boolean => {
  const segment = observeSegment(p.bytes(), 0)
  return typeof segment !== 'string' && (segment.flags & SYN) !== 0 && segment.accEcn !== null
}

/** What vanishes on which way, how many, and what the ends come to by the SYN, or the SYN,ACK, that gets through in the end. */
const VANISHING: readonly (readonly [
  string,
  'there' | 'back',
  (p: PacketView) => boolean,
  number,
  readonly [Mode, Mode],
])[] = [
  ['SYNs that ask', 'there', hasFlags, 2, ['none', 'none']],
  // The first, the answer to the client's second SYN, and that of the first timeout. The server has agreed, and goes on counting
  // for a client that may have heard of it; it claims nothing.
  ['SYN,ACKs that agree', 'back', hasFlags, 3, ['none', 'accurate']],
  ['SYN,ACKs with the option', 'back', hasOption, 1, ['accurate', 'accurate']],
]

for (const [what, way, vanishes, vanished, modes] of VANISHING)
  test(`[R9768-10][R9768-11] ${what} vanish: others follow without, and the bytes are right`, t => {
    for (const ipv6 of [false, true]) {
      let lost = 0
      const drop = (p: PacketView): boolean => {
        const gone = vanishes(p)
        if (gone) lost++
        return gone
      }
      const [there, back] = way === 'there' ? [{ drop }, {}] : [{}, { drop }]
      const [a, b] = talked(run('accurate', 'accurate', there, back, ipv6), what)
      t.is(lost, vanished)
      t.deepEqual([modeOf(a), modeOf(b)], [...modes])
      // Nobody's packets say that they are ECN-capable where one of the two does not take part.
      if (modes[0] === 'none')
        t.deepEqual(
          [a, b].map(({ ecn }) => ecn.on && ecn.ect),
          [false, false],
        )
    }
  })
