/** A sender's use of SACK: RFC 2018 §5 and §8, RFC 2883 §5, RFC 6675's scoreboard. */
import test from 'ava'
import { close } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { ack, at, flying, lastSegment, MSS, numbersSent, segment } from '../support/flights.ts'

const SACK = { sack: true, tailLossProbe: false } as const

test('[R2018-7] SACK of 2 and 4 of five: only 1 and 3 are sent again', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 5 } })
  flying(d, 5, { segments: 5 })
  d.after(100)
  d.receives(ack(0, [1, 2]))
  d.receives(ack(0, [3, 4], [1, 2]))
  d.receives(ack(0, [3, 5], [1, 2]))
  t.deepEqual(numbersSent(d), [0])
  d.after(100)
  d.receives(ack(2, [3, 5]))
  t.deepEqual(numbersSent(d), [2])
  d.receives(ack(5))
  t.deepEqual(numbersSent(d), [])
})

test('[R2018-8] after a timeout all is sent again from the left edge on, SACKed or not', t => {
  for (const lossDetection of ['rack', 'sack'] as const) {
    const d = dialogue({ tcp: { ...SACK, lossDetection, initialWindow: 5, frto: false } })
    const c = flying(d, 5, { segments: 5 })
    d.after(100)
    d.receives(ack(0, [1, 5]))
    d.sends(segment(0))
    // The retransmission is lost, and the receiver throws away what it had.
    d.after(1000)
    d.sends(segment(0))
    t.is(c.flight.sacked, 0)
    for (let n = 1; n < 5; n++) {
      d.after(100)
      d.receives(ack(n))
    }
    d.after(100)
    t.deepEqual(numbersSent(d), [1, 2, 3, 4])
    d.receives(ack(5))
    t.true(c.allAcked)
  }
})

test('[R2018-8] the left edge is sent again although it was SACKed', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 2 } })
  flying(d, 2, { segments: 2 })
  d.after(100)
  d.receives(ack(0, [0, 1]))
  d.after(1000)
  t.deepEqual(numbersSent(d), [0])
})

test('[R2018-9][R6675-1] what is SACKed is kept until it is acknowledged', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 4, frto: false } })
  const c = flying(d, 4, { segments: 4 })
  d.after(100)
  d.receives(ack(0, [1, 4]))
  d.receives(ack(0, [0, 4]))
  t.is(c.flight.sacked, 4 * MSS)
  t.is(c.sendQueue.length, 4 * MSS)
  d.skip()
  d.after(3000)
  t.deepEqual(new Set(numbersSent(d)), new Set([0]))
  d.receives(ack(2))
  t.is(c.sendQueue.length, 2 * MSS)
  d.sends(segment(2))
  d.sends(lastSegment(3))
})

test('[R2018-9] after all is SACKed the FIN still waits for the acknowledgment', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 2 } })
  const c = flying(d, 2, { segments: 2 })
  close(c)
  d.sends(`F. ${at(2)}:${at(2)}(0) ack 1`)
  d.receives(ack(0, [0, 2]))
  t.is(c.state, 'FIN_WAIT_1')
  d.receives(`. 1:1(0) ack ${at(2) + 1} win 60000`)
  t.is(c.state, 'FIN_WAIT_2')
})

test('[R2018-10] one SACK alone is no loss: no recovery, and the windows hold', t => {
  for (const lossDetection of ['rack', 'sack'] as const) {
    const d = dialogue({ tcp: { ...SACK, lossDetection } })
    const c = flying(d, 10)
    d.after(100)
    d.receives(ack(0, [1, 2]))
    t.is(c.recovery.phase, 'open')
    t.is(c.congestion.cwnd, 10 * MSS)
    // The SACKed segment has left the network: one may take its place, no more.
    t.deepEqual(numbersSent(d), [10])
  }
})

test('[R2018-10] in recovery what may be under way stays within ssthresh', t => {
  const d = dialogue({ tcp: { ...SACK, initialWindow: 20 } })
  const c = flying(d, 20)
  d.after(100)
  for (let n = 2; n <= 20; n++) d.receives(ack(0, [1, n]))
  t.is(c.congestion.ssthresh, 10 * MSS)
  t.is(c.flight.underWay, 10 * MSS)
  d.skip()
})

