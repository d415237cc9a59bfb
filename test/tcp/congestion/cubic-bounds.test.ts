/** CUBIC where its numbers begin: the time 0, a single byte (RFC 9438). */
import test from 'ava'
import { after, begun } from './cubics.ts'
import { ack, MSS } from './samples.ts'

test('[R9438-3] the time in which the application holds back does not count in a stage that has begun at the time 0 either', t => {
  const [busy, pausing] = [after(100), after(100)]
  for (const c of [busy, pausing]) c.acknowledged(ack())
  pausing.acknowledged(ack({ now: 10_000, cwndLimited: false }))
  for (let now = 100; now <= 1000; now += 100) {
    busy.acknowledged(ack({ now }))
    pausing.acknowledged(ack({ now: 10_000 + now }))
  }
  t.is(pausing.cwnd, busy.cwnd)
})

test('[R9438-12] an ACK of a single byte lets the window grow by it in slow start', t => {
  const c = begun(10)
  c.acknowledged(ack({ acked: 1 }))
  t.is(c.cwnd, 10 * MSS + 1)
})
