/** The numbers of BBR version 1, told ACK by ACK: draft-cardwell-iccrg-bbr-congestion-control-00, and Linux's module 'bbr'. */
import test from 'ava'
import { Bbr1 } from '../../../src/tcp/congestion/bbr1.ts'
import type { AckSample } from '../../../src/tcp/congestion/controller.ts'
import { ack, MSS } from './samples.ts'

/** A path of 100 ms that delivers 100 bytes per ms: ten segments fit. */
const RATE = 100
const RTT = 100
const PIPE = RATE * RTT
/** What Linux adds for super-segments: six segments. */
const MORE = 6 * MSS
/** An ACK of one segment at a time is delivered in one go, too. */
const WINDOW = 2 * PIPE + MORE + MSS
const HIGH_GAIN = 2.885

class Feed {
  readonly bbr: Bbr1
  now = 0
  delivered = 10 * MSS

  constructor(seed = 1) {
    this.bbr = new Bbr1(seed)
    this.bbr.start(MSS, 10 * MSS, 0)
  }

  ack(over: Partial<AckSample> = {}, gap = 10): void {
    this.now += gap
    this.delivered += over.delivered ?? MSS
    this.bbr.acknowledged(
      ack({
        now: this.now,
        delivered: MSS,
        totalDelivered: this.delivered,
        priorDelivered: this.delivered - 10 * MSS,
        deliveryRate: RATE,
        ...over,
      }),
    )
  }

  acks(count: number, over: Partial<AckSample> = {}): void {
    for (let n = 0; n < count; n++) this.ack(over)
  }

  /** On to ProbeBW, with the pipe just full. */
  cruise(): this {
    for (let n = 0; n < 200 && this.bbr.mode !== 'probe-bw'; n++) this.ack()
    return this
  }

  /** Pacing of the estimate, less the margin. */
  get gain(): number {
    return Math.round((1000 * this.bbr.pacingRate) / (RATE * 0.99)) / 1000
  }
}

test('before there is a rate the initial window leaves in a round trip, times 2.885; then what is delivered, less 1 %', t => {
  const f = new Feed()
  f.ack({ deliveryRate: 0, srtt: -1 })
  t.is(f.bbr.pacingRate, 0, 'no round trip is known')
  f.ack({ deliveryRate: 0 })
  t.is(f.bbr.pacingRate, (HIGH_GAIN * 10 * MSS) / RTT)
  f.ack({ deliveryRate: 2 * RATE })
  t.is(f.gain, 2 * HIGH_GAIN)
  f.ack({ deliveryRate: RATE, srtt: 10 * RTT })
  t.is(f.gain, 2 * HIGH_GAIN, 'the best of ten round trips counts')
})

test('three round trips without a quarter more fill the pipe; those limited by the application do not count', t => {
  const f = new Feed()
  f.acks(100, { appLimited: true })
  t.is(f.bbr.mode, 'startup')
  // The first sets the mark, three more do not reach it.
  f.acks(30, { inFlight: 30 * MSS })
  t.is(f.bbr.mode, 'startup')
  f.acks(10, { inFlight: 30 * MSS })
  t.is(f.bbr.mode, 'drain')
  t.is(f.gain, Math.round(1000 / HIGH_GAIN) / 1000)
  f.ack({ inFlight: PIPE + MORE + 1 })
  t.is(f.bbr.mode, 'drain')
  f.ack({ inFlight: PIPE + MORE })
  t.is(f.bbr.mode, 'probe-bw')
})

test('a quarter more in each round trip keeps Startup going, and the window grows by what is delivered', t => {
  const f = new Feed()
  for (let n = 0; n < 100; n++) {
    const { cwnd } = f.bbr
    f.ack({ deliveryRate: RATE * 1.026 ** n })
    t.is(f.bbr.cwnd - cwnd, MSS)
  }
  t.is(f.bbr.mode, 'startup')
})

test('a rate limited by the application counts only where it is higher', t => {
  const f = new Feed().cruise()
  const { pacingRate } = f.bbr
  f.acks(9, { deliveryRate: RATE / 2, appLimited: true })
  t.true(f.bbr.pacingRate >= pacingRate * 0.75)
  const g = new Feed()
  g.ack()
  g.ack({ deliveryRate: 3 * RATE, appLimited: true })
  t.is(g.gain, 3 * HIGH_GAIN)
  // A low one does not push the best out, however long it lasts.
  g.acks(200, { deliveryRate: RATE / 10, appLimited: true })
  t.is(g.gain, 3 * HIGH_GAIN)
})

