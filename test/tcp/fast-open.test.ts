/** TCP Fast Open, RFC 7413. */
import ava from 'ava'
import { Flow } from '../../src/ip/flow.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { abort, close, send, setUser } from '../../src/tcp/calls.ts'
import type { Address } from '../../src/wire/address.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { write32 } from '../../src/wire/ipv4.ts'
import type { Dialogue } from '../support/dialogue.ts'
import { icmp, icmpError, OURS, PEER, sealed } from '../support/packets.ts'
import { formatOptions } from '../support/segment-notation.ts'
import type { Sent } from '../support/sent.ts'
import { type MakeDialogue, test } from '../support/states.ts'
import { A, B, pattern, Streamer, twoHosts } from '../support/two-hosts.ts'

/** A flow to an address, whatever its ports. */
const flowTo = (remote: Address): Flow => new Flow(0, 0, remote, 0)

const ON: Partial<TcpOptions> = { fastOpen: true }

const fastOpenOf = (sent: Sent): string | null => {
  const m = /(FO(?: [0-9a-f]+)?)(?:,nop)*$/.exec(formatOptions(sent.options))
  return m === null ? null : m[1]!
}

// As a server.

/** A listener, and the peer's cookie for it. */
const server = (dialogue: MakeDialogue, tcp: Partial<TcpOptions> = {}): [Dialogue, string] => {
  const d = dialogue({ tcp: { ...ON, ...tcp } })
  d.listen()
  d.receives('999>80 S 0:0(0) <mss 1460,FO>')
  const option = fastOpenOf(d.next())!
  d.receives('999>80 R 1:1(0)')
  return [d, option]
}

const syn = (d: Dialogue, option: string, text = 'hello') =>
  d.inject(d.build(`S 0:${text.length}(${text.length}) win 65535 <mss 1460,${option}>`, text))

test('[R7413-1] off unless asked for: the option is ignored, with or without a cookie', (t, dialogue) => {
  const [other, option] = server(dialogue)
  const d = dialogue()
  d.listen()
  d.receives('999>80 S 0:0(0) <FO>')
  d.sends('999>80 S. 0:0(0) ack 1 <mss 1460>')
  syn(d, option)
  d.sends('S. 0:0(0) ack 1 <mss 1460>')
  d.receives('. 1:1(0) ack 1')
  t.is(d.accepted[0]!.text, '')
  d.remotePort = 50_000
  d.connect()
  t.is(fastOpenOf(d.next()), null)
  // The other listener of the same host has it on, this one not.
  other.listen(81, { fastOpen: false })
  other.localPort = 81
  syn(other, option)
  other.sends('S. 0:0(0) ack 1 <mss 1460>')
})

test('[R7413-7] text with a good cookie is delivered before the handshake ends, and acknowledged', (t, dialogue) => {
  const [d, option] = server(dialogue)
  syn(d, option)
  d.sends('S. 0:0(0) ack 6 <mss 1460>')
  t.deepEqual(d.accepted[0]!.log, ['accepted', 'data hello'])
  t.is(d.accepted[0]!.connection!.state, 'SYN_RECEIVED')
  d.receives('. 6:6(0) ack 1')
  d.silent()
  t.is(d.accepted[0]!.connection!.state, 'ESTABLISHED')
  t.deepEqual(d.accepted[0]!.log, ['accepted', 'data hello', 'established'])
  t.is(d.accepted.length, 1)
  d.receives('P. 6:9(3) ack 1')
  t.is(d.accepted[0]!.text, 'hellofgh')
})

test('[R7413-7] who accepts late finds it once, established by then', (t, dialogue) => {
  const [d, option] = server(dialogue)
  const listener = d.listen(81, {}, false)
  d.localPort = 81
  syn(d, option)
  d.sends('S. 0:0(0) ack 6')
  t.deepEqual([listener.synQueue.size, listener.acceptQueue.size], [0, 1])
  d.receives('. 6:6(0) ack 1')
  t.is(listener.acceptQueue.size, 1)
  t.like(listener.accept()!, { state: 'ESTABLISHED', receiveQueue: { length: 5 } })
})

test('[R7413-7] with a bad cookie only the SYN is acknowledged, and a good one given', (t, dialogue) => {
  const [d, option] = server(dialogue)
  const wrong = option.replace(/.$/, digit => (digit === '0' ? '1' : '0'))
  for (const bad of [wrong, `${option}00aa`, option.slice(0, -2 * 2), 'FO 00000000']) {
    d.remotePort++
    syn(d, bad)
    t.is(fastOpenOf(d.sends('S. 0:0(0) ack 1')), option, bad)
  }
  t.is(d.accepted.length, 0)
  d.receives('. 1:1(0) ack 1')
  d.inject(d.build('P. 1:6(5) ack 1', 'again'))
  t.is(d.accepted[0]!.text, 'again')
})

