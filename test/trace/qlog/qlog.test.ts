/** The event stream as qlog: each record is of the documented schema, and events of a connection refer to one another. */
import test from 'ava'
import type { TraceEvent } from '../../../src/tcp/block/events.ts'
import { abort } from '../../../src/tcp/calls.ts'
import type { ObservedSegment } from '../../../src/trace/observed-segment.ts'
import { Flows } from '../../../src/trace/qlog/flows.ts'
import { Qlog } from '../../../src/trace/qlog/qlog.ts'
import { converse } from '../../property/ten-megabytes.ts'
import { dialogue } from '../../support/dialogue.ts'
import { type QlogRecord, readQlog } from '../../support/qlog.ts'

const EPOCH = 1_700_000_000_000

/** A host's doings, and the log of them. */
const logged = () => {
  let text = ''
  const events: { type: string; direction?: string }[] = []
  const qlog = new Qlog(
    record => {
      text += record
    },
    { from: 0, epoch: EPOCH, title: 'a test', vantagePoint: 'server' },
  )
  return {
    events,
    trace: (event: TraceEvent) => {
      events.push({ type: event.type, ...('direction' in event ? { direction: event.direction } : {}) })
      qlog.sink(event)
    },
    read: () => readQlog(text),
  }
}

const named = (events: readonly QlogRecord[], name: string): QlogRecord[] =>
  events.filter(event => event.name === name)

const numbers = (events: readonly QlogRecord[]): number[] => events.map(e => e.data.header.packet_number)

/** The numbers that ACK frames name, in order. */
const acked = (events: readonly QlogRecord[]): number[] =>
  events
    .flatMap(e => e.data.frames ?? [])
    .flatMap(frame => frame.acked_ranges as number[][])
    .flatMap(([from, to = from]) => Array.from({ length: to! - from! + 1 }, (_, i) => from! + i))

for (const family of [4, 6] as const)
  test(`a transfer with losses over IPv${family}: packets have numbers, losses and ACKs name them, metrics change`, t => {
    const log = logged()
    converse(3, 200_000, (host, event) => host === 'a' && log.trace(event), family)
    const { header, events } = log.read()
    t.like(header, {
      title: 'a test',
      trace: {
        vantage_point: { type: 'server' },
        common_fields: { reference_time: { clock_type: 'system', epoch: new Date(EPOCH).toISOString() } },
      },
    })
    t.deepEqual([...new Set(events.map(e => e.group_id.split(' ')[0]))], ['1'])
    const sent = named(events, 'transport:packet_sent')
    const received = named(events, 'transport:packet_received')
    t.deepEqual(
      numbers(sent),
      sent.map((_, i) => i),
    )
    // A packet with a wrong checksum has a number too.
    const broken = named(events, 'transport:packet_dropped').filter(e => e.data.raw !== undefined)
    const arrived = events.filter(e => received.includes(e) || broken.includes(e))
    t.deepEqual(
      numbers(arrived),
      arrived.map((_, i) => i),
    )
    t.true(broken.every(e => e.data.details.reason === 'tcp-checksum'))
    t.is(sent.length, log.events.filter(e => e.type === 'packet' && e.direction === 'out').length)
    t.is(received.length, log.events.filter(e => e.type === 'segment-in').length)

    const lost = numbers(named(events, 'recovery:packet_lost'))
    const confirmed = acked(received)
    t.true(lost.length > 0)
    t.deepEqual(new Set([...lost, ...confirmed]).size, lost.length + confirmed.length)
    const taking = numbers(sent.filter(e => e.data.raw.payload_length > 0))
    t.true(taking.every(n => lost.includes(n) || confirmed.includes(n)))
    for (const e of named(events, 'recovery:packet_lost'))
      t.regex(e.data.trigger, /^(reordering_threshold|time_threshold|pto_expired)$/)

    const windows = named(events, 'recovery:metrics_updated').map(e => e.data.congestion_window)
    t.true(windows.filter(w => w !== undefined).length > 5)
    const phases = named(events, 'recovery:congestion_state_updated').map(e => [e.data.old, e.data.new])
    t.is(phases[0]![0], 'open')
    for (const [i, [old]] of phases.entries()) if (i > 0) t.is(old, phases[i - 1]![1])
    const states = named(events, 'connectivity:connection_state_updated').map(e => e.data.new)
    t.deepEqual(states.slice(0, 2), ['SYN_SENT', 'ESTABLISHED'])
    t.is(states.at(-1), 'CLOSED')
  })

