import test from 'ava'
import { DEFAULT_TCP_OPTIONS } from '../../src/tcp/block/options.ts'
import { close, send } from '../../src/tcp/calls.ts'
import { status } from '../../src/tcp/status.ts'
import { dialogue } from '../support/dialogue.ts'
import { formatOptions } from '../support/segment-notation.ts'

const OFFER = 'S 0:0(0) win 65535 <mss 1460,nop,wscale 7>'

test('[R7323-1] a SYN without the option: the SYN,ACK has none either, and windows are as they stand', t => {
  const d = dialogue()
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.receives('. 1:1(0) ack 1 win 1000')
  const c = d.accepted[0]!.connection!
  t.is(c.snd.wnd, 1000)
  d.receives('P. 1:11(10) ack 1 win 2000')
  d.after(40)
  d.sends('. 1:1(0) ack 11 win 65535')
  t.is(c.snd.wnd, 2000)
})

test('[R7323-1] our SYN offers it; a SYN,ACK without it leaves both shifts at 0', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0) win 65535 <mss 1460,nop,wscale 10>')
  d.receives('S. 0:0(0) ack 1 win 500 <mss 1460>')
  d.sends('. 1:1(0) ack 1 win 65535')
  t.is(user.connection!.snd.scale, 0)
  t.is(user.connection!.rcv.scale, 0)
  d.receives('. 1:1(0) ack 1 win 501')
  t.is(user.connection!.snd.wnd, 501)
})

test('[R7323-1] with the option switched off it is neither offered nor returned', t => {
  const d = dialogue({ tcp: { windowScaling: false } })
  d.listen()
  d.receives(OFFER)
  d.sends('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.receives('. 1:1(0) ack 1 win 1000')
  t.is(d.accepted[0]!.connection!.snd.wnd, 1000)
  d.localPort = 81
  d.connect()
  d.sends('S 0:0(0) <mss 1460>')
})

test('[R7323-1] on a segment that is no SYN the option changes nothing', t => {
  const d = dialogue()
  const user = d.established({}, OFFER, '. 1:1(0) ack 1 win 100')
  d.receives('P. 1:11(10) ack 1 win 100 <nop,wscale 14>')
  t.is(user.connection!.snd.wnd, 12_800)
  t.is(user.text.length, 10)
})

test('[R7323-2] SYN: win 65535 is 65535; later, win 100 is 12800', t => {
  const d = dialogue()
  d.listen(80, {}, true)
  d.receives(OFFER)
  d.sends('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 10>')
  const [c] = d.host.connections as Iterable<{ snd: { wnd: number } }>
  t.is(c!.snd.wnd, 65_535)
  d.receives('. 1:1(0) ack 1 win 100')
  t.is(c!.snd.wnd, 12_800)
})

test('[R7323-2] SYN,ACK: win 65535 is 65535; later, win 100 is 12800', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0) win 65535 <mss 1460,nop,wscale 10>')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 7>')
  d.sends('. 1:1(0) ack 1 win 1024')
  t.is(user.connection!.snd.wnd, 65_535)
  d.receives('. 1:1(0) ack 1 win 100')
  t.is(user.connection!.snd.wnd, 12_800)
})

test('[R7323-2] SYNs that cross: the window of the SYN,ACK is not scaled either', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.receives('S 0:0(0) win 1000 <mss 1460,nop,wscale 7>')
  d.sends('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 10>')
  t.is(user.connection!.snd.wnd, 1000)
  d.receives('S. 0:0(0) ack 1 win 999 <mss 1460,nop,wscale 7>')
  t.is(user.connection!.state, 'ESTABLISHED')
  t.is(user.connection!.snd.wnd, 999)
  d.receives('. 1:1(0) ack 1 win 100')
  t.is(user.connection!.snd.wnd, 12_800)
})

test('[R7323-3] a buffer of 1 MB: shift 5, the field of the SYN,ACK 65535 and then 32768', t => {
  const d = dialogue({ tcp: { receiveBuffer: 1 << 20 } })
  t.is(DEFAULT_TCP_OPTIONS.receiveBuffer, 1 << 20)
  d.established({}, OFFER)
  d.receives('P. 1:11(10) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 11 win 32768')
})

test('[R7323-3] buffers up to 2^30 come through with their shift', t => {
  for (const [buffer, shift, field] of [
    // The SYN,ACK has offered less than a segment short of the buffer: the edge stays (§3.8.6.2.2).
    [65_535, 0, 65_525],
    [131_072, 2, 32_768],
    [1 << 23, 8, 32_768],
    [2 ** 30, 14, 65_535],
  ] as const) {
    const d = dialogue({ tcp: { receiveBuffer: buffer } })
    d.established({}, OFFER)
    d.receives('P. 1:11(10) ack 1')
    d.after(40)
    const sent = d.sends('. 1:1(0) ack 11')
    t.is(sent.window, field, `buffer ${buffer}`)
    t.is(d.accepted[0]!.connection!.rcv.scale, shift)
  }
})

