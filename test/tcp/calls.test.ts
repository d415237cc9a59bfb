/** The user's calls, RFC 9293 §3.10.1 to §3.10.6. */
import test from 'ava'
import {
  abort,
  close,
  receive,
  release,
  send,
  sendRoom,
  sendUrgent,
  unacknowledged,
} from '../../src/tcp/calls.ts'
import type { State } from '../../src/tcp/state.ts'
import { status } from '../../src/tcp/status.ts'
import { URG } from '../../src/wire/tcp.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { PEER } from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'

const kilobytes = (n: number): Buffer => Buffer.alloc(n * 1000, 'x')

/** An active OPEN that is crossed by the peer's: SYN-RECEIVED with a user. */
const crossed = (d: Dialogue): RecordingUser => {
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  return user
}

// OPEN

test('[UC-1] passive OPEN enters LISTEN and returns; nothing is sent', t => {
  const d = dialogue()
  const listener = d.listen()
  d.silent()
  t.false(listener.closed)
  t.like(d.events, { length: 1, 0: { type: 'transition', from: 'CLOSED', to: 'LISTEN', section: '§3.10.1' } })
})

test('[UC-2] active OPEN without a remote socket is an error, and leaves nothing behind', t => {
  const d = dialogue()
  const user = new RecordingUser()
  t.throws(() => d.host.connect(0, 80, user), { code: 'ENETUNREACH', name: 'TcpError' })
  t.throws(() => d.host.connect(PEER, 0, user), { code: 'EINVAL' })
  t.throws(() => d.host.connect(PEER, 65_536, user), { code: 'EINVAL' })
  d.silent()
  t.true(d.empty)
})

test('[UC-3] active OPEN: SEQ=ISS leaves; SND.UNA=ISS, SND.NXT=ISS+1, SYN-SENT', t => {
  const d = dialogue()
  const c = d.connect().connection!
  const { iss, una, nxt } = c.snd
  t.is(d.sends('S 0:0(0)').seq, iss)
  t.is(una, iss)
  t.is(nxt, (iss + 1) | 0)
  t.is(c.state, 'SYN_SENT')
})

test('[UC-4] active OPEN on a foreign address, with no way there, on a closed host: each its error', t => {
  const d = dialogue()
  const user = new RecordingUser()
  t.throws(() => d.host.connect(PEER, 80, user, { localAddress: PEER }), {
    code: 'EADDRNOTAVAIL',
    message: 'connect EADDRNOTAVAIL 192.0.2.1:80',
  })
  t.throws(() => d.host.listen(PEER, 80, { acceptable: () => {} }), { code: 'EADDRNOTAVAIL' })
  d.listen()
  t.throws(() => d.listen(), { code: 'EADDRINUSE' })
  d.host.close()
  t.throws(() => d.host.connect(PEER, 80, user), { code: 'ENETDOWN' })
  t.throws(() => d.listen(81), { code: 'ENETDOWN' })
})

test('[UC-6] a second OPEN of the same four numbers fails, and the first goes on', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  const error = t.throws(() => d.connect(), { code: 'EADDRINUSE' })
  t.like(error, { syscall: 'connect', address: '192.0.2.1', port: 40_000 })
  d.silent()
  d.receives('S. 0:0(0) ack 1')
  d.sends('. 1:1(0) ack 1')
  t.deepEqual(user.log, ['established'])
})

// SEND

test('[UC-7] SEND with no connection: EPIPE, or what it died of', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('R 1:1(0)')
  const error = t.throws(() => send(user.connection!, kilobytes(1)), { code: 'ECONNRESET' })
  t.like(error, { syscall: 'write' })
  const e = dialogue()
  const other = e.established()
  abort(other.connection!)
  e.skip()
  t.throws(() => send(other.connection!, kilobytes(1)), { code: 'EPIPE' })
  e.silent()
})

test('[UC-9] SEND in SYN-SENT: the bytes follow the handshake', t => {
  const d = dialogue()
  const user = d.connect()
  send(user.connection!, Buffer.from('early'))
  d.sends('S 0:0(0)')
  d.silent()
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  const [first] = d.unseen
  t.is(first?.text.length, 5)
  d.sends('P. 1:6(5) ack 1')
  d.silent()
})

test('[UC-9] SEND in SYN-RECEIVED: the bytes wait for the ACK', t => {
  const d = dialogue()
  const user = crossed(d)
  send(user.connection!, Buffer.alloc(2920, 'x'))
  d.silent()
  d.receives('S. 0:0(0) ack 1')
  t.is(Buffer.from(d.sends('. 1:1461(1460) ack 1').text).toString(), 'x'.repeat(1460))
  d.sends('P. 1461:2921(1460) ack 1')
  d.silent()
})

test('[UC-10] SEND in ESTABLISHED: segments with ACK=RCV.NXT, and back pressure', t => {
  const d = dialogue()
  const c = d.established({ sendBuffer: 4000 }).connection!
  d.receives('P. 1:11(10) ack 1')
  t.is(sendRoom(c), 4000)
  send(c, kilobytes(3))
  d.sends('. 1:1461(1460) ack 11')
  d.sends('. 1461:2921(1460) ack 11')
  t.is(sendRoom(c), 1000)
  send(c, kilobytes(3))
  t.is(sendRoom(c), 0)
  t.is(unacknowledged(c), 6000)
  d.skip()
  d.receives('. 11:11(0) ack 2921')
  t.is(sendRoom(c), 920)
})

test('[UC-10] SEND in CLOSE-WAIT still reaches the peer', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 1:1(0) ack 2')
  send(user.connection!, Buffer.from('still here'))
  t.is(Buffer.from(d.sends('P. 1:11(10) ack 2').text).toString(), 'still here')
})

