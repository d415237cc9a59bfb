/** The option notSentLowWater: how much may wait to be sent, and when a user hears of room. */
import test from 'ava'
import { send, sendRoom } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

const bytes = (n: number) => Buffer.alloc(n, 'x')

test('room is what may wait to be sent, and a user hears of it when half of that has left', t => {
  const d = dialogue({ tcp: { notSentLowWater: 4380, initialWindow: 2 } })
  const c = d.established().connection!
  let told = 0
  const { user } = c
  c.user = { ...user!, established: () => {}, readable: () => {}, closed: () => {}, writable: () => told++ }
  t.is(sendRoom(c), 4380)
  send(c, bytes(2920 + 4380))
  d.sends('. 1:1461(1460) ack 1')
  d.sends('. 1461:2921(1460) ack 1')
  t.is(sendRoom(c), 0)
  t.is(told, 0)
  // Two segments leave for each that is acknowledged: 1460 bytes wait.
  d.receives('. 1:1(0) ack 1461')
  d.skip()
  t.is(sendRoom(c), 2920)
  // Once for the acknowledgment, as ever, and once for what has left.
  t.is(told, 2)
})

test('without it a user hears of acknowledgments alone, and room is the buffer’s', t => {
  const d = dialogue({ tcp: { initialWindow: 2, sendBuffer: 20_000 } })
  const c = d.established().connection!
  let told = 0
  c.user = { ...c.user!, established: () => {}, readable: () => {}, closed: () => {}, writable: () => told++ }
  send(c, bytes(7300))
  d.skip()
  t.is(sendRoom(c), 12_700)
  d.receives('. 1:1(0) ack 1461')
  d.skip()
  t.is(told, 1)
  t.is(sendRoom(c), 12_700 + 1460)
})
