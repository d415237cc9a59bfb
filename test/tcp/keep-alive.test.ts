import test from 'ava'
import { DEFAULT_TCP_OPTIONS } from '../../src/tcp/block/options.ts'
import { close, configure, release, send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

const DAY = 86_400_000
const ON = { keepAlive: true, keepAliveIdle: 30_000, keepAliveInterval: 5000, keepAliveCount: 3 }

test('[MUST-25] keep-alives are off by default', t => {
  const d = dialogue()
  d.established()
  d.after(DAY)
  d.silent()
  t.false(DEFAULT_TCP_OPTIONS.keepAlive)
})

test('[MUST-24] they are switched on and off for a connection', t => {
  const d = dialogue()
  const first = d.established()
  d.remotePort = 40_001
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.next()
  d.receives('. 1:1(0) ack 1')
  const second = d.accepted[1]!
  configure(second.connection!, ON)
  d.after(30_000)
  d.sends('. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1')
  configure(second.connection!, { keepAlive: false })
  d.after(DAY)
  d.silent()
  t.is(first.connection!.state, 'ESTABLISHED')
})

test('[MUST-28] switched on without more, the first comes after two hours', t => {
  const d = dialogue()
  d.established({ keepAlive: true })
  d.after(7_199_999)
  d.silent()
  d.after(1)
  d.sends('. 0:0(0) ack 1')
  t.pass()
})

test('[MUST-27][MAY-5][SHLD-12] a probe after the interval set: an old sequence number and no text', t => {
  const d = dialogue()
  d.established(ON)
  d.after(29_999)
  d.silent()
  d.after(1)
  const sent = d.sends('. 0:0(0) ack 1')
  t.is(sent.text.length, 0)
})

test('[MUST-26] what arrives puts the probe off by a whole interval', t => {
  const d = dialogue()
  d.established(ON)
  d.after(29_000)
  d.receives('. 1:1(0) ack 1')
  d.after(29_999)
  d.silent()
  d.after(1)
  d.sends('. 0:0(0) ack 1')
  t.pass()
})

test('[MUST-26] unacknowledged data probes by itself', t => {
  const d = dialogue()
  const { connection } = d.established({ ...ON, minRto: 20_000, initialRto: 20_000 })
  send(connection!, Buffer.from('x'))
  d.sends('P. 1:2(1) ack 1')
  d.after(45_000)
  for (const s of d.skip()) t.is(s.text.length, 1)
})

test('[MUST-29] one lost answer is not the end', t => {
  const d = dialogue()
  const user = d.established(ON)
  d.after(30_000)
  d.sends('. 0:0(0) ack 1')
  d.after(5000)
  d.sends('. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1')
  d.after(29_999)
  d.silent()
  d.after(1)
  d.sends('. 0:0(0) ack 1')
  t.is(user.connection!.state, 'ESTABLISHED')
})

test('a peer that has vanished is noticed: the probes set, then a reset and ETIMEDOUT', t => {
  const d = dialogue()
  const user = d.established(ON)
  d.after(30_000)
  for (let n = 0; n < 3; n++) {
    d.sends('. 0:0(0) ack 1')
    d.silent()
    d.after(5000)
  }
  d.sends('R. 1:1(0) ack 1')
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
  t.true(d.empty)
})

test('data that waited for its acknowledgment does not end the watch', t => {
  const d = dialogue()
  const user = d.established({ ...ON, keepAliveIdle: 1000, minRto: 5000 })
  d.after(500)
  send(user.connection!, Buffer.from('x'))
  d.sends('P. 1:2(1) ack 1')
  d.after(1000)
  d.receives('. 1:1(0) ack 2')
  d.after(999)
  d.silent()
  d.after(1)
  d.sends('. 1:1(0) ack 1')
  t.is(user.connection!.troubles.keepAliveProbes, 1)
})

test('another idle time begins a new watch: the probes sent so far do not count', t => {
  const d = dialogue()
  const user = d.established(ON)
  d.after(30_000 + 2 * 5000)
  t.is(d.skip().length, 3)
  configure(user.connection!, { keepAliveIdle: 10_000 })
  d.after(9999)
  d.silent()
  for (let n = 0; n < 3; n++) {
    d.after(n === 0 ? 1 : 5000)
    d.sends('. 0:0(0) ack 1')
  }
  t.is(user.connection!.state, 'ESTABLISHED')
})

test('keep-alives of a connection that nobody holds do not keep it in FIN-WAIT-2', t => {
  const d = dialogue()
  const { connection } = d.established()
  release(connection!)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2')
  configure(connection!, ON)
  d.after(60_000)
  d.silent()
  t.true(d.empty)
})

test('a program that has closed its half only reads on: the peer in FIN-WAIT-2 is probed as before', t => {
  const d = dialogue()
  const { connection } = d.established(ON)
  close(connection!)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2')
  t.is(connection!.state, 'FIN_WAIT_2')
  configure(connection!, { keepAliveIdle: 20_000 })
  d.after(20_000)
  d.sends('. 1:1(0) ack 1')
})
