/** SEGMENT ARRIVES in SYN-SENT, RFC 9293 §3.10.7.3, in the order of its checks. */
import { send, urgentPending } from '../../src/tcp/calls.ts'
import { reach, stateOf, stream, test } from '../support/states.ts'

const OFFER = 'mss 1460,nop,wscale 7'

test('[SA-11][NX-12] SYN-SENT: an ACK of anything but our SYN draws a RST, and the SYN goes on', (t, dialogue) => {
  const d = dialogue()
  reach(d, 'SYN_SENT')
  for (const [line, seq] of [
    ['S. 0:0(0) ack 2', 2],
    ['S. 0:0(0) ack 0', 0],
    ['S. 0:0(0) ack -1000', -1000],
    ['. 7:7(0) ack 5', 5],
    ['FP. 7:17(10) ack 2', 2],
  ] as const) {
    d.receives(line)
    t.is(d.sends(`R ${seq}:${seq}(0)`).ack, 0)
    d.silent()
    t.is(stateOf(d), 'SYN_SENT')
  }
  d.receives('R. 0:0(0) ack 2', 'SR. 0:0(0) ack 0')
  d.silent()
  t.is(stateOf(d), 'SYN_SENT')
  d.after(1000)
  d.sends('S 0:0(0)')
})

test('[SA-12] SYN-SENT: SND.UNA < SEG.ACK <= SND.NXT is what it takes', (t, dialogue) => {
  for (const ack of [-1, 0, 1, 2, 3]) {
    const d = dialogue()
    const { c } = reach(d, 'SYN_SENT')
    // Text of the user's takes no number in the meantime, before it leaves.
    send(c, Buffer.from(stream(1, 100)))
    d.receives(`S. 0:0(0) ack ${ack}`)
    t.is(stateOf(d), ack === 1 ? 'ESTABLISHED' : 'SYN_SENT', `ack ${ack}`)
    d.sends(ack === 1 ? 'P. 1:101(100) ack 1' : `R ${ack}:${ack}(0)`)
    d.silent()
  }
})

test('[SA-13][NX-13] SYN-SENT: a RST with an ACK of our SYN refuses the connection', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.receives('R. 0:0(0) ack 1')
  t.deepEqual(user!.log, ['closed ECONNREFUSED'])
  t.true(d.empty)
  d.after(600_000)
  d.silent()
})

test('[SA-14] SYN-SENT: a RST without an acceptable ACK changes nothing', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.receives('R 0:0(0)', 'SR 0:0(0)', 'R. 0:0(0) ack 0', 'R. 0:0(0) ack 2')
  d.silent()
  t.deepEqual(user!.log, [])
  d.after(1000)
  d.sends('S 0:0(0)')
  d.receives('S. 0:0(0) ack 1')
  t.deepEqual(user!.log, ['established'])
})

test('[SA-15] SYN-SENT: of a RST the ACK counts alone, its own number may be any (RFC 5961 §3.2)', (t, dialogue) => {
  for (const seq of [0, 12_345, -1]) {
    const d = dialogue()
    const { user } = reach(d, 'SYN_SENT')
    d.receives(`R. ${seq}:${seq}(0) ack 1`)
    t.deepEqual(user!.log, ['closed ECONNREFUSED'])
    t.true(d.empty)
  }
})

test('[SA-17] SYN-SENT: the SYN,ACK sets IRS and RCV.NXT, and acknowledges our SYN', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'SYN_SENT')
  d.receives('S. 300:300(0) ack 1')
  d.sends('. 1:1(0) ack 301')
  t.is(c.rcv.irs, (d.peerIss + 300) | 0)
  t.is(c.rcv.nxt, (d.peerIss + 301) | 0)
  t.is(c.snd.una, (c.snd.iss + 1) | 0)
  t.is(d.host.timers, 0)
  d.after(600_000)
  d.silent()
})

