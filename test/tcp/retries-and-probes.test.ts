/** The timers where two of them meet, and what they leave behind: RFC 9293 §3.10.8, §3.8.6. */
import test from 'ava'
import { close, send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { icmpError } from '../support/packets.ts'

const reasons = (d: Dialogue): string[] =>
  d.events.flatMap(e => (e.type === 'segment-out' ? [`${e.time} ${e.reason}`] : []))

test('[MUST-20] R2 with data out: asked for, a RST tells the peer, should it be there; the trouble was on the event stream', t => {
  const d = dialogue({ tcp: { resetOnGivingUp: true } })
  const user = d.established({ retries: 4 })
  send(user.connection!, Buffer.from('x'))
  for (let n = 0; n < 5; n++) {
    d.sends('P. 1:2(1) ack 1')
    d.after(1000 * 2 ** n)
  }
  d.sends('R. 2:2(0) ack 1')
  t.deepEqual(user.log.slice(-2), ['soft ETIMEDOUT: no acknowledgment after 3 attempts', 'closed ETIMEDOUT'])
  const soft = d.events.filter(e => e.type === 'soft-error')
  t.deepEqual(
    soft.map(e => [e.time, e.code]),
    [[1000 + 2000 + 4000, 'ETIMEDOUT']],
  )
  t.true(d.empty)
})

test('[SHLD-25] R2 after an ICMP error: the error says why', t => {
  const d = dialogue()
  const user = d.established({ retries: 2 })
  send(user.connection!, Buffer.from('x'))
  const { raw } = d.next()
  d.inject(icmpError(3, 1, raw))
  d.after(1000 + 2000 + 4000)
  t.is(user.log.at(-1), 'closed EHOSTUNREACH')
})

test('why a SYN goes again is told apart from why a SYN,ACK does', t => {
  const active = dialogue()
  active.connect()
  active.after(1000)
  t.deepEqual(reasons(active), ['0 SYN', '1000 SYN retransmission'])
  const passive = dialogue()
  passive.listen()
  passive.receives('S 0:0(0)')
  passive.after(1000)
  t.deepEqual(reasons(passive), ['0 SYN,ACK', '1000 SYN,ACK again'])
})

test('[SA-78] the user timeout counts while a shut window is probed in vain, too', t => {
  const d = dialogue()
  const user = d.established({ userTimeout: 20_000 }, undefined, '. 1:1(0) ack 1 win 0')
  send(user.connection!, Buffer.from('x'))
  // From when the data was first sent, which is with the first probe.
  d.after(20_999)
  t.is(user.connection!.state, 'ESTABLISHED')
  d.after(1)
  t.is(d.skip().at(-1)!.flags & 4, 0)
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
})

test('[SA-78] giving up is silent: R2, the user timeout, probes that nobody answers; later segments draw the RST of CLOSED', t => {
  for (const [options, window, reset] of [
    [{ retries: 3, userTimeout: 0 }, 65_535, false],
    [{ userTimeout: 5000 }, 65_535, false],
    [{ retries: 3, userTimeout: 0 }, 0, false],
    [{ userTimeout: 5000 }, 0, false],
    [{ retries: 3, userTimeout: 0, resetOnGivingUp: true }, 65_535, true],
    [{ userTimeout: 5000, resetOnGivingUp: true }, 65_535, true],
    [{ retries: 3, userTimeout: 0, resetOnGivingUp: true }, 0, true],
    [{ userTimeout: 5000, resetOnGivingUp: true }, 0, true],
  ] as const)
    for (const state of ['ESTABLISHED', 'FIN_WAIT_1', 'CLOSE_WAIT', 'LAST_ACK'] as const) {
      const d = dialogue()
      const user = d.established(options, undefined, `. 1:1(0) ack 1 win ${window}`)
      const c = user.connection!
      if (state === 'CLOSE_WAIT' || state === 'LAST_ACK') d.receives(`F. 1:1(0) ack 1 win ${window}`)
      send(c, Buffer.from('x'))
      if (state === 'FIN_WAIT_1' || state === 'LAST_ACK') close(c)
      t.is(c.state, state)
      d.after(600_000)
      t.is(user.log.at(-1), 'closed ETIMEDOUT')
      t.is(d.skip().filter(s => s.flags & 4).length > 0, reset)
      d.receives(`. 2:2(0) ack 2 win ${window}`)
      d.sends('R 2:2(0)')
    }
})

test('[SA-78] the user timeout does not count the time before there was anything to send into a shut window', t => {
  for (const window of [0, 10]) {
    const d = dialogue()
    const { connection } = d.established({}, undefined, '. 1:1(0) ack 1 win 65535')
    d.receives(`. 1:1(0) ack 1 win ${window}`)
    d.after(600_000)
    send(connection!, Buffer.alloc(100))
    d.after(1000)
    t.is(connection!.state, 'ESTABLISHED')
    t.true(d.next().text.length > 0)
  }
  const d = dialogue()
  const { connection } = d.established({}, undefined, '. 1:1(0) ack 1 win 0')
  d.after(600_000)
  close(connection!)
  d.after(1000)
  d.sends('F. 1:1(0) ack 1')
})

test('[MUST-37] probes that nobody answers are counted: R2 ends it', t => {
  const d = dialogue()
  const user = d.established({ retries: 3 }, undefined, '. 1:1(0) ack 1 win 0')
  send(user.connection!, Buffer.from('xyz'))
  for (let n = 0; n < 3; n++) {
    d.after(1000 * 2 ** n)
    d.sends('. 1:2(1) ack 1')
  }
  d.after(7999)
  d.silent()
  d.after(1)
  d.silent()
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
})

test('[R6298-7] a probe is not measured: the peer takes its time to open the window', t => {
  const d = dialogue()
  const { connection } = d.established({}, undefined, '. 1:1(0) ack 1 win 0')
  const { srtt } = connection!.rto
  send(connection!, Buffer.from('xyz'))
  d.after(1000)
  d.sends('. 1:2(1) ack 1')
  d.after(900)
  d.receives('. 1:1(0) ack 2 win 1000')
  t.is(connection!.rto.srtt, srtt)
  d.sends('P. 2:4(2) ack 1')
})

test('[MUST-38] what the override sends into a small window is watched and sent again as anything else', t => {
  for (const window of [1, 100]) {
    const d = dialogue()
    const { connection } = d.established({}, undefined, '. 1:1(0) ack 1 win 65535')
    d.receives(`. 1:1(0) ack 1 win ${window}`)
    send(connection!, Buffer.alloc(3000))
    d.after(499)
    d.silent()
    d.after(1)
    d.sends(`P. 1:${window + 1}(${window}) ack 1`)
    d.silent()
    t.like(connection, { retries: 0, retransmitTimer: { kind: 'retransmission' }, rto: { backoff: 0 } })
    d.after(1000)
    d.sends(`P. 1:${window + 1}(${window}) ack 1`)
    t.is(connection!.retries, 1)
  }
})

test('[SA-78] SEND after SEND does not put the user timeout off, nor does one while the SYN waits', t => {
  const d = dialogue()
  const user = d.established({ userTimeout: 20_000 })
  for (let n = 0; n < 4; n++) {
    send(user.connection!, Buffer.from('x'))
    d.after(5000)
  }
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
  const opening = dialogue()
  const other = opening.connect({ userTimeout: 20_000 })
  opening.after(10_000)
  send(other.connection!, Buffer.from('x'))
  opening.after(9999)
  t.is(other.connection!.state, 'SYN_SENT')
  opening.after(1)
  t.is(other.log.at(-1), 'closed ETIMEDOUT')
})
