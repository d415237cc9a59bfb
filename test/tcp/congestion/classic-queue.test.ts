/** Whether the queue that marks is a classic one: Briscoe and Ahmed, "TCP Prague Fall-back on Detection of a Classic ECN AQM". */
import test from 'ava'
import { ClassicQueue } from '../../../src/tcp/congestion/classic-queue.ts'
import type { AckSample } from '../../../src/tcp/congestion/controller.ts'
import { ack } from './samples.ts'

/** Round trips over a queue of this depth, which the smoothed round trip shows, and whose depth changes by so much from ACK to ACK. */
class Rounds {
  readonly queue = new ClassicQueue()
  #sent = 0

  run(count: number, depth: number, change: number, over: Partial<AckSample> = {}): this {
    for (let round = 0; round < count; round++) {
      const una = this.#sent
      this.#sent += 1000
      const acks = 20
      for (let n = 0; n < acks; n++)
        this.queue.update(
          ack({
            rtt: 20 + depth + (n % 2 === 0 ? change : 0),
            srtt: 20 + depth,
            minRtt: 20,
            una: una + (n === acks - 1 ? 1000 : 0),
            nxt: this.#sent + 1000,
            markedPackets: n === 0 ? 1 : 0,
            ...over,
          }),
        )
    }
    return this
  }
}

test('a deep queue that varies is a classic one, a shallow one is not, and neither is before there is a sign of it', t => {
  t.is(new ClassicQueue().share, 0)
  t.is(new Rounds().run(20, 20, 8).queue.share, 1)
  t.is(new Rounds().run(20, 0.5, 0.1).queue.share, 0)
})

test('a queue of 2 ms that varies by 0.75 ms speaks for neither: more depth, or more variation, does', t => {
  const rounds = (depth: number, change: number) => new Rounds().run(60, depth, change).queue.share
  t.is(rounds(2, 0.75), 0)
  t.is(rounds(4, 0.75), 1)
  t.is(rounds(2, 3), 1)
})

test('the verdict takes several round trips, and is not for ever', t => {
  const r = new Rounds().run(2, 20, 8)
  t.is(r.queue.share, 0)
  r.run(20, 20, 8)
  t.is(r.queue.share, 1)
  r.run(5, 0.1, 0.1)
  t.is(r.queue.share, 1)
  r.run(30, 0.1, 0.1)
  t.is(r.queue.share, 0)
  r.run(200, 0.1, 0.1).run(40, 20, 8)
  t.is(r.queue.share, 1, 'a long time of one kind does not outweigh another for as long')
})

test('round trips without a mark, or of a sender that had little to send, or without a smallest one, say nothing', t => {
  t.is(new Rounds().run(40, 20, 8, { markedPackets: 0 }).queue.share, 0)
  t.is(new Rounds().run(40, 20, 8, { cwndLimited: false }).queue.share, 0)
  t.is(new Rounds().run(40, 20, 8, { minRtt: -1 }).queue.share, 0)
  // A mark, and a full window, speak for their own round trip alone.
  const r = new Rounds().run(1, 20, 8).run(40, 20, 8, { markedPackets: 0 })
  r.run(1, 20, 8, { markedPackets: 0 }).run(40, 20, 8, { cwndLimited: false })
  t.is(r.queue.share, 0)
})

test('an ACK without a round trip of its own changes nothing of how much they vary', t => {
  const r = new Rounds().run(10, 20, 8)
  for (let n = 0; n < 100; n++) r.queue.update(ack({ rtt: -1, una: 0, nxt: 1 }))
  r.run(10, 20, 8)
  t.is(r.queue.share, 1)
  const steady = new Rounds()
  for (let n = 0; n < 30; n++) {
    steady.run(1, 2, 0.1)
    steady.queue.update(ack({ rtt: -1, una: 0, nxt: 1 }))
  }
  t.is(steady.queue.share, 0)
})

test('a path of less than a millisecond is judged as well', t => {
  t.is(new Rounds().run(20, 20, 8, { minRtt: 0.4, srtt: 20 }).queue.share, 1)
})

test('the variation is a moving average: an eighth of each ACK’s difference', t => {
  const queue = new ClassicQueue()
  let variation = 0
  let score = -4
  const seen = new Set<number>()
  for (let n = 0; n < 20; n++) {
    // One ACK in each round trip, over 2 ms, which speak for neither kind.
    queue.update(
      ack({
        rtt: n % 2 === 0 ? 22 : 24,
        srtt: 22,
        minRtt: 20,
        una: 1000 * n,
        nxt: 1000 * n + 1000,
        markedPackets: 1,
      }),
    )
    if (n === 0) continue
    variation += (2 - variation) / 8
    score += 0.5 * Math.max(-2, Math.log2(variation / 0.75))
    t.true(Math.abs(queue.share - Math.min(1, Math.max(0, score))) < 1e-9, `${n}: ${queue.share}, ${score}`)
    seen.add(queue.share)
  }
  t.true([...seen].some(share => share > 0 && share < 1))
})

test('a smoothed round trip below the smallest one, of a path that has just become longer, is that of an empty queue', t => {
  const r = new Rounds().run(20, 20, 8)
  r.run(1, 20, 8, { srtt: 20, minRtt: 60 })
  t.is(r.queue.share, 1)
  r.run(40, 0.1, 0.1, { srtt: 20, minRtt: 60 })
  t.is(r.queue.share, 0)
})

test('a deep queue that is as steady as a clock is a classic one, and a varying one that is as good as empty is not', t => {
  // For ten rounds: half of log2(20 / 2) and of -2 each; half of -2 and of log2(1.5 / 0.75).
  t.is(new Rounds().run(10, 20, 0).queue.share, 1)
  t.is(new Rounds().run(10, 20, 0).run(40, 0, 1.5).queue.share, 0)
})
