import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { receiveWindow } from '../../src/tcp/queues/receive-window.ts'
import { dialogue } from '../support/dialogue.ts'

const bytes = (n: number) => Buffer.alloc(n, 'x')

test('[MUST-1] a window of 65535 is 65535 bytes, not -1', t => {
  const d = dialogue()
  const { connection } = d.established({ initialWindow: 100 })
  send(connection!, bytes(100_000))
  const sent = d.skip().reduce((n, s) => n + s.text.length, 0)
  t.true(sent > 65_535 - 1460 && sent <= 65_535)
})

test('[REC-1] windows are 32-bit: a gigabyte with scale 14', t => {
  const d = dialogue()
  const { connection } = d.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,nop,wscale 14>',
    '. 1:1(0) ack 1 win 65535',
  )
  t.is(connection!.snd.wnd, 65_535 * 2 ** 14)
  t.true(connection!.snd.wnd > 0)
})

test('[MUST-34][SHLD-15] the peer takes its window back: nothing new until it covers it again', t => {
  const d = dialogue()
  const { connection } = d.established({}, undefined, '. 1:1(0) ack 1 win 10000')
  send(connection!, bytes(20_000))
  t.is(d.skip().length, 6)
  d.receives('. 1:1(0) ack 1 win 2000')
  d.silent()
  d.receives('. 1:1(0) ack 1461 win 2000')
  d.silent()
  d.receives('. 1:1(0) ack 8761 win 1460')
  d.sends('. 8761:10221(1460) ack 1')
  t.pass()
})

test('[SHLD-16][MAY-7] after a shrink the timer sends again what lies in the window', t => {
  const d = dialogue()
  const { connection } = d.established({}, undefined, '. 1:1(0) ack 1 win 10000')
  send(connection!, bytes(5840))
  d.skip()
  d.receives('. 1:1(0) ack 1 win 1000')
  d.after(1000)
  const sent = d.sends('. 1:1001(1000) ack 1')
  t.is(sent.text.length, 1000)
})

test('[MUST-35] a window that shrinks to nothing is probed', t => {
  const d = dialogue()
  const { connection } = d.established()
  send(connection!, bytes(1000))
  d.skip()
  d.receives('. 1:1(0) ack 1 win 0')
  d.after(1000)
  d.sends('. 1:2(1) ack 1')
  t.is(connection!.retransmitTimer.kind, 'persist')
})

test('[SHLD-17] data beyond a shrunken window does not end the connection while the peer answers', t => {
  const d = dialogue()
  const user = d.established({ retries: 3 })
  send(user.connection!, bytes(3000))
  d.skip()
  d.receives('. 1:1(0) ack 1461 win 0')
  for (let n = 0; n < 20; n++) {
    while (d.unseen.length === 0) d.after(10)
    d.sends('. 1461:1462(1) ack 1')
    d.receives('. 1:1(0) ack 1461 win 0')
  }
  t.is(user.connection!.state, 'ESTABLISHED')
  t.true(d.clock.now() > 600_000)
})

test('[SHLD-14][SA-67] the right edge of our window never moves left', t => {
  const d = dialogue()
  const user = d.established({ receiveBuffer: 20_000 })
  user.reading = false
  let edge = 0
  for (let seq = 1; seq < 20_000; seq += 1460) {
    const length = Math.min(1460, 20_001 - seq)
    d.receives(`. ${seq}:${seq + length}(${length}) ack 1`)
    d.after(50)
    for (const s of d.skip()) {
      const next = ((s.ack - d.peerIss) | 0) + s.window
      t.true(next >= edge, `${next} < ${edge}`)
      edge = next
    }
  }
  t.is(receiveWindow(user.connection!), 0)
})

