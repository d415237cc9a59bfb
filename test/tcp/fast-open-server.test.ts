/** TCP Fast Open as a server, RFC 7413. */
import ava from 'ava'
import { abort, close, send } from '../../src/tcp/calls.ts'
import { fastOpenOf, ON, server, syn } from '../support/fast-open.ts'
import { formatOptions } from '../support/segment-notation.ts'
import { test } from '../support/states.ts'
import { A, B, twoHosts } from '../support/two-hosts.ts'

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