test('[UC-11][R6093-3] urgent SEND: URG and the pointer until the mark is acknowledged', t => {
  const d = dialogue()
  const c = d.established().connection!
  sendUrgent(c, kilobytes(2))
  t.is((c.snd.up! - c.snd.iss) | 0, 2001)
  d.sends('U. 1:1461(1460) ack 1 urg 2000')
  // Nagle holds the rest until the first part is acknowledged.
  d.receives('. 1:1(0) ack 1461')
  d.sends('PU. 1461:2001(540) ack 1 urg 540')
  d.after(1000)
  d.sends('PU. 1461:2001(540) ack 1 urg 540')
  d.receives('. 1:1(0) ack 2001')
  t.is(c.snd.up, null)
  send(c, kilobytes(1))
  d.sends('P. 2001:3001(1000) ack 1 urg 0')
})

test('[R6093-1] the pointer designates the byte after the urgent ones; data behind it is not urgent', t => {
  const d = dialogue()
  const c = d.established({ noDelay: true }).connection!
  sendUrgent(c, Buffer.from('!'))
  d.sends('PU. 1:2(1) ack 1 urg 1')
  send(c, Buffer.from('calm'))
  const sent = d.sends('P. 2:6(4) ack 1 urg 0')
  t.is(sent.flags & URG, 0)
})

test('[UC-12] SEND after CLOSE, in FIN-WAIT-1, FIN-WAIT-2, CLOSING, LAST-ACK, TIME-WAIT: EPIPE, no bytes', t => {
  const d = dialogue()
  const c = d.established().connection!
  const refused = (state: State) => {
    t.is(c.state, state)
    t.throws(() => send(c, kilobytes(1)), { code: 'EPIPE' }, state)
    d.silent()
  }
  close(c)
  d.sends('F. 1:1(0) ack 1')
  refused('FIN_WAIT_1')
  d.receives('. 1:1(0) ack 2')
  refused('FIN_WAIT_2')
  d.receives('F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  refused('TIME_WAIT')
  for (const [segment, ack, state] of [
    ['F. 1:1(0) ack 1', '. 2:2(0) ack 2', 'CLOSING'],
    [null, null, 'LAST_ACK'],
  ] as const) {
    const e = dialogue()
    const other = e.established().connection!
    if (segment === null) e.receives('F. 1:1(0) ack 1')
    e.skip()
    close(other)
    e.skip()
    if (segment !== null) e.receives(segment)
    if (ack !== null) e.sends(ack)
    t.is(other.state, state)
    t.throws(() => send(other, kilobytes(1)), { code: 'EPIPE' }, state)
    e.silent()
  }
})

// RECEIVE

test('[UC-13] RECEIVE in SYN-SENT and SYN-RECEIVED waits; with no connection there is nothing', t => {
  const d = dialogue()
  const user = crossed(d)
  t.is(receive(user.connection!), null)
  d.receives('S. 0:0(0) ack 1')
  d.receives('P. 1:6(5) ack 1')
  t.deepEqual(user.log, ['established', 'data abcde'])
  abort(user.connection!)
  t.is(receive(user.connection!), null)
})

test('[UC-14] RECEIVE in ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2: reassembled data, as it comes', t => {
  const d = dialogue()
  const user = d.established()
  t.is(receive(user.connection!), null)
  d.receives('P. 6:11(5) ack 1')
  t.is(receive(user.connection!), null)
  d.receives('P. 1:6(5) ack 1')
  t.is(user.text, 'abcdefghij')
  close(user.connection!)
  d.receives('P. 11:14(3) ack 1')
  d.receives('P. 14:17(3) ack 2')
  t.is(user.connection!.state, 'FIN_WAIT_2')
  d.receives('P. 17:20(3) ack 2')
  t.is(user.text, 'abcdefghijklmnopqrs')
})

test('[UC-15] RECEIVE in CLOSE-WAIT: 500 unread bytes, then the end', t => {
  const d = dialogue()
  const user = d.established()
  user.reading = false
  d.receives('P. 1:501(500) ack 1')
  d.receives('F. 501:501(0) ack 1')
  t.is(user.connection!.state, 'CLOSE_WAIT')
  t.deepEqual(user.log.slice(2), [])
  t.is(user.read().length, 500)
  t.deepEqual(user.log.slice(2), ['data (500)', 'end'])
})

test('[UC-16] RECEIVE in CLOSING, LAST-ACK, TIME-WAIT: the end of the stream', t => {
  const d = dialogue()
  const user = d.established()
  const c = user.connection!
  const ended = (state: State) => {
    t.is(c.state, state)
    t.is(receive(c), null)
    t.true(c.finReceived)
  }
  close(c)
  d.receives('F. 1:1(0) ack 1')
  ended('CLOSING')
  d.receives('. 2:2(0) ack 2')
  ended('TIME_WAIT')
  const e = dialogue()
  const other = e.established()
  e.receives('F. 1:1(0) ack 1')
  close(other.connection!)
  t.is(other.connection!.state, 'LAST_ACK')
  t.is(receive(other.connection!), null)
  t.deepEqual(other.log.slice(2), ['end'])
})

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
  const user = crossed(d)
  close(user.connection!)
  d.sends('F. 1:1(0) ack 1')
  t.is(user.connection!.state, 'FIN_WAIT_1')
})

test('[UC-18] CLOSE in SYN-RECEIVED behind data: it waits for ESTABLISHED', t => {
  const d = dialogue()
  const user = crossed(d)
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
    const user = state === 'SYN_RECEIVED' ? crossed(d) : d.established()
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
  const user = crossed(d)
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
