/** The choices that RFC 9293 leaves open (MAY): which way this TCP goes, where anybody can see it. */
import test from 'ava'
import { close, configure, receive, release, send } from '../../src/tcp/calls.ts'
import { read16 } from '../../src/wire/ipv4.ts'
import { dialogue } from '../support/dialogue.ts'
import { altered } from '../support/packets.ts'

test('[MAY-1][SHLD-3] a half-duplex close is offered: what arrives after it draws a RST', t => {
  const d = dialogue()
  const user = d.established()
  release(user.connection!)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2')
  d.receives('P. 1:11(10) ack 2')
  d.sends('R 2:2(0)')
  t.is(receive(user.connection!), null)
  t.true(d.empty)
})

test('[MAY-2] TIME-WAIT opens anew for a SYN beyond the FIN, with an ISS beyond all that was used', t => {
  const d = dialogue()
  const user = d.established({ initialWindow: 1000 })
  // More octets than the ISN's clock has ticked: 250 a millisecond.
  send(user.connection!, Buffer.alloc(60_000))
  close(user.connection!)
  d.skip()
  d.receives('. 1:1(0) ack 60002')
  d.receives('F. 1:1(0) ack 60002')
  const last = d.next()
  t.is(d.transitions.at(-1), 'FIN_WAIT_2 → TIME_WAIT')
  d.after(20)
  d.receives('S 2:2(0) win 65535 <mss 1460>')
  const { seq, flags } = d.next()
  t.is(flags, 0x12)
  t.true(((seq - last.seq) | 0) > 0, `ISS ${seq}, old SND.NXT ${last.seq}`)
})

test('[MAY-4] what is sent again has an identification of its own, and nobody relies on that', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, Buffer.from('x'))
  const first = d.next()
  d.after(1000)
  const second = d.next()
  t.is(first.seq, second.seq)
  t.not(read16(first.raw, 4), read16(second.raw, 4))
  for (const identification of [5, 5, 6]) d.inject(altered(d.build('. 1:4(3) ack 1'), { identification }))
  t.is(user.text, 'abc')
})

test('[MAY-13] a segment in the window but not at its edge: RCV.NXT is acknowledged at once', t => {
  const d = dialogue()
  d.established()
  d.receives('. 101:201(100) ack 1')
  d.sends('. 1:1(0) ack 1')
  d.receives('. 201:301(100) ack 1')
  d.sends('. 1:1(0) ack 1')
  t.pass()
})

test('[MAY-16] writes of one turn leave together; none waits for another', t => {
  const d = dialogue()
  const user = d.established()
  for (const word of ['one ', 'two ', 'three']) send(user.connection!, Buffer.from(word))
  const sent = d.sends('P. 1:14(13) ack 1')
  t.is(Buffer.from(sent.text).toString(), 'one two three')
  d.receives('. 1:1(0) ack 14')
  send(user.connection!, Buffer.from('!'))
  d.sends('P. 14:15(1) ack 1')
})

test('[R1122-1] keep-alive: off, per connection, two hours, one missed answer is not death, no text', t => {
  const d = dialogue()
  const quiet = d.established()
  d.remotePort = 40_001
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.next()
  d.receives('. 1:1(0) ack 1 win 65535')
  const kept = d.accepted[1]!
  configure(kept.connection!, { keepAlive: true })
  d.after(7_199_999)
  d.silent()
  d.after(1)
  const probe = d.sends('40001>80 . 0:0(0) ack 1')
  t.is(probe.text.length, 0)
  // No answer to the first; one to the second.
  d.after(75_000)
  d.sends('40001>80 . 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1')
  d.after(7_199_999)
  d.silent()
  t.deepEqual([quiet.connection!.state, kept.connection!.state], ['ESTABLISHED', 'ESTABLISHED'])
})

test('[R1122-2] a keep-alive of the peer is answered, with an octet of garbage or without', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('P. 1:4(3) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 4')
  d.receives('. 3:3(0) ack 1')
  d.sends('. 1:1(0) ack 4')
  d.receives('. 3:4(1) ack 1')
  d.sends('. 1:1(0) ack 4')
  d.silent()
  t.is(user.text, 'abc')
})

test('[R1122-3] an ACK waits for less than half a second; every second full segment draws one', t => {
  const d = dialogue({ tcp: { delayedAck: 499 } })
  d.established()
  d.receives('. 1:1461(1460) ack 1')
  d.silent()
  d.receives('. 1461:2921(1460) ack 1')
  d.sends('. 1:1(0) ack 2921')
  d.receives('P. 2921:2922(1) ack 1')
  d.after(498)
  d.silent()
  d.after(1)
  d.sends('. 1:1(0) ack 2922')
  t.throws(() => dialogue({ tcp: { delayedAck: 500 } }), { instanceOf: RangeError })
})
