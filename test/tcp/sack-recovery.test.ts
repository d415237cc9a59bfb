/** Loss recovery by counting SACKs, RFC 6675: option lossDetection 'sack'. */
import test from 'ava'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { ack, at, flying, MSS, numbersSent, opened, segment } from '../support/flights.ts'

const counting = (inFlight: number, options: Partial<TcpOptions> = {}): Dialogue =>
  dialogue({ tcp: { sack: true, lossDetection: 'sack', frto: false, initialWindow: inFlight, ...options } })

const timeouts = (d: Dialogue): number =>
  d.events.filter(e => e.type === 'segment-out' && e.reason === 'retransmission timeout').length

test('[R6675-2] IsLost: two segments and a byte SACKed above are enough', t => {
  const d = counting(10, { noDelay: true })
  const c = opened(d)
  send(c, Buffer.alloc(3 * MSS + 1))
  d.skip()
  d.after(100)
  d.receives(ack(0, [1, 3]))
  t.is(c.flight.lost, 0)
  d.silent()
  d.receives(`. 1:1(0) ack 1 win 60000 <nop,nop,sack ${at(1)}:${at(3) + 1}>`)
  t.is(c.recovery.phase, 'recovery')
  t.deepEqual(numbersSent(d), [0])
})

test('[R6675-2] IsLost: three ranges SACKed above are enough, however small', t => {
  const d = counting(10, { noDelay: true })
  const c = opened(d)
  for (let n = 0; n < 7; n++) {
    send(c, Buffer.alloc(10))
    d.skip()
  }
  d.after(100)
  const small = (...starts: number[]): string =>
    `. 1:1(0) ack 1 win 60000 <nop,nop,sack ${starts.map(n => `${1 + 10 * n}:${11 + 10 * n}`).join(' ')}>`
  d.receives(small(2, 6))
  t.is(c.flight.lost, 0)
  d.receives(small(4, 2, 6))
  // 0 and 1 have three above, 3 has two, 5 one.
  t.deepEqual(
    d.skip().map(s => s.text.length),
    [20],
  )
  t.is(c.flight.lost, 0)
})

test('[R6675-3] pipe: neither SACKed nor lost, and what was sent again', t => {
  const d = counting(12)
  const c = flying(d, 12)
  d.after(100)
  const pipe = () => c.flight.underWay / MSS
  t.is(pipe(), 12)
  // 0 and 1 are lost, 2 has left, 3 to 5 are SACKed: 6 … 11 are in the pipe, and 0, sent again.
  d.receives(ack(0, [3, 6], [2, 3]))
  t.is(c.flight.sacked, 4 * MSS)
  t.deepEqual(numbersSent(d), [0])
  t.is(c.flight.lost, MSS)
  t.is(pipe(), 7)
  // PRR (ssthresh 6, 7 in the pipe) has the second wait until enough is delivered.
  d.receives(ack(0, [2, 7]))
  t.is(pipe(), 6 + numbersSent(d).length)
})

test('[R6675-4] lost holes are sent again in ascending order, each once', t => {
  const d = counting(20)
  flying(d, 20)
  d.after(100)
  d.receives(ack(0, [1, 2]))
  d.receives(ack(0, [3, 4], [1, 2]))
  d.receives(ack(0, [5, 6], [3, 4], [1, 2]))
  for (let n = 7; n <= 20; n++) d.receives(ack(0, [5, n], [3, 4], [1, 2]))
  const sent = numbersSent(d)
  t.deepEqual(
    sent.filter(n => n < 20),
    [0, 2, 4],
  )
})

test('[R6675-5] when no lost hole is left new data goes out', t => {
  const d = counting(10)
  flying(d, 10)
  d.after(100)
  for (let n = 2; n <= 10; n++) d.receives(ack(0, [1, n]))
  const sent = numbersSent(d)
  t.deepEqual(
    sent.filter(n => n < 10),
    [0],
  )
  t.true(sent.includes(10) && sent.indexOf(0) < sent.lastIndexOf(12))
  t.deepEqual(
    sent.filter(n => n >= 10),
    [10, 11, 12, 13, 14].slice(0, sent.length - 1),
  )
})

test('[R6675-5] NextSeg (3): with nothing new, a hole below the highest SACK that is not lost by the count', t => {
  const d = counting(12)
  flying(d, 12, { segments: 12 })
  d.after(100)
  // 0 is lost; 10 has but one SACKed above it.
  d.receives(ack(0, [1, 10], [11, 12]))
  d.skip()
  d.receives(ack(1, [2, 10], [11, 12]))
  t.true(numbersSent(d).every(n => n === 10))
  const again = d.events.filter(e => e.type === 'segment-out' && e.reason === 'lost')
  t.is(again.length, 2)
})

