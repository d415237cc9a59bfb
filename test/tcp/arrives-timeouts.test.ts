/** Time-outs, RFC 9293 §3.10.8, and what §3.8.2 and §3.9.1.1 say of them. */
import { configure, send } from '../../src/tcp/calls.ts'
import { reach, stateOf, stream, test } from '../support/states.ts'

const HOUR = 3_600_000
const UNANSWERED = [
  'SYN_SENT',
  'SYN_RECEIVED',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
] as const

test('[SA-78] user timeout: in each state a silent peer is given up after 20 s', (t, dialogue) => {
  for (const state of UNANSWERED) {
    const d = dialogue()
    const { c, user } = reach(d, state, state === 'SYN_SENT' || state === 'SYN_RECEIVED')
    user!.reading = false
    configure(c, { userTimeout: 20_000 })
    if (state === 'ESTABLISHED') d.receives('P. 1:11(10) ack 1')
    if (state === 'ESTABLISHED' || state === 'CLOSE_WAIT') send(c, Buffer.from(stream(1, 5000)))
    d.after(19_999)
    t.is(stateOf(d), state)
    d.skip()
    d.after(1)
    t.is(stateOf(d), 'CLOSED', state)
    t.is(user!.log.at(-1), 'closed ETIMEDOUT')
    t.is(c.sendQueue.length + c.receiveQueue.length, 0)
    t.throws(() => send(c, Buffer.from('x')), { code: 'ETIMEDOUT' })
    // The peer may hear of it; and that was all.
    t.true(d.skip().every(sent => sent.flags & 4))
    d.after(HOUR)
    d.silent()
    t.true(d.empty)
  }
})

test('[SA-78] user timeout: SYN-RECEIVED after a passive OPEN ends, and the listener goes on', (t, dialogue) => {
  const d = dialogue({ tcp: { userTimeout: 20_000 } })
  reach(d, 'SYN_RECEIVED')
  d.after(20_000)
  t.is(stateOf(d), 'CLOSED')
  d.skip()
  t.deepEqual(d.accepted, [])
  d.receives('S 0:0(0)')
  d.next()
  t.is(stateOf(d), 'SYN_RECEIVED')
})

test('[SA-78] user timeout: each acknowledgment begins it anew', (t, dialogue) => {
  const d = dialogue({ tcp: { userTimeout: 20_000 } })
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from(stream(1, 2920)))
  t.is(d.skip().length, 2)
  d.after(15_000)
  d.receives('. 1:1(0) ack 1461')
  d.after(19_999)
  t.is(stateOf(d), 'ESTABLISHED')
  d.after(1)
  t.is(stateOf(d), 'CLOSED')
})

test('[SA-79] retransmission timeout: the first unacknowledged segment goes again, alone', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from(stream(1, 5840)))
  d.sends('. 1:1461(1460) ack 1')
  t.is(d.skip().length, 3)
  d.after(999)
  d.silent()
  // The timer starts anew, with twice the time (RFC 6298 (5.5), (5.6)).
  for (const wait of [1, 2000, 4000, 8000]) {
    d.after(wait - 1)
    d.silent()
    d.after(1)
    const sent = d.sends('. 1:1461(1460) ack 1')
    t.is(Buffer.from(sent.text).toString(), stream(1, 1460))
    d.silent()
  }
})

test('[SA-79] retransmission timeout: SYN, SYN,ACK and FIN go again too', (t, dialogue) => {
  for (const [state, line] of [
    ['SYN_SENT', 'S 0:0(0)'],
    ['SYN_RECEIVED', 'S. 0:0(0) ack 1'],
    ['FIN_WAIT_1', 'F. 1:1(0) ack 1'],
    ['CLOSING', 'F. 1:1(0) ack 2'],
    ['LAST_ACK', 'F. 1:1(0) ack 2'],
  ] as const) {
    const d = dialogue()
    reach(d, state)
    for (const wait of [1000, 2000, 4000]) {
      d.after(wait - 1)
      d.silent()
      d.after(1)
      d.sends(line)
      d.silent()
    }
    t.is(stateOf(d), state)
  }
})

test('[SA-80] TIME-WAIT timeout: after 2 MSL, four minutes or what was set, nothing is left', (t, dialogue) => {
  for (const msl of [120_000, 30_000, 1]) {
    const d = dialogue({ tcp: { msl } })
    reach(d, 'TIME_WAIT')
    d.after(2 * msl - 1)
    t.is(stateOf(d), 'TIME_WAIT')
    d.after(1)
    t.true(d.empty)
    t.is(d.transitions.at(-1), 'TIME_WAIT → CLOSED')
    d.silent()
    // Whatever comes now is for nobody: the listener's business.
    d.receives('. 2:2(0) ack 2')
    t.is(d.next().flags, 4)
  }
})

test('[NX-20] a backed-off RTO is kept until something sent once is acknowledged', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from('a'))
  d.sends('P. 1:2(1) ack 1')
  d.after(1000)
  d.sends('P. 1:2(1) ack 1')
  d.after(2000)
  d.sends('P. 1:2(1) ack 1')
  // The ACK of what was sent three times says nothing (Karn).
  d.receives('. 1:1(0) ack 2')
  send(c, Buffer.from('b'))
  d.sends('P. 2:3(1) ack 1')
  d.after(3999)
  d.silent()
  d.after(1)
  d.sends('P. 2:3(1) ack 1')
  d.receives('. 1:1(0) ack 3')
  t.is(c.rto.value, 8000)
  send(c, Buffer.from('c'))
  d.sends('P. 3:4(1) ack 1')
  d.receives('. 1:1(0) ack 4')
  t.is(c.rto.value, 1000)
})

test('[NX-26] five minutes are the default', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from('anybody?'))
  d.after(299_999)
  t.is(stateOf(d), 'ESTABLISHED')
  d.after(1)
  t.is(user!.log.at(-1), 'closed ETIMEDOUT')
  t.true(d.empty)
})
