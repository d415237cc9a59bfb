/** The calls that end a connection, and STATUS: RFC 9293 §3.10.4 to §3.10.6. */
import test from 'ava'
import { abort, close, receive, release, send, unacknowledged } from '../../src/tcp/calls.ts'
import { status } from '../../src/tcp/status.ts'
import { dialogue } from '../support/dialogue.ts'
import { PEER } from '../support/packets.ts'
import type { RecordingUser } from '../support/recording-user.ts'

const kilobytes = (n: number): Buffer => Buffer.alloc(n * 1000, 'x')

// CLOSE

test('[UC-17] CLOSE in LISTEN and SYN-SENT: the TCB goes, nothing is sent, and nobody was ever established', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  send(user.connection!, kilobytes(1))
  close(user.connection!)
  t.is(unacknowledged(user.connection!), 0)
  d.after(0)
  t.deepEqual(user.log, ['closed in order'])
  const listener = d.listen()
  listener.close()
  listener.close()
  d.silent()
  t.true(d.empty)
})

test('[UC-18] CLOSE in SYN-RECEIVED without data: FIN at once', t => {
  const d = dialogue()
  const user = d.crossed()
  close(user.connection!)
  d.sends('F. 1:1(0) ack 1')
  t.is(user.connection!.state, 'FIN_WAIT_1')
})

test('[UC-18] CLOSE in SYN-RECEIVED behind data: it waits for ESTABLISHED', t => {
  const d = dialogue()
  const user = d.crossed()
  send(user.connection!, Buffer.from('first'))
  close(user.connection!)
  d.silent()
  t.is(user.connection!.state, 'SYN_RECEIVED')
  d.receives('S. 0:0(0) ack 1')
  d.sends('FP. 1:6(5) ack 1')
  t.deepEqual(d.transitions.slice(2), ['SYN_RECEIVED → ESTABLISHED', 'ESTABLISHED → FIN_WAIT_1'])
})

test('[UC-19] CLOSE behind 10 KB: all the bytes, then the FIN', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, kilobytes(10))
  close(user.connection!)
  t.is(user.connection!.state, 'FIN_WAIT_1')
  for (let seq = 1; seq < 8761; seq += 1460) d.sends(`. ${seq}:${seq + 1460}(1460) ack 1`)
  d.sends('FP. 8761:10001(1240) ack 1')
  d.silent()
})

test('[UC-20] a second CLOSE in FIN-WAIT-1 or FIN-WAIT-2 emits no second FIN', t => {
  const d = dialogue()
  const c = d.established().connection!
  close(c)
  d.sends('F. 1:1(0) ack 1')
  close(c)
  d.silent()
  d.after(1000)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2')
  close(c)
  release(c)
  d.silent()
  t.is(c.state, 'FIN_WAIT_2')
  t.is((c.snd.nxt - c.snd.iss) | 0, 2)
})

test('[UC-21] CLOSE in CLOSE-WAIT: FIN after queued data, LAST-ACK', t => {
  const d = dialogue()
  const c = d.established().connection!
  d.receives('F. 1:1(0) ack 1')
  d.skip()
  send(c, kilobytes(1))
  close(c)
  d.sends('FP. 1:1001(1000) ack 2')
  t.is(c.state, 'LAST_ACK')
})

test('[UC-22] CLOSE in CLOSING, LAST-ACK, TIME-WAIT is harmless', t => {
  const d = dialogue()
  const c = d.established().connection!
  close(c)
  d.receives('F. 1:1(0) ack 1')
  d.skip()
  t.is(c.state, 'CLOSING')
  close(c)
  d.receives('. 2:2(0) ack 2')
  t.is(c.state, 'TIME_WAIT')
  close(c)
  release(c)
  d.silent()
  t.is(d.host.connections.size, 1)
  const e = dialogue()
  const other = e.established().connection!
  e.receives('F. 1:1(0) ack 1')
  close(other)
  e.skip()
  close(other)
  e.silent()
  t.is(other.state, 'LAST_ACK')
})

// ABORT

test('[UC-23] ABORT in SYN-SENT: the TCB goes, no RST is sent, then or later', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  abort(user.connection!)
  d.after(600_000)
  d.silent()
  t.deepEqual(user.log, ['closed in order'])
  t.true(d.empty)
})

