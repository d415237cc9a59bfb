import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

test('[MUST-14][MAY-3] SYN and SYN,ACK carry the MSS option, and the peer’s limits what we send', t => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 600>')
  d.sends('S. 0:0(0) ack 1 <mss 1460>')
  d.receives('. 1:1(0) ack 1')
  send(d.accepted[0]!.connection!, Buffer.alloc(1300))
  d.sends('. 1:601(600) ack 1')
  d.sends('. 601:1201(600) ack 1')
  const other = dialogue()
  other.connect()
  other.sends('S 0:0(0) <mss 1460,nop,wscale 10>')
  t.pass()
})

test('[MUST-15] without an MSS option a peer takes 536', t => {
  const d = dialogue()
  const user = d.established({}, 'S 0:0(0) win 65535')
  send(user.connection!, Buffer.alloc(1000))
  d.sends('. 1:537(536) ack 1')
  t.is(user.connection!.snd.mss, 536)
})

test('[MUST-16][NX-18] Eff.snd.MSS: the smaller of what the peer and the link take, less our options', t => {
  const d = dialogue({ mtu: 1000 })
  const user = d.established()
  send(user.connection!, Buffer.alloc(3000))
  d.sends('. 1:961(960) ack 1')
  const stamped = dialogue({ mtu: 1000, tcp: { timestamps: true } })
  const other = stamped.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,TS val 1 ecr 0>',
    '. 1:1(0) ack 1 win 65535 <TS val 2 ecr 0>',
  )
  send(other.connection!, Buffer.alloc(3000))
  stamped.sends('. 1:949(948) ack 1')
  t.pass()
})

test('[MUST-67][SHLD-5][SHLD-6] the MSS we offer follows from the link’s MTU', t => {
  for (const [mtu, mss] of [
    [1500, 1460],
    [576, 536],
    [1000, 960],
    [9000, 8960],
  ] as const) {
    const d = dialogue({ mtu })
    d.listen()
    d.receives('S 0:0(0) win 65535 <mss 1460>')
    d.sends(`S. 0:0(0) ack 1 <mss ${mss}>`)
  }
  t.pass()
})

test('a tiny MSS is an attack: it is not believed below the floor', t => {
  const d = dialogue()
  const user = d.established({}, 'S 0:0(0) win 65535 <mss 1>')
  t.is(user.connection!.snd.mss, 48)
})

test('[MUST-15] an MSS of 0 is none: 536', t => {
  const d = dialogue()
  const { connection } = d.established({}, 'S 0:0(0) win 65535 <mss 0>')
  t.is(connection!.snd.mss, 536)
})