test('[MUST-39][NX-25] reading octet by octet does not open the window octet by octet', t => {
  const d = dialogue()
  const user = d.established({ receiveBuffer: 4000 })
  user.reading = false
  for (const segment of ['. 1:1461(1460) ack 1', '. 1461:2921(1460) ack 1', '. 2921:4001(1080) ack 1'])
    d.receives(segment)
  d.after(50)
  t.is(d.skip().at(-1)!.window, 0)
  // Each chunk read is a segment's text, as each came alone: the first is enough for a step of a segment.
  user.read(1)
  d.sends('. 1:1(0) ack 4001 win 1460')
  user.read(1)
  t.is(receiveWindow(user.connection!), 1460)
})

test('[MUST-39] less than a segment read, and less than half of the buffer: no update', t => {
  const d = dialogue()
  const user = d.established({ receiveBuffer: 8000 })
  user.reading = false
  for (let n = 0; n < 10; n++) d.receives(`. ${1 + 800 * n}:${801 + 800 * n}(800) ack 1`)
  d.after(50)
  t.is(d.skip().at(-1)!.window, 0)
  user.read(1)
  d.silent()
  // Nor does an answer to something else tell of it.
  d.receives('. 7990:7990(0) ack 1')
  d.sends('. 1:1(0) ack 8001 win 0')
  user.read(1)
  d.sends('. 1:1(0) ack 8001 win 1600')
  const small = dialogue()
  const other = small.established({ receiveBuffer: 1000 })
  other.reading = false
  for (const seq of [1, 251, 501, 751]) small.receives(`. ${seq}:${seq + 250}(250) ack 1`)
  small.after(50)
  t.is(small.skip().at(-1)!.window, 0)
  // All of it is one chunk here: four small ones are joined.
  other.read(1)
  small.sends('. 1:1(0) ack 1001 win 1000')
})

test('[MAY-8][NX-23] the window stays shut as long as nobody reads; each probe is answered', t => {
  const d = dialogue()
  const user = d.established({ receiveBuffer: 1460 })
  user.reading = false
  d.receives('. 1:1461(1460) ack 1')
  d.after(50)
  d.sends('. 1:1(0) ack 1461 win 0')
  for (let n = 0; n < 30; n++) {
    d.after(60_000)
    d.receives('. 1461:1462(1) ack 1')
    d.sends('. 1:1(0) ack 1461 win 0')
  }
  user.read()
  d.sends('. 1:1(0) ack 1461 win 1460')
  t.pass()
})

test('reading is told when the window has fallen to half of what it was, not before', t => {
  for (const [unread, told] of [
    [9999, false],
    [10_000, true],
  ] as const) {
    const d = dialogue()
    const user = d.established({ receiveBuffer: 20_000 })
    user.reading = false
    for (let seq = 1; seq <= unread; seq += 1000) {
      const length = Math.min(1000, unread - seq + 1)
      d.receives(`. ${seq}:${seq + length}(${length}) ack 1`)
    }
    d.after(50)
    t.is(d.skip().at(-1)!.window, 20_000 - unread)
    user.read()
    if (told) d.sends('. 1:1(0) ack 10001 win 20000')
    d.silent()
  }
})

test('with scaling too: half of a megabyte, not half of what the SYN could say', t => {
  const d = dialogue({ tcp: { receiveBuffer: 1 << 20 } })
  const user = d.established({}, 'S 0:0(0) win 65535 <mss 1460,nop,wscale 7>')
  user.reading = false
  for (let seq = 1; seq < 600_000; seq += 1000) d.receives(`. ${seq}:${seq + 1000}(1000) ack 1`)
  d.after(50)
  // In units of 32 bytes, one of them beyond the buffer at most.
  const units = d.skip().at(-1)!.window - (2 ** 20 - 600_000) / 32
  t.true(units === 0 || units === 1, String(units))
  user.read()
  d.sends('. 1:1(0) ack 600001 win 32768')
})

test('a first window that is smaller than a segment is offered all the same', t => {
  // On a loopback a segment may have nearly as many bytes as the field of a SYN can say.
  const d = dialogue({ mtu: 65_535, tcp: { wholeSegments: true, timestamps: true } })
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 65495,sackOK,TS val 1 ecr 0>')
  const answer = d.sends('S. 0:0(0) ack 1')
  t.is(answer.window, 65_483)
})