test('[UC-24] ABORT with data queued and in flight: one RST at SND.NXT, queues flushed, no retransmission', t => {
  for (const state of ['SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT'] as const) {
    const d = dialogue()
    const user = state === 'SYN_RECEIVED' ? d.crossed() : d.established()
    const c = user.connection!
    user.reading = false
    if (state !== 'SYN_RECEIVED') d.receives('P. 1:11(10) ack 1')
    if (state === 'CLOSE_WAIT') d.receives('F. 11:11(0) ack 1')
    if (state === 'FIN_WAIT_1' || state === 'ESTABLISHED') send(c, kilobytes(100))
    if (state === 'FIN_WAIT_1' || state === 'FIN_WAIT_2') close(c)
    if (state === 'FIN_WAIT_2') d.receives('. 11:11(0) ack 2')
    d.skip()
    t.is(c.state, state)
    abort(c)
    const sent = d.next()
    t.is(sent.seq, c.snd.nxt, state)
    t.is(sent.flags, 0x14, state)
    t.is(sent.text.length, 0)
    d.after(600_000)
    d.silent()
    t.is(c.state, 'CLOSED')
    t.is(unacknowledged(c), 0)
    t.is(receive(c), null)
    t.true(d.empty)
  }
})

test('[UC-25] ABORT in CLOSING and LAST-ACK: the TCB goes, no RST', t => {
  for (const first of ['us', 'peer']) {
    const d = dialogue()
    const c = d.established().connection!
    if (first === 'us') close(c)
    d.receives('F. 1:1(0) ack 1')
    if (first === 'peer') close(c)
    d.skip()
    t.is(c.state, first === 'us' ? 'CLOSING' : 'LAST_ACK')
    abort(c)
    d.silent()
    t.true(d.empty)
  }
})

test('[UC-25] ABORT in TIME-WAIT frees the record; not that of a later incarnation', t => {
  const d = dialogue()
  const c = d.established().connection!
  close(c)
  d.receives('F. 1:1(0) ack 2')
  d.skip()
  t.is(c.state, 'TIME_WAIT')
  t.is(d.host.connections.size, 1)
  abort(c)
  d.silent()
  t.true(d.empty)
  t.is(d.transitions.at(-1), 'TIME_WAIT → CLOSED')

  d.ourIss.clear()
  d.receives('S 10:10(0) win 65535')
  d.next()
  d.receives('. 11:11(0) ack 1')
  const next = d.accepted.at(-1)!.connection!
  abort(c)
  t.is(next.state, 'ESTABLISHED')
  close(next)
  d.receives('F. 11:11(0) ack 2')
  t.is(next.state, 'TIME_WAIT')
  abort(c)
  t.is(d.host.connections.size, 1)
})

// STATUS

test('[UC-26] STATUS tells the state, the sockets, queues, windows and the timer', t => {
  const d = dialogue()
  const user = d.established()
  user.reading = false
  d.receives('P. 1:501(500) ack 1 win 5000')
  send(user.connection!, kilobytes(2))
  d.skip()
  d.after(250)
  t.like(status(user.connection!), {
    state: 'ESTABLISHED',
    localPort: 80,
    remotePort: 40_000,
    remoteAddress: PEER,
    active: false,
    receiveQueue: 500,
    sendQueue: 2000,
    timer: { kind: 'retransmission', expiresIn: 750, retries: 0 },
    age: 250,
    stateAge: 250,
    mss: 1460,
    sendWindow: 5000,
    retransmissions: 0,
  })
})

test('[UC-26] STATUS names each state that a connection goes through', t => {
  const seen = new Set<string>()
  const d = dialogue({ tcp: { msl: 1000 } })
  const look = (user: RecordingUser) => seen.add(status(user.connection!).state)
  const user = d.crossed()
  look(user)
  d.receives('S. 0:0(0) ack 1')
  look(user)
  close(user.connection!)
  look(user)
  d.receives('. 1:1(0) ack 2')
  look(user)
  d.receives('F. 1:1(0) ack 2')
  look(user)
  d.skip()
  d.localPort = 81
  const passive = d.established()
  d.receives('F. 1:1(0) ack 1')
  look(passive)
  close(passive.connection!)
  look(passive)
  d.receives('. 2:2(0) ack 2')
  look(passive)
  d.localPort = 82
  d.skip()
  const both = d.established()
  close(both.connection!)
  d.receives('F. 1:1(0) ack 1')
  look(both)
  d.skip()
  d.localPort = 83
  look(d.connect())
  t.deepEqual([...seen].sort(), [
    'CLOSED',
    'CLOSE_WAIT',
    'CLOSING',
    'ESTABLISHED',
    'FIN_WAIT_1',
    'FIN_WAIT_2',
    'LAST_ACK',
    'SYN_RECEIVED',
    'SYN_SENT',
    'TIME_WAIT',
  ])
})