test('[R6675-6] the rescue: nothing new, the tail lost too: its last segment goes again, once', t => {
  const d = counting(10)
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  // 0 is lost, and so are 7, 8 and 9.
  for (let n = 2; n <= 7; n++) d.receives(ack(0, [1, n]))
  t.deepEqual(numbersSent(d), [0, 9])
  t.is(c.flight.last!.end - c.flight.last!.seq, MSS)
  d.after(100)
  d.receives(ack(7))
  // Its SACKed part shows the holes below (NextSeg (3)).
  d.receives(ack(7, [9, 10]))
  t.deepEqual(numbersSent(d), [7, 8])
  t.is(d.events.filter(e => e.type === 'segment-out' && e.reason === 'rescue').length, 1)
})

test('[R6675-6] there is one rescue in a recovery, whatever is sent after it', t => {
  const d = counting(10)
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  for (let n = 2; n <= 7; n++) d.receives(ack(0, [1, n]))
  t.deepEqual(numbersSent(d), [0, 9])
  send(c, Buffer.alloc(MSS))
  d.receives(ack(1, [2, 7]))
  t.deepEqual(numbersSent(d), [10])
  d.receives(ack(7))
  t.is(c.recovery.phase, 'recovery')
  t.true(c.congestion.cwnd - c.flight.underWay >= MSS)
  t.deepEqual(numbersSent(d), [])
})

test('[R6675-6] of a large transmission the rescue is the end', t => {
  const d = counting(10)
  const c = flying(d, 10, { segments: 10 })
  d.after(100)
  // As a device would have got it that cuts large segments itself.
  c.flight.clear()
  c.flight.append((c.snd.iss + at(0)) | 0, (c.snd.iss + at(10)) | 0, 0)
  for (let n = 2; n <= 7; n++) d.receives(ack(0, [1, n]))
  t.deepEqual(numbersSent(d), [0, 9])
})

test('[R6675-7] one ACK that SACKs three segments begins recovery at once', t => {
  const d = counting(10)
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 4]))
  t.is(c.recovery.phase, 'recovery')
  d.sends(segment(0))
})

test('[R6675-7][R3042-3] a duplicate ACK is one with new SACK information: others count for nothing, and let nothing go', t => {
  const d = counting(10)
  const c = flying(d, 10)
  d.after(100)
  for (let n = 0; n < 6; n++) d.receives(ack(0))
  d.receives(ack(0, [1, 2]))
  t.is(c.recovery.duplicateAcks, 1)
  d.sends(segment(10))
  for (let n = 0; n < 6; n++) d.receives(ack(0, [1, 2]))
  t.is(c.recovery.duplicateAcks, 1)
  t.is(c.recovery.phase, 'open')
  d.silent()
})

test('[R3042-3] nor under RACK', t => {
  const d = dialogue({ tcp: { sack: true } })
  flying(d, 10)
  d.after(50)
  for (let n = 0; n < 4; n++) d.receives(ack(0))
  d.silent()
  t.pass()
})

test('[R6675-7] a cumulative ACK sets DupAcks back, and counts itself when it has notices above', t => {
  const d = counting(12)
  const c = flying(d, 12, { segments: 12 })
  d.after(100)
  d.receives(ack(0, [4, 5]))
  d.receives(ack(0, [4, 5], [8, 9]))
  t.is(c.recovery.duplicateAcks, 2)
  d.receives(ack(2, [4, 5], [8, 9]))
  t.is(c.recovery.duplicateAcks, 0)
  // It acknowledges 4, which was SACKed before; 10 is new.
  d.receives(ack(5, [10, 11], [8, 9]))
  t.is(c.recovery.duplicateAcks, 1)
  t.is(c.recovery.phase, 'open')
})

test('[R6675-7] three duplicates of small segments begin recovery though nothing is lost by IsLost', t => {
  const d = counting(10, { noDelay: true })
  const c = opened(d)
  for (let n = 0; n < 6; n++) {
    send(c, Buffer.alloc(10))
    d.skip()
  }
  d.after(100)
  for (const n of [2, 3, 4]) d.receives(`. 1:1(0) ack 1 win 60000 <nop,nop,sack 11:${1 + 10 * n}>`)
  t.is(c.recovery.phase, 'recovery')
  d.sends('P. 1:11(10) ack 1')
})

test('[R6675-8] the first two duplicates let a new segment go each, within cwnd - pipe', t => {
  const d = counting(10)
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 2]))
  t.deepEqual(numbersSent(d), [10])
  d.receives(ack(0, [1, 3]))
  t.deepEqual(numbersSent(d), [11])
  t.is(c.congestion.cwnd, 10 * MSS)
  t.is(c.recovery.phase, 'open')
})

