/** The second check of SEGMENT ARRIVES, RFC 9293 §3.10.7.4: the RST bit. */

import type { Connection } from '../../src/tcp/block/connection.ts'
import { close, receive, send } from '../../src/tcp/calls.ts'
import {
  emptyAck,
  OTHER_STATES,
  type Reachable,
  reach,
  SYNCHRONIZED,
  stateOf,
  stream,
  test,
} from '../support/states.ts'

const SMALL = { tcp: { receiveBuffer: 8000 } }
const HOUR = 3_600_000

test('[SA-34][NX-13] every state: a RST outside of the window is dropped in silence', (t, dialogue) => {
  for (const active of [false, true])
    for (const state of OTHER_STATES) {
      const d = dialogue({ ...SMALL, tcp: { ...SMALL.tcp, resetMayMissFin: false } })
      const { rcv, edge, snd, user } = reach(d, state, active)
      const before = [...(user?.log ?? [])]
      for (const seq of [rcv - 1, rcv - 1000, edge, edge + 1, rcv + 2 ** 30, rcv - 2 ** 30])
        d.receives(`R ${seq}:${seq}(0)`, `R. ${seq}:${seq}(0) ack ${snd}`)
      d.silent()
      t.is(stateOf(d), state)
      t.deepEqual(user?.log ?? [], before)
    }
})

test('[NX-31] a peer that has closed and does not count its FIN resets one below RCV.NXT, then only', (t, dialogue) => {
  for (const state of OTHER_STATES.filter(s => s !== 'TIME_WAIT')) {
    const d = dialogue()
    const { rcv, c } = reach(d, state)
    const closed = c.finReceived
    d.receives(`R ${rcv - 2}:${rcv - 2}(0)`)
    t.is(stateOf(d), state)
    d.receives(`R ${rcv - 1}:${rcv - 1}(0)`)
    t.is(stateOf(d), closed ? 'CLOSED' : state)
    d.silent()
  }
})

test('[SA-35][NX-13] every state but TIME-WAIT: a RST at RCV.NXT ends the connection', (t, dialogue) => {
  for (const active of [false, true])
    for (const state of OTHER_STATES.filter(s => s !== 'TIME_WAIT'))
      for (const line of ['R', 'R.', 'R text']) {
        const d = dialogue()
        const { rcv } = reach(d, state, active)
        if (line === 'R') d.receives(`R ${rcv}:${rcv}(0)`)
        // Whatever it acknowledges, and whatever text it explains itself with.
        else if (line === 'R.') d.receives(`R. ${rcv}:${rcv}(0) ack 999`)
        else d.receives(`R ${rcv}:${rcv + 9}(9)`)
        t.is(stateOf(d), 'CLOSED', `${line} in ${state}`)
        d.after(HOUR)
        d.silent()
        t.true(d.empty)
      }
})

test('[SA-36] every state but TIME-WAIT: a RST elsewhere in the window is challenged; the answer resets', (t, dialogue) => {
  for (const active of [false, true])
    for (const state of OTHER_STATES.filter(s => s !== 'TIME_WAIT')) {
      const d = dialogue(SMALL)
      const r = reach(d, state, active)
      const { rcv, edge } = r
      for (const seq of [rcv + 1, edge - 1]) {
        d.receives(`R ${seq}:${seq}(0)`)
        const sent = d.sends(emptyAck(r))
        d.silent()
        t.is(stateOf(d), state)
        // A peer that knows of nothing resets by SEG.ACK (§3.10.7.1).
        t.is(sent.ack, (d.peerIss + rcv) | 0)
      }
      d.receives(`R ${rcv}:${rcv}(0)`)
      d.silent()
      t.is(stateOf(d), 'CLOSED')
    }
})

test('[SA-38] SYN-RECEIVED after a passive OPEN: back to LISTEN, and nobody is told', (t, dialogue) => {
  const d = dialogue()
  let acceptable = 0
  const listener = d.host.listen(0, 80, { acceptable: () => acceptable++ })
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('R 1:1(0)')
  d.after(HOUR)
  d.silent()
  t.is(acceptable, 0)
  t.is(listener.synQueue.size + listener.acceptQueue.size, 0)
  t.deepEqual(d.transitions, ['LISTEN → SYN_RECEIVED', 'SYN_RECEIVED → LISTEN'])
  t.true(d.empty)
  d.remotePort = 40_001
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
})

test('[SA-39] SYN-RECEIVED after an active OPEN: refused', (t, dialogue) => {
  const d = dialogue()
  const { user, c } = reach(d, 'SYN_RECEIVED', true)
  send(c, Buffer.from('never'))
  d.receives('R 1:1(0)')
  t.deepEqual(user!.log, ['closed ECONNREFUSED'])
  t.is(c.sendQueue.length, 0)
  d.after(HOUR)
  d.silent()
  t.true(d.empty)
  t.throws(() => send(c, Buffer.from('x')), { code: 'ECONNREFUSED' })
})

