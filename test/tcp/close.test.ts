import test from 'ava'
import { close, receive, release, send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

test('[ST-1][ST-4][ST-9][SA-7][NX-6] passive open: SYN, SYN-ACK, ACK', t => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.receives('. 1:1(0) ack 1 win 65535')
  d.silent()
  t.deepEqual(d.transitions, ['LISTEN → SYN_RECEIVED', 'SYN_RECEIVED → ESTABLISHED'])
  t.deepEqual(d.accepted[0]?.log, ['accepted', 'established'])
})

test('[ST-12][ST-14][ST-17][ST-21][MUST-13][NX-14] we close first, the peer later: TIME-WAIT for 2 MSL', t => {
  const d = dialogue({ tcp: { msl: 500 } })
  const user = d.established()
  close(user.connection!)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2')
  t.is(user.connection!.state, 'FIN_WAIT_2')
  d.receives('F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  t.deepEqual(user.log.slice(-2), ['end', 'closed in order'])
  d.after(999)
  t.is(d.host.connections.size, 1)
  d.after(1)
  d.silent()
  t.true(d.empty)
  t.deepEqual(d.transitions.slice(2), [
    'ESTABLISHED → FIN_WAIT_1',
    'FIN_WAIT_1 → FIN_WAIT_2',
    'FIN_WAIT_2 → TIME_WAIT',
    'TIME_WAIT → CLOSED',
  ])
})

test('[ST-13][ST-19][ST-20] the peer closes first: CLOSE-WAIT, LAST-ACK, CLOSED', t => {
  const d = dialogue()
  const user = d.established()
  user.reading = true
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 1:1(0) ack 2')
  send(user.connection!, Buffer.from('late'))
  d.sends('P. 1:5(4) ack 2')
  close(user.connection!)
  d.sends('F. 5:5(0) ack 2')
  d.receives('. 2:2(0) ack 6')
  t.deepEqual(user.log, ['accepted', 'established', 'end', 'closed in order'])
  t.true(d.empty)
})

test('[SHLD-3] letting go with unread data resets', t => {
  const d = dialogue()
  const user = d.established()
  user.reading = false
  d.receives('P. 1:11(10) ack 1')
  release(user.connection!)
  d.sends('R. 1:1(0) ack 11')
  t.is(receive(user.connection!), null)
  t.true(d.empty)
})

test('[SHLD-3] letting go with unread data resets where both have closed, too', t => {
  for (const state of ['LAST_ACK', 'CLOSING'] as const) {
    const d = dialogue()
    const user = d.established()
    user.reading = false
    const c = user.connection!
    d.receives('P. 1:11(10) ack 1')
    if (state === 'CLOSING') close(c)
    d.receives('F. 11:11(0) ack 1')
    if (state === 'LAST_ACK') close(c)
    d.skip()
    t.is(c.state, state)
    release(c)
    d.sends('R. 2:2(0) ack 12')
    d.silent()
    t.true(d.empty)
  }
})
