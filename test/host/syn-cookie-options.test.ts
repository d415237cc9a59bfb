/** The options that a SYN cookie keeps, RFC 4987 §3.6 and appendix A. The backlog is one, and somebody has taken it. */
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { timestampsOf } from '../support/sent.ts'
import { test } from '../support/states.ts'
import { answered, connectionOf, underPressure } from './syn-pressure.ts'

/** With timestamps and all that can ride on them. */
const RICH: Partial<TcpOptions> = { timestamps: true, sack: true, ecn: 'passive' }

test('[R4987-5] with timestamps window scale, SACK and ECN survive', (t, dialogue) => {
  const d = underPressure(dialogue, RICH)
  for (const scale of [0, 7, 14]) {
    d.remotePort++
    const synAck = answered(d, `mss 1460,sackOK,TS val 77 ecr 0,wscale ${scale}`)
    t.is(synAck.flags, 0x52)
    const { val, ecr } = timestampsOf(synAck)!
    t.is(ecr, 77)
    t.regex(d.describe(synAck), /<mss 1460,sackOK,TS val \d+ ecr 77,nop,wscale 10>/)
    d.after(30)
    d.receives(`. 1:1(0) ack 1 win 100 <nop,nop,TS val 80 ecr ${val >>> 0}>`)
    const c = d.accepted.at(-1)!.connection!
    t.like(c, { scalingAgreed: true, timestamps: true, sack: true, tsRecent: 80, ecn: { on: true } })
    t.is(c.snd.scale, scale)
    t.is(c.rcv.scale, 10)
    t.is(c.snd.wnd, 100 << scale)
  }
})

test('[R4987-5] with timestamps what the SYN did not offer is off', (t, dialogue) => {
  const d = underPressure(dialogue, RICH)
  const synAck = answered(d, 'mss 1460,TS val 77 ecr 0', 'S')
  t.is(synAck.flags, 0x12)
  t.regex(d.describe(synAck), /<mss 1460,nop,nop,TS val \d+ ecr 77>/)
  d.receives(`. 1:1(0) ack 1 <nop,nop,TS val 80 ecr ${timestampsOf(synAck)!.val >>> 0}>`)
  t.like(connectionOf(d), { scalingAgreed: false, timestamps: true, sack: false, ecn: { on: false } })
})

test('[R4987-5] what we would not agree to is not agreed to by a cookie either', (t, dialogue) => {
  const d = underPressure(dialogue, { timestamps: true, sack: false, ecn: 'off', windowScaling: false })
  const synAck = answered(d, 'mss 1460,sackOK,TS val 77 ecr 0,wscale 7')
  t.is(synAck.flags, 0x12)
  t.regex(d.describe(synAck), /<mss 1460,nop,nop,TS val \d+ ecr 77>/)
  // A peer that makes up the bits.
  d.receives(`. 1:1(0) ack 1 <nop,nop,TS val 80 ecr ${(timestampsOf(synAck)!.val | 0x37) & ~8}>`)
  t.like(connectionOf(d), { scalingAgreed: false, timestamps: true, sack: false, ecn: { on: false } })
})

test('[R4987-5] without timestamps they are off, and the SYN,ACK says so', (t, dialogue) => {
  const d = underPressure(dialogue, { sack: true, ecn: 'passive' })
  const synAck = answered(d, 'mss 1460,sackOK,nop,wscale 7')
  t.is(synAck.flags, 0x12)
  t.regex(d.describe(synAck), /<mss 1460>$/)
  d.receives('. 1:1(0) ack 1 win 1000')
  t.like(connectionOf(d), { scalingAgreed: false, timestamps: false, sack: false, ecn: { on: false } })
  t.is(connectionOf(d).snd.wnd, 1000)
})

test('[R4987-5] TSval never runs ahead of the clock that later segments show, nor back', (t, dialogue) => {
  const d = underPressure(dialogue, { timestamps: true, delayedAck: 0 })
  for (let n = 0; n < 70; n++) {
    d.remotePort++
    const { val } = timestampsOf(answered(d, 'TS val 1 ecr 0,wscale 14', 'S'))!
    d.receives(`P. 1:2(1) ack 1 <nop,nop,TS val 2 ecr ${val >>> 0}>`)
    const later = timestampsOf(d.next())!.val
    t.true(((later - val) | 0) >= 0 && ((later - val) | 0) < 128, `${later - val}`)
    d.after(1)
  }
})
