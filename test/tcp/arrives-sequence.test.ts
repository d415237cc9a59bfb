/** The first check of SEGMENT ARRIVES, RFC 9293 §3.10.7.4: the sequence number. */
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import { close, send } from '../../src/tcp/calls.ts'
import { seqDiff } from '../../src/wire/sequence.ts'
import { OURS } from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'
import { emptyAck, OTHER_STATES, reach, shutWindow, stateOf, stream, test } from '../support/states.ts'

const SMALL = { tcp: { receiveBuffer: 8000 } }

test('[SA-23][SA-29][NX-12] every state: outside of the window nothing is taken but answered', (t, dialogue) => {
  for (const active of [false, true])
    for (const state of OTHER_STATES)
      for (const where of ['old text', 'old ACK', 'text beyond', 'ACK beyond', 'FIN beyond', 'far away']) {
        const d = dialogue(SMALL)
        const r = reach(d, state, active)
        const { rcv, edge, snd } = r
        // The ACK would be fine: it must not be looked at, or FIN-WAIT-1, CLOSING and LAST-ACK would move on.
        const line = {
          'old text': `P. ${rcv - 10}:${rcv}(10) ack ${snd}`,
          'old ACK': `. ${rcv - 1}:${rcv - 1}(0) ack ${snd}`,
          'text beyond': `P. ${edge}:${edge + 10}(10) ack ${snd}`,
          'ACK beyond': `. ${edge}:${edge}(0) ack ${snd}`,
          'FIN beyond': `F. ${edge}:${edge}(0) ack ${snd}`,
          'far away': `P. ${rcv + 2 ** 30}:${rcv + 2 ** 30 + 10}(10) ack ${snd}`,
        }[where]!
        d.receives(line)
        t.is(stateOf(d), state, `${where} in ${state}`)
        d.sends(emptyAck(r))
        d.silent()
        t.is(r.user?.text ?? '', '')
      }
})

test('[SA-29] every state: outside of the window a RST draws nothing', (t, dialogue) => {
  for (const state of OTHER_STATES) {
    const d = dialogue({ ...SMALL, tcp: { ...SMALL.tcp, resetMayMissFin: false } })
    const { rcv, edge, snd } = reach(d, state)
    d.receives(`R ${rcv - 1}:${rcv - 1}(0)`, `R. ${edge}:${edge + 5}(5) ack ${snd}`)
    d.silent()
    t.is(stateOf(d), state)
  }
})

test('[SA-29] SYN-RECEIVED: a RST on a repeated SYN draws nothing and resets nothing', (t, dialogue) => {
  for (const active of [false, true])
    for (const line of ['SR 0:0(0)', 'SR. 0:0(0) ack 1']) {
      const d = dialogue()
      reach(d, 'SYN_RECEIVED', active)
      d.receives(line)
      d.silent()
      t.is(stateOf(d), 'SYN_RECEIVED', line)
    }
})

test('[SA-24][SA-28] a shut window takes a pure ACK at RCV.NXT', (t, dialogue) => {
  const { d, c } = shutWindow(dialogue)
  send(c, Buffer.alloc(100))
  d.sends('P. 1:101(100) ack 2001 win 0')
  d.receives('. 2001:2001(0) ack 51 win 500')
  d.silent()
  t.is(seqDiff(c.snd.una, c.snd.iss), 51)
  t.is(c.snd.wnd, 500)
})

test('[SA-24] a shut window: a pure ACK at any other number is refused', (t, dialogue) => {
  for (const seq of [1999, 2000, 2001, 2002, 2003, 3000]) {
    const { d, c } = shutWindow(dialogue)
    send(c, Buffer.alloc(100))
    d.sends('P. 1:101(100) ack 2001 win 0')
    d.receives(`. ${seq}:${seq}(0) ack 51`)
    if (seq !== 2001) d.sends('. 101:101(0) ack 2001 win 0')
    d.silent()
    // One above RCV.NXT is what a peer sends that has probed us: its ACK counts (SA-33).
    t.is(seqDiff(c.snd.una, c.snd.iss), seq === 2001 || seq === 2002 ? 51 : 1, `seq ${seq}`)
  }
})

