/** Answers to segments that are not acceptable: few, and none to a reset (RFC 5961). */
import test from 'ava'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { send } from '../../src/tcp/calls.ts'
import { FIN } from '../../src/wire/tcp.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import type { RecordingUser } from '../support/recording-user.ts'
import { reach } from '../support/states.ts'

/** Another connection of the same host, from another port of the peer. */
const another = (d: Dialogue, port: number): RecordingUser => {
  d.remotePort = port
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.next()
  d.receives('. 1:1(0) ack 1 win 65535')
  return d.accepted.at(-1)!
}

test('[MAY-12] blind RST, SYN and data: only the exact number resets, and guesses at the ACK are dropped', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, Buffer.from('hello'))
  d.next()
  const random = new SeededRandom(7)
  for (let n = 0; n < 5000; n++) {
    const far = 70_000 + random.below(0x7fff_0000)
    const near = 2 + random.below(60_000)
    d.receives(
      `R ${far}:${far}(0)`,
      `R ${near}:${near}(0)`,
      `S ${far}:${far}(0)`,
      // In the window, but what it acknowledges nobody can have said.
      `. 1:6(5) ack ${-70_000 - random.below(0x7fff_0000)}`,
      `. 1:6(5) ack ${7 + random.below(0x7fff_0000)}`,
    )
  }
  t.deepEqual(user.log, ['accepted', 'established'])
  t.is(user.text, '')
  // Some answers share a batch.
  const answers = d.skip().length
  t.true(answers > 0 && answers <= 10, `${answers} answers`)
  d.receives('R 1:1(0)')
  t.is(user.log.at(-1), 'closed ECONNRESET')
})

test('challenge ACKs are counted for each connection, so they tell nothing of another (CVE-2016-5696)', t => {
  const d = dialogue()
  d.established()
  another(d, 40_001)
  const challenged = (port: number, times: number) => {
    for (let n = 0; n < times; n++) d.receives(`${port}>80 R 100:100(0)`)
    return d.skip().length
  }
  t.is(challenged(40_000, 1000), 10)
  t.is(challenged(40_001, 3), 3)
  t.is(challenged(40_001, 1000), 7)
  d.after(5000)
  t.is(challenged(40_000, 1000), 10)
})

/** Unacceptable segments of each kind, for each state that has it; the peer's window is 65535, ours is not shut. */
const UNACCEPTABLE: Record<string, readonly string[]> = {
  'old ACKs': ['. -500:-500(0) ack 1'],
  'old text': ['. -500:-400(100) ack 1'],
  'text beyond': ['P. 9000000:9000100(100) ack 1'],
  'old FINs': ['F. 0:0(0) ack 1'],
  'FINs beyond': ['F. 9000000:9000000(0) ack 1'],
  'ACKs of what was not sent': ['. 1:1(0) ack 500'],
  'text that acknowledges what was not sent': ['P. 1:101(100) ack 500'],
  'ACKs from long ago': ['. 1:1(0) ack -700000'],
  'text with ACKs from long ago': ['P. 1:101(100) ack -700000'],
  SYNs: ['S 1:1(0)'],
  'SYN,ACKs': ['S. -5:-5(0) ack 1'],
  'resets in the window': ['R 5:5(0)'],
  'some of each': ['. -500:-500(0) ack 1', '. -9:-8(1) ack 1', 'F. 0:0(0) ack 1', 'S 5:5(0)', 'R 5:5(0)'],
}

test('[R5961-7] whatever is not acceptable draws ten answers in five seconds: a peer that repeats itself on each makes no loop', t => {
  for (const [kind, lines] of Object.entries(UNACCEPTABLE))
    for (const state of [
      'ESTABLISHED',
      'CLOSE_WAIT',
      'FIN_WAIT_1',
      'FIN_WAIT_2',
      'CLOSING',
      'LAST_ACK',
    ] as const) {
      const d = dialogue()
      reach(d, state)
      for (let n = 0; n < 10_000; n++) {
        d.receives(lines[n % lines.length]!)
        d.after(1)
      }
      t.true(
        d.skip().filter(s => s.text.length === 0 && (s.flags & FIN) === 0).length <= 20,
        `${kind} in ${state}`,
      )
    }
})

test('[R5961-7] in TIME-WAIT, and of SYNs again in SYN-RECEIVED, no more', t => {
  for (const line of [
    '. 1:1(0) ack 2',
    'F. 1:1(0) ack 2',
    'P. 0:1(1) ack 2',
    'S. 1:1(0) ack 2',
    '. 2:2(0) ack 9',
  ]) {
    const d = dialogue()
    reach(d, 'TIME_WAIT')
    for (let n = 0; n < 10_000; n++) {
      d.receives(line)
      d.after(1)
    }
    t.true(d.skip().length <= 20, line)
  }
  const d = dialogue()
  reach(d, 'SYN_RECEIVED')
  for (let n = 0; n < 5000; n++) {
    d.receives('S 0:0(0) win 65535 <mss 1460>')
    d.after(1)
  }
  t.true(d.skip().length <= 10 + 3)
})

test('[R5961-7] text that was taken and comes again is answered beside the ration, once for each segment there was', t => {
  const d = dialogue()
  d.established()
  for (let n = 0; n < 300; n++) d.receives(`. ${1 + n * 100}:${101 + n * 100}(100) ack 1`)
  d.skip()
  for (let n = 0; n < 300; n++) d.receives(`. ${1 + n * 100}:${101 + n * 100}(100) ack 1`)
  t.is(d.skip().length, 300)
  for (let n = 0; n < 300; n++) d.receives(`. ${1 + n * 100}:${101 + n * 100}(100) ack 1`)
  t.is(d.skip().length, 10)
})

test('a RST is never answered, whatever it says', t => {
  const d = dialogue()
  d.listen()
  for (const port of [80, 81])
    for (const flags of ['R', 'R.', 'SR', 'FR.', 'SFRPU.'])
      for (const seq of [0, 1, 5])
        d.receives(`4000${seq}>${port} ${flags} ${seq}:${seq + 2}(2)${flags.includes('.') ? ' ack 1' : ''}`)
  d.silent()
  t.is(d.host.connections.size, 0)
})
