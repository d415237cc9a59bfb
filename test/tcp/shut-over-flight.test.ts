/** The window shuts over a flight, for longer than an RTO: only what the peer then lacks was lost. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { ack, at, flying, MSS, numbersSent, segment } from '../support/flights.ts'

const KINDS = ['mss 1460,nop,nop,sackOK', 'mss 1460']
const shut = (n: number): string => ack(n).replace('60000', '0')

/** Segments 4 to 9 are in flight when the window shuts. A probe has been answered: it is shut still. */
const probed = (syn: string): { d: Dialogue; c: Connection } => {
  const d = dialogue({ tcp: { sack: true, initialWindow: 10, congestionControl: 'reno' } })
  const c = flying(d, 10, { segments: 10, syn })
  d.after(100)
  d.receives(shut(4))
  while (d.unseen.length === 0) d.after(10)
  d.sends(`. ${at(4)}:${at(4) + 1}(1) ack 1`)
  d.receives(shut(4))
  return { d, c }
}

for (const syn of KINDS) {
  test(`all is taken after all: no loss has been, the congestion window is what it was (${syn})`, t => {
    const { d, c } = probed(syn)
    t.is(c.congestion.cwnd, MSS)
    d.after(100)
    d.receives(ack(10))
    t.is(c.congestion.ssthresh, 2 ** 30)
    t.true(c.congestion.cwnd >= 12 * MSS)
    t.is(c.recovery.phase, 'open')
    t.is(c.troubles.undos, 1)
  })

  test(`it is taken by and by: nothing is sent again (${syn})`, t => {
    const { d, c } = probed(syn)
    d.after(100)
    for (const n of [5, 7, 10]) {
      d.receives(ack(n))
      t.deepEqual(numbersSent(d), [], `after ${n}`)
    }
    t.is(c.congestion.ssthresh, 2 ** 30)
    t.true(c.flight.empty)
  })

  test(`the peer had no room for it: what was in flight is sent again, in slow start (${syn})`, t => {
    const { d, c } = probed(syn)
    d.after(100)
    d.receives(`. 1:1(0) ack ${at(4) + 1} win 60000`)
    t.is(c.troubles.undos, 0)
    t.true(c.congestion.cwnd <= 2 * MSS)
    d.sends(`. ${at(4) + 1}:${at(5)}(${MSS - 1}) ack 1`)
    d.skip()
    d.receives(ack(5))
    t.is(c.troubles.undos, 0)
    t.deepEqual(numbersSent(d).slice(0, 1), [5])
  })

  test(`the rest that is lost indeed, after some was taken, is found by the timer (${syn})`, t => {
    const { d, c } = probed(syn)
    d.after(100)
    d.receives(ack(6))
    t.is(c.troubles.undos, 1)
    t.deepEqual(numbersSent(d), [])
    d.after(10_000)
    t.true(numbersSent(d).some(n => n === 6 || n === 9))
    t.false(c.flight.empty)
  })
}

test('the window opens again before the text in flight is overdue: its timer goes on, and does not begin anew', t => {
  const d = dialogue({
    tcp: { sack: true, initialWindow: 10, congestionControl: 'reno', tailLossProbe: false, minRto: 1000 },
  })
  flying(d, 10, { segments: 10 })
  d.after(100)
  d.receives(shut(4))
  const since = d.clock.now()
  d.after(300)
  d.receives(ack(4))
  d.silent()
  while (d.unseen.length === 0) d.after(10)
  d.sends(segment(4))
  t.is(d.clock.now() - since, 1000, 'an RTO after the ACK that moved SND.UNA')
})