test('[SA-18] SYN-SENT: our SYN acknowledged makes it ESTABLISHED; an ACK leaves at once', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.receives(`S. 0:0(0) ack 1 win 5000 <${OFFER}>`)
  d.sends('. 1:1(0) ack 1')
  d.silent()
  t.deepEqual(user!.log, ['established'])
})

test('[SA-18] SYN-SENT: queued data rides on that ACK, within the unscaled window of the SYN,ACK', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'SYN_SENT')
  send(c, Buffer.alloc(10_000))
  d.receives(`S. 0:0(0) ack 1 win 3000 <${OFFER}>`)
  t.is(c.snd.wnd, 3000)
  d.sends('. 1:1461(1460) ack 1')
  d.sends('. 1461:2921(1460) ack 1')
  d.silent()
})

test('[SA-19] SYN-SENT: text and FIN of the SYN,ACK are taken with it', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.inject(d.build('SFP. 0:20(20) ack 1', stream(1, 20)))
  d.sends('. 1:1(0) ack 22')
  d.silent()
  t.is(stateOf(d), 'CLOSE_WAIT')
  t.is(user!.text, stream(1, 20))
  t.is(user!.log.at(-1), 'end')
})

test('[SA-19] SYN-SENT: the urgent pointer of the SYN,ACK counts from its SYN', (t, dialogue) => {
  const d = dialogue()
  const { user, c } = reach(d, 'SYN_SENT')
  user!.reading = false
  d.receives('SU. 0:3(3) ack 1 urg 10')
  d.sends('. 1:1(0) ack 4')
  t.true(user!.log.includes('urgent'))
  t.is(c.rcv.up, (d.peerIss + 10) | 0)
  t.is(urgentPending(c), 9)
})

test('[SA-20][NX-7] SYN-SENT: a SYN without ACK makes it SYN-RECEIVED, and draws a SYN,ACK at ISS', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'SYN_SENT')
  d.receives('S 7:7(0) win 3000 <mss 1200>')
  d.sends('S. 0:0(0) ack 8')
  d.silent()
  t.is(c.state, 'SYN_RECEIVED')
  t.like(c.snd, { wnd: 3000, wl1: (d.peerIss + 7) | 0, una: c.snd.iss, nxt: (c.snd.iss + 1) | 0 })
  t.is(c.rcv.nxt, (d.peerIss + 8) | 0)
  t.deepEqual(user!.log, [])
  d.after(1000)
  d.sends('S. 0:0(0) ack 8')
})

test('[SA-21] SYN-SENT: text of a SYN without ACK waits for ESTABLISHED', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.inject(d.build('SF 0:5(5)', 'hello'))
  d.sends('S. 0:0(0) ack 1')
  t.is(stateOf(d), 'SYN_RECEIVED')
  t.is(user!.text, '')
  // The peer's SYN,ACK brings it again.
  d.inject(d.build('SF. 0:5(5) ack 1', 'hello'))
  d.sends('. 1:1(0) ack 7')
  d.silent()
  t.is(user!.text, 'hello')
  t.deepEqual(user!.log, ['established', 'data hello', 'end'])
})

test('[SA-22][SA-71] SYN-SENT: with neither SYN nor RST a segment is dropped', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'SYN_SENT')
  d.receives('. 1:1(0) ack 1', 'F. 1:1(0) ack 1', 'P. 1:11(10) ack 1', 'F 0:0(0)', '- 1:11(10)')
  d.silent()
  t.is(stateOf(d), 'SYN_SENT')
  t.deepEqual(user!.log, [])
  t.is(d.host.drops['syn-sent-flags'], 5)
})

test('[SA-20][NX-7] SYNs that cross are not lost ones: the first flight and the RTO are as ever', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'SYN_RECEIVED', true)
  send(c, Buffer.alloc(100_000))
  d.receives('S. 0:0(0) ack 1 win 65535')
  t.is(d.skip().length, 10)
  t.is(c.troubles.retransmissions, 0)
  t.is(c.rto.value, 1000)
})
