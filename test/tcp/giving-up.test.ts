import test from 'ava'
import { DEFAULT_TCP_OPTIONS } from '../../src/tcp/block/options.ts'
import { configure, send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { setWindow } from '../support/window.ts'

test('[MUST-18] Karn: what was sent twice is not measured', t => {
  const d = dialogue()
  const { connection } = d.established()
  const { srtt } = connection!.rto
  send(connection!, Buffer.from('x'))
  d.after(1000)
  d.skip()
  d.after(50)
  d.receives('. 1:1(0) ack 2')
  t.is(connection!.rto.srtt, srtt)
  t.is(connection!.rto.value, 2000)
})

test('[MUST-18] Karn: nor is what the third duplicate ACK has sent again', t => {
  const d = dialogue()
  const { connection } = d.established({ initialWindow: 4 })
  const { srtt } = connection!.rto
  send(connection!, Buffer.alloc(5840))
  t.is(d.skip().length, 4)
  d.after(300)
  for (let n = 0; n < 3; n++) d.receives('. 1:1(0) ack 1')
  d.sends('. 1:1461(1460) ack 1')
  d.after(200)
  d.receives('. 1:1(0) ack 5841')
  t.is(connection!.rto.srtt, srtt)
})

test('[MUST-19] slow start doubles a round trip, congestion avoidance adds a segment, timeouts double', t => {
  const d = dialogue({ tcp: { initialWindow: 2 } })
  const { connection } = d.established()
  const { congestion } = connection!
  send(connection!, Buffer.alloc(200_000))
  let acked = 1
  const roundTrip = () => {
    const before = congestion.cwnd
    for (const s of d.skip()) {
      acked += s.text.length
      d.receives(`. 1:1(0) ack ${acked} win 65535`)
    }
    return (congestion.cwnd - before) / 1460
  }
  t.deepEqual([roundTrip(), roundTrip(), roundTrip()], [2, 4, 8])
  setWindow(connection!, { ssthresh: congestion.cwnd })
  t.is(Math.round(roundTrip()), 1)
  t.is(Math.round(roundTrip()), 1)
  d.skip()
  const start = d.clock.now()
  d.after(8000)
  t.deepEqual(
    d.skip().map(s => s.time - start),
    [1000, 3000, 7000],
  )
})

test('[MUST-20][SHLD-9][SHLD-10][SHLD-11] the user hears of the trouble at R1, the third retransmission; the connection ends at R2', t => {
  const d = dialogue({ tcp: { userTimeout: 0, maxRto: 60_000 } })
  const user = d.established()
  send(user.connection!, Buffer.from('x'))
  d.after(6999)
  t.false(user.log.some(line => line.startsWith('soft')))
  d.after(1)
  t.deepEqual(user.log.slice(2), ['soft ETIMEDOUT: no acknowledgment after 3 attempts'])
  t.is(d.skip().length, 4)
  d.after(100_000)
  t.is(user.connection!.state, 'ESTABLISHED')
  d.after(3_600_000)
  t.is(d.skip().filter(s => s.text.length > 0).length, 15 - 3)
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
})

test('[MUST-21] R2 is the connection’s own: soon for one, never for the other', t => {
  const d = dialogue()
  const impatient = d.established()
  d.remotePort = 40_001
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.next()
  d.receives('. 1:1(0) ack 1')
  const patient = d.accepted[1]!
  configure(impatient.connection!, { userTimeout: 10_000 })
  configure(patient.connection!, { userTimeout: 0, retries: 255 })
  send(impatient.connection!, Buffer.from('x'))
  send(patient.connection!, Buffer.from('x'))
  d.after(9999)
  t.is(impatient.connection!.state, 'ESTABLISHED')
  d.after(1)
  t.is(impatient.log.at(-1), 'closed ETIMEDOUT')
  d.after(3_600_000)
  t.is(patient.connection!.state, 'ESTABLISHED')
})

test('[MUST-21] R2 may be changed while data waits', t => {
  const d = dialogue({ tcp: { initialRto: 30_000, minRto: 30_000 } })
  const user = d.established()
  send(user.connection!, Buffer.from('x'))
  d.after(5000)
  configure(user.connection!, { userTimeout: 10_000 })
  d.after(4999)
  t.is(user.connection!.state, 'ESTABLISHED')
  d.after(1)
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
  t.is(d.clock.now(), 10_000)
})

test('[NX-26] data that stays unacknowledged for five minutes ends the connection by default', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, Buffer.from('x'))
  d.after(299_999)
  t.is(user.connection!.state, 'ESTABLISHED')
  d.after(1)
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
  t.is(DEFAULT_TCP_OPTIONS.userTimeout, 300_000)
})

test('[SA-78] the user timeout holds in any state, counted from the last progress', t => {
  const d = dialogue()
  const user = d.established({ userTimeout: 20_000 })
  send(user.connection!, Buffer.from('ab'))
  d.after(15_000)
  d.receives('. 1:1(0) ack 2')
  d.after(19_999)
  t.is(user.connection!.state, 'ESTABLISHED')
  d.after(1)
  t.is(d.skip().at(-1)!.flags & 4, 0)
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
  const opening = dialogue()
  const other = opening.connect({ userTimeout: 5000 })
  opening.after(5000)
  t.is(other.log.at(-1), 'closed ETIMEDOUT')
})

test('[MUST-22][MUST-23] a SYN is sent again for more than three minutes, its sequence number the same, then given up', t => {
  const d = dialogue({ tcp: { userTimeout: 0 } })
  const user = d.connect()
  d.after(180_000)
  t.is(user.connection!.state, 'SYN_SENT')
  t.true(user.log.some(line => line.startsWith('soft ETIMEDOUT')))
  d.after(1_000_000)
  const sent = d.skip()
  t.deepEqual(
    sent.map(s => s.time / 1000),
    [0, 1, 3, 7, 15, 31, 63, 127, 247],
  )
  t.is(new Set(sent.map(s => s.seq)).size, 1)
  t.is(user.log.at(-1), 'closed ETIMEDOUT')
  t.true(d.empty)
})
