/** SYNs, RSTs and old duplicates in TIME-WAIT: RFC 6191, RFC 1337. */
import test from 'ava'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { abort, close } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { timestampsOf } from '../support/sent.ts'

/** By the letter of RFC 6191: a SYN that may not reuse the connection is dropped in silence. */
const SILENT = { timeWaitAnswersSyn: false } as const

const TS = { timestamps: true }
const ts = (val: number): string => ` <nop,nop,TS val ${val} ecr 0>`
/** The sequence number of the peer's FIN. */
const LAST = 1000

/** A connection that we have closed first, in TIME-WAIT; the peer's last TSval is 500. */
const waiting = (tcp: Partial<TcpOptions>, stamps: boolean): Dialogue => {
  const d = dialogue({ tcp: { ...SILENT, ...tcp } })
  const stamp = (val: number) => (stamps ? ts(val) : '')
  d.listen()
  d.receives(`S 0:0(0)${stamp(100)}`)
  d.next()
  d.receives(`. 1:1(0) ack 1${stamp(101)}`)
  d.receives(`. 1:1000(999) ack 1${stamp(102)}`)
  close(d.accepted[0]!.connection!)
  d.after(0)
  d.receives(`F. ${LAST}:${LAST}(0) ack 2${stamp(500)}`)
  if (d.transitions.at(-1) !== 'FIN_WAIT_1 → TIME_WAIT') throw new Error('not in TIME-WAIT')
  d.skip()
  d.after(1)
  return d
}

/** The effect of a SYN at `seq`: it opens the connection anew, or nothing at all. */
const verdict = (d: Dialogue, seq: number, stamp = ''): string => {
  const before = d.events.length
  d.ourIss.clear()
  d.receives(`S ${seq}:${seq}(0)${stamp}`)
  const sent = d.skip()
  const notices = d.events
    .slice(before)
    .flatMap(e => (e.type === 'transition' ? [`${e.from} → ${e.to}`] : []))
  if (sent.length === 0 && notices.length === 0 && d.events.slice(before).every(e => e.type === 'drop'))
    return 'silence'
  if (sent.length === 1 && notices.join() === 'TIME_WAIT → CLOSED,LISTEN → SYN_RECEIVED')
    return d.describe(sent[0]!)
  return `${notices} ${sent.map(s => d.describe(s))}`
}
const opens = (seq: number): RegExp => new RegExp(`^40000>80 S\\. 0:0\\(0\\) ack ${seq + 1} `)

test('[R6191-1] timestamps before and after, a larger TSval and a lower SEQ: SYN,ACK', t => {
  t.regex(verdict(waiting(TS, true), 5, ts(501)), opens(5))
})

test('[R6191-2] an equal TSval: only with SEQ beyond the FIN', t => {
  t.is(verdict(waiting(TS, true), LAST, ts(500)), 'silence')
  t.regex(verdict(waiting(TS, true), LAST + 1, ts(500)), opens(LAST + 1))
})

test('[R6191-3] timestamps before, none after: only with SEQ beyond the FIN', t => {
  t.is(verdict(waiting(TS, true), LAST), 'silence')
  t.regex(verdict(waiting(TS, true), LAST + 1), opens(LAST + 1))
})

test('[R6191-3] what others have stamped meanwhile is nothing to it', t => {
  for (const [val, seq, opened] of [
    [9999, LAST, false],
    [1, LAST + 1, true],
  ] as const) {
    const d = waiting(TS, true)
    d.receives(`41000>80 . 1:1(0) ack 1${ts(val)}`)
    d.skip()
    const found = verdict(d, seq)
    if (opened) t.regex(found, opens(seq))
    else t.is(found, 'silence')
  }
})

test('[R6191-4] none before, timestamps after: SYN,ACK, whatever SEQ and TSval', t => {
  t.regex(verdict(waiting(TS, false), 5, ts(1)), opens(5))
  t.regex(verdict(waiting(TS, false), 5, ts(0x8000_0001)), opens(5))
})

test('[R6191-4] the SYN offers timestamps that we do not want: SEQ decides', t => {
  t.is(verdict(waiting({ timestamps: false }, false), 5, ts(1)), 'silence')
  t.regex(verdict(waiting({ timestamps: false }, false), LAST + 1, ts(1)), opens(LAST + 1))
})