test('the best rate is forgotten after ten round trips', t => {
  const f = new Feed().cruise()
  f.acks(8)
  const round = { deliveryRate: RATE / 2, inFlight: PIPE }
  f.acks(90, round)
  t.true(f.bbr.pacingRate >= 0.75 * RATE * 0.99)
  f.acks(60, round)
  t.true(f.bbr.pacingRate <= 1.25 * (RATE / 2) * 0.99)
})

test('ProbeBW: a quarter more for a round trip and until that much is in flight, a quarter less until it is drained, then six', t => {
  const f = new Feed(0).cruise()
  t.is(f.gain, 1.25, 'this seed begins with the probe')
  const probing = { priorInFlight: 1.25 * PIPE + MORE - 1 }
  f.acks(30, probing)
  t.is(f.gain, 1.25, 'not as long as the path is not filled')
  f.ack({ priorInFlight: 1.25 * PIPE + MORE })
  t.is(f.gain, 0.75)
  f.ack({ priorInFlight: PIPE + MORE + 1 })
  t.is(f.gain, 0.75)
  f.ack({ priorInFlight: PIPE + MORE })
  t.is(f.gain, 1)
  let acks = 0
  for (; f.gain === 1; acks++) f.ack()
  t.true(acks >= 60 && acks <= 66, `${acks}`)
  t.is(f.gain, 1.25)
  f.bbr.congestion('loss', PIPE)
  f.acks(12, probing)
  t.is(f.gain, 0.75, 'a loss ends a probe, after its round trip')
  f.acks(12, { priorInFlight: 2 * PIPE })
  t.is(f.gain, 1, 'as the round trip ends the drain')
})

test('the cycle begins with any of its phases but the one that drains', t => {
  const seen = [0, 1, 2, 3, 4, 5, 6, 7, -1].map(seed => new Feed(seed).cruise())
  t.true(seen.every(f => f.gain !== 0.75))
  /** The ACKs until it probes. */
  const waits = seen.map(f => {
    for (let n = 0; n < 100; n++) {
      if (f.gain === 1.25) return n
      f.ack()
    }
    return 100
  })
  t.is(new Set(waits.slice(0, 7)).size, 7, `${waits}`)
  t.is(waits[7], waits[0])
})

test('the window is twice the pipe and seven segments; less is grown to by what is delivered', t => {
  const f = new Feed().cruise()
  f.acks(20)
  t.is(f.bbr.cwnd, WINDOW)
  f.bbr.cwnd = PIPE
  f.ack()
  t.is(f.bbr.cwnd, PIPE + MSS)
})

test('the smallest round trip is taken anew after ten seconds: four segments for 200 ms and a round trip, then the window is back', t => {
  const f = new Feed().cruise()
  const began = f.now
  let n = 0
  for (; n < 2000 && f.bbr.mode === 'probe-bw'; n++) f.ack({ rtt: RTT + 1 })
  t.is(f.bbr.mode, 'probe-rtt')
  t.true(Math.abs(f.now - began - 10_000) < 500, `${f.now - began}`)
  t.is(f.bbr.cwnd, 4 * MSS)
  t.is(f.bbr.pacingRate, RATE * 0.99)
  f.acks(50, { inFlight: 5 * MSS })
  t.is(f.bbr.mode, 'probe-rtt', 'it begins with four in flight')
  const probe = { inFlight: 4 * MSS, rtt: RTT / 2 }
  const start = f.now
  while (f.bbr.mode === 'probe-rtt' && f.now < start + 5000) f.ack(probe)
  t.is(f.bbr.mode, 'probe-bw')
  t.true(f.now - start >= 200 && f.now - start < 250, `${f.now - start}`)
  t.true(f.bbr.cwnd >= 2 * PIPE * 0.5 + MORE)
  f.acks(20)
  t.is(f.bbr.cwnd, WINDOW - PIPE, 'the pipe is half as long')
})

test('a round trip that is as small again puts the next look at it off', t => {
  const f = new Feed().cruise()
  f.acks(900, { rtt: RTT + 1 })
  f.ack({ rtt: RTT })
  f.acks(900, { rtt: RTT + 1 })
  t.is(f.bbr.mode, 'probe-bw')
  f.acks(150, { rtt: RTT + 1 })
  t.is(f.bbr.mode, 'probe-rtt')
})

