/** The calls that open a connection and carry text, RFC 9293 §3.10.1 to §3.10.3. */
import test from 'ava'
import { abort, close, receive, send, sendRoom, sendUrgent, unacknowledged } from '../../src/tcp/calls.ts'
import type { State } from '../../src/tcp/state.ts'
import { URG } from '../../src/wire/tcp.ts'
import { dialogue } from '../support/dialogue.ts'
import { PEER } from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'

const kilobytes = (n: number): Buffer => Buffer.alloc(n * 1000, 'x')

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
  const user = d.crossed()
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
  const user = d.crossed()
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
