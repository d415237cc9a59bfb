import test from 'ava'
import { NO_TEXT } from '../../src/tcp/queues/receive-queue-pool.ts'
import { shedText } from '../../src/tcp/queues/shed-text.ts'
import { dialogue } from '../support/dialogue.ts'

test('text above a gap that is shed was never there: the peer hears of no more than what is in order', t => {
  const d = dialogue({ tcp: { sack: true } })
  const { connection: c } = d.established({}, 'S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>')
  d.receives('. 101:201(100) ack 1')
  d.sends('. 1:1(0) ack 1 <nop,nop,sack 101:201>')
  t.is(shedText(c!), 100)
  t.is(c!.receiveQueue.bytesAbove, 0)
  t.is(c!.receiveQueue.piecesAbove, 0)
  // The next ACK reports nothing of it, and what fills the gap is acknowledged alone.
  d.receives('. 301:401(100) ack 1')
  d.sends('. 1:1(0) ack 1 <nop,nop,sack 301:401>')
  d.receives('. 1:101(100) ack 1')
  d.sends('. 1:1(0) ack 101 <nop,nop,sack 301:401>')
  t.is(shedText(c!), 100)
  t.is(shedText(c!), 0)
})

test('text that is shed weighs no more, neither for the connection nor for its host', t => {
  const d = dialogue()
  const { connection: c } = d.established()
  for (let n = 1; n <= 20; n++) d.receives(`. ${n * 1000}:${n * 1000 + 900}(900) ack 1`)
  t.true(d.host.memory.used >= 18_000)
  t.is(shedText(c!), 18_000)
  t.is(d.host.memory.used, 0)
  t.is(c!.receiveQueue, NO_TEXT)
})
