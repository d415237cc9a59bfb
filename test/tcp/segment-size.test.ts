/** The MSS option and what is really sent: RFC 6691. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { formatOptions } from '../support/segment-notation.ts'
import { timestampsOf } from '../support/sent.ts'

test('[R6691-1] the option is the MTU less the fixed headers, with timestamps or without', t => {
  for (const timestamps of [true, false])
    for (const [mtu, mss] of [
      [1500, 1460],
      [1400, 1360],
      [9000, 8960],
      [65_535, 65_495],
      [576, 536],
    ] as const) {
      const d = dialogue({ mtu, tcp: { timestamps } })
      d.connect()
      t.regex(formatOptions(d.next().options), new RegExp(`^mss ${mss},`))
      d.localPort = 81
      d.listen()
      d.receives('S 0:0(0) <mss 1000,nop,nop,TS val 1 ecr 0>')
      t.regex(formatOptions(d.next().options), new RegExp(`^mss ${mss}\\b`))
    }
})

test('[R6691-2] with timestamps segments have 1448 bytes, and packets never more than the MTU', t => {
  const d = dialogue({ tcp: { timestamps: true } })
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460,nop,nop,TS val 1 ecr 0>')
  const { val } = timestampsOf(d.next())!
  d.receives(`. 1:1(0) ack 1 win 65535 <nop,nop,TS val 2 ecr ${val}>`)
  send(d.accepted[0]!.connection!, Buffer.alloc(14_480))
  const flight = d.skip()
  t.is(flight.length, 10)
  for (const s of flight) {
    t.is(s.text.length, 1448)
    t.is(s.raw.length, 1500)
  }
})

test('[R6691-2] a peer that takes more than the link does: the link decides', t => {
  const d = dialogue()
  const user = d.established({}, 'S 0:0(0) win 65535 <mss 8960>')
  send(user.connection!, Buffer.alloc(14_600))
  t.true(d.skip().every(s => s.text.length === 1460))
})
