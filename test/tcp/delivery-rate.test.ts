/** Delivery rate samples (draft-ietf-ccwg-bbr §4.1): bytes per ms. */
import test from 'ava'
import { DeliveryRate, RateSample } from '../../src/tcp/flight/delivery-rate.ts'
import { Transmission } from '../../src/tcp/flight/transmission.ts'

const SIZE = 1000

/** Sends segment n at `now`. */
const sent = (rate: DeliveryRate, n: number, now: number, idle = false): Transmission => {
  const t = Object.assign(new Transmission(), { seq: n * SIZE, end: (n + 1) * SIZE, sentAt: now })
  rate.sent(t, idle, now)
  return t
}
/** The sample of the ACK that is being taken. */
const sample = new RateSample()

const delivered = (rate: DeliveryRate, now: number, ...all: Transmission[]): number => {
  sample.clear()
  for (const t of all) rate.whole(t, now, sample)
  return rate.rate(sample, 0, now)
}

test('a steady flow is measured by its acknowledgments', t => {
  const rate = new DeliveryRate()
  const flight: Transmission[] = []
  let last = 0
  for (let now = 0; now < 300; now++) {
    flight.push(sent(rate, now, now, now === 0))
    if (now >= 100) last = delivered(rate, now, flight.shift()!)
  }
  t.is(last, SIZE)
  t.is(rate.delivered, 200 * SIZE)
})

test('ACKs that come compressed do not make the path faster than it was sent at', t => {
  const rate = new DeliveryRate()
  const first = sent(rate, 0, 0, true)
  delivered(rate, 100, first)
  const flight = Array.from({ length: 11 }, (_, n) => sent(rate, n + 1, 100 + 10 * n))
  // One every 10 ms was sent, all are acknowledged within 1 ms: 210 and 211.
  let last = 0
  for (const [n, x] of flight.entries()) last = delivered(rate, 210 + n / 10, x)
  // The first left at 0, the last at 200.
  t.is(last, (11 * SIZE) / 200)
})

test('nor do segments that were sent in a burst, when their ACKs are spaced', t => {
  const rate = new DeliveryRate()
  const flight = Array.from({ length: 10 }, (_, n) => sent(rate, n, 0, n === 0))
  let last = 0
  for (const [n, x] of flight.entries()) last = delivered(rate, 100 + 10 * n, x)
  t.is(last, (10 * SIZE) / 190)
})

test('of several that one ACK delivers the one sent last is the sample; there is none without a whole one', t => {
  const rate = new DeliveryRate()
  const a = sent(rate, 0, 0, true)
  delivered(rate, 50, a)
  const b = sent(rate, 1, 50)
  rate.part(500, 60)
  const c = sent(rate, 2, 60)
  sample.clear()
  rate.whole(c, 100, sample)
  rate.whole(b, 100, sample)
  t.is(sample.delivered, SIZE + 500)
  t.is(rate.rate(sample, 0, 100), (2 * SIZE) / 60)
  sample.clear()
  rate.part(10, 110)
  t.is(sample.delivered, -1)
  t.is(rate.rate(sample, 0, 110), 0)
  t.false(sample.appLimited)
})

test('a sample over less than the smallest round trip is none', t => {
  const rate = new DeliveryRate()
  const a = sent(rate, 0, 0, true)
  sample.clear()
  rate.whole(a, 20, sample)
  t.is(rate.rate(sample, 21, 20), 0)
  t.is(rate.rate(sample, 20, 20), SIZE / 20)
})

test('silence is not counted: sending anew after it begins a new flight', t => {
  const rate = new DeliveryRate()
  delivered(rate, 10, sent(rate, 0, 0, true))
  const b = sent(rate, 1, 10_000, true)
  t.is(delivered(rate, 10_010, b), SIZE / 10)
})

test('what is sent while the application holds back is marked, until that flight is delivered', t => {
  const rate = new DeliveryRate()
  const a = sent(rate, 0, 0, true)
  const limited = (x: Transmission, now: number) => {
    delivered(rate, now, x)
    return sample.appLimited
  }
  rate.applicationLimited(SIZE)
  const b = sent(rate, 1, 5)
  t.false(limited(a, 10))
  const c = sent(rate, 2, 11)
  t.true(limited(b, 15))
  const e = sent(rate, 3, 16)
  // No more than what was in flight is delivered when it leaves.
  t.true(limited(c, 21))
  t.false(limited(e, 26))
})
