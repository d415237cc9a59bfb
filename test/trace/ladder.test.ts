import test from 'ava'
import type { LadderEvent } from '../../src/trace/ladder.ts'
import { formatLadder } from '../../src/trace/ladder-text.ts'
import { beginnings, type ObservedSegment } from '../../src/trace/observed-segment.ts'
import { fit, type TextStyle } from '../../src/trace/text-style.ts'
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
  header: 20,
  ecn: 0,
  mss: null,
  scale: null,
  sackPermitted: false,
  accEcn: null,
  sack: [],
  timestamps: false,
  urgent: null,
  arrivals: [],
  fate: '',
  reason: '',
  ...more,
})

const draw = (
  events: readonly LadderEvent[],
  style?: TextStyle,
  names: [string, string] = ['a', 'b'],
): string[] => {
  const segments = events.flatMap(e => (e.kind === 'mark' ? [] : [e.segment]))
  const options = { names, isLeft: (endpoint: string) => endpoint === LEFT, begin: beginnings(segments) }
  return formatLadder(events, options, style).split('\n')
}

const opening = (): LadderEvent[] => {
  const options = { mss: 1460, scale: 10, sackPermitted: true }
  const syn = segment(true, 0, SYN, -1, 0, { arrivals: [10], reason: 'SYN', ...options })
  const answer = segment(false, 10, SYN | ACK, 0x7fffffff, 0, {
    arrivals: [20],
    reason: 'SYN,ACK',
    ...options,
  })
  const lost = segment(true, 30, ACK, 0, 0x80000000 | 0, { fate: 'lost: chance', reason: 'data', length: 10 })
  return [
    { kind: 'mark', time: 0, end: 0, text: 'SYN_SENT' },
    { kind: 'sent', time: 0, segment: syn },
    { kind: 'arrived', time: 10, segment: syn },
    { kind: 'mark', time: 10, end: 1, text: 'SYN_RECEIVED' },
    { kind: 'sent', time: 10, segment: answer },
    { kind: 'arrived', time: 20, segment: answer },
    { kind: 'mark', time: 20, end: 0, text: 'ESTABLISHED' },
    { kind: 'sent', time: 30, segment: lost },
    { kind: 'mark', time: 40, end: 1, text: 'close()' },
  ]
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

test('in a narrow terminal states have lines of their own, the sender’s above the arrow and the other’s below', t => {
  t.deepEqual(draw(opening(), { width: 72, color: false }), [
    '    ms  a                                                              b',
    ' 0.000  │ SYN_SENT                                                     │',
    '        ├───── [S] 0 win 1000 (mss 1460, wscale 10, sackOK) · SYN ────▶│',
    '        │                                                 SYN_RECEIVED │',
    '10.000  │◀─── [S.] 0 ack 1 win 1000 (mss 1460, wscale 10, sackOK) ─────┤',
    '        │                           SYN,ACK                            │',
    '        │ ESTABLISHED                                                  │',
    '30.000  ├───── [.] 1:11 ack 1 win 1000 len 10 · data; lost: chance ──✕ │',
    '40.000  │                                                      close() │',
  ])
})

test('what does not fit on an arrow stands below it, and no line is wider than the terminal', t => {
  const names: [string, string] = ['[2001:db8::1]:40000', '[2001:db8:ffff:ffff::2]:8080']
  for (let width = 44; width <= 120; width++) {
    const lines = draw(opening(), { width, color: false }, names)
    t.true(
      lines.every(line => line.length <= width),
      `${width}: ${lines.join('\n')}`,
    )
    const text = lines.join(' ').replace(/[│├┤─▶◀✕\s]+/g, ' ')
    for (const word of [
      ...names,
      'sackOK',
      'SYN_RECEIVED',
      'ESTABLISHED',
      'len 10',
      'lost: chance',
      'close()',
    ])
      t.true(text.includes(word), `${width}: ${word}`)
  }
  t.deepEqual(draw(opening(), { width: 44, color: false }, names).slice(0, 6), [
    '    ms  [2001:db8::1]:40000',
    '                [2001:db8:ffff:ffff::2]:8080',
    ' 0.000  │ SYN_SENT                         │',
    '        ├───────── [S] 0 win 1000 ────────▶│',
    '        │  (mss 1460, wscale 10, sackOK)   │',
    '        │               SYN                │',
  ])
})

test('colours change no column', t => {
  for (const width of [60, 80, 200]) {
    const painted = draw(opening(), { width, color: true }).join('\n')
    t.true(painted.includes('\x1b['))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    t.is(painted.replace(/\x1b\[\d+m/g, ''), draw(opening(), { width, color: false }).join('\n'))
  }
})

test('lines that are too long are broken and what follows is indented', t => {
  t.is(
    fit('✓ one two three four\n    a b c d e f g h i j\nplain words go on', { width: 14, color: false }),
    '✓ one two\n  three four\n    a b c d\n      e f g h\n      i j\nplain words go\non',
  )
})