test('[R7413-7] a good cookie without text is an ordinary handshake', (t, dialogue) => {
  const [d, option] = server(dialogue)
  syn(d, option, '')
  d.sends('S. 0:0(0) ack 1 <mss 1460>')
  t.is(d.accepted.length, 0)
})

test('[R7413-7] the text is sent again, by a SYN or after it: it is there once', (t, dialogue) => {
  const [d, option] = server(dialogue)
  syn(d, option)
  d.sends('S. 0:0(0) ack 6')
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 6')
  d.inject(d.build('P. 1:9(8) ack 1', 'hello, y'))
  t.is(d.accepted[0]!.text, 'hello, y')
})

test('[R7413-2] lengths that there are not, and the option where no SYN is, are ignored', (t, dialogue) => {
  for (const bad of [
    '0x2203aa',
    '0x2204aaaa',
    '0x2205aaaaaa',
    '0x2207aaaaaaaaaa',
    `0x2214${'aa'.repeat(18)}`,
  ]) {
    const [d] = server(dialogue)
    syn(d, `raw ${bad}`)
    t.is(fastOpenOf(d.sends('S. 0:0(0) ack 1')), null, bad)
  }
  const [d, option] = server(dialogue)
  d.receives('S 0:0(0) <mss 1460>')
  d.sends('S. 0:0(0) ack 1 <mss 1460>')
  d.receives(`. 1:1(0) ack 1 <${option}>`)
  d.receives(`P. 1:6(5) ack 1 <FO>`)
  t.is(d.accepted[0]!.text, 'abcde')
  d.after(40)
  t.is(formatOptions(d.sends('. 1:1(0) ack 6').options), '')
})

test('[R7413-3] the cookie is the address’s own, the same until the key changes, and good for as long again', (t, dialogue) => {
  const [d, option] = server(dialogue, { fastOpenKeyLifetime: 10_000 })
  d.after(20_000 - (d.clock.now() % 10_000) - 10_000 + 9999)
  const ask = () => {
    d.remotePort++
    d.receives('S 0:0(0) <mss 1460,FO>')
    const answer = fastOpenOf(d.next())!
    d.receives('R 1:1(0)')
    return answer
  }
  const current = ask()
  t.regex(current, /^FO [0-9a-f]{16}$/)
  t.is(ask(), current)
  const taken = () => {
    d.remotePort++
    syn(d, current)
    const sent = d.next()
    abort(d.accepted.at(-1)?.connection ?? ({ state: 'CLOSED', receiveQueue: { clear() {} } } as never))
    const ack = (sent.ack - d.peerIss) | 0
    if (ack === 1) d.receives('R 1:1(0)')
    d.skip()
    return [ack, fastOpenOf(sent)]
  }
  t.deepEqual(taken(), [6, null])
  d.after(1)
  const next = ask()
  t.not(next, current)
  t.deepEqual(taken(), [6, next])
  d.after(9999)
  t.deepEqual(taken(), [6, next])
  d.after(1)
  t.deepEqual(taken(), [1, ask()])
  t.truthy(option)
})

ava('[R7413-3] another host, another address: another cookie', t => {
  const cookies = [1, 2].flatMap(seed => {
    const pair = twoHosts(seed, { delay: 1 }, ON)
    pair.b.listen(0, 80, { acceptable: () => {} })
    const nobody = { established() {}, readable() {}, writable() {}, closed() {} }
    pair.a.connect(B, 80, nobody)
    pair.clock.advance(10)
    return [Buffer.from(pair.a.fastOpens.cache.server(A, B)!.cookie).toString('hex')]
  })
  t.not(cookies[0], cookies[1])
})

test('[R7413-6] a SYN,ACK that is sent again has no option', (t, dialogue) => {
  const [d, option] = server(dialogue)
  d.receives('S 0:0(0) <mss 1460,FO>')
  t.is(fastOpenOf(d.sends('S. 0:0(0) ack 1')), option)
  d.after(1000)
  d.sends('S. 0:0(0) ack 1 <mss 1460>')
})

test('[R7413-8] the answer need not wait for the handshake; the initial window is its limit', (t, dialogue) => {
  const [d, option] = server(dialogue, { initialWindow: 2, noDelay: true })
  syn(d, option)
  send(d.accepted[0]!.connection!, new Uint8Array(5000))
  d.sends('S. 0:0(0) ack 6')
  d.sends('. 1:1461(1460) ack 6')
  d.sends('. 1461:2921(1460) ack 6')
  d.silent()
  // The SYN,ACK is what is sent again as long as it is not acknowledged, without text.
  d.after(1000)
  d.sends('S. 0:0(0) ack 6')
  d.silent()
  d.receives('. 6:6(0) ack 2921')
  t.is(d.accepted[0]!.connection!.state, 'ESTABLISHED')
  d.sends('. 2921:4381(1460) ack 6')
  d.sends('P. 4381:5001(620) ack 6')
})

