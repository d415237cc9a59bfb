/** The eighth check of SEGMENT ARRIVES, RFC 9293 §3.10.7.4: the FIN bit. What CLOSE means on both sides (§3.6). */

import type { TraceEvent } from '../../src/tcp/block/events.ts'
import { close, receive, send } from '../../src/tcp/calls.ts'
import { reach, stateOf, stream, test } from '../support/states.ts'

const ends = (log: readonly string[]): number => log.filter(line => line === 'end').length

/** The kinds of timers that are still armed, by the event stream. */
const armed = (events: readonly TraceEvent[]): string[] => {
  const kinds = new Set<string>()
  for (const e of events)
    if (e.type === 'timer') e.action === 'armed' ? kinds.add(e.timer) : kinds.delete(e.timer)
  return [...kinds]
}

test('[SA-72] text with a FIN: the reader gets the text, then the end; the ACK covers both', (t, dialogue) => {
  for (const flags of ['F', 'FP']) {
    const d = dialogue()
    const { user } = reach(d, 'ESTABLISHED')
    // A FIN pushes, with or without the flag: nothing waits for a delayed ACK either.
    d.receives(`${flags}. 1:11(10) ack 1`)
    d.sends('. 1:1(0) ack 12')
    d.silent()
    t.deepEqual(user!.log.slice(-2), [`data ${stream(1, 10)}`, 'end'])
    t.is(stateOf(d), 'CLOSE_WAIT')
    d.after(600_000)
    d.silent()
  }
})

test('[SA-72][NX-19] a FIN ends the wait of text that was not pushed', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  d.receives('. 1:11(10) ack 1', 'F. 11:11(0) ack 1')
  d.sends('. 1:1(0) ack 12')
  d.silent()
  t.deepEqual(user!.log.slice(-2), [`data ${stream(1, 10)}`, 'end'])
})

test('[SA-73] SYN-RECEIVED: the ACK of our SYN with a FIN leads to CLOSE-WAIT', (t, dialogue) => {
  for (const active of [false, true]) {
    const d = dialogue()
    const { user } = reach(d, 'SYN_RECEIVED', active)
    d.receives('F. 1:1(0) ack 1')
    d.sends('. 1:1(0) ack 2')
    d.silent()
    t.is(stateOf(d), 'CLOSE_WAIT')
    t.deepEqual(d.transitions.slice(-2), ['SYN_RECEIVED → ESTABLISHED', 'ESTABLISHED → CLOSE_WAIT'])
    t.is(ends((user ?? d.accepted[0]!).log), 1)
  }
})

test('[SA-73] ESTABLISHED: CLOSE-WAIT', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 1:1(0) ack 2')
  t.is(stateOf(d), 'CLOSE_WAIT')
  t.is(ends(user!.log), 1)
})

test('[SA-74] FIN-WAIT-1: a FIN that acknowledges ours leads to TIME-WAIT, no timer but its own', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'FIN_WAIT_1')
  t.deepEqual(armed(d.events), ['retransmission'])
  d.receives('F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  d.silent()
  t.is(stateOf(d), 'TIME_WAIT')
  t.is(d.transitions.at(-1), 'FIN_WAIT_1 → TIME_WAIT')
  t.deepEqual(armed(d.events), ['2msl'])
  t.is(d.host.timers, 1)
  t.deepEqual(user!.log.slice(-2), ['end', 'closed in order'])
})

test('[SA-74] FIN-WAIT-1: the ACK of our FIN first, the FIN in the same batch', (t, dialogue) => {
  const d = dialogue()
  reach(d, 'FIN_WAIT_1')
  d.receives('. 1:1(0) ack 2', 'F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  t.deepEqual(d.transitions.slice(-2), ['FIN_WAIT_1 → FIN_WAIT_2', 'FIN_WAIT_2 → TIME_WAIT'])
})

test('[SA-74] FIN-WAIT-1: a FIN that does not leads to CLOSING', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'FIN_WAIT_1')
  d.receives('FP. 1:11(10) ack 1')
  d.sends('. 2:2(0) ack 12')
  d.silent()
  t.is(stateOf(d), 'CLOSING')
  t.deepEqual(armed(d.events), ['retransmission'])
  t.deepEqual(user!.log.slice(-2), [`data ${stream(1, 10)}`, 'end'])
})

test('[SA-75] FIN-WAIT-2: a FIN leads to TIME-WAIT, no timer but its own', (t, dialogue) => {
  const d = dialogue({ tcp: { keepAlive: true, msl: 1000 } })
  const { user } = reach(d, 'FIN_WAIT_2')
  d.receives('P. 1:11(10) ack 2')
  t.deepEqual(armed(d.events), ['keep-alive', 'delayed-ack'])
  d.receives('F. 11:11(0) ack 2')
  d.sends('. 2:2(0) ack 12')
  d.silent()
  t.deepEqual(armed(d.events), ['2msl'])
  t.is(d.host.timers, 1)
  t.deepEqual(user!.log.slice(-2), ['end', 'closed in order'])
  d.after(2000)
  d.silent()
  t.true(d.empty)
})

