/** Of a super-segment only the segment that is missing goes again, and only the last one as a probe. */
import test from 'ava'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { ack, at, MSS, opened, segment } from '../support/flights.ts'

/** A link that cuts: ten segments leave as one. */
const cutting = (syn: string, tcp: Partial<TcpOptions> = {}) => {
  const d: Dialogue = dialogue({ tcp: { initialWindow: 10, congestionControl: 'reno', ...tcp } })
  Object.assign(d.link.offload, { segmentation: true })
  const c = opened(d, { syn })
  send(c, Buffer.alloc(10 * MSS))
  d.sends(`P. ${at(0)}:${at(10)}(${10 * MSS}) ack 1`)
  d.after(100)
  return { d, c }
}

test('three duplicates without SACK: the first segment of the super-segment is lost, the others may be there', t => {
  const { d, c } = cutting('mss 1460')
  for (let n = 0; n < 3; n++) d.receives(ack(0))
  d.sends(segment(0))
  d.silent()
  t.is(c.flight.lostInAll, MSS)
  t.is(c.flight.lost, 0)
  t.is(c.flight.underWay, 10 * MSS)
  // A partial ACK shows the next hole: one segment again.
  d.receives(ack(1))
  d.sends(segment(1))
  d.silent()
  t.is(c.flight.lostInAll, 2 * MSS)
})

test('a timeout takes all of it for lost, and sends the first segment', t => {
  const { d, c } = cutting('mss 1460')
  d.after(900)
  d.sends(segment(0))
  d.silent()
  t.is(c.flight.lostInAll, 10 * MSS)
  t.is(c.flight.lost, 9 * MSS)
})

test('[R8985-10] the tail loss probe is the last segment of the super-segment', t => {
  const { d, c } = cutting('mss 1460,nop,nop,sackOK', { sack: true })
  d.after(100)
  d.sends(`P${segment(9)}`)
  d.silent()
  t.is(c.flight.underWay, 10 * MSS)
  // Its SACK tells of the others.
  d.after(100)
  d.receives(ack(0, [9, 10]))
  d.after(100)
  t.is(c.flight.lostInAll, 9 * MSS)
})

test('[R8985-10] a window that has shrunk: no more of the last segment is sent again than it takes, or nothing', t => {
  for (const [window, probed] of [
    [9 * MSS + 10, 10],
    [9 * MSS + 1, 1],
    [9 * MSS, 0],
  ] as const) {
    const { d } = cutting('mss 1460,nop,nop,sackOK', { sack: true })
    d.receives(`. 1:1(0) ack 1 win ${window}`)
    d.silent()
    d.after(100)
    t.deepEqual(
      d.skip().map(s => s.text.length),
      probed > 0 ? [probed] : [],
    )
  }
})
