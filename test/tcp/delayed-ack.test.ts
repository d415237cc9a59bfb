import test from 'ava'
import { DEFAULT_TCP_OPTIONS, tcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

test('[MUST-40][SHLD-18] an ACK waits for company, but not for half a second', t => {
  const d = dialogue()
  d.established()
  d.receives('P. 1:4(3) ack 1')
  d.silent()
  d.after(39)
  d.silent()
  d.after(1)
  d.sends('. 1:1(0) ack 4')
  t.true(DEFAULT_TCP_OPTIONS.delayedAck < 500)
  t.throws(() => tcpOptions({ delayedAck: 500 }), { instanceOf: RangeError })
})

test('[SHLD-18][SHLD-19] two full segments draw an ACK at once; ten that come one by one at least five', t => {
  const d = dialogue()
  d.established()
  for (let n = 0; n < 10; n++) d.receives(`. ${1 + 1460 * n}:${1461 + 1460 * n}(1460) ack 1`)
  const acks = d.skip()
  t.true(acks.length >= 5 && acks.length <= 10, String(acks.length))
  t.is((acks.at(-1)!.ack - d.peerIss) | 0, 14_601)
})

test('[SHLD-19] a sender whose segments become smaller gets an ACK for every second of those too', t => {
  for (const size of [1448, 1000, 536, 100]) {
    const d = dialogue()
    d.established()
    let seq = 1
    const acks = (count: number, bytes: number): number => {
      for (let n = 0; n < count; n++, seq += bytes) d.receives(`. ${seq}:${seq + bytes}(${bytes}) ack 1`)
      return d.skip().length
    }
    t.is(acks(10, 1460), 5)
    acks(4, size)
    t.true(acks(20, size) >= 10, `${size}`)
  }
})

test('[SHLD-19] segments that are shorter by an option are full-sized all the same', t => {
  const d = dialogue()
  d.established()
  d.receives('. 1:1461(1460) ack 1')
  d.receives('. 1461:2921(1460) ack 1')
  d.sends('. 1:1(0) ack 2921')
  d.receives('. 2921:4369(1448) ack 1')
  d.silent()
  d.receives('. 4369:5817(1448) ack 1')
  d.sends('. 1:1(0) ack 5817')
  t.pass()
})

test('[SHLD-18] small pushed ones are no full segments: their ACK waits for company', t => {
  const d = dialogue()
  d.established()
  for (let n = 0; n < 5; n++) d.receives(`P. ${1 + 10 * n}:${11 + 10 * n}(10) ack 1`)
  d.silent()
  d.after(40)
  d.sends('. 1:1(0) ack 51')
  t.pass()
})

test('[MUST-58] a batch of segments is acknowledged together', t => {
  const d = dialogue()
  d.established()
  d.receives(...Array.from({ length: 10 }, (_, n) => `. ${1 + 1460 * n}:${1461 + 1460 * n}(1460) ack 1`))
  d.sends('. 1:1(0) ack 14601')
  d.silent()
  t.pass()
})

test('[MUST-59] a filled hole: one ACK for all that is in order now', t => {
  const d = dialogue()
  d.established()
  for (let n = 1; n <= 5; n++) {
    d.receives(`. ${1 + 100 * n}:${101 + 100 * n}(100) ack 1`)
    d.sends('. 1:1(0) ack 1')
  }
  d.receives('. 1:101(100) ack 1')
  d.sends('. 1:1(0) ack 601')
  d.silent()
  t.pass()
})

test('[SHLD-31] segments above a gap are kept, and delivered in order once', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('. 4:7(3) ack 1')
  d.receives('. 7:10(3) ack 1')
  t.is(user.text, '')
  d.skip()
  d.receives('. 1:4(3) ack 1')
  t.is(user.text, 'abcdefghi')
  d.sends('. 1:1(0) ack 10')
  d.silent()
})

test('an answer carries the ACK', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('P. 1:4(3) ack 1')
  send(user.connection!, Buffer.from('ok'))
  d.sends('P. 1:3(2) ack 4')
  d.after(39)
  d.silent()
  t.pass()
})

test('[SHLD-19] full-sized is what the peer sends, 536 bytes at the least: two of them draw an ACK', t => {
  const d = dialogue()
  d.established()
  d.receives('. 1:537(536) ack 1')
  d.silent()
  d.receives('. 537:1073(536) ack 1')
  d.sends('. 1:1(0) ack 1073')
  t.pass()
})

test('the delayed ACK was the last that was to be done: no timer is left', t => {
  const d = dialogue()
  d.established()
  d.receives('P. 1:4(3) ack 1')
  d.after(40)
  d.sends('. 1:1(0) ack 4')
  t.is(d.host.timers, 0)
  const timers = d.events.flatMap(e => (e.type === 'timer' ? [`${e.timer} ${e.action}`] : []))
  t.deepEqual(timers.slice(-2), ['delayed-ack armed', 'delayed-ack fired'])
})