test('[SA-25] an open window takes a pure ACK from RCV.NXT to just before its edge', (t, dialogue) => {
  for (const [where, taken] of [
    [-1, false],
    [0, true],
    [1, true],
    [7999, true],
    [8000, false],
    [8001, false],
  ] as const) {
    const d = dialogue(SMALL)
    const { c, rcv, edge } = reach(d, 'ESTABLISHED')
    t.is(edge - rcv, 8000)
    send(c, Buffer.alloc(100))
    d.sends('P. 1:101(100) ack 1')
    d.receives(`. ${rcv + where}:${rcv + where}(0) ack 51`)
    if (!taken) d.sends('. 101:101(0) ack 1')
    d.silent()
    t.is(seqDiff(c.snd.una, c.snd.iss), taken ? 51 : 1, `RCV.NXT + ${where}`)
  }
})

test('[SA-25][SA-23] TIME-WAIT: the same window', (t, dialogue) => {
  for (const [where, taken] of [
    [-1, false],
    [0, true],
    [1, true],
    ['edge - 1', true],
    ['edge', false],
  ] as const) {
    const d = dialogue(SMALL)
    const r = reach(d, 'TIME_WAIT')
    const seq = where === 'edge' ? r.edge : where === 'edge - 1' ? r.edge - 1 : r.rcv + where
    d.receives(`. ${seq}:${seq}(0) ack 2`)
    if (!taken) d.sends(emptyAck(r))
    d.silent()
    t.is(stateOf(d), 'TIME_WAIT')
  }
})

test('[SA-26][NX-23] a shut window takes no text, and answers every probe with RCV.NXT and window 0', (t, dialogue) => {
  const { d, c } = shutWindow(dialogue)
  for (let n = 0; n < 50; n++) {
    d.receives('. 2001:2002(1) ack 1')
    d.sends('. 1:1(0) ack 2001 win 0')
    d.silent()
    d.after(500)
  }
  t.is(c.receiveQueue.length, 2000)
  t.is(c.receiveQueue.bytesAbove, 0)
})

test('[SA-27][SA-31] text is taken when its first or its last octet is in the window', (t, dialogue) => {
  const EDGE = 8001
  for (const [from, to, takenTo] of [
    // Old text [1, 101) has come already.
    [1, 101, 101],
    [91, 101, 101],
    [100, 102, 102],
    [51, 151, 151],
    [101, 102, 102],
    [101, 1561, 1561],
    [-50, 101, 101],
  ] as const) {
    const d = dialogue(SMALL)
    const { user } = reach(d, 'ESTABLISHED')
    d.receives('P. 1:101(100) ack 1')
    d.after(40)
    d.sends('. 1:1(0) ack 101')
    d.receives(`P. ${from}:${to}(${to - from}) ack 1`)
    d.after(40)
    d.sends(`. 1:1(0) ack ${takenTo}`)
    d.silent()
    t.is(user!.text, stream(1, takenTo - 1), `${from}:${to}`)
  }
  for (const [from, to, taken] of [
    [EDGE - 1, EDGE, 1],
    [EDGE - 1, EDGE + 9, 1],
    [EDGE - 100, EDGE + 100, 100],
    [EDGE, EDGE + 1, 0],
    [EDGE + 10, EDGE + 20, 0],
  ] as const) {
    const d = dialogue(SMALL)
    const { c, edge } = reach(d, 'ESTABLISHED')
    t.is(edge, EDGE)
    d.receives(`P. ${from}:${to}(${to - from}) ack 1`)
    d.sends('. 1:1(0) ack 1')
    d.silent()
    t.is(c.receiveQueue.bytesAbove, taken, `${from}:${to}`)
  }
})

test('[SA-28] a shut window: the ACK, window and URG of a segment whose text is refused count', (t, dialogue) => {
  const { d, c, user } = shutWindow(dialogue)
  send(c, Buffer.alloc(100))
  d.sends('P. 1:101(100) ack 2001 win 0')
  d.receives('U. 2001:2002(1) ack 51 win 700 urg 1')
  d.sends('. 101:101(0) ack 2001 win 0')
  t.is(seqDiff(c.snd.una, c.snd.iss), 51)
  t.is(c.snd.wnd, 700)
  t.is(user!.log.at(-1), 'urgent')
  t.is(c.receiveQueue.length, 2000)
})

