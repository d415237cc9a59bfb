/** What stands in for the clock of ACKs where few of them come. */
import test from 'ava'
import { AckClock } from '../../../src/tcp/congestion/ack-clock.ts'
import { ack, MSS } from './samples.ts'

const stretched = (delivered: number, gap: number, srtt = 100): boolean =>
  AckClock.stretched(ack({ delivered, srtt }), gap, MSS)

test('an ACK is stretched that stands for more than eight segments, more than 2 ms after the last, on a path above 4 ms', t => {
  t.true(stretched(8 * MSS + 1, 2.1, 4.1))
  t.false(stretched(8 * MSS, 2.1, 4.1))
  t.false(stretched(8 * MSS + 1, 2, 4.1))
  t.false(stretched(8 * MSS + 1, 2.1, 4))
})

test('two windows a round trip in slow start, 1.2 from ssthresh on; what is in flight counts where it is more', t => {
  const clock = new AckClock()
  const sample = ack({ srtt: 50, inFlight: 3 * MSS })
  clock.update(sample, true, 10 * MSS, 11 * MSS)
  t.is(clock.rate, (2 * 10 * MSS) / 50)
  clock.update(sample, true, 10 * MSS, 10 * MSS)
  t.is(clock.rate, (1.2 * 10 * MSS) / 50)
  clock.update(ack({ srtt: 50, inFlight: 20 * MSS }), true, 10 * MSS, 10 * MSS)
  t.is(clock.rate, (1.2 * 20 * MSS) / 50)
})

test('pacing ends when two windows were acknowledged finely, or the path has become short', t => {
  const clock = new AckClock()
  const fine = ack({ srtt: 50, delivered: 10 * MSS })
  clock.update(fine, true, 10 * MSS, 10 * MSS)
  for (let n = 0; n < 2; n++) clock.update(fine, false, 10 * MSS, 10 * MSS)
  t.true(clock.rate > 0)
  clock.update(fine, true, 10 * MSS, 10 * MSS)
  for (let n = 0; n < 2; n++) clock.update(fine, false, 10 * MSS, 10 * MSS)
  t.true(clock.rate > 0, 'one that is stretched begins the count anew')
  clock.update(fine, false, 10 * MSS, 10 * MSS)
  t.is(clock.rate, 0)
  clock.update(fine, true, 10 * MSS, 10 * MSS)
  clock.update(ack({ srtt: 4, delivered: MSS }), true, 10 * MSS, 10 * MSS)
  t.is(clock.rate, 0)
})
