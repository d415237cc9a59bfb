/** The seventh check of SEGMENT ARRIVES, RFC 9293 §3.10.7.4: the segment's text. */
import { send } from '../../src/tcp/calls.ts'
import { reach, stateOf, stream, test } from '../support/states.ts'

test('[SA-66] ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2: text is delivered at once, pushed or not', (t, dialogue) => {
  for (const active of [false, true])
    for (const state of ['ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2'] as const)
      for (const push of ['', 'P']) {
        const d = dialogue()
        const { user, snd } = reach(d, state, active)
        d.receives(`${push}. 1:11(10) ack 1`)
        t.is(user!.text, stream(1, 10), state)
        d.receives(`${push}. 11:1471(1460) ack 1`, `${push}. 1471:2931(1460) ack 1`)
        t.is(user!.text, stream(1, 2930))
        d.after(40)
        t.is(d.skip().at(-1)?.ack, (d.peerIss + 2931) | 0)
        t.is(stateOf(d), state)
        t.is(snd, state === 'ESTABLISHED' ? 1 : 2)
      }
})

test('[SA-67] RCV.NXT moves with what is taken; the right edge never moves left', (t, dialogue) => {
  const d = dialogue({ tcp: { receiveBuffer: 20_000 } })
  const { c, user, edge } = reach(d, 'ESTABLISHED')
  user!.reading = false
  let right = edge
  let next = 1
  for (let n = 0; n < 40; n++) {
    const length = Math.min(1 + ((n * 397) % 1460), right - next)
    if (length <= 0) break
    d.receives(`P. ${next}:${next + length}(${length}) ack 1`)
    next += length
    t.is(c.rcv.nxt, (d.peerIss + next) | 0)
    if (n % 3 === 2) user!.read(1)
    d.after(40)
    const acks = d.skip()
    t.is(acks.at(-1)?.ack, c.rcv.nxt)
    for (const sent of acks) {
      const offered = ((sent.ack - d.peerIss) | 0) + sent.window
      t.true(offered >= right, `the edge went from ${right} to ${offered}`)
      right = offered
    }
    t.true(c.receiveQueue.length + (right - next) <= 20_000, 'more was offered than there is room')
  }
  user!.read()
  t.is(user!.text, stream(1, next - 1))
})

test('[SA-67] unread text shuts the window, byte by byte', (t, dialogue) => {
  const d = dialogue({ tcp: { receiveBuffer: 4000 } })
  const { user } = reach(d, 'ESTABLISHED')
  user!.reading = false
  for (const [from, to] of [
    [1, 1001],
    [1001, 2001],
    [2001, 3001],
    [3001, 4001],
  ] as const) {
    d.receives(`P. ${from}:${to}(${to - from}) ack 1`)
    d.after(40)
    d.sends(`. 1:1(0) ack ${to} win ${4001 - to}`)
    d.silent()
  }
  t.is(user!.text, '')
})

test('[SA-68] an answer given at once carries the ACK, and no other is sent', (t, dialogue) => {
  const d = dialogue()
  const { user, c } = reach(d, 'ESTABLISHED')
  user!.readable = () => send(c, Buffer.from(user!.read().toUpperCase()))
  let next = 1
  for (let n = 0; n < 5; n++) {
    d.receives(`P. ${next}:${next + 10}(10) ack ${next}`)
    const sent = d.sends(`P. ${next}:${next + 10}(10) ack ${next + 10}`)
    t.is(Buffer.from(sent.text).toString(), stream(next, 10).toUpperCase())
    next += 10
  }
  d.receives(`. ${next}:${next}(0) ack ${next}`)
  d.after(10_000)
  d.silent()
})

test('[SA-68] a pure ACK is <SEQ=SND.NXT><ACK=RCV.NXT>, whatever is in flight', (t, dialogue) => {
  const d = dialogue()
  const { c } = reach(d, 'ESTABLISHED')
  send(c, Buffer.alloc(3000))
  d.skip()
  d.receives('P. 1:11(10) ack 1')
  d.after(40)
  t.is(d.sends('. 2921:2921(0) ack 11').seq, c.snd.nxt)
})

test('[SA-69] text above a gap draws an ACK of RCV.NXT, each time and at once', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  for (const from of [101, 201, 301]) {
    d.receives(`P. ${from}:${from + 100}(100) ack 1`)
    d.sends('. 1:1(0) ack 1')
    d.silent()
  }
  t.is(user!.text, '')
  d.receives('P. 1:101(100) ack 1')
  d.sends('. 1:1(0) ack 401')
  t.is(user!.text, stream(1, 400))
})

test('[SA-70] CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT: text beyond the FIN is nothing', (t, dialogue) => {
  for (const state of ['CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'] as const) {
    const d = dialogue()
    const { c, rcv, user } = reach(d, state)
    const log = [...user!.log]
    d.receives(`P. ${rcv}:${rcv + 10}(10) ack 1`, `P. ${rcv + 10}:${rcv + 20}(10) ack 1`)
    for (const sent of d.skip()) t.is(sent.ack, (d.peerIss + rcv) | 0)
    t.is(c.receiveQueue.length + c.receiveQueue.bytesAbove, 0)
    t.is(c.rcv.nxt, (d.peerIss + rcv) | 0)
    t.deepEqual(user!.log, log)
    t.is(stateOf(d), state)
  }
})

test('[NX-3] 64 KB each way, each second segment before the first, wherever the numbers wrap', (t, dialogue) => {
  const d = dialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  const out = stream(1, 65_536)
  send(c, Buffer.from(out))
  let heard = ''
  let acked = 1
  for (let next = 1; next < 65_537; next += 2048) {
    const ack = acked
    d.receives(
      `. ${next + 1024}:${next + 2048}(1024) ack ${ack}`,
      `. ${next}:${next + 1024}(1024) ack ${ack}`,
    )
    for (const sent of d.skip()) {
      const at = (sent.seq - c.snd.iss) | 0
      if (at !== acked || sent.text.length === 0) continue
      heard += Buffer.from(sent.text).toString()
      acked += sent.text.length
    }
  }
  for (let n = 0; acked < 65_537 && n < 100; n++) {
    d.receives(`. 65537:65537(0) ack ${acked}`)
    for (const sent of d.skip()) {
      if (((sent.seq - c.snd.iss) | 0) !== acked) continue
      heard += Buffer.from(sent.text).toString()
      acked += sent.text.length
    }
  }
  d.receives(`. 65537:65537(0) ack ${acked}`)
  t.is(user!.text, stream(1, 65_536))
  t.is(heard, out)
  t.true(c.allAcked)
  t.is(c.troubles.retransmissions, 0)
  t.is(c.rcv.nxt, (d.peerIss + 65_537) | 0)
})
