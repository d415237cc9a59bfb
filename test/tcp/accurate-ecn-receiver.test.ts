/** Accurate ECN of a receiver: marks are counted, and told by ACE and by the option (RFC 9768 §3.2). */
import test from 'ava'
import { abort, close, send } from '../../src/tcp/calls.ts'
import { marksArrive, tellMarks } from '../../src/tcp/ecn/marks-seen.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import { CE } from '../../src/wire/ecn.ts'
import { Segment } from '../../src/wire/tcp.ts'
import { accurateDialogue, openAccurate } from '../support/accurate-ecn.ts'
import type { Dialogue } from '../support/dialogue.ts'

const plain = (d = accurateDialogue({ accEcnOption: 'never' })): Dialogue => {
  openAccurate(d)
  return d
}
const withOption = (syn = '', ack = '', tcp = {}): Dialogue => {
  const d = accurateDialogue(tcp)
  openAccurate(d, syn, ack)
  return d
}
const connectionOf = (d: Dialogue) => d.accepted[0]!.connection!

test('[R9768-18] every packet that is marked counts: text, ACKs, what comes again', t => {
  const d = plain()
  d.receives('[ce] P.5 1:101(100) ack 1 win 60000')
  d.sends('.6 1:1(0) ack 101')
  d.receives('[ce] .5 101:101(0) ack 1 win 60000')
  d.receives('[ce] P.5 101:201(100) ack 1 win 60000')
  d.sends('.0 1:1(0) ack 201')
  // In part old: acceptable.
  d.receives('[ce] P.5 151:251(100) ack 1 win 60000')
  d.receives('[ce] P.5 251:351(100) ack 1 win 60000')
  d.sends('.2 1:1(0) ack 351')
  t.is(tcpInfo(connectionOf(d)).tcpi_received_ce, 5)
})

test('[R9768-18] what is not acceptable counts not: out of the window, old, acknowledging what was not sent', t => {
  const d = plain()
  d.receives('[ce] P.5 100001:100101(100) ack 1 win 60000')
  d.receives('[ce] P.5 -200:-100(100) ack 1 win 60000')
  d.receives('[ce] P.5 1:101(100) ack 99999 win 60000')
  t.is(tcpInfo(connectionOf(d)).tcpi_received_ce, 0)
})

test('[R9768-19] payload bytes count by their ECN field', t => {
  const d = plain()
  for (const [n, field] of ['ect0', 'ect1', 'ce', 'noecn', 'ect0'].entries())
    d.receives(`[${field}] P.5 ${1 + n * 100}:${101 + n * 100}(100) ack 1 win 60000`)
  // An ACK has no payload.
  d.receives('[ect1] .5 501:501(0) ack 1 win 60000')
  t.like(tcpInfo(connectionOf(d)), {
    tcpi_received_e0_bytes: 200,
    tcpi_received_e1_bytes: 100,
    tcpi_received_ce_bytes: 100,
    tcpi_received_ce: 1,
  })
})

test('[R9768-20] the newest count is on everything that leaves: text sent again, FIN, reset', t => {
  const d = plain()
  const c = connectionOf(d)
  send(c, Buffer.alloc(100))
  d.sends('P.5 1:101(100) ack 1')
  d.receives('[ce] P.5 1:101(100) ack 1 win 60000')
  d.sends('.6 101:101(0) ack 101')
  d.after(1000)
  d.sends('P.6 1:101(100) ack 101')
  d.receives('.5 101:101(0) ack 101 win 60000')
  close(c)
  d.sends('F.6 101:101(0) ack 101')
  t.pass()
})

test('[R9768-21] the ACE field is three bits of the count, on challenge ACKs and resets too, and in TIME-WAIT', t => {
  const d = plain()
  const c = connectionOf(d)
  for (let n = 0; n < 10; n++) d.receives(`[ce] P.5 ${1 + n * 100}:${101 + n * 100}(100) ack 1 win 60000`)
  d.skip()
  // 5 + 10 is 15.
  d.receives('S 5000:5000(0) win 60000')
  d.sends('.7 1:1(0) ack 1001')
  close(c)
  d.sends('F.7 1:1(0) ack 1001')
  d.receives('F.5 1001:1001(0) ack 2 win 60000')
  d.sends('.7 2:2(0) ack 1002')
  d.receives('F.5 1001:1001(0) ack 2 win 60000')
  d.sends('.7 2:2(0) ack 1002')
  const aborted = plain()
  aborted.receives('[ce] P.5 1:101(100) ack 1 win 60000')
  aborted.skip()
  abort(connectionOf(aborted))
  aborted.sends('R.6 1:1(0) ack 101')
  t.pass()
})

