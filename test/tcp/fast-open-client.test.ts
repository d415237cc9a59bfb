/** TCP Fast Open as a client, RFC 7413. */
import { parseAddress } from '../../src/wire/address.ts'
import { COOKIE, client, DATA, fastOpenOf, ON } from '../support/fast-open.ts'
import { flowTo } from '../support/flow.ts'
import { OURS, PEER } from '../support/packets.ts'
import { test } from '../support/states.ts'

test('[R7413-5] the first SYN asks for a cookie by an empty option', (t, dialogue) => {
  const d = dialogue({ tcp: ON })
  d.connect({}, DATA)
  const sent = d.sends('S 0:0(0) <mss 1460,nop,wscale 10,FO,nop,nop>')
  t.deepEqual([...sent.options.subarray(8)], [34, 2, 1, 1])
  d.receives(`S. 0:0(0) ack 1 win 65535 <mss 1460,${COOKIE}>`)
  d.sends('P. 1:6(5) ack 1 <>')
})

test('[R7413-4] the next one has the cookie, and text; it is there for all ports of that address', (t, dialogue) => {
  const d = client(dialogue)
  for (const port of [40_000, 443]) {
    d.remotePort = port
    const user = d.connect({}, DATA)
    const sent = d.sends('S 0:5(5)')
    t.is(fastOpenOf(sent), COOKIE)
    t.is(Buffer.from(sent.text).toString(), 'hello')
    d.receives('S. 0:0(0) ack 6 win 65535 <mss 1460>')
    d.sends('. 6:6(0) ack 1 <>')
    d.after(100_000)
    d.silent()
    t.like(user.connection!, {
      state: 'ESTABLISHED',
      allAcked: true,
      troubles: { retransmissions: 0 },
      sendQueue: { length: 0 },
      flight: { underWay: 0 },
    })
    d.localPort++
  }
  const other = d.host.connect(parseAddress('192.0.2.9'), 80, d.connect())
  d.skip()
  t.is(other.fastOpen!.cookie!.length, 0)
})

test('[R7413-4] a new cookie takes the place of the old one, and the MSS with it', (t, dialogue) => {
  const d = client(dialogue)
  d.connect({}, DATA)
  d.next()
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 600,FO aabbccdd>')
  d.sends('P. 1:6(5) ack 1 <>')
  d.localPort++
  d.connect({}, Buffer.alloc(3000))
  const sent = d.next()
  t.is(fastOpenOf(sent), 'FO aabbccdd')
  t.is(sent.text.length, 560)
})

test('[R7413-12] text on the SYN: what the server takes, less the options; 536 when it has not said', (t, dialogue) => {
  for (const [answer, mss] of [
    [`mss 1300,${COOKIE}`, 1300],
    [COOKIE, 536],
    [`mss 1460,${COOKIE}`, 1460],
    [`mss 8960,${COOKIE}`, 1460],
  ] as const) {
    const d = client(dialogue, { noDelay: true }, answer)
    d.connect({}, Buffer.alloc(3000))
    const sent = d.next()
    t.is(sent.text.length, mss - 40, answer)
    t.true(sent.options.length + sent.text.length <= mss)
    d.receives(`S. 0:0(0) ack ${1 + sent.text.length} win 65535 <mss 1460>`)
    const rest = d.skip().reduce((bytes, s) => bytes + s.text.length, 0)
    t.is(rest, 3000 - sent.text.length)
  }
})

test('[R7413-12] nor more than fits an ordinary packet, however large the link', (t, dialogue) => {
  const d = dialogue({ tcp: ON, mtu: 9000 })
  d.host.fastOpens.cache.learn(OURS, PEER, { cookie: new Uint8Array(8), mss: 8960 })
  d.connect({}, Buffer.alloc(3000))
  t.is(d.next().text.length, 1420)
})

test('[R7413-4] a SYN,ACK without a cookie still tells the MSS', (t, dialogue) => {
  const d = client(dialogue)
  d.connect({}, DATA)
  d.next()
  d.receives('S. 0:0(0) ack 6 win 65535 <mss 700>')
  d.next()
  d.localPort++
  d.connect({}, Buffer.alloc(3000))
  const sent = d.next()
  t.deepEqual([fastOpenOf(sent), sent.text.length], [COOKIE, 660])
})

