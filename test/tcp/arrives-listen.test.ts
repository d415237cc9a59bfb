/** SEGMENT ARRIVES in LISTEN, RFC 9293 §3.10.7.2, in the order of its checks. */
import { formatAddress } from '../../src/wire/address.ts'
import { seqDiff } from '../../src/wire/sequence.ts'
import { edited, reach, stateOf, test } from '../support/states.ts'

test('[SA-4][NX-13] LISTEN: a RST is ignored, and the listener goes on', (t, dialogue) => {
  const d = dialogue()
  const listener = d.listen()
  for (const line of ['R 0:0(0)', 'R. 0:0(0) ack 1', 'SR 0:0(0)', 'R 3:13(10)']) d.receives(line)
  d.silent()
  t.is(d.host.connections.size, 0)
  t.is(d.host.drops['listen-rst'], 4)
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  t.is(listener.synQueue.size, 1)
})

test('[SA-5][NX-12] LISTEN: an ACK draws a RST at SEG.ACK', (t, dialogue) => {
  for (const line of ['. 1:1(0) ack 777', 'S. 0:0(0) ack 777', 'F. 1:1(0) ack 777', 'P. 1:11(10) ack 777']) {
    const d = dialogue()
    const listener = d.listen()
    d.receives(line)
    d.sends('R 777:777(0)')
    d.silent()
    t.is(d.host.connections.size, 0)
    t.is(listener.synQueue.size, 0)
    t.is(d.host.drops['listen-flags'], 1)
  }
})

test('[SA-7] LISTEN: a SYN makes a connection in SYN-RECEIVED', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  d.receives('S 5:5(0) win 3000 <mss 1200>')
  const { seq } = d.sends('S. 0:0(0) ack 6 win 65535 <mss 1460>')
  d.silent()
  const [c] = d.host.connections
  t.like(c, {
    state: 'SYN_RECEIVED',
    active: false,
    localPort: 80,
    remotePort: 40_000,
    rcv: { irs: (d.peerIss + 5) | 0, nxt: (d.peerIss + 6) | 0 },
    snd: { iss: seq, una: seq, nxt: (seq + 1) | 0, wnd: 3000, mss: 1200 },
  })
  t.deepEqual(d.accepted, [])
})

test('[SA-8][NX-5] LISTEN: text on the SYN is not delivered, nor acknowledged; it comes again', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:10(10)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1')
  d.silent()
  t.deepEqual(d.accepted[0]!.log, ['accepted', 'established'])
  d.receives('P. 1:11(10) ack 1')
  t.is(d.accepted[0]!.text, 'abcdefghij')
  d.after(40)
  d.sends('. 1:1(0) ack 11')
})

test('[NX-5] LISTEN: text on a SYN that a RST follows never reaches anybody', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:10(10)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('R 1:1(0)')
  d.after(600_000)
  d.silent()
  t.deepEqual(d.accepted, [])
  t.true(d.empty)
})

test('[SA-8][SA-71] LISTEN: FIN and URG on the SYN are left for later', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  d.receives('SFPU 0:3(3) urg 2')
  d.sends('S. 0:0(0) ack 1')
  t.is(stateOf(d), 'SYN_RECEIVED')
  d.receives('. 1:1(0) ack 1')
  t.is(stateOf(d), 'ESTABLISHED')
  t.deepEqual(d.accepted[0]!.log, ['accepted', 'established'])
  d.receives('FP. 1:4(3) ack 1')
  d.sends('. 1:1(0) ack 5')
  t.is(stateOf(d), 'CLOSE_WAIT')
  t.is(d.accepted[0]!.text, 'abc')
})

test('[SA-9] LISTEN: what the passive OPEN left open comes from the SYN', (t, dialogue) => {
  const d = dialogue({ addresses: ['192.0.2.2/24', '192.0.2.3/24'] })
  d.listen()
  // To 192.0.2.3, from 192.0.2.77.
  d.inject(edited(d.build('S 0:0(0)'), [19, 3], [15, 77]))
  const synAck = d.next()
  t.is(formatAddress(synAck.source), '192.0.2.3')
  t.is(formatAddress(synAck.destination), '192.0.2.77')
  d.inject(edited(d.build('. 1:1(0) ack 1'), [19, 3], [15, 77]))
  const c = d.accepted[0]!.connection!
  t.is(c.state, 'ESTABLISHED')
  t.is(formatAddress(c.localAddress), '192.0.2.3')
  t.is(formatAddress(c.remoteAddress), '192.0.2.77')
  t.is(c.remotePort, 40_000)
})

test('[SA-10][SA-71] LISTEN: anything else is dropped', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  for (const line of ['- 1:1(0)', '- 1:11(10)', 'P 1:11(10)', 'F 1:1(0)', 'FU 1:11(10) urg 3'])
    d.receives(line)
  d.silent()
  t.is(d.host.connections.size, 0)
  t.is(d.host.drops['listen-flags'], 5)
})

test('[NX-3] the numbers of these tests begin where they say', (t, dialogue) => {
  const starts = new Set([0xffff_fff0 | 0, 0x7fff_fff0])
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  if (d.peerIss !== 1000) {
    t.is(c.snd.iss, d.peerIss)
    t.true(starts.has(c.snd.iss))
  }
  t.is(seqDiff(c.rcv.nxt, c.rcv.irs), 1)
})