test('[R9768-26] an ACK leaves for every second mark while text waits for one', t => {
  const d = plain(accurateDialogue({ accEcnOption: 'never', delayedAck: 400 }))
  d.receives('[ce] P.5 1:101(100) ack 1 win 60000')
  // The first after a packet without: see below.
  d.sends('.6 1:1(0) ack 101')
  d.receives('[ce] P.5 101:201(100) ack 1 win 60000')
  d.silent()
  d.receives('[ce] P.5 201:301(100) ack 1 win 60000')
  d.sends('.0 1:1(0) ack 301')
  t.pass()
})

test('[R9768-26][R9768-48] and for every third that comes without text, an ACK without SACK blocks', t => {
  const d = withOption(',nop,nop,sackOK', '', { sack: true, accEcnOption: 'never' })
  for (let n = 0; n < 2; n++) d.receives('[ce] .5 1:1(0) ack 1 win 60000')
  d.silent()
  d.receives('[ce] .5 1:1(0) ack 1 win 60000')
  d.sends('.0 1:1(0) ack 1 <>')
  for (let n = 0; n < 3; n++) d.receives('[ce] .5 1:1(0) ack 1 win 60000')
  d.sends('.3 1:1(0) ack 1 <>')
  t.pass()
})

test('[R9768-26] a super-segment has as many marks to tell as it was packets on the wire', t => {
  const d = plain(accurateDialogue({ accEcnOption: 'never', delayedAck: 400 }))
  d.receives('[ce] P.5 1:101(100) ack 1 win 60000')
  d.sends('.6 1:1(0) ack 101')
  const c = connectionOf(d)
  const merged = Object.assign(new Segment(), { trafficClass: CE, length: 200, segmentSize: 100 })
  marksArrive(c, c.ecn.accurate!, merged)
  tellMarks(c, c.ecn.accurate!, false)
  d.silent()
  // Two marks have waited for the third.
  d.receives('[ce] .5 101:101(0) ack 1 win 60000')
  d.sends('.1 1:1(0) ack 101')
  t.is(tcpInfo(c).tcpi_received_ce, 4)
})

test('[R9768-27] a mark after a packet without one is told at once', t => {
  const d = plain(accurateDialogue({ accEcnOption: 'never', delayedAck: 400 }))
  d.receives('[ect0] P.5 1:101(100) ack 1 win 60000')
  d.silent()
  d.receives('[ce] P.5 101:201(100) ack 1 win 60000')
  d.sends('.6 1:1(0) ack 201')
  // The end of a row of marks is not.
  d.receives('[ect0] P.5 201:301(100) ack 1 win 60000')
  d.silent()
  t.pass()
})

test('[R9768-28] CWR tells of no reduction: it is a bit of the count', t => {
  const d = plain()
  const c = connectionOf(d)
  send(c, Buffer.alloc(20 * 1460))
  d.skip()
  d.receives('.6 1:1(0) ack 1461 win 60000')
  t.is(c.recovery.phase, 'reduction')
  for (const sent of d.unseen) t.is((sent.flags >> 6) & 7, 5)
  d.skip()
  d.receives('.6 1:1(0) ack 14601 win 60000')
  t.true(d.unseen.length > 0)
  for (const sent of d.unseen) t.is((sent.flags >> 6) & 7, 5)
})

test('[R9768-32][R9768-34] the option has what has changed, in the order that takes the fewest fields', t => {
  for (const [fields, option] of [
    [['ect0'], 'ECN e0b 101,nop,nop,nop'],
    [['ect1'], 'ECN e1b 101,nop,nop,nop'],
    [['ce'], 'ECN e1b 1 ceb 100'],
    [['ect0', 'ce'], 'ECN e0b 101 ceb 100'],
    [['ect1', 'ce'], 'ECN e1b 101 ceb 100'],
    [['ect0', 'ect1'], 'ECN e1b 101 ceb 0 e0b 101,nop'],
  ] as const) {
    const d = withOption('', '', { delayedAck: 0 })
    for (const [n, field] of fields.entries()) {
      d.skip()
      d.receives(`[${field}] P.5 ${1 + n * 100}:${101 + n * 100}(100) ack 1 win 60000`)
    }
    const flags = fields.includes('ce' as never) ? 6 : 5
    d.sends(`.${flags} 1:1(0) ack ${1 + 100 * fields.length} <${option}>`)
  }
  t.pass()
})

test('[R9768-36] an ACK has the option where a counter has changed since the last, else not', t => {
  const d = withOption('', '', { delayedAck: 0 })
  d.receives('[noecn] P.5 1:101(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 101 <>')
  d.receives('[ect0] P.5 101:201(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 201 <ECN e0b 101,nop,nop,nop>')
  // A change is told twice.
  d.receives('[noecn] P.5 201:301(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 301 <ECN e0b 101,nop,nop,nop>')
  d.receives('[noecn] P.5 301:401(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 401 <>')
  d.receives('[ect0] P.5 401:501(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 501 <ECN e0b 201,nop,nop,nop>')
  t.pass()
})

