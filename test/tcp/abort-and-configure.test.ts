/** The user's calls where two things meet: the end and what is unread, a change of options and a timer. */
import test from 'ava'
import { abort, close, configure, receive, release, send, urgentPending } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { RecordingUser } from '../support/recording-user.ts'

const ON = { keepAlive: true, keepAliveIdle: 30_000 }

test('[SHLD-3] a single unread byte is enough: letting go of it resets', t => {
  const d = dialogue()
  const user = d.established()
  user.reading = false
  d.receives('P. 1:2(1) ack 1')
  release(user.connection!)
  d.sends('R. 1:1(0) ack 2')
  t.true(d.empty)
})

test('closed first and let go of in FIN-WAIT-2: from then on a minute, no longer', t => {
  const d = dialogue()
  const { connection } = d.established()
  close(connection!)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2')
  d.after(1_000_000)
  t.is(connection!.state, 'FIN_WAIT_2')
  release(connection!)
  d.after(59_999)
  t.is(connection!.state, 'FIN_WAIT_2')
  d.after(1)
  t.true(d.empty)
})

test('aborted twice, aborted and let go of: one RST', t => {
  const d = dialogue()
  const { connection } = d.established()
  abort(connection!)
  abort(connection!)
  release(connection!)
  close(connection!)
  d.sends('R. 1:1(0) ack 1')
  d.after(100_000)
  d.silent()
  t.is(connection!.state, 'CLOSED')
  const resets = d.events.filter(e => e.type === 'segment-out' && e.reason === 'reset')
  t.is(resets.length, 1)
})

test('aborted as soon as it is established: the peer hears that it was before it hears the end', t => {
  const d = dialogue()
  const user = new (class extends RecordingUser {
    override established(): void {
      abort(this.connection!)
    }
  })()
  const opened = d.connect()
  user.connection = opened.connection
  opened.connection!.user = user
  d.sends('S 0:0(0)')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.sends('. 1:1(0) ack 1')
  d.sends('R. 1:1(0) ack 1')
  d.silent()
  t.true(d.empty)
})

test('aborted later: that it was established has been said', t => {
  const d = dialogue()
  const { connection } = d.connect()
  d.sends('S 0:0(0)')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.sends('. 1:1(0) ack 1')
  abort(connection!)
  d.sends('R. 1:1(0) ack 1')
  d.silent()
  t.is(connection!.state, 'CLOSED')
})

test('aborted with another ACK due: the RST alone', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('P. 1:4(3) ack 1')
  abort(user.connection!)
  d.sends('R. 1:1(0) ack 4')
  d.silent()
  t.true(d.empty)
})

test('after the peer’s FIN nobody needs to hear of room in the buffer', t => {
  const d = dialogue()
  const user = d.established({ receiveBuffer: 4000 })
  user.reading = false
  d.receives('. 1:1461(1460) ack 1', 'F. 1461:2921(1460) ack 1')
  d.sends('. 1:1(0) ack 2922')
  t.is(user.read().length, 2920)
  d.after(1000)
  d.silent()
})

test('[MUST-33] urgent mode lasts until the mark is read, to the byte, FIN or not', t => {
  const d = dialogue()
  const user = d.established()
  const c = user.connection!
  user.reading = false
  d.receives('U. 1:601(600) ack 1 urg 1201')
  d.receives('P. 601:1201(600) ack 1')
  t.is(urgentPending(c), 1201)
  receive(c)
  t.is(urgentPending(c), 601)
  d.receives('F. 1201:1202(1) ack 1')
  t.is(urgentPending(c), 601)
  receive(c)
  t.is(urgentPending(c), 1)
  t.not(c.rcv.up, null)
  receive(c)
  t.is(urgentPending(c), 0)
  t.is(c.rcv.up, null)
})

test('[MUST-17] Nagle switched off: what it has held leaves at once', t => {
  const d = dialogue()
  const { connection } = d.established()
  send(connection!, Buffer.from('one'))
  d.sends('P. 1:4(3) ack 1')
  send(connection!, Buffer.from('two'))
  d.silent()
  configure(connection!, { noDelay: true })
  d.sends('P. 4:7(3) ack 1')
  t.pass()
})

test('[MUST-26] changing something else does not put a keep-alive off', t => {
  const d = dialogue()
  const { connection } = d.established(ON)
  d.after(20_000)
  configure(connection!, { noDelay: true })
  d.after(9999)
  d.silent()
  d.after(1)
  d.sends('. 0:0(0) ack 1')
  t.pass()
})

test('a user timeout set while nothing is under way starts no timer', t => {
  const d = dialogue()
  const { connection } = d.established()
  configure(connection!, { userTimeout: 20_000 })
  t.is(d.host.timers, 0)
  d.after(100_000)
  t.is(connection!.state, 'ESTABLISHED')
})

test('a user timeout set while a shut window is probed leaves it to be probed', t => {
  const d = dialogue()
  const { connection } = d.established({}, undefined, '. 1:1(0) ack 1 win 0')
  send(connection!, Buffer.from('x'))
  d.silent()
  configure(connection!, { userTimeout: 200_000 })
  d.after(1000)
  d.sends('P. 1:2(1) ack 1')
  t.is(connection!.retransmitTimer.kind, 'persist')
})