test('[R7413-8] answer and CLOSE before the handshake ends: the FIN goes with it', (t, dialogue) => {
  const [d, option] = server(dialogue)
  syn(d, option)
  const c = d.accepted[0]!.connection!
  send(c, Buffer.from('bye'))
  close(c)
  d.sends('S. 0:0(0) ack 6')
  d.sends('FP. 1:4(3) ack 6')
  d.receives('F. 6:6(0) ack 5')
  d.sends('. 5:5(0) ack 7')
  t.deepEqual(d.accepted[0]!.log, ['accepted', 'data hello', 'established', 'end', 'closed in order'])
})

test('[R7413-10] above the limit it is an ordinary handshake, until one is complete', (t, dialogue) => {
  const [d, option] = server(dialogue, { fastOpenPending: 2 })
  for (const ack of [6, 6, 1]) {
    d.remotePort++
    syn(d, option)
    t.is(formatOptions(d.sends(`S. 0:0(0) ack ${ack}`).options), 'mss 1460')
  }
  d.remotePort -= 2
  d.receives('. 6:6(0) ack 1')
  d.remotePort += 3
  syn(d, option)
  d.sends('S. 0:0(0) ack 6')
  t.is(d.accepted.length, 3)
})

test('[R7413-11] those that were just reset count for a minute', (t, dialogue) => {
  const [d, option] = server(dialogue, { fastOpenPending: 2 })
  for (const ack of [6, 6, 1, 1]) {
    d.remotePort++
    syn(d, option)
    d.sends(`S. 0:0(0) ack ${ack}`)
    d.receives(`R ${ack}:${ack}(0)`)
  }
  t.deepEqual(
    d.accepted.map(user => user.log.at(-1)),
    ['closed ECONNRESET', 'closed ECONNRESET'],
  )
  d.after(59_999)
  d.remotePort++
  syn(d, option)
  d.sends('S. 0:0(0) ack 1')
  d.after(1)
  d.remotePort++
  syn(d, option)
  d.sends('S. 0:0(0) ack 6')
})

test('[R7413-10] one that times out, or that we abort, counts no more', (t, dialogue) => {
  const [d, option] = server(dialogue, { fastOpenPending: 1, synAckRetries: 1 })
  syn(d, option)
  d.after(10_000)
  t.is(d.accepted[0]!.log.at(-1), 'closed ETIMEDOUT')
  d.skip()
  for (let n = 0; n < 2; n++) {
    d.remotePort++
    syn(d, option)
    d.sends('S. 0:0(0) ack 6')
    abort(d.accepted.at(-1)!.connection!)
    d.skip()
  }
  t.is(d.accepted.length, 3)
})

test('[R7413-7] text beyond the receive buffer is not taken', (t, dialogue) => {
  const [d, option] = server(dialogue, { receiveBuffer: 300 })
  syn(d, option, 'x'.repeat(1000))
  d.sends('S. 0:0(0) ack 301')
  t.is(d.accepted[0]!.text.length, 300)
})

// As a client.

const COOKIE = 'FO 0011223344556677'
const DATA = Buffer.from('hello')

/** We have connected once, and the peer has answered the question for a cookie. */
const client = (
  dialogue: MakeDialogue,
  tcp: Partial<TcpOptions> = {},
  answer = `mss 1300,${COOKIE}`,
): Dialogue => {
  const d = dialogue({ tcp: { ...ON, ...tcp } })
  const user = d.connect()
  d.next()
  d.receives(`S. 0:0(0) ack 1 win 65535 <${answer}>`)
  d.next()
  abort(user.connection!)
  d.skip()
  d.localPort++
  return d
}

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

/** Whether the next connection tries it, after `ms`. */
const triesAgain = (d: Dialogue, ms: number): boolean => {
  d.after(ms)
  d.skip()
  d.localPort++
  const user = d.connect({}, DATA)
  const sent = d.next()
  abort(user.connection!)
  d.skip()
  return fastOpenOf(sent) !== null
}

/** Fast open that fails, in all the ways there are. */
const FAILURES: Record<string, (d: Dialogue) => void> = {
  'the SYN was lost': d => {
    d.next()
    d.after(1000)
    d.next()
  },
  'the text was not taken, and no other cookie given': d => {
    d.next()
    d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  },
  'an ICMP error': d => d.inject(icmpError(3, 1, d.next().raw)),
}

