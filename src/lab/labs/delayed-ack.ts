import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

/** The delay of ours, ms: an option, below the 500 of RFC 9293 MUST-40. */
const DELAY = 40

export const delayedAck: Lab = {
  name: 'delayed-ack',
  summary: 'When an acknowledgment rides on data, when it waits, and for how long',
  shows:
    'An answer that comes at once carries the acknowledgment of the question. Where none comes, a lone segment is acknowledged after a delay (RFC 9293 §3.8.6.3: below half a second), and of a stream of full segments at least every second one at once. The ACK of a FIN waits as long: it merges with the other FIN when the application closes as soon as it reads the end.',
  bench: () => ({ path: { delay: 10, rate: 10e6 }, server: { delayedAck: DELAY } }),
  tail: 100_000,
  async script(bench, f) {
    const { wire, served } = await connected(bench)
    bench.client.note('question and answer')
    for (let n = 1; n <= 3; n++) {
      await wire.write(100)
      await bench.until('the question', () => served.received === 100 * n)
      await served.write(200)
      await bench.until('the answer', () => wire.received === 200 * n)
      await bench.after(200)
    }
    const rides = f.segments('server').filter(s => s.length > 0 && (s.flags & 16) !== 0)
    f.that(
      'each answer acknowledges its question',
      rides.length >= 3 && f.lines(rides).some(line => line.endsWith('ack 301')),
      f.lines(rides),
    )
    // A kernel acknowledges the first segments of a connection at once.
    if (!f.realTime) f.same('pure ACKs of the server’s so far', pureAcks(f.segments('server')).length, 0)
    const quiet = bench.now
    bench.client.note('no answer')
    await wire.write(100)
    const alone = () => pureAcks(f.segments('server')).filter(s => s.time >= quiet)
    await bench.until('the acknowledgment', () => alone().length > 0)
    await bench.after(1000)
    const late = alone()
    f.same('pure ACKs of what is not answered', late.length, 1)
    if (!f.realTime) f.near('which leaves after the delay (ms)', (late[0]?.time ?? 0) - quiet - 10, DELAY, 1)
    const streamAt = bench.now
    bench.client.note('a stream')
    await wire.write(100_000)
    await bench.until('the stream', () => served.received === 400 + 100_000)
    await bench.after(1000)
    const data = f.segments('client').filter(s => s.time >= streamAt && s.length > 0)
    const acks = pureAcks(f.segments('server')).filter(s => s.time >= streamAt)
    // A machine that stood still has many segments at once, and acknowledges them at once.
    f.that(
      f.realTime
        ? 'a stream is acknowledged while it flows'
        : 'at least every second full segment is acknowledged',
      acks.length >= (f.realTime ? 2 : Math.floor(data.length / 2)),
      `${acks.length} ACKs of ${data.length} segments`,
    )
    await wire.close()
    await bench.until('the end', () => served.ended)
    await bench.after(1000)
    await served.close()
  },
  check(f) {
    const fin = f.segments('client').find(({ flags }) => flags & 1)
    const ack = f.segments('server').find(s => fin !== undefined && s.time >= (fin.arrivals[0] ?? Infinity))
    if (f.realTime) f.that('the FIN is acknowledged', ack !== undefined)
    else
      f.near(
        'the FIN is acknowledged after the delay (ms)',
        (ack?.time ?? 0) - (fin?.arrivals[0] ?? 0),
        DELAY,
        1,
      )
  },
}

const pureAcks = <T extends { readonly flags: number; readonly length: number }>(
  segments: readonly T[],
): T[] =>
  // The handshake's is the client's.
  segments.filter(s => s.length === 0 && (s.flags & 23) === 16)
