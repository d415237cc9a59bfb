/** The fifth check of SEGMENT ARRIVES, RFC 9293 §3.10.7.4: the ACK field. */
import { close, send } from '../../src/tcp/calls.ts'
import { seqDiff } from '../../src/wire/sequence.ts'
import { emptyAck, OTHER_STATES, reach, SYNCHRONIZED, stateOf, stream, test } from '../support/states.ts'

const una = (c: { snd: { una: number; iss: number } }): number => seqDiff(c.snd.una, c.snd.iss)

test('[SA-49] every state: without ACK a segment is dropped in silence', (t, dialogue) => {
  for (const active of [false, true])
    for (const state of OTHER_STATES) {
      const d = dialogue()
      const { rcv, user } = reach(d, state, active)
      d.receives(`- ${rcv}:${rcv}(0)`, `P ${rcv}:${rcv + 10}(10)`, `F ${rcv}:${rcv}(0)`)
      d.silent()
      t.is(stateOf(d), state)
      t.is(user?.text ?? '', '')
    }
})

test('[SA-50] an ACK older than the largest window ever offered: dropped with an ACK', (t, dialogue) => {
  for (const [ack, taken] of [
    [2001, true],
    [2000, false],
    [3001 - 2 ** 31 + 2, false],
  ] as const) {
    const d = dialogue()
    const user = d.established({}, 'S 0:0(0) win 1000 <mss 1000>', '. 1:1(0) ack 1 win 1000')
    send(user.connection!, Buffer.alloc(3000))
    for (let n = 1; n <= 3; n++) d.receives(`. 1:1(0) ack ${1 + 1000 * n} win 1000`)
    d.skip()
    t.true(user.connection!.allAcked)
    d.receives(`P. 1:11(10) ack ${ack} win 700`)
    t.is(user.text, taken ? stream(1, 10) : '', `ack ${ack}`)
    if (taken) d.after(40)
    d.sends(`. 3001:3001(0) ack ${taken ? 11 : 1}`)
    d.silent()
  }
})

test('[SA-50] or older than anything that was ever acknowledged: made up', (t, dialogue) => {
  for (const [bytes, ack, taken] of [
    [0, 1, true],
    [0, 0, false],
    [100, 1, true],
    [100, 0, false],
  ] as const) {
    const d = dialogue()
    const user = d.established()
    if (bytes > 0) {
      send(user.connection!, Buffer.alloc(bytes))
      d.receives(`. 1:1(0) ack ${1 + bytes}`)
      d.skip()
    }
    d.receives(`P. 1:11(10) ack ${ack}`)
    t.is(user.text, taken ? stream(1, 10) : '', `ack ${ack} after ${bytes}`)
  }
  // Our FIN counts: what was sent before its ACK may come after it.
  const d = dialogue()
  const { user } = reach(d, 'FIN_WAIT_2')
  d.receives('P. 1:11(10) ack 1')
  t.is(user!.text, stream(1, 10))
})

test('[SA-50] such an ACK closes nothing either', (t, dialogue) => {
  const d = dialogue()
  d.established({}, 'S 0:0(0) win 1000 <mss 1460>', '. 1:1(0) ack 1 win 1000')
  d.receives('F. 1:1(0) ack -1000')
  d.sends('. 1:1(0) ack 1')
  t.is(stateOf(d), 'ESTABLISHED')
})

test('[SA-51] SYN-RECEIVED: the ACK of our SYN makes it ESTABLISHED, and its text is taken', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'SYN_RECEIVED')
  d.receives('P. 1:11(10) ack 1 win 4321')
  t.is(c.state, 'ESTABLISHED')
  t.like(c.snd, { wnd: 4321, wl1: (d.peerIss + 1) | 0, wl2: (c.snd.iss + 1) | 0, una: (c.snd.iss + 1) | 0 })
  t.is(d.accepted[0]!.text, stream(1, 10))
  d.after(40)
  d.sends('. 1:1(0) ack 11')
  d.after(600_000)
  d.silent()
})

test('[SA-52][NX-12] SYN-RECEIVED: any other ACK draws a RST, and the good one still establishes', (t, dialogue) => {
  for (const active of [false, true]) {
    const d = dialogue()
    const { c, user } = reach(d, 'SYN_RECEIVED', active)
    for (const ack of [5, 2, 0, -1, -1000]) {
      d.receives(`P. 1:11(10) ack ${ack}`)
      t.is(d.sends(`R ${ack}:${ack}(0)`).ack, 0)
      d.silent()
      t.is(c.state, 'SYN_RECEIVED')
    }
    t.is(d.host.drops['ack-unacceptable'], 5)
    d.receives('. 1:1(0) ack 1')
    d.silent()
    t.is(c.state, 'ESTABLISHED')
    t.is((user ?? d.accepted[0]!).text, '')
  }
})

