/** Scripts in the .pkt language that are to pass, or to fail, each a test. */
import test from 'ava'
import type { Outcome } from '../../src/packetdrill/outcome.ts'
import { type PacketdrillOptions, packetdrill } from '../../src/packetdrill/packetdrill.ts'
import { formatOutcome } from '../../src/packetdrill/report.ts'

/** A listener, as descriptor 3. */
export const LISTENER = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
  +0 bind(3, ..., ...) = 0
  +0 listen(3, 1) = 0
`
/** Its connection, as descriptor 4. */
export const SERVER = `${LISTENER}  +0 < S 0:0(0) win 20000 <mss 1000>
  +0 > S. 0:0(0) ack 1 <mss 1460>
 +.1 < . 1:1(0) ack 1 win 20000
  +0 accept(3, ..., ...) = 4
`

export const run = (text: string, options: PacketdrillOptions = {}): Outcome =>
  packetdrill('a.pkt', text, options)

/** A script passes. */
export const passes = (title: string, text: string, options: PacketdrillOptions = {}) =>
  test(title, t => {
    const outcome = run(text, options)
    t.is(outcome.result, 'pass', formatOutcome(outcome))
  })

/** A script fails on this line, for this reason. */
export const fails = (
  title: string,
  text: string,
  reason: string,
  line: number,
  options: PacketdrillOptions = {},
) =>
  test(title, t => {
    const outcome = run(text, options)
    t.like(outcome, { result: 'fail', reason, line }, formatOutcome(outcome))
  })
