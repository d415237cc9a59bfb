/** The sixth check of SEGMENT ARRIVES, RFC 9293 §3.10.7.4: the URG bit. */
import { urgentPending } from '../../src/tcp/calls.ts'
import { reach, stateOf, stream, test } from '../support/states.ts'

const count = (log: readonly string[]): number => log.filter(line => line === 'urgent').length

test('[SA-63] ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2: the pointer is told as it arrives, ahead of the text', (t, dialogue) => {
  for (const state of ['ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2'] as const) {
    const d = dialogue()
    const { c, user } = reach(d, state)
    user!.reading = false
    d.receives('U. 1:4(3) ack 1 urg 10')
    t.is(count(user!.log), 1, state)
    t.is(c.rcv.up, (d.peerIss + 11) | 0)
    t.is(urgentPending(c), 10)
    user!.read()
    t.is(user!.text, stream(1, 3))
    t.is(urgentPending(c), 7)
    user!.reading = true
    d.receives('P. 4:11(7) ack 1')
    t.is(urgentPending(c), 0)
    t.is(user!.text, stream(1, 10))
  }
})

test('[SA-63] a pointer without text is told too', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  d.receives('U. 1:1(0) ack 1 urg 10')
  t.is(count(user!.log), 1)
  t.is(urgentPending(c), 10)
})

test('[SA-64] in urgent mode the same pointer is no notices, a later one is', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  user!.reading = false
  d.receives('U. 1:4(3) ack 1 urg 10')
  d.receives('U. 4:7(3) ack 1 urg 7')
  d.receives('U. 1:4(3) ack 1 urg 10')
  d.receives('U. 7:7(0) ack 1 urg 4')
  t.is(count(user!.log), 1)
  d.receives('U. 7:10(3) ack 1 urg 20')
  t.is(count(user!.log), 2)
  t.is(c.rcv.up, (d.peerIss + 27) | 0)
})

test('[SA-65] CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT: URG is nothing', (t, dialogue) => {
  for (const state of ['CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'] as const) {
    const d = dialogue()
    const { c, user, rcv } = reach(d, state)
    d.receives(`U. ${rcv}:${rcv}(0) ack 1 urg 10`)
    d.receives(`U. ${rcv}:${rcv + 3}(3) ack 1 urg 10`)
    t.is(count(user!.log), 0)
    t.is(urgentPending(c), 0)
    t.is(stateOf(d), state)
  }
})

test('[NX-21] the pointer never recedes', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  user!.reading = false
  d.receives('U. 1:4(3) ack 1 urg 20')
  for (const urg of [1, 5, 16]) d.receives(`U. 4:4(0) ack 1 urg ${urg}`)
  t.is(c.rcv.up, (d.peerIss + 21) | 0)
  t.is(urgentPending(c), 20)
  t.is(count(user!.log), 1)
})

test('[NX-21] urgent mode ends where RCV.NXT and the reader catch up, and may begin again', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  d.receives('U. 1:6(5) ack 1 urg 5')
  t.is(count(user!.log), 1)
  t.is(c.rcv.up, null)
  t.is(urgentPending(c), 0)
  // Old notices: behind RCV.NXT, or at it.
  d.receives('U. 1:6(5) ack 1 urg 5', 'U. 6:6(0) ack 1 urg 0')
  t.is(count(user!.log), 1)
  // The pointer of a segment that brings old text too counts from where that began.
  d.receives('U. 1:7(6) ack 1 urg 3')
  t.is(count(user!.log), 1)
  d.receives('U. 7:8(1) ack 1 urg 1')
  t.is(count(user!.log), 2)
  t.is(user!.text, stream(1, 7))
})

test('[NX-21] bogus pointers harm nothing: text comes whole, in order, unmarked', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  d.receives('U. 1:11(10) ack 1 urg 65535', 'U. 11:21(10) ack 1 urg 0', '. 21:31(10) ack 1 urg 9')
  d.receives('U. 5:41(36) ack 1 urg 2')
  t.is(user!.text, stream(1, 40))
  t.is(count(user!.log), 1)
  d.receives('FU. 41:41(0) ack 1 urg 65535')
  t.is(stateOf(d), 'CLOSE_WAIT')
  t.is(user!.log.at(-1), 'end')
})