test('[SA-52] SYN-RECEIVED, SYNs crossed: so does the ACK of the SYN,ACK', (t, dialogue) => {
  const d = dialogue()
  reach(d, 'SYN_RECEIVED', true)
  d.receives('S. 0:0(0) ack 2')
  d.sends('R 2:2(0)')
  d.silent()
  t.is(stateOf(d), 'SYN_RECEIVED')
})

test('[SA-53] what is acknowledged leaves the queue: a timeout sends only the rest', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from(stream(1, 2920)))
  d.sends('. 1:1461(1460) ack 1')
  d.sends('P. 1461:2921(1460) ack 1')
  d.receives('. 1:1(0) ack 1461')
  t.is(una(c), 1461)
  t.is(c.sendQueue.length, 1460)
  d.after(1000)
  t.is(d.sends('P. 1461:2921(1460) ack 1').text.length, 1460)
  d.receives('. 1:1(0) ack 2921')
  t.is(c.sendQueue.length, 0)
  d.after(600_000)
  d.silent()
})

test('[SA-53] part of a segment acknowledged: the rest of it is sent again', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from(stream(1, 100)))
  d.sends('P. 1:101(100) ack 1')
  d.receives('. 1:1(0) ack 41')
  d.after(1000)
  const sent = d.sends('P. 41:101(60) ack 1')
  t.is(Buffer.from(sent.text).toString(), stream(41, 60))
})

test('[SA-54] an old ACK: SND.UNA stays, and the text is taken', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from(stream(1, 100)))
  d.sends('P. 1:101(100) ack 1')
  d.receives('. 1:1(0) ack 101')
  d.receives('P. 1:11(10) ack 1', 'P. 11:21(10) ack 50')
  t.is(una(c), 101)
  t.is(user!.text, stream(1, 20))
  d.after(40)
  d.sends('. 101:101(0) ack 21')
  d.silent()
})

test('[SA-54] duplicates are counted: the third brings the first segment again', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.alloc(7300))
  t.is(d.skip().length, 5)
  d.receives('. 1:1(0) ack 1', '. 1:1(0) ack 1')
  d.silent()
  t.is(c.recovery.duplicateAcks, 2)
  d.receives('. 1:1(0) ack 1')
  d.sends('. 1:1461(1460) ack 1')
  d.silent()
})

test('[SA-55] an ACK of what was never sent: answered, nothing of the segment taken', (t, dialogue) => {
  for (const state of [
    'ESTABLISHED',
    'FIN_WAIT_1',
    'FIN_WAIT_2',
    'CLOSE_WAIT',
    'CLOSING',
    'LAST_ACK',
  ] as const)
    for (const beyond of [1, 1000, 2 ** 30]) {
      const d = dialogue()
      const r = reach(d, state)
      const before = una(r.c)
      const window = r.c.snd.wnd
      d.receives(`FP. ${r.rcv}:${r.rcv + 10}(10) ack ${r.snd + beyond} win 1234`)
      d.sends(emptyAck(r))
      d.silent()
      t.is(stateOf(d), state)
      t.is(una(r.c), before)
      t.is(r.c.snd.wnd, window)
      t.is(r.user!.text, '')
    }
})

test('[SA-56][NX-22] the window is that of the newest segment', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from(stream(1, 100)))
  d.sends('P. 1:101(100) ack 1')
  const then = (line: string, wnd: number) => {
    d.receives(line)
    t.is(c.snd.wnd, wnd, line)
  }
  then('. 1:1(0) ack 1 win 5000', 5000)
  // A later segment overtakes an earlier one, whose window is old notices.
  then('P. 11:21(10) ack 1 win 6000', 6000)
  then('P. 1:11(10) ack 1 win 2000', 6000)
  then('. 21:21(0) ack 51 win 4000', 4000)
  // An older ACK of the same number is older.
  then('. 21:21(0) ack 50 win 9000', 4000)
  then('. 21:21(0) ack 1 win 100', 4000)
  then('. 21:21(0) ack 51 win 3000', 3000)
  then('. 21:21(0) ack 101 win 3500', 3500)
  // Newer by its number, older by its ACK (NX-22).
  then('P. 21:31(10) ack 51 win 7000', 3500)
  then('. 31:31(0) ack 100 win 7000', 3500)
  // This one acknowledges what was never sent.
  then('. 31:31(0) ack 102 win 8000', 3500)
  t.like(c.snd, { wl1: (d.peerIss + 21) | 0, wl2: (c.snd.iss + 101) | 0 })
})

