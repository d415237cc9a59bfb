/** Runs laid side by side: what the RFCs leave open is allowed, what they do not is a defect. */
import test from 'ava'
import { align } from '../../src/lab/compare/align.ts'
import { type Comparison, compare, comparisonText } from '../../src/lab/compare.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import type { Run } from '../../src/lab/recorder.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import type { PathOptions } from '../../src/link/path/options.ts'
import { isPureAck, nth } from '../../src/link/path/script.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'

const lab = (name: string): Lab => LABS.find(l => l.name === name)!

const played = async (
  name: string,
  other: { readonly tcp?: Partial<TcpOptions>; readonly path?: PathOptions } = {},
): Promise<Run> => {
  const one = lab(name)
  const bench: Lab['bench'] = short => {
    const before = one.bench(short)
    return {
      ...before,
      path: { ...before.path, ...other.path },
      client: { ...before.client, ...other.tcp },
      server: { ...before.server, ...other.tcp },
    }
  }
  return (await runVirtual({ ...one, bench }, name, {}, { pace: { short: true, patient: false } })).run
}

const beside = async (name: string, other: Parameters<typeof played>[1]): Promise<Comparison> =>
  compare({ name: 'left', run: await played(name) }, { name: 'right', run: await played(name, other) })

const told = ({ differences }: Comparison): string[] =>
  differences.map(({ kind, what, section }) => `${kind}: ${what}${section === '' ? '' : ` (${section})`}`)

for (const one of LABS) {
  if (one.needsKernel !== undefined) continue
  test(`${one.name} beside itself is the same, event by event`, async t => {
    const run = await played(one.name)
    const comparison = compare({ name: 'once', run }, { name: 'again', run: await played(one.name) })
    t.deepEqual(comparison.differences, [])
    t.true(
      comparison.events.every(({ verdict, left, right }) => verdict === 'same' && left?.text === right?.text),
    )
    // Nothing is left out.
    const of = (kind: string): number => comparison.events.filter(e => e.kind === kind).length
    t.is(of('segment'), run.segments.length)
    t.is(of('state'), run.transitions.filter(({ connection }) => !connection.endsWith('*')).length)
    t.is(of('call'), run.notes.length)
    t.is(comparisonText(comparison), 'once beside again: the same, event by event')
  })
}

test('another timer is allowed, and which section says so', async t => {
  const comparison = await beside('lost-last-ack', { tcp: { minRto: 300 } })
  t.deepEqual(told(comparison), [
    'allowed: server: the time until it is sent again (RFC 6298 §2, RFC 8985 §6, §7)',
  ])
  t.is(comparison.defects, 0)
  const [again] = comparison.events.filter(({ verdict }) => verdict === 'allowed')
  t.is(again?.left?.text, 'F. 1 ack 2')
  t.true(again!.left!.time - again!.right!.time >= 500)
})

test('other options of the SYN, other segments, other ACKs are allowed', async t => {
  t.deepEqual(told(await beside('handshake', { tcp: { timestamps: false } })), [
    'allowed: client: options of the SYN (RFC 9293 §3.2, RFC 7323 §2)',
    'allowed: server: options of the SYN (RFC 9293 §3.2, RFC 7323 §2)',
  ])
  const cut = await beside('half-close', { tcp: { maxSegment: 400 } })
  t.true(
    told(cut).includes('allowed: server: text is cut into segments as one likes (RFC 9293 §3.7, §3.8.6.2.1)'),
  )
  t.is(cut.defects, 0, comparisonText(cut))
  const acks = await beside('delayed-ack', { tcp: { quickAcks: 8 } })
  t.true(
    told(acks).includes(
      'allowed: server: when an ACK or a window goes alone (RFC 9293 §3.8.6.2.2, §3.8.6.3)',
    ),
  )
  t.is(acks.defects, 0, comparisonText(acks))
})

test('who loses TIME_WAIT answers the FIN by a reset: a defect, with both sides', async t => {
  const comparison = await beside('lost-last-ack', { tcp: { timeWaitRecords: 0 } })
  t.true(comparison.defects > 0)
  const reset = comparison.differences.find(
    ({ what }) => what === 'client: a reset that the other does not send',
  )
  t.deepEqual([reset?.kind, reset?.left, reset?.right], ['defect', '–', 'R 2'])
  t.regex(comparisonText(comparison), /✗ defect: client: a reset[^\n]*\n {4}left: –\n {4}right: R 2/)
})

test('who is not answered, who never hears of a FIN: defects', async t => {
  t.true(
    told(await beside('refused', { path: { blackhole: true } })).includes(
      'defect: server: sends what the other never does',
    ),
  )
  const withheld = await beside('half-close', { path: { drop: nth([2, 3, 4, 5, 6, 7, 8, 9], isPureAck) } })
  t.true(withheld.defects > 0, comparisonText(withheld))
})

test('lists are paired as far as they are the same', t => {
  const pairs = align(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'y', 'd'], s => s)
  t.deepEqual(
    pairs.map(([l, r]) => `${l ?? '-'}${r ?? '-'}`),
    ['aa', 'b-', '-x', 'cc', '-y', 'dd'],
  )
})
