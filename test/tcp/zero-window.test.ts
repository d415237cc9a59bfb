import test from 'ava'
import { abort, close, release, send } from '../../src/tcp/calls.ts'
import { status } from '../../src/tcp/status.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'

/** The time of the next probe, and the probe; the peer answers it. */
const probe = (d: Dialogue, answer: string | null = '. 1:1(0) ack 1 win 0'): number => {
  while (d.unseen.length === 0) d.after(10)
  d.sends('. 1:2(1) ack 1')
  d.silent()
  if (answer !== null) d.receives(answer)
  return d.clock.now()
}

test('[MUST-36][SHLD-29][SHLD-30] a shut window is probed after an RTO, then at growing intervals', t => {
  const d = dialogue()
  const { connection } = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(connection!, Buffer.from('hello'))
  d.silent()
  t.deepEqual([probe(d), probe(d), probe(d), probe(d), probe(d)], [1000, 3000, 7000, 15_000, 31_000])
  d.receives('. 1:1(0) ack 1 win 1000')
  d.sends('P. 1:6(5) ack 1')
  d.receives('. 1:1(0) ack 6 win 1000')
  t.true(connection!.allAcked)
})

test('[SHLD-30] the interval grows to the cap', t => {
  const d = dialogue()
  const { connection } = d.established({ maxRto: 60_000 })
  d.receives('. 1:1(0) ack 1 win 0')
  send(connection!, Buffer.from('hello'))
  let last = 0
  const gaps = Array.from({ length: 9 }, () => {
    const at = probe(d)
    const gap = at - last
    last = at
    return gap
  })
  t.deepEqual(gaps, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

test('[MUST-37] as long as probes are answered the connection stays, for hours', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(user.connection!, Buffer.from('hello'))
  while (d.clock.now() < 5 * 3_600_000) probe(d)
  t.is(user.connection!.state, 'ESTABLISHED')
})

test('probes that nobody answers end the connection', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(user.connection!, Buffer.from('hello'))
  d.after(3_600_000)
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
  t.true(d.empty)
})

test('a probe that is taken is new data acknowledged', t => {
  const d = dialogue()
  const { connection } = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(connection!, Buffer.from('hello'))
  probe(d, '. 1:1(0) ack 2 win 0')
  d.after(100_000)
  d.sends('. 2:3(1) ack 1')
  t.is(connection!.sendQueue.length, 4)
})

test('a FIN waits for the window too, and is probed with', t => {
  const d = dialogue()
  const { connection } = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  close(connection!)
  d.silent()
  d.after(1000)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2 win 0')
  t.is(connection!.state, 'FIN_WAIT_2')
})

test('nobody waits for ever for a peer that only keeps its window shut: an orphan is given up', t => {
  const d = dialogue({ host: { memory: { orphanTime: 0 } } })
  const user = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(user.connection!, Buffer.from('hello'))
  release(user.connection!)
  for (let n = 0; n < 8; n++) probe(d)
  d.after(300_000)
  d.sends('R. 1:1(0) ack 1')
  d.sends('R. 2:2(0) ack 1')
  t.true(d.empty)
})

test('[MUST-66] with our window shut RST, URG and ACK are still taken', t => {
  const d = dialogue()
  const user = d.established({ receiveBuffer: 1460 })
  user.reading = false
  send(user.connection!, Buffer.from('hello'))
  d.receives('. 1:1461(1460) ack 1')
  d.skip()
  d.receives('U. 1461:1471(10) ack 6 urg 10')
  t.true(user.log.includes('urgent'))
  t.true(user.connection!.allAcked)
  d.receives('R 1461:1461(0)')
  t.is(user.log.at(-1), 'closed ECONNRESET')
})

test('a SYN needs no window: SYNs cross, the peer’s window is shut, and the user closes at once', t => {
  const d = dialogue()
  const { connection } = d.connect()
  d.sends('S 0:0(0)')
  d.receives('S 0:0(0) win 0 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  close(connection!)
  t.is(connection!.state, 'FIN_WAIT_1')
  d.after(1000)
  d.sends('S. 0:0(0) ack 1')
  d.silent()
  d.receives('. 1:1(0) ack 1 win 0')
  d.silent()
  d.after(3000)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2 win 0')
  t.is(connection!.state, 'FIN_WAIT_2')
})

test('[R5961-8] ABORT while a probe is out: a reset for a peer that has not taken it, one for a peer that has', t => {
  const d = dialogue()
  const { connection } = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(connection!, Buffer.from('hello'))
  probe(d, null)
  abort(connection!)
  d.sends('R. 1:1(0) ack 1')
  d.sends('R. 2:2(0) ack 1')
  d.silent()
  t.true(d.empty)
})

test('[R5961-8] ABORT while the window is shut and nothing is out: the one number that it takes', t => {
  const d = dialogue()
  const { connection } = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(connection!, Buffer.from('hello'))
  abort(connection!)
  d.sends('R. 1:1(0) ack 1')
  d.silent()
  t.true(d.empty)
})

test('[R5961-8] ABORT with the window full: a reset at its edge, and one within it for a peer that has lost some', t => {
  const d = dialogue()
  const { connection } = d.established({}, 'S 0:0(0) win 1000 <mss 1000>', '. 1:1(0) ack 1 win 1000')
  send(connection!, Buffer.alloc(5000))
  d.sends('. 1:501(500) ack 1')
  d.sends('. 501:1001(500) ack 1')
  abort(connection!)
  d.sends('R. 1001:1001(0) ack 1')
  d.sends('R. 1000:1000(0) ack 1')
  d.silent()
  t.true(d.empty)
})

test('[R5961-8] ABORT within the window: one reset, after what is out', t => {
  const d = dialogue()
  const { connection } = d.established()
  send(connection!, Buffer.alloc(500))
  d.sends('P. 1:501(500) ack 1')
  abort(connection!)
  d.sends('R. 501:501(0) ack 1')
  d.silent()
  t.true(d.empty)
})

/** The peer answers every probe, and keeps its window shut: when the connection ends, ms; 0 when it does not for hours. */
const endWithProbesAnswered = (d: Dialogue, user: { readonly log: readonly string[] }): number => {
  const start = d.clock.now()
  while (d.clock.now() - start < 3 * 3_600_000) {
    d.after(1000)
    if (user.log.at(-1)?.startsWith('closed')) return d.clock.now() - start
    if (d.unseen.length === 0) continue
    d.skip()
    d.receives('. 1:1(0) ack 1 win 0')
  }
  return 0
}

test('RFC 6429: a user timeout ends a shut window too where that is asked for, counted from the first probe', t => {
  for (const [userTimeoutWhileShut, end] of [
    [false, 0],
    [true, 91_000],
  ] as const) {
    const d = dialogue()
    const user = d.established({ userTimeout: 90_000, userTimeoutWhileShut })
    d.receives('. 1:1(0) ack 1 win 0')
    send(user.connection!, Buffer.from('hello'))
    t.is(endWithProbesAnswered(d, user), end)
    if (end === 0) continue
    t.is(user.log.at(-1), 'closed ETIMEDOUT')
    // It is there, and hears of it.
    d.sends('R. 1:1(0) ack 1')
  }
})

test('RFC 6429: in FIN-WAIT-1 nobody waits longer than the user timeout for a window that stays shut', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(user.connection!, Buffer.from('hello'))
  // Before CLOSE it may take as long as it likes.
  for (let n = 0; n < 10; n++) probe(d)
  close(user.connection!)
  const end = endWithProbesAnswered(d, user)
  t.true(end > 180_000 && end <= 301_000, `${end}`)
  t.true(d.empty)
})

test('a window that opens again after long probing: what is lost then is waited for an RTO, not for the last of its doublings', t => {
  const d = dialogue()
  const { connection } = d.established()
  d.receives('. 1:1(0) ack 1 win 0')
  send(connection!, Buffer.alloc(100))
  for (let n = 0; n < 4; n++) probe(d)
  d.receives('. 1:1(0) ack 1 win 1000')
  d.sends('P. 1:101(100) ack 1')
  const since = d.clock.now()
  while (d.unseen.length === 0) d.after(10)
  d.sends('P. 1:101(100) ack 1')
  t.is(d.clock.now() - since, 1000)
})

test('a window that opens ends the count of unanswered probes: what is sent then has all its retries', t => {
  const d = dialogue()
  const { connection } = d.established({ retries: 3 })
  d.receives('. 1:1(0) ack 1 win 0')
  send(connection!, Buffer.from('hello'))
  for (let n = 0; n < 3; n++) probe(d, null)
  t.is(status(connection!).timer!.retries, 3)
  d.receives('. 1:1(0) ack 1 win 1000')
  d.sends('P. 1:6(5) ack 1')
  t.is(status(connection!).timer!.retries, 0)
  d.after(1000)
  d.sends('P. 1:6(5) ack 1')
  t.is(connection!.state, 'ESTABLISHED')
})
