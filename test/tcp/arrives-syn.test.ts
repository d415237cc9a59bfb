/** The fourth check of SEGMENT ARRIVES, RFC 9293 §3.10.7.4: the SYN bit. */
import { close } from '../../src/tcp/calls.ts'
import { emptyAck, reach, SYNCHRONIZED, stateOf, test } from '../support/states.ts'

const OPEN_STATES = SYNCHRONIZED.filter(state => state !== 'TIME_WAIT')
const SMALL = { tcp: { receiveBuffer: 8000 } }

test('[SA-44] SYN-RECEIVED after a passive OPEN: a new SYN in the window returns it to LISTEN', (t, dialogue) => {
  for (const line of ['S 1:1(0)', 'S 100:100(0)', 'S. 1:1(0) ack 1']) {
    const d = dialogue()
    reach(d, 'SYN_RECEIVED')
    d.receives(line)
    d.after(600_000)
    d.silent()
    t.deepEqual(d.transitions, ['LISTEN → SYN_RECEIVED', 'SYN_RECEIVED → LISTEN'])
    t.deepEqual(d.accepted, [])
    t.true(d.empty)
    // The SYN that comes again finds the listener.
    d.receives('S 100:100(0)')
    d.next()
    t.is(stateOf(d), 'SYN_RECEIVED')
  }
})

test('[SA-44] SYN-RECEIVED after a passive OPEN: the same SYN again draws the SYN,ACK again', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'SYN_RECEIVED')
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.silent()
  t.is(stateOf(d), 'SYN_RECEIVED')
  d.receives('. 1:1(0) ack 1')
  t.is(c.state, 'ESTABLISHED')
})

test('[SA-23] SYN-RECEIVED after a passive OPEN: a SYN,ACK with the number of the SYN crosses nothing, it is old', (t, dialogue) => {
  for (const ack of [1, 501]) {
    const d = dialogue({ tcp: { acksCrossingSyn: true } })
    reach(d, 'SYN_RECEIVED')
    d.receives(`S. 0:0(0) ack ${ack}`)
    d.sends('. 1:1(0) ack 1')
    d.silent()
    t.is(stateOf(d), 'SYN_RECEIVED')
  }
})

test('[SA-44] SYN-RECEIVED: a SYN outside of the window draws an ACK of what we wait for', (t, dialogue) => {
  const d = dialogue(SMALL)
  const r = reach(d, 'SYN_RECEIVED')
  for (const seq of [-1, -100, r.edge, r.edge + 100]) {
    d.receives(`S ${seq}:${seq}(0)`)
    d.sends(emptyAck(r))
    d.silent()
  }
  t.is(stateOf(d), 'SYN_RECEIVED')
})

test('[SA-45] SYN-RECEIVED after an active OPEN: a SYN is challenged', (t, dialogue) => {
  const d = dialogue(SMALL)
  const r = reach(d, 'SYN_RECEIVED', true)
  for (const line of ['S 1:1(0)', 'S 100:100(0)', 'S -100:-100(0)', 'S. 5:5(0) ack 1']) {
    d.receives(line)
    d.sends(emptyAck(r))
    d.silent()
    t.is(stateOf(d), 'SYN_RECEIVED')
  }
  d.receives('S. 0:0(0) ack 1')
  t.is(stateOf(d), 'ESTABLISHED')
})

test('[SA-46] synchronized states: a SYN is challenged, whatever its number', (t, dialogue) => {
  for (const state of OPEN_STATES)
    for (const ack of ['', ' ack 1', ' ack 2', ' ack 999']) {
      const d = dialogue(SMALL)
      const r = reach(d, state)
      const log = [...r.user!.log]
      for (const seq of [r.rcv, r.rcv + 10, r.rcv - 1, 0, r.edge, r.rcv + 2 ** 30, r.rcv - 2 ** 30]) {
        d.receives(`S${ack === '' ? '' : '.'} ${seq}:${seq}(0)${ack}`)
        d.sends(emptyAck(r))
        d.silent()
        t.is(stateOf(d), state)
      }
      t.deepEqual(r.user!.log, log)
      t.is(r.c.rcv.nxt, (d.peerIss + r.rcv) | 0)
    }
})

test('[SA-46] synchronized states: text and FIN of a SYN are not taken', (t, dialogue) => {
  for (const state of OPEN_STATES) {
    const d = dialogue()
    const r = reach(d, state)
    d.receives(`SF. ${r.rcv}:${r.rcv + 10}(10) ack ${r.snd}`)
    d.sends(emptyAck(r))
    d.silent()
    t.is(stateOf(d), state)
    t.is(r.user!.text, '')
  }
})