test('[SA-28] a shut window: a RST at RCV.NXT resets, any other is nothing', (t, dialogue) => {
  const { d, user } = shutWindow(dialogue)
  d.receives('R 2000:2000(0)', 'R 2002:2002(0)')
  d.silent()
  t.is(stateOf(d), 'ESTABLISHED')
  d.receives('R 2001:2001(0)')
  t.is(user!.log.at(-1), 'closed ECONNRESET')
  t.true(d.empty)
})

test('[SA-28][SA-57] a shut window: the ACK of our FIN counts though the text that carries it does not', (t, dialogue) => {
  const { d, c } = shutWindow(dialogue)
  close(c)
  d.sends('F. 1:1(0) ack 2001 win 0')
  d.receives('FP. 2001:2002(1) ack 2')
  d.sends('. 2:2(0) ack 2001 win 0')
  d.silent()
  t.is(stateOf(d), 'FIN_WAIT_2')
})

test('[NX-29] a shut window takes a FIN that follows all that was taken: it needs no room', (t, dialogue) => {
  for (const [line, drops] of [
    ['F. 2001:2001(0) ack 1', 0],
    ['FP. 1991:2001(10) ack 1', 0],
    ['F. 2002:2002(0) ack 1', 1],
    ['FP. 2001:2002(1) ack 1', 1],
    ['SF. 2001:2001(0) ack 1', 1],
  ] as const) {
    const { d, user } = shutWindow(dialogue)
    d.receives(line)
    t.is(stateOf(d), drops === 0 ? 'CLOSE_WAIT' : 'ESTABLISHED', line)
    d.sends(`. 1:1(0) ack ${drops === 0 ? 2002 : 2001} win 0`)
    d.silent()
    user!.read()
    t.is(user!.text, stream(1, 2000))
    t.is(user!.log.includes('end'), drops === 0)
  }
})

test('[NX-29] in FIN-WAIT-1 and FIN-WAIT-2 it leads to where a FIN always leads', (t, dialogue) => {
  for (const [ack, state] of [
    [1, 'CLOSING'],
    [2, 'TIME_WAIT'],
  ] as const) {
    const { d, c } = shutWindow(dialogue)
    close(c)
    d.sends('F. 1:1(0) ack 2001 win 0')
    d.receives(`F. 2001:2001(0) ack ${ack}`)
    d.sends('. 2:2(0) ack 2002 win 0')
    t.is(stateOf(d), state)
  }
  const { d, c } = shutWindow(dialogue)
  close(c)
  d.skip()
  d.receives('. 2001:2001(0) ack 2')
  t.is(stateOf(d), 'FIN_WAIT_2')
  d.receives('F. 2001:2001(0) ack 2')
  d.sends('. 2:2(0) ack 2002 win 0')
  t.is(stateOf(d), 'TIME_WAIT')
})

test('[SA-31] an overlapping retransmission: nothing is delivered twice', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  d.receives('P. 1:101(100) ack 1', 'P. 51:201(150) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 201')
  t.is(user!.text, stream(1, 200))
})

test('[SA-31] of pieces above a gap that overlap, each byte is taken once', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  d.receives('P. 21:41(20) ack 1', 'P. 11:31(20) ack 1', 'P. 31:61(30) ack 1', 'P. 1:21(20) ack 1')
  d.skip()
  t.is(user!.text, stream(1, 60))
})

test('[SA-31] a FIN behind text that was cut off is not counted', (t, dialogue) => {
  const d = dialogue({ tcp: { receiveBuffer: 2000 } })
  const { user, c } = reach(d, 'ESTABLISHED')
  user!.reading = false
  d.receives('. 1:1461(1460) ack 1', 'FP. 1461:2002(541) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 2001 win 0')
  t.is(c.state, 'ESTABLISHED')
  user!.read()
  d.sends('. 1:1(0) ack 2001 win 2000')
  t.false(user!.log.includes('end'))
  d.receives('FP. 2001:2002(1) ack 1')
  d.sends('. 1:1(0) ack 2003')
  t.is(c.state, 'CLOSE_WAIT')
})