test('[R7413-12] nor more than what is known of the path takes', (t, dialogue) => {
  const d = client(dialogue)
  d.host.learnPathMtu(flowTo(PEER), 700, false)
  d.connect({}, Buffer.alloc(3000))
  t.is(d.next().text.length, 620)
})

test('[R7413-12] no room for the option: a plain handshake, without text', (t, dialogue) => {
  const long = `FO ${'ab'.repeat(16)}`
  const d = client(dialogue, { timestamps: true, userTimeoutOption: true }, `mss 1300,TS val 1 ecr 1,${long}`)
  d.connect({}, DATA)
  t.is(fastOpenOf(d.sends('S 0:0(0)')), null)
  const e = client(dialogue, { timestamps: true }, `mss 1300,TS val 1 ecr 1,${long}`)
  e.connect({}, DATA)
  t.is(fastOpenOf(e.sends('S 0:5(5)')), long)
})

test('[R7413-9][SA-12] text that was not taken goes with the first ACK, also a part of it', (t, dialogue) => {
  for (const taken of [0, 2, 5]) {
    const d = client(dialogue)
    const user = d.connect({}, DATA)
    d.sends('S 0:5(5)')
    d.receives(`S. 0:0(0) ack ${1 + taken} win 65535 <mss 1460>`)
    const sent = d.next()
    t.is(Buffer.from(sent.text).toString(), 'hello'.slice(taken))
    t.is(user.connection!.state, 'ESTABLISHED')
    d.receives('. 1:1(0) ack 6')
    d.after(100_000)
    d.silent()
    t.true(user.connection!.allAcked)
  }
})

test('[SA-12] an ACK beyond what the SYN carried, or of nothing, is none of ours', (t, dialogue) => {
  for (const ack of [7, 0]) {
    const d = client(dialogue)
    const user = d.connect({}, DATA)
    d.sends('S 0:5(5)')
    d.receives(`S. 0:0(0) ack ${ack} win 65535`)
    d.sends(`R ${ack}:${ack}(0)`)
    t.is(user.connection!.state, 'SYN_SENT')
  }
})

test('[R7413-6] the SYN is sent again without text and option; either answer will do', (t, dialogue) => {
  for (const ack of [1, 6]) {
    const d = client(dialogue)
    const user = d.connect({}, DATA)
    d.sends('S 0:5(5)')
    d.after(1000)
    t.is(fastOpenOf(d.sends('S 0:0(0)')), null)
    d.receives(`S. 0:0(0) ack ${ack} win 65535 <mss 1460>`)
    d.sends(ack === 1 ? 'P. 1:6(5) ack 1' : '. 6:6(0) ack 1')
    t.is(user.connection!.state, 'ESTABLISHED')
  }
  const asking = dialogue({ tcp: ON })
  asking.connect()
  asking.next()
  asking.after(1000)
  asking.sends('S 0:0(0) <mss 1460,nop,wscale 10>')
})

test('[R7413-9] SYNs that cross, with text on ours: it arrives by and by', (t, dialogue) => {
  const d = client(dialogue)
  const user = d.connect({}, DATA)
  d.sends('S 0:5(5)')
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  d.receives('S. 0:0(0) ack 1 win 65535')
  t.is(user.connection!.state, 'ESTABLISHED')
  d.after(5000)
  t.true(d.skip().some(s => Buffer.from(s.text).toString() === 'hello'))
})

test('[R7413-7] a SYN with text that is too big for a router goes again at once without; the MSS is the link’s', (t, dialogue) => {
  const d = client(dialogue)
  d.connect({}, Buffer.alloc(1200))
  const first = d.sends('S 0:1200(1200)')
  // No router complains of less than what has left.
  d.tooBig(first, 1300)
  d.silent()
  d.tooBig(first, 1000)
  d.sends('S 0:0(0) <mss 1460,nop,wscale 10>')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  t.is(d.sends('. 1:961(960) ack 1').raw.length, 1000)
  d.receives('. 1:1(0) ack 961')
  d.sends('P. 961:1201(240) ack 1')
})
