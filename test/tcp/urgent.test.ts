import test from 'ava'
import { receive, send, sendUrgent, urgentPending } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

test('[MUST-30][MUST-62] urgent data goes with URG and a pointer to the octet after it', t => {
  const d = dialogue()
  const { connection } = d.established()
  sendUrgent(connection!, Buffer.from('abc'))
  d.sends('PU. 1:4(3) ack 1 urg 3')
  d.receives('. 1:1(0) ack 4')
  send(connection!, Buffer.from('def'))
  d.sends('P. 4:7(3) ack 1 urg 0')
  t.pass()
})

test('[MUST-30][MUST-32] a pointer ahead is told at once, each time it advances, and not when it is repeated', t => {
  const d = dialogue()
  const user = d.established()
  const urgent = () => user.log.filter(line => line === 'urgent').length
  d.receives('U. 1:4(3) ack 1 urg 5')
  t.is(urgent(), 1)
  d.receives('U. 4:5(1) ack 1 urg 2')
  t.is(urgent(), 1)
  d.receives('U. 5:6(1) ack 1 urg 10')
  t.is(urgent(), 2)
  t.is(user.text, 'abcdef'.slice(0, 5))
})

test('[MUST-31][MUST-33] urgent data of any length; what remains of it can be asked for', t => {
  const d = dialogue()
  const user = d.established()
  const c = user.connection!
  user.reading = false
  d.receives('U. 1:1001(1000) ack 1 urg 60000')
  t.is(urgentPending(c), 60_000)
  let read = receive(c)!.length
  t.is(urgentPending(c), 59_000)
  for (let seq = 1001; seq < 60_001; seq += 1000) {
    d.receives(`. ${seq}:${seq + 1000}(1000) ack 1`)
    for (let chunk = receive(c); chunk !== null; chunk = receive(c)) read += chunk.length
    d.after(50)
  }
  t.is(read, 60_000)
  t.is(urgentPending(c), 0)
  t.is(c.rcv.up, null)
})

test('[NX-21] a pointer that goes back, points at nothing or far away does no harm', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('U. 1:4(3) ack 1 urg 65535')
  d.receives('U. 4:7(3) ack 1 urg 1')
  d.receives('U. 7:10(3) ack 1 urg 0')
  t.is(user.text, 'abcdefghi')
  t.is(user.log.filter(line => line === 'urgent').length, 1)
})

test('[SHLD-13] nothing but the call for it sends urgent data', t => {
  const d = dialogue()
  const { connection } = d.established()
  for (let n = 0; n < 5; n++) {
    send(connection!, Buffer.alloc(3000))
    for (const s of d.skip()) t.is(s.flags & 32, 0)
    d.receives(`. 1:1(0) ack ${1 + 3000 * n}`)
  }
})
