/** A loss that was none is undone: Eifel detection by timestamps (RFC 3522), by D-SACK (RFC 3708), response by RFC 4015. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { ack, at, flying, MSS, numbersSent, segment } from '../support/flights.ts'
import { timestampsOf } from '../support/sent.ts'

const undone = (d: Dialogue): string[] =>
  d.events.flatMap(e => (e.type === 'recovery' && e.undone ? [e.cause] : []))

const FULL = 1448
/** Segment n where each bears timestamps. */
const stamped = (n: number): string => `. ${1 + n * FULL}:${1 + (n + 1) * FULL}(${FULL}) ack 1`

/** Ten segments with timestamps are in flight; returns the timestamp on them. */
const withTimestamps = (d: Dialogue): { c: Connection; stamp: number } => {
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,nop,TS val 1 ecr 0>')
  const ecr = timestampsOf(d.next())!.val
  d.after(100)
  d.receives(`. 1:1(0) ack 1 win 60000 <nop,nop,TS val 101 ecr ${ecr >>> 0}>`)
  const c = d.accepted[0]!.connection!
  send(c, Buffer.alloc(40 * FULL))
  const sent = d.skip()
  return { c, stamp: timestampsOf(sent[0]!)!.val }
}
const echo = (n: number, stamp: number, sack = ''): string =>
  `. 1:1(0) ack ${1 + n * FULL} win 60000 <nop,nop,TS val 200 ecr ${stamp >>> 0}${sack}>`

const options = {
  sack: true,
  timestamps: true,
  tailLossProbe: false,
  initialWindow: 10,
  frto: false,
} as const

test('an ACK of what was sent again that echoes the original: the timeout was spurious', t => {
  const d = dialogue({ tcp: options })
  const { c, stamp } = withTimestamps(d)
  d.after(1000)
  d.sends(stamped(0))
  t.is(c.congestion.cwnd, FULL)
  d.after(10)
  d.receives(echo(1, stamp))
  t.deepEqual(undone(d), ['timestamp'])
  t.is(c.recovery.phase, 'open')
  t.is(c.congestion.cwnd, 10 * FULL)
  t.is(c.congestion.ssthresh, 2 ** 30)
  t.is(c.troubles.undos, 1)
  // New data, not what was taken for lost.
  d.sends(stamped(10))
  d.silent()
})

test('one that echoes the copy: it was needed', t => {
  const d = dialogue({ tcp: options })
  const { stamp } = withTimestamps(d)
  d.after(1000)
  d.sends(stamped(0))
  d.after(100)
  d.receives(echo(1, stamp + 1000))
  t.deepEqual(undone(d), [])
  d.sends(stamped(1))
})

test('the same for a fast retransmit: segments had only been overtaken', t => {
  const d = dialogue({ tcp: options })
  const { c, stamp } = withTimestamps(d)
  d.after(100)
  d.receives(echo(0, stamp, `,nop,nop,sack ${1 + FULL}:${1 + 5 * FULL}`))
  t.is(c.recovery.phase, 'recovery')
  d.sends(stamped(0))
  d.after(5)
  d.receives(echo(5, stamp))
  t.deepEqual(undone(d), ['timestamp'])
  t.is(c.congestion.cwnd, 10 * FULL)
  t.is(c.flight.lost, 0)
})

test('an ACK that covers nothing sent again says nothing, whatever it echoes', t => {
  const d = dialogue({ tcp: options })
  const { c, stamp } = withTimestamps(d)
  d.after(100)
  d.receives(echo(0, stamp, `,nop,nop,sack ${1 + FULL}:${1 + 5 * FULL}`))
  d.receives(echo(0, stamp, `,nop,nop,sack ${1 + FULL}:${1 + 6 * FULL}`))
  t.is(c.recovery.phase, 'recovery')
})

const SACK = { sack: true, tailLossProbe: false, initialWindow: 10, frto: false } as const
const dsack = (n: number, ...ranges: [number, number][]): string => ack(n, ...ranges)

test('[R3708-2] D-SACKs of all that was sent again: there was no loss, the window is what it was', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 5]))
  t.is(c.recovery.phase, 'recovery')
  t.is(numbersSent(d)[0], 0)
  d.receives(ack(5))
  d.skip()
  t.is(c.recovery.phase, 'recovery')
  d.after(100)
  d.receives(dsack(5, [0, 1]))
  t.deepEqual(undone(d), ['D-SACK'])
  t.is(c.congestion.cwnd, 10 * MSS)
  t.is(c.recovery.phase, 'open')
})

test('also when recovery is over, and all is acknowledged', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(ack(0, [1, 5]))
  d.receives(ack(10))
  t.is(c.recovery.phase, 'open')
  t.is(c.congestion.cwnd, 5 * MSS)
  d.after(100)
  d.receives(dsack(10, [0, 1]))
  t.deepEqual(undone(d), ['D-SACK'])
  t.is(c.congestion.cwnd, 10 * MSS)
})

/** Segments 2 and 3 of ten were overtaken and are sent again. */
const twoSentAgain = (d: Dialogue): Connection => {
  const c = flying(d, 10)
  d.after(50)
  d.receives(ack(2))
  d.skip()
  d.after(50)
  d.receives(ack(2, [4, 9]))
  d.after(30)
  d.receives(ack(2, [4, 10]))
  d.receives(ack(2, [4, 12]))
  return c
}

