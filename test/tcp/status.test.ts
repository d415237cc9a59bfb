/** STATUS (RFC 9293 §3.10.6): the timer that is due next, and figures of a connection in trouble. */
import test from 'ava'
import { BUFFER_WEIGHT, QUEUE_WEIGHT, TRANSMISSION_WEIGHT, VIEW_WEIGHT } from '../../src/tcp/block/memory.ts'
import { send } from '../../src/tcp/calls.ts'
import { status } from '../../src/tcp/status.ts'
import { accurateDialogue, openAccurate } from '../support/accurate-ecn.ts'
import { dialogue } from '../support/dialogue.ts'
import { ack, MSS, opened } from '../support/flights.ts'

test('[UC-26] of several timers STATUS tells the one that is due next', t => {
  const d = dialogue({ tcp: { delayedAck: 40 } })
  const { connection } = d.established({ keepAlive: true, keepAliveIdle: 5000, keepAliveInterval: 700 })
  const timer = () => status(connection!).timer
  t.deepEqual(timer(), { kind: 'keep-alive', expiresIn: 5000, retries: 0 })
  d.after(600)
  t.deepEqual(timer(), { kind: 'keep-alive', expiresIn: 4400, retries: 0 })
  send(connection!, Buffer.from('x'))
  d.skip()
  t.deepEqual(timer(), { kind: 'retransmission', expiresIn: 1000, retries: 0 })
  d.receives('P. 1:11(10) ack 1')
  t.deepEqual(timer(), { kind: 'delayed-ack', expiresIn: 40, retries: 0 })
  d.after(40)
  t.deepEqual(timer(), { kind: 'retransmission', expiresIn: 960, retries: 0 })
  d.after(960)
  t.deepEqual(timer(), { kind: 'retransmission', expiresIn: 2000, retries: 1 })
  d.receives('. 11:11(0) ack 2')
  d.after(5000)
  t.deepEqual(timer(), { kind: 'keep-alive', expiresIn: 700, retries: 1 })
})

test('[UC-26] a flight of which some is lost, some SACKed: STATUS tells how much, in bytes', t => {
  const d = dialogue({ tcp: { sack: true, lossDetection: 'sack', tailLossProbe: false, initialWindow: 10 } })
  const c = opened(d)
  send(c, Buffer.alloc(12 * MSS))
  d.skip()
  d.after(250)
  for (let n = 4; n <= 6; n++) d.receives(ack(1, [3, n]))
  t.like(status(c), {
    sendQueue: 11 * MSS,
    recovery: 'recovery',
    inFlight: 7 * MSS,
    sacked: 3 * MSS,
    retransmissions: 1,
    srtt: 118.75,
    rttvar: 75,
    rto: 1000,
    pathMtu: 1500,
    congestionControl: 'reno',
    age: 350,
    stateAge: 250,
    ecn: 'none',
    marksReceived: 0,
    marksDelivered: 0,
  })
})

test('[UC-26] the memory that STATUS tells is that of both queues and of what is in flight', t => {
  const d = dialogue({ tcp: { initialWindow: 10 } })
  const user = d.established()
  const memory = () => status(user.connection!).memory
  t.is(memory(), 0)
  send(user.connection!, Buffer.alloc(2 * MSS))
  const sending = QUEUE_WEIGHT + VIEW_WEIGHT + 2 * MSS
  t.is(memory(), sending)
  d.skip()
  t.is(memory(), sending + 2 * TRANSMISSION_WEIGHT)
  user.reading = false
  d.receives('P. 1:1001(1000) ack 1')
  const receiving = QUEUE_WEIGHT + VIEW_WEIGHT + BUFFER_WEIGHT + 1000
  t.is(memory(), sending + 2 * TRANSMISSION_WEIGHT + receiving)
  user.read()
  d.receives('. 1001:1001(0) ack 2921')
  t.is(memory(), 0)
})

test('[UC-26] accurate ECN: STATUS tells the marks of both directions', t => {
  const d = accurateDialogue()
  const { connection: c } = openAccurate(d)
  send(c!, Buffer.alloc(4 * MSS))
  d.skip()
  d.receives('[ce] .7 1:11(10) ack 4381 win 60000')
  t.like(status(c!), { ecn: 'accurate', marksReceived: 1, marksDelivered: 2 })
})
