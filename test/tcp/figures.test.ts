/** The figures of RFC 9293 §3.5 and §3.6, line by line, from each side; those where segments cross, with two hosts. */

import ava from 'ava'
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import { close, send } from '../../src/tcp/calls.ts'
import { formatFlags } from '../../src/wire/tcp.ts'
import { RecordingUser } from '../support/recording-user.ts'
import { dialogueAt, reach, stateOf, stream, test } from '../support/states.ts'
import { A, B, twoHosts } from '../support/two-hosts.ts'

test('[NX-6] figure 6, TCP Peer B: SYN, SYN,ACK, ACK, data at the number of the ACK', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1')
  d.receives('P. 1:11(10) ack 1')
  t.is(stateOf(d), 'ESTABLISHED')
  t.is(d.accepted[0]!.text, stream(1, 10))
})

test('[NX-6] figure 6, TCP Peer A', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'SYN_SENT')
  d.receives('S. 0:0(0) ack 1')
  d.sends('. 1:1(0) ack 1')
  send(c, Buffer.from('data'))
  d.sends('P. 1:5(4) ack 1')
  t.is(stateOf(d), 'ESTABLISHED')
})

ava('[NX-6] figure 6 with its own numbers: SEQ=100, SEQ=300 ACK=101, SEQ=101 ACK=301', t => {
  const d = dialogueAt(100, 300)
  const { c } = reach(d, 'ESTABLISHED', true)
  send(c, Buffer.from('data'))
  d.next()
  t.deepEqual(
    d.link.sent.map(s => [s.seq, s.ack, formatFlags(s.flags), s.text.length]),
    [
      [100, 0, 'S', 0],
      [101, 301, '.', 0],
      [101, 301, 'P.', 4],
    ],
  )
})

test('[NX-7] figure 7: SYNs cross, SYN,ACKs cross, both are ESTABLISHED', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('S. 0:0(0) ack 1')
  d.silent()
  t.deepEqual(user!.log, ['established'])
  t.deepEqual(d.transitions, ['CLOSED → SYN_SENT', 'SYN_SENT → SYN_RECEIVED', 'SYN_RECEIVED → ESTABLISHED'])
})

/** Two hosts that talk from port 80 to port 80, and what happens at each. */
const crossing = () => {
  const transitions: Record<'a' | 'b', string[]> = { a: [], b: [] }
  const sent: string[] = []
  const pair = twoHosts(1, { delay: 5 }, { timestamps: false, msl: 1000 }, (host, e: TraceEvent) => {
    if (e.type === 'transition') transitions[host].push(e.to)
    if (e.type === 'segment-out') sent.push(`${host} ${formatFlags(e.flags)}`)
  })
  const users = { a: new RecordingUser(), b: new RecordingUser() }
  users.a.connection = blockOf(pair.a.connect(B, 80, users.a, { localPort: 80 }))
  users.b.connection = blockOf(pair.b.connect(A, 80, users.b, { localPort: 80 }))
  return { pair, users, transitions, sent }
}

ava('[NX-7] figure 7 with two hosts: no RST, and data flows', t => {
  const { pair, users, transitions, sent } = crossing()
  pair.clock.advance(100)
  const way = ['SYN_SENT', 'SYN_RECEIVED', 'ESTABLISHED']
  t.deepEqual(transitions, { a: way, b: way })
  t.deepEqual(sent.toSorted(), ['a S', 'a S.', 'b S', 'b S.'])
  send(users.a.connection!, Buffer.from('from a'))
  send(users.b.connection!, Buffer.from('from b'))
  pair.clock.advance(100)
  t.is(users.a.text, 'from b')
  t.is(users.b.text, 'from a')
})

test('[NX-8] figure 8, TCP Peer A: the SYN,ACK of an old SYN is reset, that of the new one connects', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.receives('S. 300:300(0) ack -9')
  d.sends('R -9:-9(0)')
  t.is(stateOf(d), 'SYN_SENT')
  d.receives('S. 400:400(0) ack 1')
  d.sends('. 1:1(0) ack 401')
  t.deepEqual(user!.log, ['established'])
})

test('[NX-8] figure 8, TCP Peer B: the RST leads back to LISTEN, the new SYN connects', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  d.receives('S -10:-10(0)')
  d.sends('S. 0:0(0) ack -9')
  d.receives('R -9:-9(0)')
  t.is(stateOf(d), 'CLOSED')
  d.receives('S 0:0(0)')
  t.is(d.next().ack, (d.peerIss + 1) | 0)
  d.receives('. 1:1(0) ack 1')
  d.silent()
  t.is(stateOf(d), 'ESTABLISHED')
  t.is(d.accepted.length, 1)
})