test('[R9768-36] text that leaves carries it, and is shorter by as much', t => {
  const d = withOption('', '', { delayedAck: 400, noDelay: true })
  const c = connectionOf(d)
  d.receives('[ect0] P.5 1:101(100) ack 1 win 60000')
  send(c, Buffer.alloc(3000))
  d.sends('.5 1:1453(1452) ack 101 <ECN e0b 101,nop,nop,nop>')
  d.sends('.5 1453:2905(1452) ack 101 <ECN e0b 101,nop,nop,nop>')
  d.sends('P.5 2905:3001(96) ack 101 <>')
  t.pass()
})

test('[R9768-33] the counters of the option are the 24 lowest bits', t => {
  const d = withOption('', '', { delayedAck: 0 })
  const { r } = connectionOf(d).ecn.accurate as { r: { e0b: number } }
  r.e0b = 2 ** 24 + 5
  d.receives('[ect0] P.5 1:101(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 101 <ECN e0b 105,nop,nop,nop>')
  t.pass()
})

test('[R9768-35] two SACK blocks go before the option, more give way to it', t => {
  const d = withOption(',sackOK,TS val 1 ecr 0', 'nop,nop,TS val 2 ecr 0', {
    sack: true,
    timestamps: true,
    delayedAck: 0,
  })
  const text = (n: number, field: string) =>
    d.receives(`[${field}] P.5 ${n}001:${n}101(100) ack 1 win 60000 <nop,nop,TS val ${2 + n} ecr 0>`)
  const optionsOf = () => d.describe(d.next()).replace(/TS val \d+ ecr \d+/, 'TS')
  text(1, 'ect1')
  t.regex(optionsOf(), /<nop,nop,TS,ECN e1b 101,nop,nop,nop,nop,nop,sack 1001:1101>$/)
  text(3, 'ect1')
  t.regex(optionsOf(), /<nop,nop,TS,ECN e1b 201,nop,nop,nop,nop,nop,sack 3001:3101 1001:1101>$/)
  // The third block gives way.
  text(5, 'ect1')
  t.regex(optionsOf(), /<nop,nop,TS,ECN e1b 301,nop,nop,nop,nop,nop,sack 5001:5101 3001:3101>$/)
  // Three fields would take the second block too: the whole option stays away.
  text(7, 'ect0')
  t.regex(optionsOf(), /<nop,nop,TS,nop,nop,sack 7001:7101 5001:5101 3001:3101>$/)
})

test('[R9768-37] a counter is told after 2^22 bytes at the latest', t => {
  const d = withOption('', '', { delayedAck: 0 })
  d.receives('[ect0] P.5 1:101(100) ack 1 win 60000')
  d.skip()
  const a = connectionOf(d).ecn.accurate as { r: { e0b: number }; demand: number; changed: number }
  a.demand = 0
  a.r.e0b = 2 ** 22 - 50
  d.receives('[ect0] P.5 101:201(100) ack 1 win 60000')
  d.sends(`.5 1:1(0) ack 201 <ECN e0b ${2 ** 22 + 50},nop,nop,nop>`)
  t.pass()
})

test('[R9768-41] text that is repeated twice although it was acknowledged: the option stays away from then on', t => {
  const d = withOption(',nop,nop,sackOK', '', { sack: true, delayedAck: 0 })
  d.receives('[ect0] P.5 1:101(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 101 <ECN e0b 101,nop,nop,nop>')
  d.receives('[ect0] P.5 1:101(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 101 <ECN e0b 101,nop,nop,nop,nop,nop,sack 1:101>')
  d.receives('[ect0] P.5 1:101(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 101 <nop,nop,sack 1:101>')
  d.receives('[ect0] P.5 101:201(100) ack 1 win 60000')
  d.sends('.5 1:1(0) ack 201 <>')
  t.is(tcpInfo(connectionOf(d)).tcpi_accecn_fail_mode & 4, 4)
})

test('[R9768-43] marked packets are no sign that the peer has ECN', t => {
  const d = accurateDialogue()
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.next()
  d.receives('[ect0] . 1:1(0) ack 1 win 60000')
  d.receives('[ce] P. 1:101(100) ack 1 win 60000')
  d.after(50)
  d.sends('. 1:1(0) ack 101 <>')
  send(connectionOf(d), Buffer.alloc(100))
  d.sends('[noecn] P. 1:101(100) ack 101')
  t.pass()
})
