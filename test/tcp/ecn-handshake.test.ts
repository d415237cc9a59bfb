/** Explicit congestion notification: what two ends agree on, RFC 3168 §6.1.1. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { capable, open } from '../support/classic-ecn.ts'
import { dialogue } from '../support/dialogue.ts'
import { MSS } from '../support/flights.ts'

test('[R3168-1][SHLD-8] we ask with ECE and CWR on our SYN, and agree with ECE alone', t => {
  const d = dialogue({ tcp: { ecn: 'on' } })
  const { connection } = d.connect()
  d.sends('SEW 0:0(0)')
  d.receives('SE. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.sends('. 1:1(0) ack 1')
  t.true(connection!.ecn.on)
  const listening = capable()
  t.true(open(listening).ecn.on)
})

test('[R3168-1] a SYN that does not ask gets no ECE, nor does any where ECN is off', t => {
  for (const [ecn, syn] of [
    ['passive', 'S'],
    ['on', 'S'],
    ['passive', 'SE'],
    ['passive', 'SW'],
    ['off', 'SEW'],
  ] as const) {
    const d = dialogue({ tcp: { ecn } })
    d.listen()
    d.receives(`${syn} 0:0(0) win 65535 <mss 1460>`)
    d.sends('S. 0:0(0) ack 1')
    d.receives('. 1:1(0) ack 1 win 60000')
    t.false(d.accepted[0]!.connection!.ecn.on)
  }
})

test('[R3168-1] where ECN is passive our SYN does not ask', t => {
  const d = dialogue({ tcp: { ecn: 'passive' } })
  d.connect()
  d.sends('S 0:0(0)')
  t.pass()
})

test('[R3168-2] a SYN,ACK with both flags, or none, or a reserved reflection: no ECT', t => {
  for (const flags of ['SEW.', 'S.', 'SW.']) {
    const d = dialogue({ tcp: { ecn: 'on' } })
    const { connection: c } = d.connect()
    d.next()
    d.receives(`${flags} 0:0(0) ack 1 win 65535 <mss 1460>`)
    d.sends('. 1:1(0) ack 1')
    send(c!, Buffer.alloc(MSS))
    d.sends(`[noecn] P. 1:1461(1460) ack 1`)
    d.receives('[ce] . 1:101(100) ack 1461')
    d.after(40)
    d.sends('. 1461:1461(0) ack 101')
    t.false(c!.ecn.on)
  }
})

test('[R3168-2] a peer whose SYN comes again without ECN has given it up', t => {
  const d = capable()
  d.listen()
  d.receives('SEW 0:0(0) win 65535 <mss 1460>')
  d.sends('SE. 0:0(0) ack 1')
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1 win 60000')
  const c = d.accepted[0]!.connection!
  send(c, Buffer.alloc(100))
  d.sends('[noecn] P. 1:101(100) ack 1')
  t.false(c.ecn.on)
})

test('[R3168-3] neither SYN nor SYN,ACK is ECN-capable', t => {
  const d = dialogue({ tcp: { ecn: 'on' } })
  d.connect()
  d.sends('[noecn] SEW 0:0(0)')
  d.after(1000)
  d.sends('[noecn] SEW 0:0(0)')
  const listening = capable()
  open(listening)
  t.pass()
})

test('[R3168-4] after two SYNs without an answer the next does not ask', t => {
  const d = dialogue({ tcp: { ecn: 'on' } })
  const { connection: c } = d.connect()
  d.sends('SEW 0:0(0)')
  d.after(1000)
  d.sends('SEW 0:0(0)')
  d.after(2000)
  d.sends('S 0:0(0)')
  // The answer to an earlier one, perhaps: RFC 3168 §6.1.1, a SYN that did not ask was sent.
  d.receives('SE. 0:0(0) ack 1 win 65535 <mss 1460>')
  t.false(c!.ecn.on)
})