test('[R6675-1] overlapping, adjacent and repeated blocks: every byte is counted once', t => {
  const d = dialogue({ tcp: { ...SACK, lossDetection: 'sack', initialWindow: 12 } })
  const c = flying(d, 12, { segments: 12 })
  d.after(100)
  d.receives(ack(0, [2, 3]))
  d.receives(ack(0, [3, 4], [2, 3]))
  t.is(c.flight.sacked, 2 * MSS)
  d.receives(ack(0, [2, 5], [3, 4]))
  t.is(c.flight.sacked, 3 * MSS)
  d.receives(ack(0, [8, 9], [4, 6]))
  t.is(c.flight.sacked, 5 * MSS)
  // Up to date on ACKs that advance as well.
  d.receives(ack(3, [8, 10]))
  t.is(c.flight.sacked, 5 * MSS)
  d.receives(ack(7, [8, 10]))
  t.is(c.flight.sacked, 2 * MSS)
  d.receives(ack(12))
  t.is(c.flight.sacked, 0)
  t.true(c.flight.empty)
})

test('blocks that are empty, reversed, below SND.UNA or beyond SND.NXT are ignored', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.receives(ack(2))
  d.skip()
  for (const blocks of ['5000:5000', '9000:7000', `${at(8)}:${at(30)}`, '-5000:-100']) {
    d.receives(`. 1:1(0) ack ${at(2)} win 60000 <nop,nop,sack ${at(4)}:${at(4)} ${blocks}>`)
    t.is(c.flight.sacked, 0, blocks)
  }
})

test('[R2883-5] an old ACK that comes late, with a block that is acknowledged by now, is no D-SACK', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(5))
  d.skip()
  // Sent before that one: its block lay above its own number.
  d.receives(ack(1, [2, 4]))
  t.is(c.troubles.duplicateSacks, 0)
  d.receives(ack(5, [2, 4]))
  t.is(c.troubles.duplicateSacks, 1)
})

test('[R2883-5] a first block within the second is a D-SACK; one that only overlaps it is not', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(100)
  const duplicates = (n: number, ...blocks: [number, number][]): number => {
    const before = c.troubles.duplicateSacks
    d.receives(ack(n, ...blocks))
    d.skip()
    return c.troubles.duplicateSacks - before
  }
  t.is(duplicates(1, [3, 4], [3, 6]), 1)
  t.is(duplicates(1, [5, 6], [3, 6]), 1)
  t.is(duplicates(1, [3, 6], [3, 6]), 1)
  t.is(duplicates(1, [2, 4], [3, 6]), 0)
  t.is(duplicates(1, [5, 7], [3, 6]), 0)
  t.is(duplicates(1, [8, 9], [3, 6]), 0)
  t.is(duplicates(1, [4, 4], [3, 6]), 0)
  // Alone it is notices, however often it comes.
  t.is(duplicates(1, [3, 6]), 0)
})

test('D-SACKs of what we never sent, or not for long, say nothing', t => {
  const d = dialogue({ tcp: SACK })
  const c = flying(d, 10)
  d.after(100)
  const duplicates = (sack: string): number => {
    const before = c.troubles.duplicateSacks
    d.receives(`. 1:1(0) ack ${at(2)} win 60000 <nop,nop,sack ${sack}>`)
    d.skip()
    return c.troubles.duplicateSacks - before
  }
  t.is(duplicates(`${at(0)}:${at(1)}`), 1)
  t.is(duplicates(`${at(1)}:${at(2)}`), 1)
  // Before the initial sequence number; half the sequence space away; of no length.
  t.is(duplicates(`-1000:${at(1)}`), 0)
  t.is(duplicates(`-2000000:-1000`), 0)
  t.is(duplicates(`${at(1)}:${at(1)}`), 0)
  // Within a second block that lies beyond what was sent.
  t.is(duplicates(`${at(20)}:${at(21)} ${at(20)}:${at(22)}`), 0)
})