test('[R7323-4] a shift of 15 is taken as 14, and so is 255', t => {
  for (const shift of [14, 15, 255]) {
    const d = dialogue()
    const user = d.connect()
    d.sends('S 0:0(0)')
    d.receives(`S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale ${shift}>`)
    d.sends('. 1:1(0) ack 1')
    d.receives('. 1:1(0) ack 1 win 3')
    t.is(user.connection!.snd.wnd, 3 << 14)
  }
})

test('[R7323-4] we never offer more than 14', t => {
  const d = dialogue({ tcp: { receiveBuffer: 2 ** 30 } })
  d.connect()
  t.regex(formatOptions(d.sends('S 0:0(0)').options), /wscale 14$/)
})

test('[R7323-5] what the shift rounds off is taken all the same: nothing offered is ever dropped', t => {
  // Shift 5: windows are told in units of 32 bytes.
  const d = dialogue()
  const user = d.established({}, OFFER)
  const c = user.connection!
  user.reading = false
  let sent = 1
  let edge = 0
  let most = 0
  for (let n = 0; n < 200; n++) {
    d.receives(`. ${sent}:${sent + 1009}(1009) ack 1`)
    sent += 1009
    for (const ack of d.skip()) {
      const right = ack.ack - d.peerIss + (ack.window << 5)
      t.true(right > edge - 32, 'the right edge moves left')
      most = Math.max(most, right)
      t.true(((c.rcv.edge - d.peerIss) | 0) >= most, 'less is honoured than was told')
      edge = right
    }
  }
  // The last byte under the edge, above a gap.
  d.receives(`. ${most - 1}:${most}(1) ack 1`)
  t.is(c.receiveQueue.bytesAbove, 1)
  d.sends(`. 1:1(0) ack ${sent}`)
})

test('[R7323-5] the peer takes its window back: what was sent within it goes again, the rest waits', t => {
  const d = dialogue()
  const user = d.established({}, OFFER, '. 1:1(0) ack 1 win 100')
  send(user.connection!, Buffer.alloc(5840))
  close(user.connection!)
  for (let n = 0; n < 3; n++) d.sends(`. ${1 + n * 1460}:${1 + (n + 1) * 1460}(1460) ack 1`)
  d.sends('FP. 4381:5841(1460) ack 1')
  // 8 × 128 = 1024 bytes from 1 on.
  d.receives('. 1:1(0) ack 1 win 8')
  d.after(1000)
  d.sends('. 1:1025(1024) ack 1')
  d.silent()
  d.receives('. 1:1(0) ack 1025 win 100')
  d.sends('. 1025:1461(436) ack 1')
  t.is(status(user.connection!).sendWindow, 12_800)
})

test('[R7323-5] a window rounded up goes by one unit beyond the edge, not more', t => {
  const d = dialogue({ tcp: { receiveBuffer: 1 << 20 } })
  const user = d.established({}, OFFER)
  d.receives('P. 1:11(10) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 11 win 32768')
  user.reading = false
  // 10 bytes less than 2^20 are left: 32767 units, and a part.
  d.receives('P. 11:21(10) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 21 win 32768')
  t.is((user.connection!.rcv.edge - d.peerIss) | 0, 21 + 2 ** 20)
})

test('[R7323-5] octet by octet the window shuts too: rounding does not add up beyond the buffer', t => {
  const d = dialogue({ tcp: { receiveBuffer: 1 << 20 } })
  const user = d.established({}, OFFER)
  user.reading = false
  for (let seq = 1; seq <= 3000; seq++) {
    d.receives(`. ${seq}:${seq + 1}(1) ack 1`)
    d.after(40)
  }
  const edge = (user.connection!.rcv.edge - d.peerIss) | 0
  t.true(edge <= 1 + 2 ** 20 + 32, `${edge - 1 - 2 ** 20} bytes more than the buffer takes`)
  t.is(d.skip().at(-1)!.window, (2 ** 20 - 3000 + 24) >> 5)
})

test('[R7323-1] a shift of 0 is an offer too: our windows are scaled, the peer’s are as they stand', t => {
  const d = dialogue({ tcp: { receiveBuffer: 1 << 20 } })
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460,nop,wscale 0>')
  t.regex(formatOptions(d.sends('S. 0:0(0) ack 1 win 65535').options), /wscale 5$/)
  d.receives('. 1:1(0) ack 1 win 1000')
  t.is(d.accepted[0]!.connection!.snd.wnd, 1000)
  d.receives('P. 1:11(10) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 11 win 32768')
})
