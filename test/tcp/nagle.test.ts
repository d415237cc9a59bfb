import test from 'ava'
import { close, configure, send } from '../../src/tcp/calls.ts'
import { capable, open } from '../support/classic-ecn.ts'
import { dialogue } from '../support/dialogue.ts'

const bytes = (n: number) => Buffer.alloc(n, 'x')

test('[SHLD-7] Nagle: a small segment waits while data is outstanding', t => {
  const d = dialogue()
  const { connection } = d.established()
  send(connection!, bytes(10))
  d.sends('P. 1:11(10) ack 1')
  send(connection!, bytes(10))
  d.silent()
  d.receives('. 1:1(0) ack 11')
  d.sends('P. 11:21(10) ack 1')
  t.pass()
})

test('[MUST-17] the user switches Nagle off for a connection', t => {
  const d = dialogue()
  const { connection } = d.established()
  configure(connection!, { noDelay: true })
  send(connection!, bytes(1))
  d.sends('P. 1:2(1) ack 1')
  send(connection!, bytes(1))
  d.sends('P. 2:3(1) ack 1')
  t.false(d.host.options.noDelay)
})

test('[MAY-15] SEND with and without PUSH: what is not pushed has no PSH, and waits for what follows', t => {
  const d = dialogue()
  const c = d.established().connection!
  send(c, Buffer.from('a'.repeat(1460)), true)
  d.sends('. 1:1461(1460) ack 1')
  send(c, Buffer.from('b'), true)
  d.silent()
  send(c, Buffer.from('c'))
  d.receives('. 1:1(0) ack 1461')
  d.sends('P. 1461:1463(2) ack 1')
  t.pass()
})

test('[MUST-60][MUST-61] data leaves without further ado, and the segment that empties the queue is pushed', t => {
  const d = dialogue()
  const { connection } = d.established({ noDelay: true })
  send(connection!, bytes(1))
  d.sends('P. 1:2(1) ack 1')
  send(connection!, bytes(3000))
  d.sends('. 2:1462(1460) ack 1')
  d.sends('. 1462:2922(1460) ack 1')
  d.sends('P. 2922:3002(80) ack 1')
  t.pass()
})

test('[SHLD-27][MAY-16] small writes that Nagle holds back leave as one segment, pushed', t => {
  const d = dialogue()
  const { connection } = d.established()
  send(connection!, bytes(5))
  d.sends('P. 1:6(5) ack 1')
  for (let n = 0; n < 3; n++) send(connection!, bytes(100))
  d.silent()
  d.receives('. 1:1(0) ack 6')
  d.sends('P. 6:306(300) ack 1')
  t.pass()
})

test('[SHLD-28] many small writes make full segments', t => {
  const d = dialogue()
  const { connection } = d.established()
  for (let n = 0; n < 146; n++) send(connection!, bytes(100))
  const sent = d.skip()
  t.deepEqual(
    sent.map(s => s.text.length),
    new Array(10).fill(1460),
  )
})

test('[SHLD-28] half a segment is none, and a super-segment consists of whole ones', t => {
  const d = dialogue()
  const half = d.established()
  send(half.connection!, bytes(1460 + 730))
  d.sends('. 1:1461(1460) ack 1')
  d.silent()
  const large = dialogue()
  Object.assign(large.link.offload, { segmentation: true })
  const { connection } = large.established({}, undefined, '. 1:1(0) ack 1 win 10000')
  send(connection!, bytes(20_000))
  large.sends('. 1:8761(8760) ack 1')
  large.silent()
  t.pass()
})

test('[MUST-38][NX-24] a window that opens in small steps is not used for small segments', t => {
  const d = dialogue()
  const { connection } = d.established({}, undefined, '. 1:1(0) ack 1 win 4000')
  send(connection!, bytes(10_000))
  t.deepEqual(
    d.skip().map(s => s.text.length),
    [1460, 1460],
  )
  // 10 more bytes of window a time: less than a segment, and than half of the largest window there was.
  d.receives('. 1:1(0) ack 2921 win 1080')
  d.silent()
  d.receives('. 1:1(0) ack 2921 win 1090')
  d.silent()
  d.receives('. 1:1(0) ack 2921 win 1460')
  d.sends('. 2921:4381(1460) ack 1')
  t.pass()
})