test('what is dropped says why, and is of its connection; a header that nobody can read is of none', t => {
  const log = logged()
  const d = dialogue({ host: { trace: log.trace } })
  d.established()
  d.receives('. 99999:99999(0) ack 1')
  d.sends('. 1:1(0) ack 1')
  d.receives('41000>81 . 1:1(0) ack 1')
  d.sends('41000>81 R 1:1(0)')
  d.inject(Uint8Array.of(0x45, 0, 0, 20))
  const { events } = log.read()
  const dropped = named(events, 'transport:packet_dropped')
  t.deepEqual(
    dropped.map(e => [e.data.details.reason, e.data.trigger]),
    [
      ['sequence', 'general'],
      ['closed-port', 'connection_unknown'],
      ['ip-truncated', 'invalid'],
    ],
  )
  const [old, refused, broken] = dropped
  t.is(old!.group_id, '1 192.0.2.2:80 192.0.2.1:40000')
  t.is(old!.data.header.packet_number, numbers(named(events, 'transport:packet_received')).at(-2))
  t.is(refused!.group_id, '2 192.0.2.2:81 192.0.2.1:41000')
  t.is(broken!.group_id, 'none')
})

test('a trouble is a warning by the name and the words of the log', t => {
  const log = logged()
  const d = dialogue({ host: { trace: log.trace } })
  const connection = d.established().connection!
  log.trace({ type: 'soft-error', time: 7, connection, code: 'EHOSTUNREACH', text: 'no way there' })
  const [warning] = named(log.read().events, 'loglevel:warning')
  t.is(warning!.group_id, '1 192.0.2.2:80 192.0.2.1:40000')
  // The drafts' member `code` is a number.
  t.deepEqual(warning!.data, { message: 'no way there', trouble: 'EHOSTUNREACH' })
})

test('the same ends once more are another connection, and another group', t => {
  const log = logged()
  const d = dialogue({ host: { trace: log.trace } })
  abort(d.established().connection!)
  d.skip()
  d.receives('S 0:0(0) win 65535')
  d.sends('S. 0:0(0) ack 1')
  const groups = named(log.read().events, 'connectivity:connection_state_updated').map(e => e.group_id)
  t.deepEqual(
    [...new Set(groups)],
    ['*:80 *', '1 192.0.2.2:80 192.0.2.1:40000', '2 192.0.2.2:80 192.0.2.1:40000'],
  )
})

const segment = (seq: number, length: number): ObservedSegment =>
  ({ seq, length, flags: 0, ack: 0, sack: [] }) as unknown as ObservedSegment

test('memory is bounded: the connection that was idle longest is forgotten, and the oldest segment under way', t => {
  const flows = new Flows()
  const [first, second] = [flows.of('a', 'first'), flows.of('a', 'second')]
  for (let i = 0; i < 16_383; i++) {
    flows.of('a', `x${i}`)
    flows.of('a', 'first')
  }
  t.is(flows.of('a', 'first'), first)
  t.not(flows.of('a', 'second').group, second.group)
  for (let i = 0; i < 70_000; i++) first.sent(segment(i, 1))
  t.is(flows.underWay, 65_536)
  t.is(first.lost(0, 70_000).length, 65_536)
  t.is(flows.underWay, 0)
})
