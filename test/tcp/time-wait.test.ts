/** Other segments in TIME-WAIT, and the answers of the record that stands for the connection. */
import test from 'ava'
import { hostStatus } from '../../src/host/status.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { close } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { type Sent, timestampsOf } from '../support/sent.ts'

const STAMPED = '<nop,nop,TS val 500 ecr 0>'

/** In TIME-WAIT after our CLOSE; RCV.NXT is 2, and the peer's last TSval, if it has any, 500. */
const waiting = (tcp: Partial<TcpOptions> = {}, options = ''): { d: Dialogue; last: Sent } => {
  const d = dialogue({ tcp: { timestamps: options !== '', ...tcp } })
  d.listen()
  d.receives(`S 0:0(0) win 65535 <mss 1460,nop,wscale 7${options === '' ? '' : ',nop,nop,TS val 400 ecr 0'}>`)
  d.next()
  d.receives(`. 1:1(0) ack 1 win 512${options && ` ${options}`}`)
  close(d.accepted[0]!.connection!)
  d.sends('F. 1:1(0) ack 1')
  d.receives(`. 1:1(0) ack 2 win 512${options && ` ${options}`}`)
  d.receives(`F. 1:1(0) ack 2 win 512${options && ` ${options}`}`)
  const last = d.sends('. 2:2(0) ack 2')
  return { d, last }
}

test('the last ACK again is the last ACK: window, clock and echo go on', t => {
  const { d, last } = waiting({}, STAMPED)
  d.after(100)
  d.receives(`F. 1:1(0) ack 2 win 512 ${STAMPED}`)
  const again = d.sends('. 2:2(0) ack 2')
  t.is(again.window, last.window)
  t.is(timestampsOf(again)!.ecr, 500)
  t.is((timestampsOf(again)!.val - timestampsOf(last)!.val) | 0, 100)
})

test('the last ACK again is on the event stream, and the table tells how long it has waited', t => {
  const { d } = waiting()
  d.after(100)
  const before = d.events.length
  d.receives('F. 1:1(0) ack 2')
  d.skip()
  const sent = d.events.slice(before).filter(e => e.type === 'segment-out')
  t.is(sent.length, 1)
  t.like(sent[0], { reason: 'ack of FIN', length: 0, time: 100 })
  const [row] = hostStatus(d.host).filter(({ state }) => state === 'TIME_WAIT')
  t.like(row, { stateAge: 100, active: false, remotePort: 40_000 })
})

test('[R7323-10] an old duplicate of the FIN by its timestamp: an ACK, but 2 MSL run on', t => {
  const { d } = waiting({ msl: 1000 }, STAMPED)
  d.after(1500)
  d.receives('F. 1:1(0) ack 2 <nop,nop,TS val 499 ecr 0>')
  d.sends('. 2:2(0) ack 2')
  t.is(d.host.drops.paws, 1)
  d.after(499)
  t.is(d.host.connections.size, 1)
  d.after(1)
  t.true(d.empty)
})

test('[SA-62] without timestamps, or without one on the segment, the FIN again starts 2 MSL anew', t => {
  for (const [negotiated, on] of [
    ['', ''],
    ['', '<nop,nop,TS val 2147483749 ecr 0>'],
    [STAMPED, ''],
    [STAMPED, STAMPED],
  ] as const) {
    const { d } = waiting({ msl: 1000 }, negotiated)
    d.after(1500)
    d.receives(`41000>80 . 1:1(0) ack 1 <nop,nop,TS val 100 ecr 0>`)
    d.next()
    d.receives(`F. 1:1(0) ack 2 win 512${on && ` ${on}`}`)
    d.sends('. 2:2(0) ack 2')
    d.after(1999)
    t.is(d.host.connections.size, 1, `${negotiated} ${on}`)
    d.after(1)
    t.true(d.empty)
  }
})

test('[SA-49] TIME-WAIT: what has neither ACK nor SYN is dropped in silence', t => {
  const { d } = waiting()
  for (const line of ['- 2:12(10)', 'F 1:1(0)', 'PU 5:6(1)']) d.receives(line)
  d.silent()
  t.is(d.host.drops['ack-missing'], 3)
})

test('[SA-46] TIME-WAIT: a SYN with an ACK is answered like anything else that is not acceptable', t => {
  const { d } = waiting()
  d.receives('S. 2:2(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  t.is(d.host.drops['time-wait-other'], 1)
})

test('segments without text that are not acceptable are answered twice a second at most, others each', t => {
  const { d } = waiting()
  const empty = '. 1:1(0) ack 2'
  d.receives(empty)
  d.sends('. 2:2(0) ack 2')
  d.receives(empty)
  d.after(499)
  d.receives(empty)
  d.silent()
  d.after(1)
  d.receives(empty)
  d.sends('. 2:2(0) ack 2')
  for (let n = 0; n < 3; n++) {
    d.receives('. 1:11(10) ack 2')
    d.sends('. 2:2(0) ack 2')
  }
  // An acceptable segment says nothing that needs an answer.
  d.after(1000)
  d.receives('. 2:2(0) ack 2')
  d.silent()
  t.is(d.host.connections.size, 1)
})