test('[SA-76] CLOSE-WAIT, CLOSING, LAST-ACK: the FIN again is acknowledged again, and nothing else', (t, dialogue) => {
  for (const state of ['CLOSE_WAIT', 'CLOSING', 'LAST_ACK'] as const) {
    const d = dialogue()
    const { c, user, snd } = reach(d, state)
    const log = [...user!.log]
    for (let n = 0; n < 10; n++) {
      d.receives('F. 1:1(0) ack 1')
      d.sends(`. ${snd}:${snd}(0) ack 2`)
      d.silent()
    }
    // And one that is new by its number.
    d.receives('F. 2:2(0) ack 1')
    t.is(stateOf(d), state)
    t.is(c.rcv.nxt, (d.peerIss + 2) | 0)
    t.deepEqual(user!.log, log)
  }
})

test('[SA-77] TIME-WAIT: the FIN again, and 2 MSL from then', (t, dialogue) => {
  const d = dialogue({ tcp: { msl: 1000 } })
  const { user } = reach(d, 'TIME_WAIT')
  for (let n = 0; n < 5; n++) {
    d.after(1999)
    d.receives('F. 1:1(0) ack 2')
    d.sends('. 2:2(0) ack 2')
    d.silent()
    t.is(stateOf(d), 'TIME_WAIT')
  }
  t.is(ends(user!.log), 1)
  d.after(2000)
  t.true(d.empty)
})

test('[NX-17] a FIN is told to a user that reads nothing, and the text is there later', (t, dialogue) => {
  const d = dialogue()
  const { user, c } = reach(d, 'ESTABLISHED')
  let told = 0
  user!.readable = () => told++
  d.receives('FP. 1:11(10) ack 1')
  d.sends('. 1:1(0) ack 12')
  t.true(told > 0)
  t.true(c.finReceived)
  t.is(Buffer.from(receive(c)!).toString(), stream(1, 10))
  t.is(receive(c), null)
})

test('[NX-17] a bare FIN is told too', (t, dialogue) => {
  const d = dialogue()
  const { user, c } = reach(d, 'ESTABLISHED')
  let told = 0
  user!.readable = () => told++
  d.receives('F. 1:1(0) ack 1')
  t.is(told, 1)
  t.true(c.finReceived)
})

test('[NX-19] CLOSE pushes: what Nagle held back leaves at once', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from(stream(1, 10)))
  d.sends('P. 1:11(10) ack 1')
  send(c, Buffer.from(stream(11, 10)))
  d.silent()
  close(c)
  d.sends('FP. 11:21(10) ack 1')
  d.silent()
  t.is(stateOf(d), 'FIN_WAIT_1')
})

test('[SA-72] text beyond a FIN is none of the stream: it is neither kept, reported nor taken, before the FIN or after it', (t, dialogue) => {
  const sack = { tcp: { sack: true } }
  const syn = 'S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>'
  {
    const d = dialogue(sack)
    const user = d.established({}, syn)
    d.receives('P. 901:951(50) ack 1')
    d.sends('. 1:1(0) ack 1 <nop,nop,sack 901:951>')
    d.receives('F. 1:1(0) ack 1')
    d.sends('. 1:1(0) ack 2 <>')
    t.is(user.connection!.receiveQueue.bytesAbove, 0)
  }
  {
    // A FIN above a gap cuts off what lies beyond, be it there or to come.
    const d = dialogue(sack)
    const user = d.established({}, syn)
    d.receives('P. 101:201(100) ack 1')
    d.receives('P. 301:401(100) ack 1')
    d.skip()
    d.receives('F. 151:151(0) ack 1')
    d.sends('. 1:1(0) ack 1 <nop,nop,sack 101:152>')
    t.is(user.connection!.receiveQueue.bytesAbove, 50)
    d.receives('P. 51:161(110) ack 1')
    d.sends('. 1:1(0) ack 1 <nop,nop,sack 101:151 51:152>')
    d.receives('P. 151:251(100) ack 1')
    d.sends('. 1:1(0) ack 1 <nop,nop,sack 51:152>')
    d.receives('P. 1:201(200) ack 1')
    d.sends('. 1:1(0) ack 152 <nop,nop,sack 51:151>')
    t.is(user.text, stream(1, 150))
    t.is(user.connection!.state, 'CLOSE_WAIT')
  }
  {
    // One that comes in order is the end, whatever is held beyond.
    const d = dialogue(sack)
    const user = d.established({}, syn)
    d.receives('P. 11:111(100) ack 1')
    d.skip()
    d.receives('FP. 1:101(100) ack 1')
    d.sends('. 1:1(0) ack 102 <nop,nop,sack 11:101>')
    t.is(user.text, stream(1, 100))
    t.is(user.connection!.state, 'CLOSE_WAIT')
  }
})
