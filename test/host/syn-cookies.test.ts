/** SYN cookies, RFC 4987 §3.6 and appendix A. The backlog is one, and somebody has taken it. */
import ava from 'ava'
import { Secret } from '../../src/host/secret.ts'
import { COOKIE_LIFETIME, SynCookies } from '../../src/host/syn-cookies.ts'
import { Flow } from '../../src/ip/flow.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { send } from '../../src/tcp/calls.ts'
import { RST, Segment } from '../../src/wire/tcp.ts'
import type { Dialogue } from '../support/dialogue.ts'
import { timestampsOf } from '../support/sent.ts'
import { test } from '../support/states.ts'
import { answered, connectionOf, underPressure } from './syn-pressure.ts'

const cookies = (d: Dialogue) =>
  d.events.flatMap(e =>
    e.type === 'syn-cookie' ? [`${e.action} ${e.connection.remotePort === 40_000}`] : [],
  )

test('[R4987-3] queue full: a SYN is answered and nothing kept; the ACK makes the connection', (t, dialogue) => {
  const d = underPressure(dialogue)
  const { connections, timers } = d.host
  const before = [connections.size, timers]
  d.receives('S 0:0(0) win 3000 <mss 1300>')
  d.sends('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.silent()
  t.deepEqual([connections.size, d.host.timers], before)
  t.is(d.host.drops['backlog-full'], 0)
  d.receives('. 1:1(0) ack 1 win 5000')
  d.silent()
  t.deepEqual(d.accepted[0]!.log, ['accepted', 'established'])
  t.like(connectionOf(d), {
    state: 'ESTABLISHED',
    active: false,
    peerMss: 1300,
    scalingAgreed: false,
    timestamps: false,
    sack: false,
    snd: { wnd: 5000, mss: 1300 },
    rcv: { irs: d.peerIss, nxt: (d.peerIss + 1) | 0, edge: (d.peerIss + 1 + 65_535) | 0 },
  })
  t.deepEqual(cookies(d), ['sent true', 'accepted true'])
  t.like(d.host.counters, { synCookiesSent: 1, synCookiesAccepted: 1, synCookiesFailed: 0 })
  t.deepEqual(d.transitions.slice(-2), ['LISTEN → SYN_RECEIVED', 'SYN_RECEIVED → ESTABLISHED'])
  d.receives('P. 1:11(10) ack 1')
  t.is(d.accepted[0]!.text, 'abcdefghij')
  send(connectionOf(d), new Uint8Array(1301))
  d.sends('. 1:1301(1300) ack 11')
})

test('[R4987-3] the ACK that returns a cookie opens the connection though the listener waits for text', (t, dialogue) => {
  // No timer of a SYN,ACK would ever end the wait: as Linux, which opens it too.
  const d = underPressure(dialogue, { deferAccept: 2 })
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1')
  d.silent()
  t.is(connectionOf(d).state, 'ESTABLISHED')
  t.is(d.host.drops['deferred-accept'], 0)
})

test('[R4987-3] text that has overtaken the ACK opens the connection, and waits above the gap', (t, dialogue) => {
  const d = underPressure(dialogue, { timestamps: true, sack: true })
  const synAck = answered(d, 'mss 1460,sackOK,TS val 77 ecr 0,wscale 7', 'S')
  const stamp = `TS val 80 ecr ${timestampsOf(synAck)!.val >>> 0}`
  d.receives(`P. 4:11(7) ack 1 win 500 <nop,nop,${stamp}>`)
  t.is(connectionOf(d).state, 'ESTABLISHED')
  t.like(connectionOf(d), { scalingAgreed: true, sack: true, rcv: { irs: d.peerIss } })
  d.receives(`. 1:1(0) ack 1 win 500 <nop,nop,${stamp}>`)
  t.is(d.accepted[0]!.text, '')
  d.receives(`. 1:4(3) ack 1 win 500 <nop,nop,${stamp}>`)
  t.is(d.accepted[0]!.text, 'abcdefghij')
  t.is(d.host.counters.synCookiesFailed, 0)
})

test('[R4987-3] what lies beyond the window of the SYN,ACK, or before the ACK, opens nothing', (t, dialogue) => {
  const d = underPressure(dialogue)
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  for (const seq of [70_000, 0, -5]) {
    d.receives(`P. ${seq}:${seq + 5}(5) ack 1`)
    t.is(d.next().flags & RST, RST)
  }
  t.is(d.accepted.length, 0)
})

test('[R4987-3] text beyond a small window leaves no connection that no timer would end; the ACK still opens one', (t, dialogue) => {
  const d = underPressure(dialogue, { receiveBuffer: 2000 })
  const { connections, memory } = d.host
  const before = [connections.size, memory.peers.size]
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1 win 2000')
  d.receives('P. 5001:5011(10) ack 1')
  d.silent()
  t.deepEqual([connections.size, memory.peers.size], before)
  t.is(d.accepted.length, 0)
  d.receives('. 1:1(0) ack 1')
  t.is(connectionOf(d).state, 'ESTABLISHED')
})

test('[R4987-3] all that the SYN,ACK offers is taken, though no whole segment fits the end of it', (t, dialogue) => {
  const d = underPressure(dialogue, { receiveBuffer: 2000, wholeSegments: true })
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1 win 2000')
  d.receives('P. 1990:2000(10) ack 1')
  t.is(connectionOf(d).state, 'ESTABLISHED')
  d.receives('. 1:1460(1459) ack 1')
  d.receives('. 1460:1990(530) ack 1')
  t.is(d.accepted[0]!.text.length, 1999)
})

test('[R4987-3] of a flood of cookies the latest are remembered, no more', (t, dialogue) => {
  const d = underPressure(dialogue)
  d.receives('S 0:0(0)')
  const { seq } = d.next()
  for (let n = 0; n < 20_000; n++) {
    d.remotePort = 1000 + n
    d.receives('S 0:0(0)')
  }
  d.skip()
  d.remotePort = 40_000
  d.receives('P. 4:11(7) ack 1')
  t.is(d.next().flags & RST, RST)
  // But what follows the SYN still opens it.
  d.receives('P. 1:11(10) ack 1')
  t.is(connectionOf(d).snd.iss, seq)
})

test('[R4987-3] text and FIN may come with the ACK that returns the cookie', (t, dialogue) => {
  const d = underPressure(dialogue)
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('FP. 1:11(10) ack 1')
  d.sends('. 1:1(0) ack 12')
  t.is(d.accepted[0]!.text, 'abcdefghij')
  t.is(connectionOf(d).state, 'CLOSE_WAIT')
})

test('[R4987-3] each MSS is rounded down to one that the cookie can name', (t, dialogue) => {
  for (const [option, mss] of [
    ['', 536],
    ['mss 1', 48],
    ['mss 255', 48],
    ['mss 256', 256],
    ['mss 535', 256],
    ['mss 536', 536],
    ['mss 1023', 536],
    ['mss 1024', 1024],
    ['mss 1299', 1024],
    ['mss 1300', 1300],
    ['mss 1439', 1300],
    ['mss 1440', 1440],
    ['mss 1459', 1440],
    ['mss 1460', 1460],
    ['mss 8959', 1460],
    ['mss 8960', 8960],
    ['mss 65535', 8960],
  ] as const) {
    const d = underPressure(dialogue)
    d.receives(`S 0:0(0) <${option}>`)
    d.sends('S. 0:0(0) ack 1')
    d.receives('. 1:1(0) ack 1')
    t.is(connectionOf(d).peerMss, mss, option)
  }
})

test('[R4987-5] normal load: no cookie; everything is negotiated', (t, dialogue) => {
  const d = dialogue({ tcp: { sack: true } })
  d.listen()
  d.receives('S 0:0(0) <mss 1460,sackOK,nop,wscale 7>')
  d.sends('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 10>')
  t.is(d.host.connections.size, 1)
  t.is(d.host.counters.synCookiesSent, 0)
})

test("[R4987-5] synCookies 'always': no SYN queue at all; 'never': the SYN is dropped", (t, dialogue) => {
  const always = dialogue({ tcp: { synCookies: 'always' } })
  always.listen()
  always.receives('S 0:0(0)')
  always.sends('S. 0:0(0) ack 1')
  t.is(always.host.connections.size, 0)
  always.receives('. 1:1(0) ack 1')
  t.is(connectionOf(always).state, 'ESTABLISHED')
  const never = underPressure(dialogue, { synCookies: 'never' })
  never.receives('S 0:0(0)')
  never.silent()
  t.is(never.host.drops['backlog-full'], 1)
})

test('[R4987-4] a cookie is good for the peer, the ports and the ISN it was made for', (t, dialogue) => {
  for (const line of [
    '. 1:1(0) ack 2',
    '. 1:1(0) ack 0',
    '. 1:1(0) ack 9',
    '. 1:1(0) ack -7',
    '. 70000:70000(0) ack 1',
    '. 0:0(0) ack 1',
    '. 1:1(0) ack 65537',
    '. 1:1(0) ack -2147483648',
  ]) {
    const d = underPressure(dialogue)
    d.receives('S 0:0(0) <mss 1460>')
    d.sends('S. 0:0(0) ack 1')
    const size = d.host.connections.size
    // 1460 is the seventh class: the one above is the cookie + 1.
    d.receives(line)
    if (line === '. 1:1(0) ack 2') {
      t.is(connectionOf(d).peerMss, 8960)
      continue
    }
    if (line === '. 1:1(0) ack 0') {
      t.is(connectionOf(d).peerMss, 1440)
      continue
    }
    const { seq, flags } = d.next()
    const ack = Number(line.split(' ').at(-1))
    t.deepEqual([(seq - d.ourIss.get('40000>80')!) | 0, flags], [ack, 4], line)
    t.is(d.host.connections.size, size)
    t.deepEqual(cookies(d), ['sent true', 'failed true'])
    t.is(d.host.counters.synCookiesFailed, 1)
    t.is(d.host.drops['listen-flags'], 1)
  }
  const d = underPressure(dialogue)
  d.receives('S 0:0(0)')
  const { seq } = d.sends('S. 0:0(0) ack 1')
  d.ourIss.set('40001>80', seq)
  d.receives('40001>80 . 1:1(0) ack 1')
  d.sends('40001>80 R 1:1(0)')
  t.is(d.accepted.length, 0)
})

test('[R4987-4] the last cookie of a tick is good for more than a minute, none for more than two', (t, dialogue) => {
  const accepts = (wait: number) => {
    const d = underPressure(dialogue)
    const start = d.clock.now()
    // To the last ms of a tick: what is made there lives shortest.
    d.after(63_999 - (start % 64_000))
    d.skip()
    d.receives('S 0:0(0)')
    d.next()
    d.after(wait)
    // Others keep cookies in use.
    d.receives('41000>80 S 0:0(0)')
    d.skip()
    d.receives('. 1:1(0) ack 1')
    return d.accepted.length === 1
  }
  t.true(accepts(64_000))
  t.false(accepts(64_001))
  t.false(accepts(600_000))
})

test('[R4987-4] where no cookie was sent of late, none is looked for', (t, dialogue) => {
  const d = underPressure(dialogue)
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.after(COOKIE_LIFETIME)
  d.skip()
  d.receives('. 1:1(0) ack 1')
  d.sends('R 1:1(0)')
  t.is(d.host.counters.synCookiesFailed, 0)
  t.deepEqual(cookies(d), ['sent true'])
})

test('[R4987-3] a duplicate of the ACK is one of the connection', (t, dialogue) => {
  const d = underPressure(dialogue)
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1', '. 1:1(0) ack 1')
  d.silent()
  t.is(d.accepted.length, 1)
  t.is(d.host.counters.synCookiesAccepted, 1)
})

test('[R4987-3] an accept queue that is full makes no cookies and takes none', (t, dialogue) => {
  const d = dialogue({ tcp: { backlog: 1 } })
  const listener = d.listen(80, {}, false)
  d.receives('999>80 S 0:0(0)')
  d.sends('999>80 S. 0:0(0) ack 1')
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('999>80 . 1:1(0) ack 1')
  t.is(listener.acceptQueue.size, 1)
  d.receives('. 1:1(0) ack 1')
  d.silent()
  t.is(d.host.drops['backlog-full'], 1)
  d.receives('41000>80 S 0:0(0)')
  d.silent()
  t.is(d.host.drops['backlog-full'], 2)
  // The peer has text to say, and there is room by then.
  listener.accept()
  d.receives('P. 1:11(10) ack 1')
  t.is(listener.accept()?.receiveQueue.length, 10)
})

test('[R4987-6] a SYN,ACK of the queue is sent again; one that was a cookie is not, the SYN is', (t, dialogue) => {
  const d = underPressure(dialogue)
  d.receives('S 0:0(0)')
  const { seq } = d.sends('S. 0:0(0) ack 1')
  d.after(1000)
  d.sends('999>80 S. 0:0(0) ack 1')
  d.silent()
  d.receives('S 0:0(0)')
  t.is(d.next().seq, seq)
  d.receives('999>80 . 1:1(0) ack 1')
  t.is(d.accepted.length, 1)
})

ava('[R4987-3] a cookie is a keyed function of all it stands for', t => {
  const cookieOf = (seed: number, change: Partial<Segment> = {}, now = 0) => {
    const plain = { source: 1, destination: 2, sourcePort: 3, destinationPort: 4, seq: 5 }
    const syn = Object.assign(new Segment(), plain, change)
    const flow = new Flow(syn.destination, syn.destinationPort, syn.source, syn.sourcePort)
    return new SynCookies(new Secret(new SeededRandom(seed))).make(flow, syn, 2, now)
  }
  const made = [
    cookieOf(1),
    cookieOf(2),
    cookieOf(1, {}, 64_000),
    ...(['source', 'destination', 'sourcePort', 'destinationPort', 'seq'] as const).map(field =>
      cookieOf(1, { [field]: 9 }),
    ),
  ]
  t.is(new Set(made).size, made.length)
  t.is(cookieOf(1, {}, 63_999), made[0])
  // Neighbours in time are nowhere near each other.
  t.true(made.every((a, i) => made.every((b, j) => i === j || Math.abs((a - b) | 0) > 65_536)))
})