/** A connection with 1000 bytes unread and, where the state has it, something that was sent in vain. */
const busy = (d: Parameters<typeof reach>[0], state: Reachable): { c: Connection; rcv: number } => {
  const { c, user } = reach(d, 'ESTABLISHED')
  user!.reading = false
  d.receives('P. 1:1001(1000) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 1001')
  let rcv = 1001
  if (state === 'CLOSE_WAIT') {
    d.receives(`F. ${rcv}:${rcv}(0) ack 1`)
    d.sends(`. 1:1(0) ack ${++rcv}`)
  }
  if (state === 'FIN_WAIT_2') {
    close(c)
    d.sends('F. 1:1(0)')
    d.receives(`. ${rcv}:${rcv}(0) ack 2`)
  } else {
    send(c, Buffer.from(stream(1, 2000)))
    d.sends('. 1:1461(1460)')
    if (state === 'FIN_WAIT_1') close(c)
    d.skip()
  }
  if (c.state !== state) throw new Error(c.state)
  return { c, rcv }
}

test('[SA-40] ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT: reading and writing fail, queues are flushed', (t, dialogue) => {
  for (const [state, error] of [
    ['ESTABLISHED', 'ECONNRESET'],
    ['FIN_WAIT_1', 'ECONNRESET'],
    ['FIN_WAIT_2', 'ECONNRESET'],
    // The peer had ended before: only what we write can fail (as Linux says it).
    ['CLOSE_WAIT', 'EPIPE'],
  ] as const) {
    const d = dialogue()
    const { c, rcv } = busy(d, state)
    t.is(c.receiveQueue.length, 1000)
    d.receives(`R ${rcv}:${rcv}(0)`)
    t.is(d.accepted[0]!.log.at(-1), `closed ${error}`, state)
    t.is(receive(c), null)
    t.is(c.sendQueue.length, 0)
    t.throws(() => send(c, Buffer.from('x')), { code: error })
    d.after(HOUR)
    d.silent()
    t.true(d.empty)
  }
})

test('[SA-41] CLOSING and LAST-ACK: gone without a word', (t, dialogue) => {
  for (const state of ['CLOSING', 'LAST_ACK'] as const) {
    const d = dialogue()
    const { user } = reach(d, state)
    d.receives('R 2:2(0)')
    t.is(user!.log.at(-1), 'closed in order')
    t.is(user!.log.filter(line => line.startsWith('closed')).length, 1)
    t.deepEqual(d.transitions.at(-1), `${state} → CLOSED`)
    d.after(HOUR)
    d.silent()
    t.true(d.empty)
  }
})

test('[SA-41] TIME-WAIT, where RFC 1337 is not wanted: a RST at RCV.NXT ends it, no other does', (t, dialogue) => {
  const d = dialogue({ tcp: { timeWaitIgnoresRst: false } })
  reach(d, 'TIME_WAIT')
  d.receives('R 1:1(0)', 'R 3:3(0)')
  d.silent()
  t.is(stateOf(d), 'TIME_WAIT')
  d.receives('R 2:2(0)')
  d.silent()
  t.true(d.empty)
})

test('[SA-41][R1337-1] TIME-WAIT: a RST does not shorten it', (t, dialogue) => {
  const d = dialogue()
  reach(d, 'TIME_WAIT')
  d.receives('R 2:2(0)', 'R. 2:2(0) ack 2', 'R 3:3(0)')
  d.silent()
  t.is(stateOf(d), 'TIME_WAIT')
  d.receives('F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
})

test('[SA-36] RSTs by the hundred draw ten ACKs in five seconds', (t, dialogue) => {
  const d = dialogue()
  const r = reach(d, 'ESTABLISHED')
  for (let n = 0; n < 100; n++) {
    d.receives('R 5:5(0)')
    d.after(10)
  }
  t.is(d.skip().length, 10)
  d.after(5000)
  d.receives('R 5:5(0)')
  d.sends(emptyAck(r))
  d.silent()
  t.is(stateOf(d), 'ESTABLISHED')
})

test('[NX-12] synchronized states: nothing unacceptable draws a RST, or changes the state', (t, dialogue) => {
  for (const state of SYNCHRONIZED)
    for (const [seq, ack] of [
      ['rcv', 1000],
      ['rcv', -(2 ** 30)],
      ['rcv - 1', 1],
      ['edge', 1],
      ['far', 1],
      ['far', 1000],
    ] as const) {
      const d = dialogue(SMALL)
      const r = reach(d, state)
      const number = { rcv: r.rcv, 'rcv - 1': r.rcv - 1, edge: r.edge, far: r.rcv + 2 ** 30 }[seq]
      d.receives(`. ${number}:${number}(0) ack ${ack}`)
      // TIME-WAIT has no SND.UNA to hold an old acknowledgment against.
      if (!(state === 'TIME_WAIT' && seq === 'rcv' && ack < 0)) d.sends(emptyAck(r))
      d.silent()
      t.is(stateOf(d), state)
    }
})
