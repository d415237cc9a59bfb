/** SEGMENT ARRIVES in CLOSED, RFC 9293 §3.10.7.1: nobody is there. */
import { test } from '../support/states.ts'

test('[SA-1] CLOSED: a RST draws nothing', (t, dialogue) => {
  const d = dialogue()
  for (const line of ['R 0:0(0)', 'R. 0:0(0) ack 1', 'SR 0:0(0)', 'FR. 5:15(10) ack 9', 'R 7:17(10)']) {
    d.receives(line)
    d.silent()
  }
  t.is(d.host.drops['closed-port'], 5)
})

test('[SA-2][NX-4] CLOSED: without ACK, a RST,ACK at 0 acknowledges all of it, SYN and FIN too', (t, dialogue) => {
  const d = dialogue()
  for (const [line, ack] of [
    ['S 100:100(0)', 101],
    // Without the flag the field says nothing.
    ['S 100:100(0) ack 777', 101],
    ['F 100:105(5)', 106],
    ['SF 100:103(3)', 105],
    ['P 100:110(10)', 110],
    ['- 100:100(0)', 100],
    ['SFPU 100:101(1) urg 7', 103],
  ] as const) {
    d.receives(line)
    const sent = d.sends(`R. 0:0(0) ack ${ack} win 0`)
    t.is(sent.options.length, 0)
    d.silent()
  }
  t.true(d.empty)
})

test('[SA-3] CLOSED: with ACK, a RST at SEG.ACK that acknowledges nothing', (t, dialogue) => {
  const d = dialogue()
  for (const line of ['. 1:1(0) ack 777', 'S. 0:0(0) ack 777', 'FP. 9:19(10) ack 777']) {
    d.receives(line)
    t.is(d.sends('R 777:777(0) win 0').ack, 0)
    d.silent()
  }
  t.true(d.empty)
})
