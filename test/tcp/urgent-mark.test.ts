/** Urgent data as RFC 6093 has it: a mark in the stream, nothing else. */
import test from 'ava'
import { receive, urgentPending } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

test('[R6093-1][R6093-2] the urgent byte is read in its place, and the mark is behind it', t => {
  const d = dialogue()
  const user = d.established()
  user.reading = false
  d.receives('PU. 1:6(5) ack 1 urg 3')
  const c = user.connection!
  t.is(urgentPending(c), 3)
  t.deepEqual(user.log.slice(2), ['urgent'])
  t.is(Buffer.from(receive(c)!).toString(), 'abcde')
  t.is(urgentPending(c), 0)
})

test('[R6093-4] URG stripped on the way, or a pointer of 0, or one without text: the stream is the same', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('P. 1:6(5) ack 1')
  d.receives('P. 6:11(5) ack 1 urg 3')
  d.receives('PU. 11:16(5) ack 1 urg 0')
  d.receives('U. 16:16(0) ack 1 urg 9')
  d.receives('P. 16:21(5) ack 1')
  t.is(user.text, 'abcdefghijklmnopqrst')
  t.is(user.connection!.state, 'ESTABLISHED')
})

test('[R6093-4] a mark far ahead, a thousand times over, holds no memory', t => {
  const d = dialogue()
  const user = d.established()
  user.reading = false
  for (let n = 0; n < 1000; n++) d.receives(`U. 1:1(0) ack 1 urg ${60_000 + (n % 5000)}`)
  const c = user.connection!
  t.is(c.receiveQueue.length, 0)
  t.is(c.receiveQueue.bytesAbove, 0)
  t.true(urgentPending(c) > 0)
})
