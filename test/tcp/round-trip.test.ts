/** Round trips, measured call by call: RFC 6298 §3, RFC 7323 §4.1. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { echoAge, measureAck, measureSyn, startTiming } from '../../src/tcp/flight/round-trip.ts'
import type { Segment } from '../../src/wire/tcp.ts'

/** A connection 100 ms old at 1000 ms, whose timestamps run 7 ms ahead; it writes down its samples. */
const connection = (over: object = {}) => {
  const samples: number[] = []
  const least: number[] = []
  const c = {
    env: { now: 1000 },
    createdAt: 900,
    tsNow: 1007,
    timestamps: true,
    timing: false,
    timedSeq: 0,
    timedAt: 0,
    rto: { backoff: 0, sample: (rtt: number) => samples.push(rtt) },
    minRtt: { update: (rtt: number) => least.push(rtt) },
    ...over,
  }
  return { c: c as unknown as Connection, samples, least }
}

const echo = (tsEcr: number, ack = 0): Segment => ({ tsEcr, ack }) as Segment

test('a segment that is timed gives a sample when all of it is acknowledged, and one sample only', t => {
  const { c, samples } = connection()
  startTiming(c, 50)
  Object.assign(c.env, { now: 1080 })
  measureAck(c, echo(0, 49))
  t.deepEqual(samples, [])
  measureAck(c, echo(0, 50))
  measureAck(c, echo(0, 60))
  t.deepEqual(samples, [80])
  t.false(c.timing)
})

test('a timestamp gives one only after a timeout, when nothing is timed', t => {
  const backedOff = { rto: { backoff: 1, sample: (rtt: number) => samples.push(rtt) } }
  const samples: number[] = []
  measureAck(connection(backedOff).c, echo(987))
  t.deepEqual(samples, [20])
  measureAck(connection({ ...backedOff, timestamps: false }).c, echo(987))
  measureAck(connection({ ...backedOff, tsNow: 50 }).c, echo(0))
  measureAck(connection().c, echo(987))
  t.deepEqual(samples, [20])
})

test('the handshake is timed, or, where its SYN went twice, measured by a timestamp that came back', t => {
  const timed = connection({ timing: true, timedAt: 930 })
  measureSyn(timed.c, echo(987))
  t.deepEqual([timed.samples, timed.least], [[70], [70]])
  t.false(timed.c.timing)
  const twice = connection()
  measureSyn(twice.c, echo(987))
  t.deepEqual(twice.samples, [20])
  const first = connection({ tsNow: 4 })
  measureSyn(first.c, echo(1))
  t.deepEqual(first.samples, [3])
  for (const [over, tsEcr] of [
    [{ timestamps: false }, 987],
    // Our clock had said 0 fifty milliseconds ago: no echo is none all the same.
    [{ tsNow: 50 }, 0],
  ] as const) {
    const none = connection(over)
    measureSyn(none.c, echo(tsEcr))
    t.deepEqual(none.samples, [])
  }
})

test('an echo of what this connection cannot have sent is none: of the future, or from before it was', t => {
  const age = (tsEcr: number) => echoAge(connection().c, echo(tsEcr))
  t.is(age(1007), 0)
  t.is(age(1008), -1)
  t.is(age(907), 100)
  t.is(age(906), 101, 'a millisecond for the rounding')
  t.is(age(905), -1)
  const { c, samples } = connection()
  measureSyn(c, echo(1008))
  t.deepEqual(samples, [])
})