test('[NX-9] figure 9, TCP Peer A: we were started anew, and learn of the half-open connection', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.receives('. 300:300(0) ack -300')
  d.sends('R -300:-300(0)')
  t.is(stateOf(d), 'SYN_SENT')
  d.after(1000)
  d.sends('S 0:0(0)')
  d.receives('S. 400:400(0) ack 1')
  d.sends('. 1:1(0) ack 401')
  t.deepEqual(user!.log, ['established'])
})

test('[NX-9] figure 9, TCP Peer B: a SYN for our connection is answered, the RST believed', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  d.receives('S 400:400(0)')
  d.sends('. 1:1(0) ack 1')
  t.is(stateOf(d), 'ESTABLISHED')
  d.receives('R 1:1(0)')
  t.is(user!.log.at(-1), 'closed ECONNRESET')
  t.is(stateOf(d), 'CLOSED')
})

test('[NX-10] figure 10: data for a host without TCB draws a RST; the RST ends the sender', (t, dialogue) => {
  const a = dialogue()
  a.receives('P. 300:310(10) ack 100')
  a.sends('R 100:100(0)')
  a.silent()

  const b = dialogue()
  const { c, user } = reach(b, 'ESTABLISHED')
  send(c, Buffer.from('data'))
  const data = b.sends('P. 1:5(4) ack 1')
  const seq = (data.ack - b.peerIss) | 0
  b.receives(`R ${seq}:${seq}(0)`)
  t.is(user!.log.at(-1), 'closed ECONNRESET')
  b.after(600_000)
  b.silent()
  t.true(b.empty)
})

test('[NX-11] figure 11: an old SYN between two listeners; both are in LISTEN again', (t, dialogue) => {
  const b = dialogue()
  const listener = b.listen()
  b.receives('S 0:0(0)')
  b.sends('S. 0:0(0) ack 1')

  const a = dialogue()
  const other = a.listen()
  a.receives('S. 0:0(0) ack 1')
  a.sends('R 1:1(0)')

  b.receives('R 1:1(0)')
  for (const [d, l] of [
    [a, other],
    [b, listener],
  ] as const) {
    d.after(600_000)
    d.silent()
    t.true(d.empty)
    t.false(l.closed)
    d.remotePort++
    d.receives('S 0:0(0)')
    d.sends('S. 0:0(0) ack 1')
  }
})

test('[NX-14] figure 12, TCP Peer A: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, CLOSED', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  close(c)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2')
  d.receives('F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  d.after(60_000)
  t.deepEqual(d.transitions.slice(2), [
    'ESTABLISHED → FIN_WAIT_1',
    'FIN_WAIT_1 → FIN_WAIT_2',
    'FIN_WAIT_2 → TIME_WAIT',
    'TIME_WAIT → CLOSED',
  ])
})

test('[NX-14] figure 12, TCP Peer B: CLOSE-WAIT, LAST-ACK, CLOSED', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 1:1(0) ack 2')
  close(c)
  d.sends('F. 1:1(0) ack 2')
  d.receives('. 2:2(0) ack 2')
  t.deepEqual(d.transitions.slice(2), [
    'ESTABLISHED → CLOSE_WAIT',
    'CLOSE_WAIT → LAST_ACK',
    'LAST_ACK → CLOSED',
  ])
  t.true(d.empty)
})

test('[NX-15] figure 13: FINs cross, ACKs cross; FIN-WAIT-1, CLOSING, TIME-WAIT', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  close(c)
  d.sends('F. 1:1(0) ack 1')
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 2:2(0) ack 2')
  d.receives('. 2:2(0) ack 2')
  d.silent()
  t.deepEqual(d.transitions.slice(2), [
    'ESTABLISHED → FIN_WAIT_1',
    'FIN_WAIT_1 → CLOSING',
    'CLOSING → TIME_WAIT',
  ])
  t.is(user!.log.at(-1), 'closed in order')
  d.after(59_999)
  t.is(stateOf(d), 'TIME_WAIT')
  d.after(1)
  t.true(d.empty)
})

ava('[NX-15] figure 13 with two hosts: both wait 2 MSL', t => {
  const { pair, users, transitions, sent } = crossing()
  pair.clock.advance(100)
  sent.length = 0
  close(users.a.connection!)
  close(users.b.connection!)
  pair.clock.advance(100)
  t.deepEqual(sent.toSorted(), ['a .', 'a F.', 'b .', 'b F.'])
  t.is(pair.a.connections.size, 1)
  t.is(pair.b.connections.size, 1)
  pair.clock.advance(2000)
  const way = ['FIN_WAIT_1', 'CLOSING', 'TIME_WAIT', 'CLOSED']
  t.deepEqual([transitions.a.slice(3), transitions.b.slice(3)], [way, way])
  t.is(pair.a.connections.size + pair.b.connections.size, 0)
})