test('[R6675-9] 20 in flight, one lost: ssthresh 10 without limited transmit, RecoveryPoint at the highest, SND.UNA goes again', t => {
  const d = counting(20)
  const c = flying(d, 20)
  d.after(100)
  for (const n of [2, 3, 4]) d.receives(ack(0, [1, n]))
  t.is(c.congestion.ssthresh, 10 * MSS)
  t.is((c.recovery.point - c.snd.iss) | 0, at(22))
  t.deepEqual(numbersSent(d), [20, 21, 0])
  for (let n = 5; n <= 20; n++) d.receives(ack(0, [1, n]))
  d.receives(ack(0, [1, 22]))
  d.skip()
  d.receives(ack(22))
  t.is(c.congestion.cwnd, 10 * MSS)
})

test('[R6675-10] 5 of 20 are lost: repaired in about a round trip, without a timeout', t => {
  const d = counting(20)
  const c = flying(d, 20)
  d.after(100)
  const lost = new Set([0, 4, 8, 12, 16])
  const got = new Set<number>()
  let next = 0
  const arrives = (n: number) => {
    got.add(n)
    while (got.has(next)) next++
    const ranges: [number, number][] = []
    for (const m of [...got].sort((a, b) => a - b)) {
      if (m < next) continue
      if (ranges.at(-1)?.[1] === m) ranges.at(-1)![1]++
      else ranges.push([m, m + 1])
    }
    // The block with the newest first.
    ranges.sort((a, b) => Number(b[0] <= n && n < b[1]) - Number(a[0] <= n && n < a[1]))
    d.receives(ack(next, ...ranges.slice(0, 4)))
  }
  for (let n = 0; n < 20; n++) if (!lost.has(n)) arrives(n)
  for (let rounds = 0; next < 20; rounds++) {
    t.true(rounds < 2)
    const sent = numbersSent(d)
    d.after(100)
    for (const n of sent) arrives(n)
  }
  t.is(timeouts(d), 0)
  t.is(c.troubles.retransmissions, 5)
})

test('[R6675-10] recovery ends when all up to RecoveryPoint is acknowledged, and SACKs above it stay', t => {
  const d = counting(10)
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 4]))
  const point = 10
  t.is((c.recovery.point - c.snd.iss) | 0, at(point))
  for (let n = 5; n <= 10; n++) d.receives(ack(0, [1, n]))
  d.skip()
  d.receives(ack(9, [11, 12]))
  t.is(c.recovery.phase, 'recovery')
  d.receives(ack(10, [11, 12]))
  t.is(c.recovery.phase, 'open')
  t.is(c.flight.sacked, MSS)
})

test('[R6675-11] a timeout in recovery ends it; below RecoveryPoint no other begins', t => {
  const d = counting(10)
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 4]))
  d.skip()
  d.after(1000)
  d.sends(segment(0))
  t.is(c.recovery.phase, 'loss')
  t.is((c.recovery.point - c.snd.nxt) | 0, 0)
  const { ssthresh } = c.congestion
  for (let n = 5; n <= 9; n++) d.receives(ack(0, [1, n]))
  t.is(c.recovery.phase, 'loss')
  t.is(c.congestion.ssthresh, ssthresh)
  d.skip()
  d.receives(`. 1:1(0) ack ${(c.snd.nxt - c.snd.iss) | 0} win 60000`)
  t.is(c.recovery.phase, 'open')
})

test('[R6675-12] the slow start after a timeout passes over what is SACKed since', t => {
  const d = counting(10)
  flying(d, 10, { segments: 10 })
  d.after(1000)
  d.sends(segment(0))
  d.after(100)
  d.receives(ack(1, [3, 6]))
  d.sends(segment(1))
  d.sends(segment(2))
  d.silent()
  d.after(100)
  d.receives(ack(6))
  t.deepEqual(numbersSent(d).slice(0, 1), [6])
})

test('[R6675-12] the timer starts anew when recovery begins', t => {
  const d = counting(10)
  const c = flying(d, 10)
  d.after(700)
  d.receives(ack(0, [1, 4]))
  t.is(c.retransmitTimer.deadline - d.clock.now(), 1000)
})

test('one ACK finds no more than 256 segments lost, so that it does not hold up others; the next one goes on', t => {
  const d = counting(400)
  const c = flying(d, 400, { segments: 400, syn: 'mss 1460,nop,nop,sackOK,nop,wscale 7' })
  d.after(100)
  d.receives(ack(0, [397, 400]))
  t.is(c.flight.lostInAll, 256 * MSS)
  d.receives(ack(0, [397, 400]))
  t.is(c.flight.lostInAll, 397 * MSS)
})