test('[R6191-5] none at all: only with SEQ beyond the FIN, also around 2^32', t => {
  t.is(verdict(waiting({}, false), LAST), 'silence')
  t.is(verdict(waiting({}, false), 0), 'silence')
  t.regex(verdict(waiting({}, false), LAST + 1), opens(LAST + 1))
  t.regex(verdict(waiting({}, false), LAST + 0x7000_0000), opens(LAST + 0x7000_0000))
})

test('[R6191-5] none before or after, though we would take them: the same', t => {
  t.is(verdict(waiting(TS, false), LAST), 'silence')
  t.regex(verdict(waiting(TS, false), LAST + 1), opens(LAST + 1))
})

test('[R6191-6] a smaller TSval: silence, TIME-WAIT stays, its timer unchanged', t => {
  const d = waiting({ ...TS, msl: 1000 }, true)
  t.is(verdict(d, LAST + 1, ts(499)), 'silence')
  t.is(d.host.drops['time-wait-syn'], 1)
  d.after(1998)
  t.is(d.host.connections.size, 1)
  d.after(1)
  t.true(d.empty)
})

test('[R6191-6] a SYN that would do, but nobody listens or has room: TIME-WAIT stays', t => {
  const d = waiting(TS, true)
  for (const listener of d.host.listeners) listener.close()
  d.ourIss.clear()
  d.receives(`S 5000:5000(0)${ts(501)}`)
  d.sends('R. 0:0(0) ack 5001')
  t.is(d.host.connections.size, 1)
  const full = d.host.listen(0, 80, { acceptable: () => {} }, { backlog: 1 })
  d.receives('41000>80 S 0:0(0)')
  d.next()
  d.receives('41000>80 . 1:1(0) ack 1')
  t.true(full.acceptQueueFull)
  d.receives(`S 5000:5000(0)${ts(501)}`)
  d.silent()
  t.is(d.host.connections.size, 2)
  t.is(d.transitions.at(-1), 'SYN_RECEIVED → ESTABLISHED')
})

test('[R6191-7] our own TSval grows from one connection to the next between the same ends', t => {
  const d = dialogue({ tcp: TS })
  let before: number | null = null
  for (let n = 0; n < 10; n++) {
    const user = d.connect()
    const { val } = timestampsOf(d.next())!
    if (before !== null) t.true(((val - before) | 0) >= 0)
    before = val
    abort(user.connection!)
    d.after(n)
  }
})

// RFC 1337

test('[R1337-1] a RST at RCV.NXT does not end TIME-WAIT: the FIN again is still acknowledged', t => {
  const d = waiting({}, false)
  d.receives(`R ${LAST + 1}:${LAST + 1}(0)`)
  d.silent()
  t.is(d.host.connections.size, 1)
  t.is(d.host.drops['time-wait-rst'], 1)
  d.receives(`F. ${LAST}:${LAST}(0) ack 2`)
  d.sends(`. 2:2(0) ack ${LAST + 1}`)
})

test('[R1337-1] with timeWaitIgnoresRst off it does, at RCV.NXT only', t => {
  const d = waiting({ timeWaitIgnoresRst: false }, false)
  d.receives(`R ${LAST}:${LAST}(0)`)
  d.receives(`R ${LAST + 2}:${LAST + 2}(0)`)
  t.is(d.host.connections.size, 1)
  d.receives(`R ${LAST + 1}:${LAST + 1}(0)`)
  d.silent()
  t.true(d.empty)
  t.is(d.transitions.at(-1), 'TIME_WAIT → CLOSED')
})

test('[R1337-3] old duplicate data in TIME-WAIT: an ACK; the RST that it draws from the peer ends nothing', t => {
  const d = waiting({}, false)
  d.receives('. 1:101(100) ack 1')
  d.sends(`. 2:2(0) ack ${LAST + 1}`)
  d.receives(`R ${LAST + 1}:${LAST + 1}(0)`)
  t.is(d.host.connections.size, 1)
  t.is(d.accepted[0]!.text.length, 999)
})

test('[R1337-3] with timestamps an old duplicate in the window of the next incarnation is not taken', t => {
  const d = waiting(TS, true)
  d.ourIss.clear()
  d.receives(`S 5:5(0)${ts(600)}`)
  d.next()
  d.receives(`. 6:6(0) ack 1${ts(601)}`)
  const next = d.accepted[1]!
  d.receives(`. 6:106(100) ack 1${ts(102)}`)
  d.sends('. 1:1(0) ack 6')
  t.is(next.text, '')
})