test('[R3708-2][R3708-6] a D-SACK of one of two that were sent again is not enough', t => {
  const d = dialogue({ tcp: SACK })
  const c = twoSentAgain(d)
  t.is(c.recovery.phase, 'recovery')
  t.deepEqual(
    numbersSent(d).filter(n => n < 10),
    [2, 3],
  )
  d.receives(ack(12))
  d.receives(dsack(12, [2, 3]))
  t.deepEqual(undone(d), [])
  d.receives(dsack(12, [3, 4]))
  t.deepEqual(undone(d), ['D-SACK'])
})

test('[R3708-1] D-SACKs of what was not sent again show nothing, however many octets they tell of', t => {
  for (const duplicates of [
    [[4, 5]],
    [[0, 2]],
    [
      [2, 3],
      [4, 5],
    ],
    [
      [2, 3],
      [2, 3],
    ],
  ] as const) {
    const d = dialogue({ tcp: SACK })
    const c = twoSentAgain(d)
    const { ssthresh } = c.congestion
    d.receives(ack(12))
    for (const [first, end] of duplicates) d.receives(dsack(12, [first, end]))
    t.deepEqual(undone(d), [], JSON.stringify(duplicates))
    t.is(c.congestion.ssthresh, ssthresh)
  }
})

test('[R3708-3] sent again twice, it takes two D-SACKs to show that it was not lost', t => {
  const d = dialogue({ tcp: { ...SACK, minRto: 200, initialRto: 200 } })
  flying(d, 10, { segments: 1 + 10 })
  d.after(300)
  d.after(600)
  t.deepEqual(numbersSent(d).slice(0, 2), [0, 0])
  d.receives(ack(10))
  d.receives(dsack(10, [0, 1]))
  t.deepEqual(undone(d), [])
  d.receives(dsack(10, [0, 1]))
  t.deepEqual(undone(d), ['D-SACK'])
})

test('[R3708-4] D-SACKs of more than was ever sent again are the network’s or made up: nothing is undone by them any more', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(50)
  d.receives(ack(2))
  d.receives(dsack(2, [0, 1]))
  d.receives(dsack(2, [1, 2]))
  d.skip()
  d.after(50)
  d.receives(ack(2, [3, 9]))
  t.is(c.recovery.phase, 'recovery')
  t.is(numbersSent(d)[0], 2)
  d.receives(ack(12))
  d.receives(dsack(12, [2, 3]))
  t.deepEqual(undone(d), [])
  // Nor does RACK wait longer for what may be overtaken (RFC 8985 §6.2 step 4).
  t.is(c.rack.reorderingWindow(4, 100, false), 1)
})

test('[R3708-5] what lies lost and was not sent again yet may be a loss: it is not undone', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [7, 10]))
  t.is(c.recovery.phase, 'recovery')
  const again = numbersSent(d)
  t.deepEqual(again, [0, 1, 2])
  // A window that is shut by then leaves the rest where it is.
  for (const n of again)
    d.receives(`. 1:1(0) ack ${at(3)} win 0 <nop,nop,sack ${at(n)}:${at(n + 1)} ${at(7)}:${at(10)}>`)
  t.true(c.flight.lost > 0)
  t.deepEqual(undone(d), [])
})

test('[R3708-6] a window after the recovery D-SACKs come too late: they are copies that the network has made', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 5]))
  d.receives(ack(10))
  t.is(c.recovery.phase, 'open')
  t.true(c.recovery.undoable)
  // The segments that left when it was over, after all that it had sent again, are acknowledged.
  d.after(100)
  t.true(numbersSent(d).includes(10))
  d.receives(ack(11))
  t.false(c.recovery.undoable)
  d.receives(dsack(11, [0, 1]))
  t.deepEqual(undone(d), [])
})

test('what is undone once is not undone again', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 5]))
  d.receives(dsack(5, [0, 1]))
  t.is(c.troubles.undos, 1)
  const { cwnd } = c.congestion
  d.receives(dsack(5, [0, 1]))
  t.is(c.troubles.undos, 1)
  t.true(c.congestion.cwnd <= cwnd)
})

test('after an undo losses are found as before', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(1000)
  d.sends(segment(0))
  d.receives(ack(1))
  d.skip()
  d.receives(dsack(1, [0, 1]))
  t.deepEqual(undone(d), [])
  t.true(c.congestion.cwnd < 10 * MSS)
  d.after(100)
  d.receives(ack(1, [3, 9]))
  d.after(100)
  t.true(c.troubles.retransmissions >= 2)
  t.is((c.snd.una - c.snd.iss) | 0, at(1))
})

test('SYNs sent again for nothing, as the echo of the first shows: the initial window is what it would have been', t => {
  for (const late of [true, false]) {
    const d = dialogue({ tcp: { timestamps: true } })
    const { connection: c } = d.connect()
    const first = timestampsOf(d.next())!.val
    d.after(3500)
    const again = d.skip()
    t.is(again.length, 2)
    const stamp = late ? first : timestampsOf(again[1]!)!.val
    d.receives(`S. 0:0(0) ack 1 win 60000 <mss 1460,nop,nop,TS val 100 ecr ${stamp >>> 0}>`)
    t.is(c!.congestion.cwnd, late ? 10 * FULL : FULL)
  }
})