test('[NX-29] a FIN behind text that fills the window is taken with it', (t, dialogue) => {
  const d = dialogue({ tcp: { receiveBuffer: 2000 } })
  const { user, c } = reach(d, 'ESTABLISHED')
  user!.reading = false
  d.receives('. 1:1461(1460) ack 1', 'FP. 1461:2001(540) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 2002 win 0')
  t.is(c.state, 'CLOSE_WAIT')
  user!.read()
  t.true(user!.log.includes('end'))
})

test('[SA-31] a FIN in the last place of the window is taken', (t, dialogue) => {
  const d = dialogue({ tcp: { receiveBuffer: 2000 } })
  const { c } = reach(d, 'ESTABLISHED')
  d.receives('. 1:1461(1460) ack 1', 'FP. 1461:2000(539) ack 1')
  d.sends('. 1:1(0) ack 2001')
  t.is(c.state, 'CLOSE_WAIT')
})

test('[SA-32] text 2, FIN 3, then text 1: all in order', (t, dialogue) => {
  const d = dialogue()
  const { user } = reach(d, 'ESTABLISHED')
  d.receives('P. 11:21(10) ack 1')
  d.sends('. 1:1(0) ack 1')
  d.receives('F. 21:21(0) ack 1')
  d.sends('. 1:1(0) ack 1')
  t.is(stateOf(d), 'ESTABLISHED')
  t.is(user!.text, '')
  d.receives('P. 1:11(10) ack 1')
  d.sends('. 1:1(0) ack 22')
  d.silent()
  t.is(stateOf(d), 'CLOSE_WAIT')
  t.deepEqual(user!.log.slice(-2), [`data ${stream(1, 20)}`, 'end'])
})

test('[SA-33] a connection to itself: SYNs, text and FINs all cross', (t, dialogue) => {
  const d = dialogue()
  const user = new RecordingUser()
  const c = blockOf(d.host.connect(OURS, 80, user, { localPort: 80 }))
  user.connection = c
  d.after(0)
  t.is(c.state, 'ESTABLISHED')
  // SYN and SYN,ACK are both answered by the SYN,ACK: no other ACK is needed.
  t.is(d.host.counters.packetsOut, 2)
  send(c, Buffer.from('to myself'))
  d.after(100)
  t.is(user.text, 'to myself')
  close(c)
  d.after(100)
  t.is(c.state, 'TIME_WAIT')
  t.deepEqual(user.log, ['established', 'data to myself', 'end', 'closed in order'])
  t.true(d.host.counters.packetsOut < 12)
  d.after(60_000)
  d.silent()
  t.true(d.empty)
})

test('[SA-33] FINs that cross, one of them lost: a few segments, and no loop', (t, dialogue) => {
  const d = dialogue()
  reach(d, 'CLOSING')
  // Our FIN was lost, so the peer sends its own again.
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 2:2(0) ack 2')
  d.silent()
  d.after(1000)
  d.sends('F. 1:1(0) ack 2')
  d.receives('. 2:2(0) ack 2')
  d.silent()
  t.is(stateOf(d), 'TIME_WAIT')
})

test('[SA-33] both windows shut, both sides probe: the ACK that opens ours is heard', (t, dialogue) => {
  const { d, c } = shutWindow(dialogue)
  d.receives('. 2001:2001(0) ack 1 win 0')
  send(c, Buffer.from(stream(1, 100)))
  d.silent()
  d.after(1000)
  // Our probe takes a number; what acknowledges it stands one above our edge, as the peer's probe took one too.
  d.sends('. 1:2(1) ack 2001 win 0')
  d.receives('. 2001:2002(1) ack 1 win 0')
  d.sends('. 1:1(0) ack 2001 win 0')
  d.receives('. 2002:2002(0) ack 1 win 1000')
  d.sends('P. 1:101(100) ack 2001 win 0')
  d.receives('. 2002:2002(0) ack 101 win 1000')
  d.skip()
  t.true(c.allAcked)
  t.is(c.snd.wnd, 1000)
})
