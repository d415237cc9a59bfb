import test from 'ava'
import { Host } from '../../src/host/host.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { abort, close, send } from '../../src/tcp/calls.ts'
import { parseIpv4Address } from '../../src/wire/address.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { OURS, PEER } from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'

/** Our ISN towards the peer's port, by an active open that is given up. */
const issOf = (d: Dialogue, remotePort: number): number => {
  const user = new RecordingUser()
  const c = d.host.connect(PEER, remotePort, user, { localPort: 5000 })
  const { seq } = d.next()
  abort(c)
  return seq
}

test('[MUST-8][SHLD-1] the ISN’s clock ticks every 4 microseconds', t => {
  const d = dialogue()
  const first = issOf(d, 80)
  d.after(1000)
  const second = issOf(d, 80)
  t.is((second - first) | 0, 250_000)
  d.after(1)
  t.is((issOf(d, 80) - second) | 0, 250)
})

test('[MUST-9][SHLD-1] ISNs of different connections are unrelated, and so are those of different hosts', t => {
  const d = dialogue({ seed: 1 })
  const offsets = new Set<number>()
  let last = 0
  for (let port = 1; port <= 500; port++) {
    const iss = issOf(d, port)
    offsets.add((iss - last) | 0)
    last = iss
  }
  t.is(offsets.size, 500)
  const mean = [...offsets].reduce((sum, x) => sum + x / 500, 0)
  t.true(Math.abs(mean) < 2 ** 29, `the offsets lean to one side: ${mean}`)
  const other = dialogue({ seed: 2 })
  const same = dialogue({ seed: 1 })
  t.is(issOf(same, 80), issOf(dialogue({ seed: 1 }), 80))
  t.not(issOf(other, 80), issOf(dialogue({ seed: 1 }), 80))
})

test('[MUST-10] simultaneous open, figure 7', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  t.is(user.connection!.state, 'ESTABLISHED')
  t.deepEqual(user.log, ['established'])
})

test('[MUST-11] SYN-RECEIVED remembers how it was entered: a RST is silence for one, refusal for the other', t => {
  const passive = dialogue()
  passive.listen()
  passive.receives('S 0:0(0) win 65535 <mss 1460>')
  passive.next()
  passive.receives('R 1:1(0)')
  t.deepEqual(passive.accepted, [])
  t.is(passive.transitions.at(-1), 'SYN_RECEIVED → LISTEN')
  t.true(passive.empty)
  const active = dialogue()
  const user = active.connect()
  active.sends('S 0:0(0)')
  active.receives('S 0:0(0) win 65535 <mss 1460>')
  active.next()
  active.receives('R 1:1(0)')
  t.deepEqual(user.log, ['closed ECONNREFUSED'])
})

test('[MUST-12] the end by FIN and the end by RST are told apart', t => {
  const fin = dialogue()
  const first = fin.established()
  fin.receives('F. 1:1(0) ack 1')
  t.is(first.log.at(-1), 'end')
  const rst = dialogue()
  const second = rst.established()
  rst.receives('R 1:1(0)')
  t.is(second.log.at(-1), 'closed ECONNRESET')
  t.false(second.log.includes('end'))
})

test('[MUST-41] another passive OPEN of a port fails, and disturbs nobody', t => {
  const d = dialogue()
  const user = d.established()
  t.throws(() => d.listen(), { code: 'EADDRINUSE' })
  send(user.connection!, Buffer.from('x'))
  d.sends('P. 1:2(1) ack 1')
})

test('[MUST-42] half-open connections do not keep others out', t => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  d.receives('40001>80 S 0:0(0) win 65535 <mss 1460>')
  d.sends('40001>80 S. 0:0(0) ack 1')
  // And a port of ours in SYN-SENT may be listened on.
  d.localPort = 81
  d.connect()
  t.notThrows(() => d.listen(81))
})

test('[MUST-43] a user may name the local address', t => {
  const second = parseIpv4Address('192.0.2.3')
  const d = dialogue({ addresses: ['192.0.2.2/24', '192.0.2.3/24'] })
  const user = new RecordingUser()
  d.host.connect(PEER, 80, user, { localAddress: second })
  t.is(d.next().source, second)
  t.throws(() => d.host.connect(PEER, 80, user, { localAddress: parseIpv4Address('192.0.2.9') }), {
    code: 'EADDRNOTAVAIL',
  })
  // A listener bound to the second does not hear SYNs to the first.
  d.host.listen(second, 90, { acceptable() {} })
  d.receives('40000>90 S 7:7(0)')
  t.is(d.next().flags & 4, 4)
})

test('[MUST-44][MUST-45] without one it is that of the route, and stays', t => {
  const d = dialogue()
  const [other] = createPipe(d.clock)
  d.host.attach(other, ['198.18.0.2/24'])
  const user = new RecordingUser()
  const near = d.host.connect(PEER, 80, user)
  const far = d.host.connect(parseIpv4Address('198.18.0.1'), 80, user)
  const elsewhere = d.host.connect(parseIpv4Address('203.0.113.1'), 80, user)
  t.is(near.localAddress, OURS)
  t.is(far.localAddress, parseIpv4Address('198.18.0.2'))
  t.is(elsewhere.localAddress, OURS)
  // A better route to the same place comes up: the connection keeps its address.
  const [better] = createPipe(d.clock)
  d.host.attach(better, ['203.0.113.2/24'])
  t.is(
    d.host.connect(parseIpv4Address('203.0.113.1'), 81, user).localAddress,
    parseIpv4Address('203.0.113.2'),
  )
  t.is(elsewhere.localAddress, OURS)
})

test('[MUST-46] an OPEN towards an address nobody can have fails at once, and sends nothing', t => {
  const d = dialogue()
  for (const address of ['255.255.255.255', '192.0.2.255', '192.0.2.0', '224.0.0.1', '0.0.0.0', '240.0.0.1'])
    t.throws(
      () => d.host.connect(parseIpv4Address(address), 80, new RecordingUser()),
      { code: 'ENETUNREACH' },
      address,
    )
  d.silent()
  t.true(d.empty)
})

test('without any link there is no way out', t => {
  const d = dialogue()
  const host = new Host({ clock: d.clock, random: new SeededRandom(1) })
  t.throws(() => host.connect(PEER, 80, new RecordingUser()), { code: 'ENETUNREACH' })
})

test('[SHLD-2] a RST that carries text is a RST; the text is not delivered', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('R. 1:11(10) ack 1')
  t.is(user.text, '')
  t.is(user.log.at(-1), 'closed ECONNRESET')
})

test('[SHLD-4] timestamps let a 4-tuple in TIME-WAIT be used again', t => {
  const d = dialogue({ tcp: { timestamps: true } })
  const user = d.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,TS val 100 ecr 0>',
    '. 1:1(0) ack 1 win 65535 <nop,nop,TS val 101 ecr 0>',
  )
  close(user.connection!)
  d.next()
  d.receives('F. 1:1(0) ack 2 <nop,nop,TS val 102 ecr 0>')
  d.next()
  t.is(d.transitions.at(-1), 'FIN_WAIT_1 → TIME_WAIT')
  d.receives('S -500:-500(0) win 65535 <mss 1460,TS val 102 ecr 0>')
  d.sends('. 2:2(0) ack 2')
  d.receives('S -500:-500(0) win 65535 <mss 1460,TS val 103 ecr 0>')
  t.is(d.next().flags, 0x12)
})
