/** HyStart++ by numbers: RFC 9406 §4.2, §4.3. */
import test from 'ava'
import { HyStart } from '../../../src/tcp/congestion/hystart.ts'
import { ack, MSS } from './samples.ts'

/** A round trip: `samples` ACKs with this delay, the last of which ends the round. */
class Rounds {
  readonly hystart = new HyStart()
  #una = 0
  #nxt = 0

  constructor() {
    // The very first ACK: windowEnd is SND.NXT.
    this.#nxt = 8 * MSS
    this.observe(-1, 0)
  }

  observe(rtt: number, una: number): void {
    this.hystart.observe(ack({ rtt, una, nxt: this.#nxt }))
  }

  /** `samples` ACKs within the round, then the one that ends it. */
  round(rtt: number, samples = 8): HyStart['phase'] {
    for (let n = 0; n < samples; n++) this.observe(rtt, this.#una)
    const end = this.#nxt
    this.#nxt += 100 * MSS
    this.#una = end
    this.observe(-1, end)
    return this.hystart.phase
  }
}

test('[R9406-2] delay that grows by an eighth of the last round’s, at least 4 ms, at most 16, ends slow start', t => {
  for (const [last, threshold] of [
    [8, 4],
    [32, 4],
    [64, 8],
    [128, 16],
    [400, 16],
  ] as const) {
    const below = new Rounds()
    below.round(last)
    t.is(below.round(last + threshold - 0.01), 'slow start', `${last} ms`)
    const at = new Rounds()
    at.round(last)
    t.is(at.round(last + threshold), 'conservative', `${last} ms`)
  }
})

test('[R9406-1] seven samples are too few, and the smallest of the round counts', t => {
  const few = new Rounds()
  few.round(50)
  t.is(few.round(100, 7), 'slow start')
  const one = new Rounds()
  one.round(50)
  one.observe(51, 8 * MSS)
  t.is(one.round(100), 'slow start', 'one segment was as fast as ever')
  const first = new Rounds()
  t.is(first.round(100), 'slow start', 'no round to compare with')
})

test('[R9406-3][R9406-5] conservative slow start grows by a quarter, lasts five rounds, the partial first counts', t => {
  const r = new Rounds()
  r.round(50)
  t.is(r.hystart.growth(4 * MSS, MSS, false), 4 * MSS)
  t.is(r.hystart.growth(20 * MSS, MSS, false), 8 * MSS, 'L = 8')
  t.is(r.hystart.growth(20 * MSS, MSS, true), 20 * MSS, 'paced: no limit')
  // Entered within this round, whose end is the first of the five.
  t.is(r.round(70), 'conservative')
  t.is(r.hystart.growth(4 * MSS, MSS, false), MSS)
  t.is(r.hystart.growth(20 * MSS, MSS, false), 2 * MSS)
  for (let n = 2; n <= 4; n++) t.is(r.round(70), 'conservative', `round ${n}`)
  t.is(r.round(70), 'done')
})

test('[R9406-4] delay that falls again was no queue: slow start resumes, and can end again', t => {
  const r = new Rounds()
  r.round(50)
  r.round(70)
  t.is(r.round(69), 'slow start')
  t.is(r.round(70), 'slow start', 'the last round’s is 69 ms now')
  t.is(r.round(90), 'conservative')
})