for (const [what, happens] of Object.entries(FAILURES))
  test(`[R7413-4] ${what}: the path is spared for a minute, the next time for two, other ports not`, (t, dialogue) => {
    const d = client(dialogue)
    const fail = () => {
      d.localPort++
      const user = d.connect({}, DATA)
      happens(d)
      abort(user.connection!)
      d.skip()
    }
    fail()
    t.false(triesAgain(d, 0))
    t.false(triesAgain(d, 58_000))
    d.remotePort++
    t.true(triesAgain(d, 0))
    d.remotePort--
    t.true(triesAgain(d, 2000))
    fail()
    t.false(triesAgain(d, 118_000))
    t.true(triesAgain(d, 2000))
  })

test('[R7413-4] a server that gives no cookie is not asked again for a while', (t, dialogue) => {
  const d = client(dialogue, {}, 'mss 1460')
  t.false(triesAgain(d, 59_000))
  t.true(triesAgain(d, 1000))
})

test('[R7413-4] a cookie without text that brings nothing new is no failure', (t, dialogue) => {
  const d = client(dialogue)
  const user = d.connect()
  t.is(fastOpenOf(d.sends('S 0:0(0)')), COOKIE)
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.next()
  abort(user.connection!)
  t.true(triesAgain(d, 0))
})

test('[R7413-4] a connection that loses its SYN again and again has failed once', (t, dialogue) => {
  const d = client(dialogue)
  const user = d.connect({}, DATA)
  d.after(20_000)
  abort(user.connection!)
  t.true(triesAgain(d, 41_000))
})

test('[R7413-4] text that has arrived after all is no failure', (t, dialogue) => {
  const d = client(dialogue)
  const user = d.connect({}, DATA)
  d.next()
  d.after(1000)
  d.next()
  d.receives('S. 0:0(0) ack 6 win 65535')
  d.next()
  abort(user.connection!)
  t.true(triesAgain(d, 0))
})

test('[R7413-4] the cache holds so many, and forgets what was used longest ago', (t, dialogue) => {
  const d = dialogue({ tcp: { ...ON, fastOpenCache: 2 } })
  const { cache } = d.host.fastOpens
  const give = (n: number) => cache.learn(1, n, { cookie: new Uint8Array(8), mss: 1460 })
  give(1)
  give(2)
  t.truthy(cache.server(1, 1))
  give(3)
  t.is(cache.server(1, 2), null)
  t.truthy(cache.server(1, 1))
  for (let port = 0; port < 1000; port++) cache.failed(1, 2, port, 0)
  t.is(cache.size, 4)
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

// Both.

for (let seed = 1; seed <= 20; seed++)
  ava(`[R7413-7][R7413-9] two hosts, a path that loses and reorders: bytes are exact, seed ${seed}`, t => {
    const path = { delay: 5, loss: 0.05, jitter: 3, reorder: 0.1 } as never
    const pair = twoHosts(seed, path, { ...ON, fastOpenBackOff: 0, msl: 100 })
    const [question, answer] = [pattern(40_000, seed), pattern(40_000, -seed)]
    const streamers: Streamer[] = []
    let early = 0
    const listener = pair.b.listen(0, 80, {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          const s = new Streamer(c, answer, question)
          setUser(c, s)
          streamers.push(s)
          if (c.state === 'SYN_RECEIVED') early++
          s.readable()
          s.writable()
        }
      },
    })
    for (let n = 0; n < 10; n++) {
      let s: Streamer | null = null
      const c = pair.a.connect(
        B,
        80,
        {
          established: () => s!.established(),
          readable: () => s!.readable(),
          writable: () => s!.writable(),
          closed: error => s!.closed(error),
        },
        { data: question.subarray(0, 1000) },
      )
      s = new Streamer(c, question, answer, 1000)
      streamers.push(s)
      pair.clock.advance(60_000)
    }
    t.is(streamers.length, 20)
    for (const s of streamers) t.like(s, { fault: '', received: 40_000, ended: true, over: null })
    t.true(early >= 5, `${early}`)
    t.is(pair.b.connections.size, 0)
  })

/** A router says that a packet of ours was too big for its next hop. */
const tooBig = (d: Dialogue, sent: Sent, mtu: number): void => {
  const packet = icmp(3, 4, sent.raw.subarray(0, 28))
  write32(packet, 24, mtu)
  d.inject(sealed(packet))
}

test('[R7413-7] a SYN with text that is too big for a router goes again at once without; the MSS is the link’s', (t, dialogue) => {
  const d = client(dialogue)
  d.connect({}, Buffer.alloc(1200))
  const first = d.sends('S 0:1200(1200)')
  // No router complains of less than what has left.
  tooBig(d, first, 1300)
  d.silent()
  tooBig(d, first, 1000)
  d.sends('S 0:0(0) <mss 1460,nop,wscale 10>')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  t.is(d.sends('. 1:961(960) ack 1').raw.length, 1000)
  d.receives('. 1:1(0) ack 961')
  d.sends('P. 961:1201(240) ack 1')
})