test('ProbeRTT in Startup goes back to Startup', t => {
  const f = new Feed()
  f.ack()
  f.acks(1001, { appLimited: true, rtt: RTT + 1 })
  t.is(f.bbr.mode, 'probe-rtt')
  for (let n = 0; n < 100 && f.bbr.mode === 'probe-rtt'; n++) f.ack({ inFlight: 4 * MSS, appLimited: true })
  t.is(f.bbr.mode, 'startup')
  f.ack({ deliveryRate: 2 * RATE })
  t.is(f.gain, 2 * HIGH_GAIN)
})

test('a loss: for a round trip no more leaves than is delivered; in the end the window is what it was', t => {
  const f = new Feed().cruise()
  f.acks(20)
  const { cwnd } = f.bbr
  f.bbr.congestion('loss', 12 * MSS)
  t.is(f.bbr.cwnd, 11 * MSS, 'in flight, less the one that is lost')
  f.ack({ inFlight: 9 * MSS, lost: MSS, recovering: true })
  t.is(f.bbr.cwnd, 10 * MSS)
  f.bbr.congestion('loss', 5 * MSS)
  t.is(f.bbr.cwnd, 10 * MSS, 'it is one recovery')
  f.acks(9, { inFlight: 9 * MSS, recovering: true })
  t.is(f.bbr.cwnd, 10 * MSS)
  f.acks(3, { inFlight: 9 * MSS, recovering: true })
  t.true(f.bbr.cwnd > 10 * MSS, 'a round trip later it grows')
  f.bbr.recovered()
  t.is(f.bbr.cwnd, cwnd)
  f.bbr.cwnd = 5 * MSS
  f.bbr.recovered()
  t.is(f.bbr.cwnd, 5 * MSS, 'nothing was repaired')
})

test('what is lost in recovery takes the window down, to no less than four segments', t => {
  const f = new Feed().cruise()
  f.acks(20)
  f.bbr.timedOut()
  t.is(f.bbr.cwnd, MSS)
  f.ack({ recovering: true })
  t.is(f.bbr.cwnd, 4 * MSS)
  f.acks(6, { recovering: true })
  t.is(f.bbr.cwnd, 10 * MSS)
  f.ack({ recovering: true, lost: 3 * MSS })
  t.is(f.bbr.cwnd, 8 * MSS)
  f.ack({ recovering: true, lost: 30 * MSS })
  t.is(f.bbr.cwnd, 4 * MSS)
})

test('timeouts one after another, and one of a recovery: the window from before all of them comes back', t => {
  const f = new Feed().cruise()
  f.acks(20)
  const { cwnd } = f.bbr
  f.bbr.congestion('loss', 8 * MSS)
  f.bbr.timedOut()
  f.bbr.timedOut()
  f.ack({ recovering: true })
  f.bbr.undo()
  t.is(f.bbr.cwnd, cwnd)
})

test('a timeout in Startup: the pipe is looked for anew', t => {
  const f = new Feed()
  f.acks(25)
  f.bbr.timedOut()
  f.acks(25)
  t.is(f.bbr.mode, 'startup')
  f.acks(30, { inFlight: 30 * MSS })
  t.is(f.bbr.mode, 'drain')
})

test('silence takes nothing of the window, nor does a smaller segment', t => {
  const f = new Feed().cruise()
  f.acks(20)
  const { cwnd } = f.bbr
  f.bbr.restart()
  f.bbr.segmentSize(MSS / 2)
  t.is(f.bbr.cwnd, cwnd)
  f.ack()
  t.is(f.bbr.cwnd, WINDOW - MORE / 2)
})

test('ACKs that come in one go: the window has room for what the rate does not explain, and for 100 ms of it at most', t => {
  const f = new Feed().cruise()
  f.acks(20)
  const smooth = f.bbr.cwnd
  for (let n = 0; n < 10; n++) f.ack({ delivered: 5 * MSS }, 50)
  t.is(f.bbr.cwnd - smooth, 4 * MSS, 'five at once instead of one')
  for (let n = 0; n < 10; n++) f.ack({ delivered: 15 * MSS }, 150)
  t.is(f.bbr.cwnd - smooth, RATE * 100 - MSS)
  // A little slower than the best rate, or what came too early would never be made up for.
  for (let n = 0; n < 300; n++) f.ack({}, 12)
  t.is(f.bbr.cwnd, smooth, 'ten round trips later that is forgotten')
})