test('[MUST-38] half of the largest window is a full segment, what is less waits, with Nagle off too', t => {
  for (const noDelay of [false, true]) {
    const d = dialogue()
    const { connection } = d.established(
      { noDelay },
      'S 0:0(0) win 1000 <mss 1460>',
      '. 1:1(0) ack 1 win 1000',
    )
    send(connection!, bytes(400))
    d.sends('P. 1:401(400) ack 1')
    send(connection!, bytes(1000))
    d.sends('. 401:901(500) ack 1')
    d.silent()
  }
  t.pass()
})

test('[MUST-38] the override timer uses a small window in the end', t => {
  const d = dialogue()
  const { connection } = d.established({ swsOverride: 500 }, undefined, '. 1:1(0) ack 1 win 4000')
  send(connection!, bytes(10_000))
  d.skip()
  d.receives('. 1:1(0) ack 2921 win 100')
  d.after(499)
  d.silent()
  d.after(1)
  d.sends('P. 2921:3021(100) ack 1')
  t.pass()
})

test('what the override lets leave is new text like any other: ECN-capable, and without the FIN that the window has no room for', t => {
  const d = capable({ swsOverride: 500 })
  const c = open(d)
  d.receives('. 1:1(0) ack 1 win 100')
  send(c, bytes(200))
  close(c)
  d.after(500)
  d.sends('[ect0] P. 1:101(100) ack 1')
  d.silent()
  t.pass()
})

test('without an override a small window is used once the retransmission timer would have expired', t => {
  const d = dialogue()
  const { connection } = d.established({ swsOverride: 0 }, undefined, '. 1:1(0) ack 1 win 4000')
  send(connection!, bytes(10_000))
  d.skip()
  d.receives('. 1:1(0) ack 2921 win 100')
  d.after(999)
  d.silent()
  d.after(1)
  d.sends('P. 2921:3021(100) ack 1')
  t.pass()
})

test('Minshall’s Nagle: a lone octet is a small segment that others wait for', t => {
  const d = dialogue({ tcp: { minshall: true } })
  const { connection } = d.established()
  send(connection!, bytes(1))
  d.sends('P. 1:2(1) ack 1')
  send(connection!, bytes(10))
  d.silent()
  d.receives('. 1:1(0) ack 2')
  d.sends('P. 2:12(10) ack 1')
  t.pass()
})

test('[NX-24] half of the largest window is worth a segment, where it is smaller than one', t => {
  const d = dialogue()
  const { connection } = d.established({}, 'S 0:0(0) win 100 <mss 1460>', '. 1:1(0) ack 1 win 100')
  send(connection!, bytes(400))
  d.sends('. 1:51(50) ack 1')
  d.sends('. 51:101(50) ack 1')
  d.receives('. 1:1(0) ack 101 win 49')
  d.silent()
  d.receives('. 1:1(0) ack 101 win 50')
  d.sends('. 101:151(50) ack 1')
  t.pass()
})

test('[NX-30] a window with room for less than two segments gets two of half its size: the peer need not delay its ACK', t => {
  for (const [window, mss, sizes] of [
    [2000, 1460, [1000, 1000]],
    [1500, 1460, [750, 750]],
    [1460, 1460, [730, 730]],
    [600, 536, [300, 300]],
    [75, 50, [37, 37]],
    [2920, 1460, [1460, 1460]],
    [65_535, 1460, [1460, 1460]],
  ] as const) {
    const d = dialogue()
    const { connection } = d.established(
      {},
      `S 0:0(0) win ${window} <mss ${mss}>`,
      `. 1:1(0) ack 1 win ${window}`,
    )
    send(connection!, bytes(20_000))
    const sent = d.skip()
    t.deepEqual(
      sent.slice(0, 2).map(s => s.text.length),
      sizes,
      `window ${window}, MSS ${mss}`,
    )
  }
})

test('[NX-30] once the peer has offered more the segments are full ones', t => {
  const d = dialogue()
  const { connection } = d.established({}, 'S 0:0(0) win 2000 <mss 1460>', '. 1:1(0) ack 1 win 2000')
  send(connection!, bytes(20_000))
  d.sends('. 1:1001(1000) ack 1')
  d.sends('. 1001:2001(1000) ack 1')
  d.receives('. 1:1(0) ack 2001 win 4000')
  d.sends('. 2001:3461(1460) ack 1')
  d.sends('. 3461:4921(1460) ack 1')
  t.pass()
})

test('[NX-19] CLOSE pushes: the last small segment goes at once, with the FIN', t => {
  const d = dialogue()
  const { connection } = d.established()
  send(connection!, bytes(2000))
  d.sends('. 1:1461(1460) ack 1')
  d.silent()
  close(connection!)
  d.sends('FP. 1461:2001(540) ack 1')
  t.pass()
})