test('[SA-57] FIN-WAIT-1: the ACK of our FIN makes it FIN-WAIT-2, and text goes on', (t, dialogue) => {
  const d = dialogue()
  const { user, c } = reach(d, 'FIN_WAIT_1')
  d.receives('P. 1:11(10) ack 2')
  t.is(stateOf(d), 'FIN_WAIT_2')
  t.is(user!.text, stream(1, 10))
  t.true(c.allAcked)
  d.after(40)
  d.sends('. 2:2(0) ack 11')
  d.after(600_000)
  d.silent()
})

test('[SA-57] FIN-WAIT-1: an ACK of the text before the FIN is not one of the FIN', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.from(stream(1, 100)))
  close(c)
  d.sends('FP. 1:101(100) ack 1')
  d.receives('. 1:1(0) ack 101')
  t.is(c.state, 'FIN_WAIT_1')
  d.after(1000)
  d.sends('F. 101:101(0) ack 1')
  d.receives('. 1:1(0) ack 102')
  t.is(c.state, 'FIN_WAIT_2')
})

test('[SA-58] FIN-WAIT-2: the CLOSE is done, the connection is there and reads on', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'FIN_WAIT_2')
  t.true(c.finAcked && c.allAcked)
  t.is(d.host.timers, 0)
  d.after(86_400_000)
  d.silent()
  t.is(stateOf(d), 'FIN_WAIT_2')
  d.receives('P. 1:11(10) ack 2', '. 11:11(0) ack 2 win 777')
  t.is(user!.text, stream(1, 10))
  t.is(c.snd.wnd, 777)
  t.false(user!.log.some(line => line.startsWith('closed')))
})

test('[SA-59] CLOSE-WAIT: the peer acknowledges what we go on to send', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'CLOSE_WAIT')
  send(c, Buffer.alloc(40_000))
  t.is(d.skip().length, 10)
  const { cwnd } = c.congestion
  d.receives('. 2:2(0) ack 1461 win 60000')
  t.is(una(c), 1461)
  t.is(c.congestion.cwnd, cwnd + 1460)
  t.is(c.snd.wnd, 60_000)
  t.is(d.skip().length, 2)
  t.is(stateOf(d), 'CLOSE_WAIT')
})

test('[SA-60] CLOSING: only the ACK of our FIN leads to TIME-WAIT', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'CLOSING')
  d.receives('. 2:2(0) ack 1')
  d.silent()
  t.is(stateOf(d), 'CLOSING')
  d.receives('. 2:2(0) ack 2')
  d.silent()
  t.is(stateOf(d), 'TIME_WAIT')
  t.is(user!.log.at(-1), 'closed in order')
  t.is(d.host.timers, 1)
})

test('[SA-61] LAST-ACK: only the ACK of our FIN ends it', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'LAST_ACK')
  d.receives('. 2:2(0) ack 1')
  t.is(stateOf(d), 'LAST_ACK')
  d.receives('. 2:2(0) ack 2')
  d.silent()
  t.is(user!.log.at(-1), 'closed in order')
  t.true(d.empty)
})

test('[SA-62][SA-77] TIME-WAIT: the FIN again is acknowledged and begins 2 MSL anew', (t, dialogue) => {
  const d = dialogue({ tcp: { msl: 1000 } })
  reach(d, 'TIME_WAIT')
  d.after(1500)
  d.receives('F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  d.silent()
  d.after(1999)
  t.is(stateOf(d), 'TIME_WAIT')
  d.after(1)
  t.is(stateOf(d), 'CLOSED')
  t.true(d.empty)
})

test('[SA-62] TIME-WAIT: nothing else begins it anew', (t, dialogue) => {
  const d = dialogue({ tcp: { msl: 1000 } })
  reach(d, 'TIME_WAIT')
  d.after(1500)
  d.receives('. 2:2(0) ack 2', '. 1:1(0) ack 2', 'P. 1:11(10) ack 2', 'R 2:2(0)', 'F. 50:50(0) ack 2')
  d.after(500)
  t.true(d.empty)
})

test('[SA-54] synchronized states: an ACK of nothing new changes nothing', (t, dialogue) => {
  for (const state of SYNCHRONIZED) {
    const d = dialogue()
    const { rcv, c } = reach(d, state)
    const ack = una(c)
    for (let n = 0; n < 5; n++) d.receives(`. ${rcv}:${rcv}(0) ack ${ack}`)
    t.is(stateOf(d), state)
    t.is(una(c), ack)
  }
})
