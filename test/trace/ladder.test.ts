import test from 'ava'
import { formatLadder, type LadderEvent } from '../../src/trace/ladder.ts'
import { beginnings, type ObservedSegment } from '../../src/trace/observed-segment.ts'
import { ACK, FIN, SYN } from '../../src/wire/tcp.ts'

const LEFT = '192.0.2.1:4000'
const RIGHT = '192.0.2.2:80'

const segment = (
  fromLeft: boolean,
  time: number,
  flags: number,
  seq: number,
  ack: number,
  more: Partial<ObservedSegment> = {},
): ObservedSegment => ({
  time,
  source: fromLeft ? LEFT : RIGHT,
  destination: fromLeft ? RIGHT : LEFT,
  seq: seq >>> 0,
  ack: ack >>> 0,
  flags,
  window: 1000,
  length: 0,
  mss: null,
  scale: null,
  sackPermitted: false,
  sack: [],
  timestamps: false,
  urgent: null,
  arrivals: [],
  fate: '',
  reason: '',
  ...more,
})

const draw = (events: readonly LadderEvent[]): string[] => {
  const segments = events.flatMap(e => (e.kind === 'mark' ? [] : [e.segment]))
  return formatLadder(events, {
    names: ['a', 'b'],
    isLeft: endpoint => endpoint === LEFT,
    begin: beginnings(segments),
  }).split('\n')
}

test('a segment and what it brings about stand in one row, numbers relative across 2^32', t => {
  const syn = segment(true, 0, SYN, -1, 0, { arrivals: [10], reason: 'SYN' })
  const answer = segment(false, 10, SYN | ACK, 0x7fffffff, 0, { arrivals: [20] })
  t.deepEqual(
    draw([
      { kind: 'mark', time: 0, end: 0, text: 'SYN_SENT' },
      { kind: 'sent', time: 0, segment: syn },
      { kind: 'arrived', time: 10, segment: syn },
      { kind: 'mark', time: 10, end: 1, text: 'SYN_RECEIVED' },
      { kind: 'sent', time: 10, segment: answer },
      { kind: 'arrived', time: 20, segment: answer },
      { kind: 'mark', time: 20, end: 0, text: 'ESTABLISHED' },
    ]),
    [
      '    ms            a                                   b',
      ' 0.000     SYN_SENT ├──────── [S] 0 win 1000 ──────▶│ SYN_RECEIVED  SYN',
      '10.000  ESTABLISHED │◀─── [S.] 0 ack 1 win 1000 ────┤',
    ],
  )
})

test('segments that cross have a row where they leave and one where they arrive', t => {
  const a = segment(true, 0, FIN | ACK, 1, 1, { arrivals: [10] })
  const b = segment(false, 5, FIN | ACK, 1, 1, { arrivals: [15] })
  const rows = draw([
    { kind: 'sent', time: 0, segment: a },
    { kind: 'sent', time: 5, segment: b },
    { kind: 'arrived', time: 10, segment: a },
    { kind: 'mark', time: 10, end: 1, text: 'CLOSING' },
    { kind: 'arrived', time: 15, segment: b },
    { kind: 'mark', time: 15, end: 0, text: 'CLOSING' },
  ])
  t.deepEqual(rows, [
    '    ms        a                                   b',
    ' 0.000          ├──── [F.] 1 ack 1 win 1000 ┄┄┄┄│',
    ' 5.000          │┄┄┄┄ [F.] 1 ack 1 win 1000 ────┤',
    '10.000          │┄┄┄┄ [F.] 1 ack 1 win 1000 ───▶│ CLOSING',
    '15.000  CLOSING │◀─── [F.] 1 ack 1 win 1000 ┄┄┄┄│',
  ])
})

test('what is lost does not arrive, and what follows has a row of its own', t => {
  const lost = segment(true, 0, ACK, 1, 1, { fate: 'lost: script', length: 10 })
  const rows = draw([
    { kind: 'sent', time: 0, segment: lost },
    { kind: 'mark', time: 0, end: 1, text: 'close()' },
  ])
  t.deepEqual(rows.slice(1), [
    '0.000    ├──── [.] 1:11 ack 1 win 1000 len 10 ──✕ │          lost: script',
    '0.000    │                                        │ close()',
  ])
})