test('[SA-46] a peer that has started anew: SYN, challenge, RST by SEG.ACK, SYN', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  d.receives('S 50000:50000(0)')
  d.sends('. 1:1(0) ack 1')
  d.receives('R 1:1(0)')
  t.is(user!.log.at(-1), 'closed ECONNRESET')
  d.receives('S 50000:50000(0)')
  d.next()
  d.receives('. 50001:50001(0) ack 1')
  t.is(d.accepted.length, 2)
  t.is(stateOf(d), 'ESTABLISHED')
})

test('[SA-46] a peer that has started anew without timestamps is challenged too', (t, dialogue) => {
  const d = dialogue({ tcp: { timestamps: true } })
  d.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,nop,nop,TS val 100 ecr 0>',
    '. 1:1(0) ack 1 <nop,nop,TS val 100 ecr 0>',
  )
  d.receives('S 50000:50000(0)')
  d.sends('. 1:1(0) ack 1')
  d.receives('S 50000:50000(0) <mss 1460,nop,nop,TS val 3 ecr 0>')
  d.sends('. 1:1(0) ack 1')
  d.receives('R 1:1(0)')
  t.true(d.empty)
})

test('[SA-46] SYNs by the hundred draw ten ACKs in five seconds', (t, dialogue) => {
  const d = dialogue()
  const r = reach(d, 'ESTABLISHED')
  for (let n = 0; n < 100; n++) d.receives(n % 2 ? `S ${n}:${n}(0)` : `SF. ${-n - 50}:${-n}(50) ack 1`)
  t.is(d.skip().length, 10)
  d.after(5000)
  d.receives('S 1:1(0)')
  d.sends(emptyAck(r))
  d.silent()
})

test('[SA-46] a shut window: a SYN is challenged as ever', (t, dialogue) => {
  const d = dialogue({ tcp: { receiveBuffer: 1000 } })
  const { user } = reach(d, 'ESTABLISHED')
  user!.reading = false
  d.receives('P. 1:1001(1000) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 1001 win 0')
  d.receives('S 1001:1001(0)', 'S. 1002:1002(0) ack 1')
  d.sends('. 1:1(0) ack 1001 win 0')
  d.receives('S 5:5(0)')
  d.sends('. 1:1(0) ack 1001 win 0')
  d.silent()
  t.is(stateOf(d), 'ESTABLISHED')
})

test('[SA-46] TIME-WAIT: a SYN,ACK, or one of an old SYN, draws the last ACK and ends nothing', (t, dialogue) => {
  const d = dialogue()
  const r = reach(d, 'TIME_WAIT')
  for (const seq of [0, 2, 500]) {
    d.receives(`S. ${seq}:${seq}(0) ack 1`)
    d.sends(emptyAck(r))
    d.silent()
    t.is(stateOf(d), 'TIME_WAIT')
  }
})

test('[SA-30][SA-48] TIME-WAIT: a SYN with a later timestamp opens anew, whatever its number', (t, dialogue) => {
  for (const [seq, val, opens] of [
    [-5000, 501, true],
    [5000, 501, true],
    [-5000, 500, false],
    [-5000, 499, false],
    [5000, 500, true],
    [5000, 499, false],
  ] as const) {
    const d = dialogue({ tcp: { timestamps: true } })
    const user = d.established(
      {},
      'S 0:0(0) win 65535 <mss 1460,nop,nop,TS val 500 ecr 0>',
      '. 1:1(0) ack 1 <nop,nop,TS val 500 ecr 0>',
    )
    close(user.connection!)
    d.sends('F. 1:1(0) ack 1')
    d.receives('F. 1:1(0) ack 2 <nop,nop,TS val 500 ecr 0>')
    d.sends('. 2:2(0) ack 2')
    t.is(stateOf(d), 'TIME_WAIT')
    d.receives(`S ${seq}:${seq}(0) <mss 1460,nop,nop,TS val ${val} ecr 0>`)
    if (opens) t.is(d.next().ack, (d.peerIss + seq + 1) | 0)
    else d.sends('. 2:2(0) ack 2')
    d.silent()
    t.is(stateOf(d), opens ? 'SYN_RECEIVED' : 'TIME_WAIT', `seq ${seq}, TSval ${val}`)
  }
})

test('[NX-32] TIME-WAIT: an old SYN is answered with an ACK, and the exact reset that this draws is believed', (t, dialogue) => {
  for (const strict of [false, true]) {
    const d = dialogue({ tcp: { timeWaitAnswersSyn: !strict } })
    reach(d, 'TIME_WAIT')
    // No SYN was answered yet: a reset by chance ends nothing (RFC 1337).
    d.receives('R 2:2(0)')
    t.is(stateOf(d), 'TIME_WAIT')
    d.receives('S -5000:-5000(0) win 65535 <mss 1460>')
    if (!strict) d.sends('. 2:2(0) ack 2')
    d.silent()
    d.receives('R 3:3(0)')
    t.is(stateOf(d), 'TIME_WAIT')
    d.receives('R 2:2(0)')
    t.is(stateOf(d), strict ? 'TIME_WAIT' : 'CLOSED')
    d.silent()
  }
})
