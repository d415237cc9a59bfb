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
  t.is(r.queue.share, 0)
})

test('an ACK without a round trip of its own changes nothing of how much they vary', t => {
  const r = new Rounds().run(10, 20, 8)
  for (let n = 0; n < 100; n++) r.queue.update(ack({ rtt: -1, una: 0, nxt: 1 }))
  r.run(10, 20, 8)
  t.is(r.queue.share, 1)
})
